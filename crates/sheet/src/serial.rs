//! Excel's serial numbers: days counted from the end of 1899.

use jiff::{
    ToSpan,
    civil::{Date, date},
};

/// The last day that Excel knows, 9999-12-31.
const LAST: f64 = 2_958_466.0;
/// Days between the two epochs of Excel.
const FROM_1904: f64 = 1462.0;

/// The day of a serial number; `None` when it is only a time or out of range.
pub fn to_date(serial: f64, is_1904: bool) -> Option<Date> {
    let serial = if is_1904 { serial + FROM_1904 } else { serial };
    if !(1.0..LAST).contains(&serial) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "between 1 and LAST")]
    let days = serial.floor() as i64;
    // Excel believes that 1900 was a leap year; serials before 1900-03-01 are one less.
    let epoch = if days < 60 { date(1899, 12, 31) } else { date(1899, 12, 30) };
    epoch.checked_add(days.days()).ok()
}

/// Whether a custom number format shows a date (and not only a time of day).
pub(crate) fn is_date_format(format: &str) -> bool {
    let mut letters = String::new();
    let mut is_duration = false;
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => while chars.next().is_some_and(|c| c != '"') {},
            '[' => {
                let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                is_duration |=
                    matches!(inside.to_ascii_lowercase().as_str(), "h" | "hh" | "m" | "mm" | "s" | "ss");
            }
            '\\' | '_' | '*' => {
                chars.next();
            }
            ';' => break,
            _ => letters.push(c.to_ascii_lowercase()),
        }
    }
    if is_duration
        || letters.contains("general")
        || letters.contains(['0', '#', '?']) && !letters.contains('y')
    {
        return false;
    }
    letters.contains(['y', 'd']) || letters.contains('m') && !letters.contains(['h', 's'])
}

/// Whether a built-in number format shows a date; 27–58 are those of East Asian Excel.
pub(crate) fn is_date_builtin(id: u32) -> bool {
    matches!(id, 14..=17 | 22 | 27..=31 | 36 | 50..=54 | 57 | 58)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials() {
        assert_eq!(to_date(40_756.0, false), Some(date(2011, 8, 1)));
        assert_eq!(to_date(40_756.75, false), Some(date(2011, 8, 1)));
        assert_eq!(to_date(39_294.0, true), Some(date(2011, 8, 1)));
        assert_eq!(to_date(1.0, false), Some(date(1900, 1, 1)));
        assert_eq!(to_date(61.0, false), Some(date(1900, 3, 1)));
        assert_eq!(to_date(0.5, false), None);
        assert_eq!(to_date(1e300, false), None);
        assert_eq!(to_date(f64::NAN, false), None);
    }

    #[test]
    fn formats() {
        for format in [
            "yyyy/m/d",
            "yyyy\"年\"m\"月\"d\"日\"",
            "[$-804]yyyy\"年\"m\"月\"",
            "m\"月\"d\"日\"",
            "d-mmm-yy",
            "yyyy-mm-dd hh:mm",
        ] {
            assert!(is_date_format(format), "{format}");
        }
        for format in
            ["General", "0.00", "#,##0.00_ ", "h:mm:ss", "[h]:mm", "0\"日\"", "@", "mm:ss", "\"年\"0"]
        {
            assert!(!is_date_format(format), "{format}");
        }
    }
}
