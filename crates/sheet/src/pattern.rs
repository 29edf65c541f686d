//! What a number format makes of a number as a whole: `0012`, `建0012`, `5.20万元`.
//!
//! Formats that hold a fraction, an exponent, a condition or other numerals are not followed:
//! such a number is shown as it is.

/// Longer formats are none that a person has made.
const MAX_FORMAT: usize = 1_000;
/// Decimal places that a format may ask for.
const MAX_PLACES: usize = 30;

/// The sections of a format, for numbers above, below and of zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    sections: Vec<Section>,
}

/// One piece of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// A digit: `0` is always shown, `?` leaves its place, `#` is shown when there is one.
    Digit(char),
    /// The number as it is.
    General,
    /// A sign that is shown as it is.
    Sign(char),
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Section {
    /// Everything in front of the point.
    whole: Vec<Piece>,
    /// Everything behind the point; `None` when there is no point.
    fraction: Option<Vec<Piece>>,
    /// Whether digits are in groups of three.
    is_grouped: bool,
    /// By which power of ten the number is shown larger (percent) or smaller (thousands).
    power: i32,
}

impl Pattern {
    /// Reads the code of a format; `None` for one that is not followed.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        if code.len() > MAX_FORMAT {
            return None;
        }
        let mut sections = vec![Section::default()];
        let mut commas = 0;
        let mut chars = code.chars().peekable();
        while let Some(c) = chars.next() {
            let count = sections.len();
            let section = sections.last_mut()?;
            match c {
                '"' => chars.by_ref().take_while(|c| *c != '"').for_each(|c| section.push(Piece::Sign(c))),
                '\\' | '!' => section.push(Piece::Sign(chars.next()?)),
                // The width of the next sign, or a sign that fills the cell.
                '_' | '*' => {
                    chars.next();
                }
                '[' => section.bracket(&chars.by_ref().take_while(|c| *c != ']').collect::<String>())?,
                ';' if count >= 3 => break,
                ';' => sections.push(Section::default()),
                '0' | '#' | '?' => {
                    section.is_grouped |= std::mem::take(&mut commas) > 0;
                    section.push(Piece::Digit(c));
                }
                ',' if section.has_digits() => commas += 1,
                '.' if section.fraction.is_none() => section.fraction = Some(Vec::new()),
                '%' => {
                    section.power += 2;
                    section.push(Piece::Sign('%'));
                }
                '/' if section.has_digits() => return None,
                'E' | 'e' if matches!(chars.peek(), Some('+' | '-')) => return None,
                'G' | 'g' => {
                    general(&mut chars)?;
                    section.push(Piece::General);
                }
                '@' => return None,
                c => section.push(Piece::Sign(c)),
            }
            if c != ',' && commas > 0 && !matches!(c, '0' | '#' | '?') {
                // Commas behind the last digit: shown in thousands.
                let section = if c == ';' { sections.iter_mut().rev().nth(1) } else { sections.last_mut() };
                section?.power -= 3 * std::mem::take(&mut commas);
            }
        }
        sections.last_mut()?.power -= 3 * commas;
        let has_number = |section: &Section| section.has_digits() || section.whole.contains(&Piece::General);
        let places = |section: &Section| section.fraction.as_ref().map_or(0, Vec::len);
        let is_sound =
            has_number(&sections[0]) && sections.iter().all(|section| places(section) <= MAX_PLACES);
        is_sound.then_some(Self { sections })
    }

    /// The number as it is shown; `None` when this format shows none for it.
    pub(crate) fn show(&self, number: f64) -> Option<String> {
        let (section, is_signed) = match self.sections.as_slice() {
            [_, below, ..] if number < 0.0 => (below, false),
            [.., zero] if number == 0.0 && self.sections.len() > 2 => (zero, false),
            [first, ..] => (first, number < 0.0),
            [] => return None,
        };
        let shown = section.show(number.abs())?;
        let shown = if is_signed { format!("-{shown}") } else { shown };
        let shown = shown.trim();
        // A format that hides what is there says nothing.
        (!shown.is_empty()).then(|| shown.to_owned())
    }
}

