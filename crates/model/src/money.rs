//! Money: fen everywhere; written in whatever unit a form speaks of.

/// Fen in units of so many fen, exactly and without zeros at the end: as it is
/// typed into a form and as it stands in a cell.
pub fn exact(fen: i64, fen_per_unit: i64) -> String {
    let unit = fen_per_unit.max(1);
    let digits = unit.to_string().len() - 1;
    let (sign, fen) = (if fen < 0 { "-" } else { "" }, fen.unsigned_abs());
    let unit = unit.unsigned_abs();
    let text = format!("{sign}{}.{:0>digits$}", fen / unit, fen % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::exact;

    #[test]
    fn money_is_exact() {
        for (fen, unit, expected) in [
            (12_345, 100, "123.45"),
            (12_300, 100, "123"),
            (0, 100, "0"),
            (-50, 100, "-0.5"),
            (1_234_500, 1_000_000, "1.2345"),
            (10_000_000, 1_000_000, "10"),
            (5, 1_000_000, "0.000005"),
        ] {
            assert_eq!(exact(fen, unit), expected, "{fen} / {unit}");
        }
    }
}
