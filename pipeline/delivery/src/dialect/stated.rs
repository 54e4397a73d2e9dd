//! What a sender states of the files' forms, instead of letting them be detected.

use serde::{Deserialize, Serialize};

/// The `[dialecte]` table: every key is optional.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedDialect {
    /// `,` `;` `|` or `tab`.
    #[serde(default)]
    #[serde(rename = "separateur")]
    pub separator: Option<String>,
    /// `utf-8`, `windows-1252` or `iso-8859-15`.
    #[serde(default)]
    #[serde(rename = "encodage")]
    pub encoding: Option<String>,
    /// `,` or `.`.
    #[serde(default)]
    #[serde(rename = "decimale")]
    pub decimal_mark: Option<String>,
    /// `iso`, `jj/mm/aaaa`, `mm/jj/aaaa` or `excel`.
    #[serde(default)]
    #[serde(rename = "format_date")]
    pub date_form: Option<String>,
    /// Words that mean yes in this delivery, whatever they mean elsewhere.
    #[serde(default)]
    #[serde(rename = "oui")]
    pub yes: Option<Vec<String>>,
    /// Words that mean no.
    #[serde(default)]
    #[serde(rename = "non")]
    pub no: Option<Vec<String>>,
}
