//! Official codes with check digits: ID numbers, organisation codes, USCC.

use jiff::civil::Date;

use crate::problem::Problem;

/// A resident ID number of 18 characters (GB 11643-1999), check digit verified.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdNumber(String);

impl IdNumber {
    /// Reads an ID number. A lower-case `x` is accepted; numbers of the first
    /// generation (15 digits, valid until 2012) are converted to 18.
    ///
    /// # Errors
    /// [`Problem::IdNumberShape`], [`Problem::IdNumberDate`] or
    /// [`Problem::IdNumberCheck`].
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.to_ascii_uppercase();
        let shape = || Problem::IdNumberShape { found: text.clone() };
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if !text.is_ascii() {
            return Err(shape());
        }
        let body = match text.len() {
            18 if digits(&text[..17]) && (digits(&text[17..]) || text.ends_with('X')) => {
                text[..17].to_owned()
            }
            15 if digits(&text) => format!("{}19{}", &text[..6], &text[6..]),
            _ => return Err(shape()),
        };
        let birth = &body[6..14];
        if birth_date(birth).is_none() {
            return Err(Problem::IdNumberDate { digits: birth.to_owned() });
        }
        let check = id_check(&body);
        if text.len() == 18 && !text.ends_with(check) {
            return Err(Problem::IdNumberCheck { expected: check.to_string() });
        }
        Ok(Self(format!("{body}{check}")))
    }

    /// The full 18 characters. Personal information: never log, never show unmasked by default.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As shown on pages: region and last digits only, `210202********0008`.
    pub fn masked(&self) -> String {
        mask_id_number(&self.0)
    }
}

/// Hides the birth date of an ID number, and everything but the ends of any other document number.
pub fn mask_id_number(number: &str) -> String {
    let chars: Vec<char> = number.chars().collect();
    if chars.len() == 18 {
        let head: String = chars[..6].iter().collect();
        let tail: String = chars[14..].iter().collect();
        return format!("{head}********{tail}");
    }
    let keep = chars.len() / 4;
    chars
        .iter()
        .enumerate()
        .map(|(i, c)| if i < keep || i >= chars.len() - keep { *c } else { '*' })
        .collect()
}

/// A telephone number without its middle.
pub fn mask_phone(number: &str) -> String {
    let length = number.chars().count();
    let shown = |index: usize| index < 3 || index + 2 >= length;
    number.chars().enumerate().map(|(index, digit)| if shown(index) { digit } else { '*' }).collect()
}

fn birth_date(yyyymmdd: &str) -> Option<Date> {
    let year = yyyymmdd[..4].parse().ok().filter(|y| (1850..=2100).contains(y))?;
    Date::new(year, yyyymmdd[4..6].parse().ok()?, yyyymmdd[6..].parse().ok()?).ok()
}

/// The check character of an ID number's first 17 digits.
fn id_check(body: &str) -> char {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    let sum: u32 = body.chars().zip(WEIGHTS).map(|(c, w)| c.to_digit(10).unwrap_or(0) * w).sum();
    CHECKS[(sum % 11) as usize]
}

/// Checks an organisation code of nine characters (GB 11714-1997) and returns
/// it without the hyphen.
///
/// # Errors
/// [`Problem::OrgCodeShape`] loses the row; a failing check digit
/// ([`Problem::OrgCodeCheck`]) comes back as a warning beside the code.
pub fn parse_org_code(text: &str) -> Result<(String, Option<Problem>), Problem> {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let code = text.to_ascii_uppercase().replace('-', "");
    if code.len() != 9 || !code.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) {
        return Err(Problem::OrgCodeShape { found: text.to_owned() });
    }
    let sum: u32 = code.chars().zip(WEIGHTS).map(|(c, w)| c.to_digit(36).unwrap_or(0) * w).sum();
    let expected = match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        n => char::from_digit(n, 10).unwrap_or('0'),
    };
    let warning =
        (!code.ends_with(expected)).then(|| Problem::OrgCodeCheck { expected: expected.to_string() });
    Ok((code, warning))
}

/// Checks a unified social credit code of 18 characters (GB 32100-2015). A
/// failing check digit is only a warning: early pilot codes are valid and fail it.
///
/// # Errors
/// [`Problem::UsccShape`].
pub fn parse_uscc(text: &str) -> Result<(String, Option<Problem>), Problem> {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let code = text.to_ascii_uppercase();
    let positions: Option<Vec<usize>> = code.chars().map(|c| ALPHABET.find(c)).collect();
    let Some(positions) = positions.filter(|p| p.len() == 18) else {
        return Err(Problem::UsccShape { found: text.to_owned() });
    };
    let sum: usize = positions.iter().zip(WEIGHTS).map(|(p, w)| p * w).sum();
    let expected = (31 - sum % 31) % 31;
    let warning = (positions[17] != expected)
        .then(|| Problem::UsccCheck { expected: ALPHABET[expected..=expected].to_owned() });
    Ok((code, warning))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> Result<String, &'static str> {
        IdNumber::parse(text).map(|n| n.as_str().to_owned()).map_err(|p| p.name())
    }

    #[test]
    fn id_numbers() {
        let cases = [
            ("210202198001010008", Ok("210202198001010008")),
            ("210211197512310004", Ok("210211197512310004")),
            ("21021119861220334x", Ok("21021119861220334X")),
            ("210202800101000", Ok("210202198001010008")),
            ("210281199002290005", Err("id_number_date")),
            ("210202198001010009", Err("id_number_check")),
            ("21020219800101000", Err("id_number_shape")),
            ("二一〇二〇二", Err("id_number_shape")),
            ("", Err("id_number_shape")),
        ];
        for (text, expected) in cases {
            assert_eq!(id(text).as_deref().map_err(|k| *k), expected, "{text}");
        }
    }

    #[test]
    fn a_masked_number_hides_the_birth_date() {
        assert_eq!(mask_id_number("210202198001010008"), "210202********0008");
        assert_eq!(mask_id_number("E12345678"), "E1*****78");
    }

    #[test]
    fn the_middle_of_a_telephone_number_is_hidden() {
        assert_eq!(mask_phone("13812345678"), "138******78");
        assert_eq!(mask_phone("1234"), "1234");
    }

    #[test]
    fn org_codes() {
        assert!(matches!(parse_org_code("41094668-3"), Ok((code, _)) if code == "410946683"));
        assert_eq!(parse_org_code("07283195-4"), Ok(("072831954".to_owned(), None)));
        assert_eq!(parse_org_code("MA2YJ1XR-9"), Ok(("MA2YJ1XR9".to_owned(), None)));
        assert!(matches!(parse_org_code("072831955"), Ok((_, Some(_)))));
        assert!(parse_org_code("0728319").is_err());
    }

    #[test]
    fn a_failing_uscc_is_a_warning() {
        assert_eq!(parse_uscc("91210200MA00000078"), Ok(("91210200MA00000078".to_owned(), None)));
        assert_eq!(parse_uscc("81210200000000019d").map(|(_, w)| w), Ok(None));
        assert!(matches!(parse_uscc("91350203M0001FUE2P"), Ok((_, Some(_)))));
        assert!(parse_uscc("9135020").is_err());
    }
}
