//! Quarters as whole numbers, so that the next quarter is one more.

/// Number of a quarter written `2024-T1`; `None` if not so written.
pub fn quarter_index(label: &str) -> Option<i32> {
    let (year, quarter) = label.split_once("-T")?;
    let (year, quarter) = (year.parse::<i32>().ok()?, quarter.parse::<i32>().ok()?);
    ((1..=4).contains(&quarter) && (1900..=2999).contains(&year)).then_some(year * 4 + quarter - 1)
}

/// The inverse of [`quarter_index`].
pub fn quarter_label(index: i32) -> String {
    format!("{}-T{}", index.div_euclid(4), index.rem_euclid(4) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_follow_each_other() {
        assert_eq!(quarter_index("2024-T1").unwrap(), quarter_index("2023-T4").unwrap() + 1);
        assert_eq!(quarter_label(quarter_index("2023-T3").unwrap()), "2023-T3");
        assert_eq!(quarter_index("2023-T5"), None);
        assert_eq!(quarter_index("2023"), None);
    }
}
