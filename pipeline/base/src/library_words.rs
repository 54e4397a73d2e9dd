//! What libraries say in English, as a user may read it: SQL, PDF, TOML and JSON that do not read. What is not known here keeps its words.

/// A cause in French, if its words are known.
pub(super) fn in_french(text: &str) -> Option<String> {
    const READERS: [fn(&str) -> Option<String>; 13] = [
        misplaced,
        parameter,
        column,
        table,
        function,
        types,
        grouped,
        ambiguous,
        unsupported,
        division,
        keys,
        place,
        pdf,
    ];
    READERS.iter().find_map(|read| read(text)).or_else(|| labelled(text))
}

/// What stands between two marks.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after).map_or(rest, |(found, _)| found).trim())
}

/// `Expected: ), found: FROM at Line: 1, Column: 16`.
fn misplaced(text: &str) -> Option<String> {
    let place = || {
        let line = between(text, "Line: ", ",")?;
        let column = between(text, "Column: ", ")")?;
        let column = column.trim_end_matches(['"', ')', '.']);
        Some(format!("ligne {line}, colonne {column} : "))
    };
    if text.contains("Unterminated string literal") {
        let place = place().unwrap_or_default();
        return Some(format!("{place}un texte entre apostrophes n'est pas refermé"));
    }

    let expected = between(text, "Expected: ", ", found:")?;
    let found = between(text, "found: ", " at Line")?.trim_end_matches(['"', ')']);
    let found = match found {
        "EOF" => "la fin du texte n'est pas attendue là".to_owned(),
        found => format!("« {found} » n'est pas attendu là"),
    };
    let wanted = match expected {
        "an SQL statement" => " : une instruction SQL commence par SELECT ou WITH".to_owned(),
        "an expression" => ", mais une expression".to_owned(),
        "end of statement" => ", mais la fin de l'instruction".to_owned(),
        "identifier" => ", mais un nom".to_owned(),
        sign if !sign.contains(|c: char| c.is_lowercase()) => format!(", mais « {sign} »"),
        _ => String::new(),
    };
    Some(format!("{}{found}{wanted}", place().unwrap_or_default()))
}

/// `Placeholder '$annee' was not provided a value for execution.`
fn parameter(text: &str) -> Option<String> {
    let name = between(text, "Placeholder '", "' was not provided")?;
    Some(format!("le paramètre {name} n'a pas de valeur"))
}

fn column(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("No field named ")?;
    let name = rest.split(['\n', ' ']).next()?.trim_end_matches(['.', ',']);
    let near = between(rest, "Did you mean '", "'");
    let near = near.map_or(String::new(), |near| format!(" ; vouliez-vous dire « {near} » ?"));
    let valid = between(rest, "Valid fields are ", "\n").map(|list| list.trim_end_matches('.'));
    let valid = valid.map_or(String::new(), |list| format!(" ; colonnes : {list}"));
    Some(format!("aucune colonne du nom de « {} »{near}{valid}", name.replace('"', "")))
}

fn table(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("table '")?;
    let name = rest.split_once("' not found").map(|(name, _)| name)?;
    Some(format!(
        "aucune table du nom de « {} »",
        name.rsplit('.').next().unwrap_or(name)
    ))
}

fn function(text: &str) -> Option<String> {
    let name = between(text, "Invalid function '", "'")?;
    Some(format!("aucune fonction du nom de « {name} »"))
}

fn types(text: &str) -> Option<String> {
    let french = |types: &str| {
        const TYPES: [(&str, &str); 9] = [
            ("LargeUtf8", "texte"),
            ("Utf8View", "texte"),
            ("Utf8", "texte"),
            ("UInt64", "entier"),
            ("Int64", "entier"),
            ("Int32", "entier"),
            ("Float64", "nombre"),
            ("Date32", "date"),
            ("Boolean", "oui ou non"),
        ];
        TYPES
            .iter()
            .fold(types.to_owned(), |said, (name, word)| said.replace(name, word))
    };
    if let Some(call) = between(text, "argument types '", "'") {
        return Some(format!("la fonction n'admet pas ces types : {}", french(call)));
    }
    let pair = between(text, "comparison operation ", " failed")
        .or_else(|| between(text, "Cannot coerce arithmetic expression ", " to"))?;
    Some(format!("ces types ne vont pas ensemble : {}", french(pair)))
}

