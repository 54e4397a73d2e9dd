//! The little Markdown that committees write: paragraphs, headings, lists, strong, emphasis, links.
//!
//! It becomes a tree of plain strings, so that nothing a committee writes is ever read as Typst. HTML, images and code
//! are kept as the text they are.

use super::model::Noeud;
use base::french::typography;

/// Parses a comment.
pub fn lire(texte: &str) -> Vec<Noeud> {
    let mut blocs: Vec<Noeud> = Vec::new();
    let mut paragraphe: Vec<&str> = Vec::new();
    let mut liste: Option<(bool, Vec<String>)> = None;
    for ligne in texte.lines().chain([""]) {
        let nue = ligne.trim();
        if let Some((ordonnee, element)) = puce(nue) {
            clore_paragraphe(&mut paragraphe, &mut blocs);
            match &mut liste {
                Some((o, elements)) if *o == ordonnee => elements.push(element.to_string()),
                _ => {
                    clore_liste(&mut liste, &mut blocs);
                    liste = Some((ordonnee, vec![element.to_string()]));
                }
            }
            continue;
        }
        // An indented line goes on with the item above.
        if let Some((_, elements)) = liste
            .as_mut()
            .filter(|_| !nue.is_empty() && ligne.starts_with([' ', '\t']))
        {
            if let Some(dernier) = elements.last_mut() {
                dernier.push(' ');
                dernier.push_str(nue);
            }
            continue;
        }
        clore_liste(&mut liste, &mut blocs);
        let dieses = nue.chars().take_while(|c| *c == '#').count();
        if (1..=6).contains(&dieses) && nue[dieses..].starts_with(' ') {
            clore_paragraphe(&mut paragraphe, &mut blocs);
            blocs.push(Noeud::Titre {
                enfants: en_ligne(nue[dieses..].trim().trim_end_matches('#').trim()),
            });
        } else if nue.is_empty() {
            clore_paragraphe(&mut paragraphe, &mut blocs);
        } else {
            paragraphe.push(nue);
        }
    }
    blocs
}

fn clore_paragraphe(lignes: &mut Vec<&str>, blocs: &mut Vec<Noeud>) {
    if !lignes.is_empty() {
        blocs.push(Noeud::Paragraphe {
            enfants: en_ligne(&lignes.join(" ")),
        });
        lignes.clear();
    }
}

fn clore_liste(liste: &mut Option<(bool, Vec<String>)>, blocs: &mut Vec<Noeud>) {
    if let Some((ordonnee, elements)) = liste.take() {
        let enfants = elements
            .iter()
            .map(|e| Noeud::Element {
                enfants: en_ligne(e),
            })
            .collect();
        blocs.push(Noeud::Liste { ordonnee, enfants });
    }
}

/// A list item's text and whether it is numbered.
fn puce(ligne: &str) -> Option<(bool, &str)> {
    if let Some(reste) = ["- ", "* ", "+ "]
        .iter()
        .find_map(|p| ligne.strip_prefix(p))
    {
        return Some((false, reste.trim()));
    }
    let chiffres = ligne.bytes().take_while(u8::is_ascii_digit).count();
    let reste = ligne.get(chiffres..)?;
    let reste = reste
        .strip_prefix(". ")
        .or_else(|| reste.strip_prefix(") "))?;
    (1..=3).contains(&chiffres).then_some((true, reste.trim()))
}

