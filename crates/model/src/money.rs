//! Money. It is stored in fen everywhere, and written in the unit that a form uses.

/// Fen in units of so many fen, exactly and without zeros at the end: as it is
/// typed into a form and as it is written in a cell.
pub fn exact(fen: i64, fen_per_unit: i64) -> String {
    let unit = fen_per_unit.max(1);
    let digits = unit.to_string().len() - 1;
    let (sign, fen) = (if fen < 0 { "-" } else { "" }, fen.unsigned_abs());
    let unit = unit.unsigned_abs();
    let text = format!("{sign}{}.{:0>digits$}", fen / unit, fen % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The fen of an amount in yuan that [`exact`] has written; `None` for anything else.
pub fn fen_of_yuan(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (yuan, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    if yuan.is_empty()
        || decimals.len() > 2
        || !(yuan.bytes().chain(decimals.bytes())).all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let decimals: i64 = format!("{decimals:0<2}").parse().ok()?;
    yuan.parse::<i64>().ok()?.checked_mul(100)?.checked_add(decimals)?.checked_mul(sign)
}

#[cfg(test)]
mod tests {
    use super::{exact, fen_of_yuan};

    #[test]
    fn what_is_written_is_read_back() {
        for fen in [0, 5, 50, 12_345, 12_300, -50, 10_000_000] {
            assert_eq!(fen_of_yuan(&exact(fen, 100)), Some(fen));
        }
        for text in ["", ".5", "1.234", "1,000", "十", "99999999999999999999"] {
            assert_eq!(fen_of_yuan(text), None, "{text}");
        }
    }

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
