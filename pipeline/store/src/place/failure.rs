//! What a server answered, by its kind: its own words repeat the request, and that may hold a secret.

use std::error::Error as StdError;

use base::error::Error;

/// What begins an answer, what it is called, and what its user can do; the first that is found counts.
const KINDS: [(&[&str], &str, &str); 9] = [
    (
        &["NoSuchBucket"],
        "le compartiment n'existe pas",
        "vérifiez l'adresse donnée à --depot, ou créez le compartiment chez l'hébergeur",
    ),
    (
        &[
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "ExpiredToken",
            "InvalidToken",
            "401 Unauthorized",
        ],
        "les identifiants sont refusés",
        "vérifiez AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY et AWS_SESSION_TOKEN",
    ),
    (
        &["RequestTimeTooSkewed"],
        "l'heure de cette machine n'est pas celle du serveur",
        "mettez l'horloge à l'heure",
    ),
    (
        &["AccessDenied", "403 Forbidden"],
        "les droits ne suffisent pas",
        "demandez les droits de lire, de lister, d'écrire et d'effacer dans le compartiment ; lire suffit pour éditer des documents qui ne sont pas définitifs",
    ),
    (
        &["LOCATION", "PermanentRedirect", "AuthorizationHeaderMalformed"],
        "le compartiment est dans une autre région",
        "donnez sa région dans AWS_REGION",
    ),
    (
        &["QuotaExceeded", "XMinioStorageFull", "507 Insufficient"],
        "l'espace accordé est plein",
        "libérez de la place, ou demandez-en chez l'hébergeur",
    ),
    (
        &["SlowDown", "429 Too Many", "503 Service"],
        "le serveur est surchargé",
        "recommencez plus tard",
    ),
    (
        &[
            "HTTP error",
            "error sending request",
            "error decoding response",
            "Connect",
            "connection",
            "timed out",
            "operation timed out",
        ],
        "le serveur ne répond pas, ou la liaison a été coupée",
        "vérifiez le réseau et AWS_ENDPOINT_URL (AWS_ALLOW_HTTP=true pour une adresse http), puis recommencez",
    ),
    (
        &["404 Not Found", "NoSuchKey"],
        "un fichier n'y est plus",
        "restaurez le dépôt depuis une sauvegarde",
    ),
];

/// All that an error and those behind it say.
pub(super) fn words(error: &(dyn StdError + 'static)) -> String {
    let mut said = error.to_string();
    let mut behind = error.source();
    while let Some(error) = behind {
        said.push('\n');
        said.push_str(&error.to_string());
        behind = error.source();
    }
    said
}

/// A failure, with its kind as its cause.
pub(super) fn told(message: String, error: &(dyn StdError + 'static)) -> Error {
    let words = words(error);
    let kind = KINDS.iter().find(|(marks, ..)| marks.iter().any(|mark| words.contains(mark)));
    match kind {
        Some((_, what, advice)) => Error::access(message).caused_by(*what).hint(*advice),
        None => {
            let code = code(&words).map_or(String::new(), |code| format!(" ({code})"));
            Error::access(message)
                .caused_by(format!("réponse inattendue du serveur{code}"))
                .hint("vérifiez AWS_ENDPOINT_URL et AWS_REGION ; l'hébergeur sait ce que veut dire cette réponse")
        }
    }
}

/// The name of an answer, `<Code>…</Code>`, else its number.
fn code(words: &str) -> Option<String> {
    let named = words.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    let code = match named {
        Some((code, _)) => code,
        None => words.split_once("status code: ")?.1.split([':', ' ']).next()?,
    };
    let plain =
        !code.is_empty() && code.len() < 60 && code.chars().all(|c| c.is_ascii_alphanumeric());
    plain.then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn a_server_is_not_repeated() {
        for (words, said) in [
            (
                "Server returned non-2xx status code: 403 Forbidden: <Error><Code>SignatureDoesNotMatch</Code><CanonicalRequest>x-amz-security-token:jeton</CanonicalRequest></Error>",
                "les identifiants sont refusés",
            ),
            (
                "Server returned non-2xx status code: 404 Not Found: <Error><Code>NoSuchBucket</Code></Error>",
                "le compartiment n'existe pas",
            ),
            (
                "Server returned non-2xx status code: 418 I'm a teapot: <Error><Code>Autre</Code>jeton</Error>",
                "réponse inattendue du serveur (Autre)",
            ),
            (
                "Server returned non-2xx status code: 418 I'm a teapot: jeton",
                "réponse inattendue du serveur (418)",
            ),
            ("HTTP error: error sending request", "la liaison a été coupée"),
        ] {
            let error: Box<dyn std::error::Error + Send + Sync> = words.into();
            let error = told("dépôt illisible : s3://essai".into(), error.as_ref()).to_string();
            assert!(error.contains(said) && !error.contains("jeton"), "{error}");
        }
    }
}