/// Emphasis and links inside a line. A mark without its partner is text.
fn en_ligne(texte: &str) -> Vec<Noeud> {
    let mut noeuds = Vec::new();
    let mut simple = String::new();
    let mut reste = texte;
    while let Some(c) = reste.chars().next() {
        let balise = [("**", true), ("__", true), ("*", false), ("_", false)]
            .into_iter()
            .find_map(|(marque, gras)| {
                entre(reste, marque).map(|(dedans, apres)| (gras, dedans, apres))
            })
            // `nom_de_champ` is a word, not emphasis.
            .filter(|_| c != '_' || !simple.ends_with(char::is_alphanumeric));
        if let Some((gras, dedans, apres)) = balise {
            vider(&mut simple, &mut noeuds);
            let enfants = en_ligne(dedans);
            noeuds.push(if gras {
                Noeud::Gras { enfants }
            } else {
                Noeud::Italique { enfants }
            });
            reste = apres;
        } else if let Some((libelle, cible, apres)) = lien(reste) {
            vider(&mut simple, &mut noeuds);
            noeuds.push(Noeud::Lien {
                cible: cible.to_string(),
                enfants: en_ligne(libelle),
            });
            reste = apres;
        } else if let Some(echappe) = reste
            .strip_prefix('\\')
            .and_then(|r| r.chars().next())
            .filter(char::is_ascii_punctuation)
        {
            simple.push(echappe);
            reste = &reste[1 + echappe.len_utf8()..];
        } else {
            simple.push(c);
            reste = &reste[c.len_utf8()..];
        }
    }
    vider(&mut simple, &mut noeuds);
    noeuds
}

fn vider(simple: &mut String, noeuds: &mut Vec<Noeud>) {
    if !simple.is_empty() {
        noeuds.push(Noeud::Texte {
            texte: typography(simple),
        });
        simple.clear();
    }
}

/// What stands between two marks at the start of `texte`, and what follows.
fn entre<'a>(texte: &'a str, marque: &str) -> Option<(&'a str, &'a str)> {
    let reste = texte.strip_prefix(marque)?;
    let fin = reste.find(marque)?;
    let dedans = &reste[..fin];
    let serre = !dedans.is_empty() && !dedans.starts_with(' ') && !dedans.ends_with(' ');
    serre.then(|| (dedans, &reste[fin + marque.len()..]))
}

/// Label, address and what follows a `[label](address)` at the start of `texte`.
fn lien(texte: &str) -> Option<(&str, &str, &str)> {
    let reste = texte.strip_prefix('[')?;
    let fin = reste.find("](")?;
    let (libelle, suite) = (&reste[..fin], &reste[fin + 2..]);
    let ferme = suite.find(')')?;
    (!libelle.is_empty()).then(|| (libelle, suite[..ferme].trim(), &suite[ferme + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texte(t: &str) -> Noeud {
        Noeud::Texte { texte: t.into() }
    }

    #[test]
    fn blocks_are_told_apart() {
        let lu = lire("# Titre\nun\ndeux\n\n- a\n  suite\n- b\n1. c\n");
        assert_eq!(
            lu,
            vec![
                Noeud::Titre {
                    enfants: vec![texte("Titre")]
                },
                Noeud::Paragraphe {
                    enfants: vec![texte("un deux")]
                },
                Noeud::Liste {
                    ordonnee: false,
                    enfants: vec![
                        Noeud::Element {
                            enfants: vec![texte("a suite")]
                        },
                        Noeud::Element {
                            enfants: vec![texte("b")]
                        },
                    ],
                },
                Noeud::Liste {
                    ordonnee: true,
                    enfants: vec![Noeud::Element {
                        enfants: vec![texte("c")]
                    }]
                },
            ]
        );
    }

    #[test]
    fn marks_need_their_partner() {
        assert_eq!(
            lire("2 * 3 et code_zone_x"),
            vec![Noeud::Paragraphe {
                enfants: vec![texte("2 * 3 et code_zone_x")]
            }]
        );
        assert_eq!(
            lire("**non"),
            vec![Noeud::Paragraphe {
                enfants: vec![texte("**non")]
            }]
        );
    }

    #[test]
    fn typst_and_html_stay_text() {
        let source = "#read(\"/etc/passwd\") <b>x</b> $1$";
        let Some(Noeud::Paragraphe { enfants }) = lire(source).into_iter().next() else {
            unreachable!("one paragraph")
        };
        assert_eq!(enfants, vec![texte(source)]);
    }

    #[test]
    fn links_keep_their_address() {
        assert_eq!(
            lire("[le *site*](https://a.fr/x)"),
            vec![Noeud::Paragraphe {
                enfants: vec![Noeud::Lien {
                    cible: "https://a.fr/x".into(),
                    enfants: vec![
                        texte("le "),
                        Noeud::Italique {
                            enfants: vec![texte("site")]
                        }
                    ],
                }],
            }]
        );
    }
}
