//! What a user may name: a folder, or `s3://bucket/prefix`.

use std::path::PathBuf;

use url::Url;

use base::error::{Context, Error, Result};
use base::text::printable;

/// What begins the address of a bucket.
const SCHEME: &str = "s3://";

/// A bucket and where the store begins in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) bucket: String,
    /// Without `/` at its ends; empty for the whole bucket.
    pub(super) prefix: String,
    /// Both, with `/` at the end.
    pub(super) url: Url,
}

/// The address that `location` is; none for a folder.
pub(super) fn parse(location: &str) -> Result<Option<Address>> {
    if !location.contains("://") {
        return Ok(None);
    }
    let Some(rest) = location.strip_prefix(SCHEME) else {
        return Err(Error::usage(format!(
            "dépôt distant non pris en charge par cette version : {}",
            scheme(location)
        ))
        .hint("donnez s3://COMPARTIMENT/PREFIXE ou un dossier local, ou montez l'espace distant comme un dossier"));
    };

    // Not repeated: it may hold what should not have been typed.
    if rest.contains(['@', '?', '#']) {
        return Err(Error::usage("l'adresse d'un dépôt S3 ne porte ni identifiants ni options")
            .hint("s3://COMPARTIMENT/PREFIXE ; les identifiants sont lus dans AWS_ACCESS_KEY_ID et AWS_SECRET_ACCESS_KEY"));
    }
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let prefix = prefix.trim_matches('/');

    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.=".contains(c);
    let segment = |s: &str| s.chars().all(plain) && !s.trim_matches('.').is_empty();
    if !segment(bucket) || !(prefix.is_empty() || prefix.split('/').all(segment)) {
        return Err(Error::usage(format!("adresse de dépôt invalide : {}", printable(location)))
            .hint("s3://COMPARTIMENT/PREFIXE, en lettres, chiffres, points, tirets et soulignés"));
    }

    let below = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    let url = Url::parse(&format!("{SCHEME}{bucket}/{below}"))
        .usage(|| format!("adresse de dépôt invalide : {location}"))?;
    Ok(Some(Address {
        bucket: bucket.to_owned(),
        prefix: prefix.to_owned(),
        url,
    }))
}

/// A location of another kind, without what may be a password in it.
fn scheme(location: &str) -> String {
    match location.split_once('@') {
        Some((before, _)) => {
            let (scheme, _) = before.split_once("://").unwrap_or((before, ""));
            format!("{scheme}://…")
        }
        None => location.to_owned(),
    }
}

/// A folder of this machine.
pub(super) fn folder(location: &str) -> Result<PathBuf> {
    // The engine reads `%20` in a path as a space, and would look for the log elsewhere.
    let root = std::path::absolute(location).access(|| format!("chemin illisible : {location}"))?;
    let text = root.to_string_lossy();
    let escape = |rest: &str| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    if text.split('%').skip(1).any(escape) {
        return Err(Error::usage(format!(
            "le chemin du dépôt contient « % » et deux chiffres : {text}"
        ))
        .hint("renommez le dossier, ou donnez-en un autre avec --depot"));
    }
    // Nor does it find a log under a name with a sign that addresses do not hold as it is.
    let strange = |c: char| c.is_control() || (c == '\\' && !std::path::is_separator(c));
    if let Some(sign) = text.chars().find(|c| strange(*c)) {
        let what = match sign {
            '\\' => "« \\ »".to_owned(),
            sign => format!("un caractère invisible (U+{:04X})", u32::from(sign)),
        };
        return Err(Error::usage(format!(
            "le chemin du dépôt contient {what} : {}",
            printable(&text)
        ))
        .hint("renommez le dossier sans ce signe, ou donnez-en un autre avec --depot"));
    }
    Ok(PathBuf::from(location))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn an_address_is_a_bucket_and_a_prefix_and_no_more() {
        for folder in ["depot", "/srv/depot", "C:\\depot", "s3/depot"] {
            assert_eq!(parse(folder).unwrap(), None, "{folder}");
        }
        for (location, bucket, prefix, url) in [
            ("s3://essai", "essai", "", "s3://essai/"),
            ("s3://essai/", "essai", "", "s3://essai/"),
            ("s3://essai/depots/2025/", "essai", "depots/2025", "s3://essai/depots/2025/"),
        ] {
            let address = parse(location).unwrap().unwrap();
            assert_eq!(
                (address.bucket.as_str(), address.prefix.as_str(), address.url.as_str()),
                (bucket, prefix, url)
            );
        }
    }

    #[test]
    fn a_secret_in_an_address_is_refused_and_not_repeated() {
        for location in [
            "s3://cle:motdepasse@essai/depot",
            "s3://essai/depot?secret=motdepasse",
            "s3://essai/depot#motdepasse",
            "https://cle:motdepasse@exemple.fr/depot",
        ] {
            let error = parse(location).unwrap_err().to_string();
            assert!(!error.contains("motdepasse"), "{error}");
        }
        for location in ["s3://", "s3:///depot", "s3://essai/a//b", "s3://essai/../b", "s3://e%/b"]
        {
            assert!(parse(location).is_err(), "{location}");
        }
    }
}