/// Takes the rest of `General`, as Chinese Excel writes it too.
fn general(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<()> {
    for word in ["eneral", "/通用格式"] {
        let rest: String = chars.clone().take(word.chars().count()).collect();
        if rest.eq_ignore_ascii_case(word) {
            (0..rest.chars().count()).for_each(|_| {
                chars.next();
            });
            return Some(());
        }
    }
    None
}

impl Section {
    fn push(&mut self, piece: Piece) {
        self.fraction.as_mut().unwrap_or(&mut self.whole).push(piece);
    }

    fn has_digits(&self) -> bool {
        let pieces = self.whole.iter().chain(self.fraction.iter().flatten());
        pieces.into_iter().any(|piece| matches!(piece, Piece::Digit(_)))
    }

    /// What brackets say: a colour, a currency (`[$¥-804]`), or what is not followed here.
    fn bracket(&mut self, inside: &str) -> Option<()> {
        if let Some(currency) = inside.strip_prefix('$') {
            let sign = currency.split('-').next().unwrap_or_default();
            sign.chars().for_each(|c| self.push(Piece::Sign(c)));
            return Some(());
        }
        // Who chooses the section knows its condition.
        if inside.starts_with(['<', '>', '=']) {
            return Some(());
        }
        let is_colour = !inside.is_empty()
            && !inside.to_ascii_uppercase().starts_with("DBNUM")
            && inside.chars().all(char::is_alphanumeric);
        is_colour.then_some(())
    }

    fn show(&self, number: f64) -> Option<String> {
        if self.whole.contains(&Piece::General) {
            let shown = self.whole.iter().map(|piece| match piece {
                Piece::General => number.to_string(),
                Piece::Sign(c) | Piece::Digit(c) => c.to_string(),
            });
            return Some(shown.collect());
        }
        let is_digit = |piece: &&Piece| matches!(piece, Piece::Digit(_));
        let places = self.fraction.iter().flatten().filter(is_digit).count();
        let (whole, fraction) = digits(number, self.power, places)?;
        let mut shown = self.show_whole(&whole);
        if let Some(pieces) = &self.fraction {
            shown.push('.');
            shown.push_str(&show_fraction(pieces, &fraction));
        }
        Some(shown)
    }

    /// The digits in front of the point put into their places, from the last one on.
    fn show_whole(&self, digits: &str) -> String {
        let mut left: Vec<char> = digits.trim_start_matches('0').chars().collect();
        let mut places = self.whole.iter().filter(|piece| matches!(piece, Piece::Digit(_))).count();
        let mut shown = Vec::new();
        let mut count = 0;
        let mut put = |shown: &mut Vec<char>, digit: char| {
            if self.is_grouped && count > 0 && count % 3 == 0 {
                shown.push(',');
            }
            count += 1;
            shown.push(digit);
        };
        for piece in self.whole.iter().rev() {
            match piece {
                Piece::Sign(c) => shown.push(*c),
                Piece::General => {}
                Piece::Digit(place) => {
                    places -= 1;
                    match left.pop() {
                        Some(digit) => put(&mut shown, digit),
                        None if *place == '0' => put(&mut shown, '0'),
                        None => {}
                    }
                    // The first place holds all digits that are left.
                    while places == 0
                        && let Some(digit) = left.pop()
                    {
                        put(&mut shown, digit);
                    }
                }
            }
        }
        shown.iter().rev().collect()
    }
}

/// The digits behind the point put into their places; `#` shows no zeros at the end.
fn show_fraction(pieces: &[Piece], digits: &str) -> String {
    let mut shown = String::new();
    for (piece, rest) in pieces.iter().scan(0, |at, piece| {
        let rest = digits.get(*at..).unwrap_or_default();
        *at += usize::from(matches!(piece, Piece::Digit(_)));
        Some((piece, rest))
    }) {
        match piece {
            Piece::Sign(c) => shown.push(*c),
            Piece::General => {}
            Piece::Digit('0') => shown.push_str(rest.get(..1).unwrap_or("0")),
            Piece::Digit(_) if rest.bytes().all(|digit| digit == b'0') => {}
            Piece::Digit(_) => shown.push_str(rest.get(..1).unwrap_or_default()),
        }
    }
    shown
}

/// The digits before and behind the point of a number times a power of ten, rounded half away
/// from zero as Excel rounds: on the fifteen digits that it keeps.
fn digits(number: f64, power: i32, places: usize) -> Option<(String, String)> {
    let text = format!("{number:.14e}");
    let (mantissa, exponent) = text.split_once('e')?;
    let mut all: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
    // How many of the digits are in front of the point.
    let mut point = exponent.parse::<i32>().ok()? + power + 1;
    if point > 310 {
        return None;
    }
    if point < 0 {
        let zeros = usize::try_from(-point).ok()?.min(all.len() + MAX_PLACES + 1);
        all.splice(0..0, std::iter::repeat_n(0, zeros));
        point = 0;
    }
    let whole = usize::try_from(point).ok()?;
    let kept = whole + places;
    let rounds_up = all.get(kept).is_some_and(|digit| *digit >= 5);
    all.resize(kept, 0);
    let mut carry = rounds_up;
    for digit in all.iter_mut().rev() {
        if !carry {
            break;
        }
        carry = *digit == 9;
        *digit = if carry { 0 } else { *digit + 1 };
    }
    let text: String = all.iter().map(|digit| char::from(b'0' + digit)).collect();
    let (whole, fraction) = text.split_at(whole);
    let whole = if carry { format!("1{whole}") } else { whole.to_owned() };
    Some((whole, fraction.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_excel_shows_them() {
        for (code, number, expected) in [
            ("0000", 1.0, "0001"),
            ("0000", 12_345.0, "12345"),
            ("\"建\"0000", 12.0, "建0012"),
            ("建0000", 12.0, "建0012"),
            ("0.00", 1.1, "1.10"),
            ("0.00", 2.675, "2.68"),
            ("0.00", 0.995, "1.00"),
            ("0", 9.5, "10"),
            ("0", 0.4, "0"),
            ("#,##0.00", 1_234_567.5, "1,234,567.50"),
            ("0.00\"万元\"", 5.2, "5.20万元"),
            ("0.##", 5.2, "5.2"),
            ("000-0000", 1_234_567.0, "123-4567"),
            ("0000\"-\"00", 201_103.0, "2011-03"),
            ("[$¥-804]#,##0.0", 1_234.0, "¥1,234.0"),
            ("[Red]0;[Blue]-0", -3.0, "-3"),
            ("0;(0)", -3.0, "(3)"),
            ("0.0;-0.0;\"无\"", 0.0, "无"),
            ("0%", 0.256, "26%"),
            ("0.0,", 12_345.0, "12.3"),
            ("#,##0,\"千元\"", 5_200_000.0, "5,200千元"),
            ("General\"人\"", 12.0, "12人"),
            ("G/通用格式\"人\"", 12.5, "12.5人"),
            ("_ * #,##0.00_ ", 5.0, "5.00"),
            ("0.00", -1.5, "-1.50"),
            ("0!-00", 201_103.0, "2011-03"),
            ("0!.0,", 52_000.0, "5.2"),
            ("#", 7.0, "7"),
            ("0", 1e15, "1000000000000000"),
            ("00.00%", 1e-9, "00.00%"),
        ] {
            let pattern = Pattern::parse(code).unwrap_or_else(|| panic!("{code}"));
            assert_eq!(pattern.show(number).as_deref(), Some(expected), "{code} {number}");
        }
    }

    #[test]
    fn what_is_not_followed_is_shown_as_it_is() {
        for code in ["@", "0.00E+00", "# ?/?", "[DBNum1]0", "", "\"无\"", "建"] {
            assert_eq!(Pattern::parse(code), None, "{code}");
        }
        assert_eq!(Pattern::parse(";;;"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_format_is_too_odd(code in "[0#?.,%;GE@_*\\[\\]\"\\\\a万/+ -]{0,24}", number in proptest::num::f64::NORMAL) {
            let _ = Pattern::parse(&code).and_then(|pattern| pattern.show(number));
        }
    }
}