fn grouped(text: &str) -> Option<String> {
    let name = between(text, "column \"", "\" must appear in the GROUP BY")?;
    Some(format!(
        "la colonne « {name} » doit être dans GROUP BY, ou dans une fonction comme count ou sum"
    ))
}

fn ambiguous(text: &str) -> Option<String> {
    let name = between(text, "Ambiguous reference to unqualified field ", "\n")?;
    Some(format!(
        "la colonne « {name} » est dans plusieurs tables : écrivez TABLE.{name}"
    ))
}

fn unsupported(text: &str) -> Option<String> {
    for what in ["DDL", "DML", "Statement"] {
        if let Some(statement) = between(text, &format!("{what} not supported: "), "\n") {
            return Some(format!("l'instruction ne se contente pas de lire ({statement})"));
        }
    }
    let what = between(text, "This feature is not implemented: ", "\n")?;
    Some(format!("le moteur ne sait pas faire cela : {what}"))
}

fn division(text: &str) -> Option<String> {
    let zero = text.contains("Divide by zero") || text.contains("DivideByZero");
    zero.then(|| "une division par zéro".to_owned())
}

/// What TOML and JSON say of a key.
fn keys(text: &str) -> Option<String> {
    let unquoted = |list: &str| list.replace('`', "");
    let at = line(text).map_or(String::new(), |line| format!("ligne {line} : "));
    if let Some(name) = between(text, "unknown field `", "`") {
        let admitted = between(text, "expected one of ", "\n").or(between(text, "expected ", "\n"));
        let admitted = admitted.map(|list| unquoted(list.split(" at line").next().unwrap_or(list)));
        let admitted = admitted.map_or(String::new(), |list| format!(" ; clés admises : {list}"));
        return Some(format!("{at}la clé « {name} » est inconnue{admitted}"));
    }
    if let Some(name) = between(text, "missing field `", "`") {
        return Some(format!("{at}la clé « {name} » manque"));
    }
    if let Some(name) =
        between(text, "duplicate key `", "`").or(between(text, "duplicate field `", "`"))
    {
        return Some(format!("{at}la clé « {name} » est donnée deux fois"));
    }
    let wanted = between(text, "invalid type: ", "\n")?.rsplit_once("expected ")?.1;
    let wanted = match wanted.split(" at line").next().unwrap_or(wanted) {
        "a string" => "un texte entre guillemets",
        "a boolean" => "true ou false",
        "a sequence" => "une liste entre crochets",
        "a map" => "une section",
        number if ["u", "i", "f", "usize"].iter().any(|start| number.starts_with(start)) => {
            "un nombre"
        }
        _ => "une autre forme",
    };
    Some(format!("{at}la valeur n'a pas la forme attendue : {wanted}"))
}

/// The line of `TOML parse error at line 3, column 5`, of `… at line 1 column 20`.
fn line(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("at line ")?;
    rest.split(|c: char| !c.is_ascii_digit()).next().filter(|line| !line.is_empty())
}

fn place(text: &str) -> Option<String> {
    let toml = text.contains("TOML parse error");
    let json = text.contains(" at line ") && text.contains(" column ");
    let form = if toml { "TOML" } else { "JSON" };
    line(text)
        .filter(|_| toml || json)
        .map(|line| format!("ligne {line} : ce n'est pas du {form}"))
}

fn pdf(text: &str) -> Option<String> {
    const LOCKED: [&str; 3] = [
        "PDF document is encrypted",
        "invalid password for encrypted",
        "decryption error",
    ];
    const BROKEN: [&str; 10] = [
        "invalid file header",
        "couldn't parse input",
        "cross reference table",
        "missing xref entry",
        "invalid indirect object",
        "object ID",
        "reference cycle",
        "xref",
        "trailer",
        "PDF document",
    ];
    let holds = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if holds(&LOCKED) {
        return Some("il est protégé par un mot de passe".to_owned());
    }
    holds(&BROKEN).then(|| {
        "sa structure ne se lit pas : il est abîmé, tronqué, ou n'est pas un PDF".to_owned()
    })
}

/// What an engine says of its own, named as such.
fn labelled(text: &str) -> Option<String> {
    const LABELS: [&str; 7] = [
        "Error during planning: ",
        "SQL error: ",
        "Schema error: ",
        "Execution error: ",
        "Arrow error: ",
        "Internal error: ",
        "Optimizer rule ",
    ];
    let start = LABELS.iter().find(|label| text.starts_with(**label))?;
    let rest = text[start.len()..].lines().next().unwrap_or_default();
    Some(format!("le moteur la refuse ; il dit, en anglais : « {rest} »"))
}

#[cfg(test)]
mod tests {
    use super::in_french;

    #[test]
    fn what_libraries_say_is_said_in_french() {
        for (english, french) in [
            (
                "SQL error: ParserError(\"Expected: an SQL statement, found: SELEC at Line: 1, Column: 1\")",
                "ligne 1, colonne 1 : « SELEC » n'est pas attendu là : une instruction SQL commence par SELECT ou WITH",
            ),
            (
                "SQL error: ParserError(\"Expected: ), found: FROM at Line: 2, Column: 16\")",
                "ligne 2, colonne 16 : « FROM » n'est pas attendu là, mais « ) »",
            ),
            (
                "SQL error: ParserError(\"Expected: an expression, found: EOF\")",
                "la fin du texte n'est pas attendue là, mais une expression",
            ),
            (
                "Schema error: No field named foo.\nValid fields are t.a, t.b.",
                "aucune colonne du nom de « foo » ; colonnes : t.a, t.b",
            ),
            (
                "Error during planning: table 'datafusion.public.nulle' not found",
                "aucune table du nom de « nulle »",
            ),
            (
                "Error during planning: Invalid function 'foo'.\nDid you mean 'row'?",
                "aucune fonction du nom de « foo »",
            ),
            (
                "No function matches the given name and argument types 'sum(Utf8)'. You might",
                "la fonction n'admet pas ces types : sum(texte)",
            ),
            (
                "the column \"t.a\" must appear in the GROUP BY clause or",
                "la colonne « t.a » doit être dans GROUP BY, ou dans une fonction comme count ou sum",
            ),
            (
                "couldn't parse input: invalid file header",
                "sa structure ne se lit pas : il est abîmé, tronqué, ou n'est pas un PDF",
            ),
            (
                "TOML parse error at line 3, column 1\n  |\n3 | seul = 1\n  | ^^^^\nunknown field `seul`, expected `seuil`",
                "ligne 3 : la clé « seul » est inconnue ; clés admises : seuil",
            ),
            (
                "TOML parse error at line 2, column 4\nstring values must be quoted",
                "ligne 2 : ce n'est pas du TOML",
            ),
            (
                "missing field `version` at line 1 column 20",
                "ligne 1 : la clé « version » manque",
            ),
            (
                "Execution error: Placeholder '$annee' was not provided a value for execution.",
                "le paramètre $annee n'a pas de valeur",
            ),
            (
                "Error during planning: a new thing",
                "le moteur la refuse ; il dit, en anglais : « a new thing »",
            ),
        ] {
            assert_eq!(in_french(english).as_deref(), Some(french));
        }
        for french in ["autre chose", "plus de 256 Gio", "une valeur ne se convertit pas"] {
            assert_eq!(in_french(french), None);
        }
    }
}
