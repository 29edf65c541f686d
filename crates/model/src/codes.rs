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

/// A text in which personal numbers are masked, with the first of them as it is shown then; `None` for a
/// text without any. ID numbers must be valid; of telephone numbers mobile ones count, those with an area
/// code, and those behind words that say so. Spaces and hyphens within a number do not hide it.
pub fn mask_numbers(text: &str) -> Option<(String, String)> {
    let found = numbers_in(text);
    let first = found.first()?.mask.clone();
    let (mut masked, mut done) = (String::new(), 0);
    for number in found {
        masked.push_str(&text[done..number.start]);
        masked.push_str(&number.mask);
        done = number.end;
    }
    masked.push_str(&text[done..]);
    Some((masked, first))
}

/// The personal numbers in a text, as they are written there, each with its mask.
pub fn personal_numbers(text: &str) -> Vec<(String, String)> {
    let found = numbers_in(text).into_iter();
    found.map(|number| (text[number.start..number.end].to_owned(), number.mask)).collect()
}

/// A personal number in a text.
struct FoundNumber {
    start: usize,
    end: usize,
    mask: String,
}

fn numbers_in(text: &str) -> Vec<FoundNumber> {
    // Nearly all texts have hardly any digits.
    if text.chars().filter(|c| c.is_numeric()).count() < SHORTEST_PHONE {
        return Vec::new();
    }
    let groups = digit_groups(text);
    let (mut numbers, mut from) = (Vec::new(), 0);
    while from < groups.len() {
        let run = groups[from..].iter().enumerate();
        let run = run.take_while(|(at, group)| *at == 0 || group.is_joined);
        let mut digits = String::new();
        let mut found = None;
        for (at, group) in run {
            digits.push_str(&group.digits);
            if digits.len() > 18 {
                break;
            }
            let is_announced = announces_phone(&text[..groups[from].start]);
            if let Some(mask) = masked_number(&digits, groups[from].digits.len(), is_announced) {
                found = Some((at, group.end, mask));
            }
        }
        let Some((at, end, mask)) = found else {
            from += 1;
            continue;
        };
        numbers.push(FoundNumber { start: groups[from].start, end, mask });
        from += at + 1;
    }
    numbers
}

/// Digits without anything between them.
struct DigitGroup {
    start: usize,
    end: usize,
    /// In ASCII.
    digits: String,
    /// Whether one space or hyphen is all that divides it from the group before.
    is_joined: bool,
}

fn digit_groups(text: &str) -> Vec<DigitGroup> {
    let plain = |c: char| match c {
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10).unwrap_or(c),
        'ｘ' | 'Ｘ' | 'x' => 'X',
        c => c,
    };
    let mut groups: Vec<DigitGroup> = Vec::new();
    let mut before = None;
    for (at, original) in text.char_indices() {
        let (c, end) = (plain(original), at + original.len_utf8());
        let last = groups.last_mut().filter(|group| group.end == at);
        match last {
            Some(group) if c.is_ascii_digit() || c == 'X' && group.digits.len() < 18 => {
                group.digits.push(c);
                group.end = end;
            }
            // Letters run into the digits: a code, and no number of a person.
            Some(group) if c.is_ascii_alphabetic() => group.digits.clear(),
            _ if c.is_ascii_digit() => {
                let is_joined = groups.last().is_some_and(|group| {
                    let between = text.get(group.end..at).unwrap_or_default();
                    matches!(between, " " | "-" | "－" | "—" | ")" | "）" | "\u{3000}")
                });
                // tel13942600001 is no code.
                let is_code =
                    before.is_some_and(|c: char| c.is_ascii_alphabetic()) && !announces_phone(&text[..at]);
                let digits = if is_code { String::new() } else { c.to_string() };
                groups.push(DigitGroup { start: at, end, digits, is_joined });
            }
            _ => {}
        }
        before = Some(c);
    }
    groups
}

/// Digits of the shortest telephone number.
const SHORTEST_PHONE: usize = 7;
/// Words behind which a telephone number comes.
const PHONE_WORDS: [&str; 7] = ["电话", "手机", "联系方式", "热线", "座机", "tel", "phone"];

fn announces_phone(before: &str) -> bool {
    let before = before.trim_end_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    PHONE_WORDS.iter().any(|word| before.ends_with(word) || before.ends_with(&format!("{word}号码")))
}

/// The digits as they are shown when they are a personal number; `first` is the length of their first group.
fn masked_number(digits: &str, first: usize, is_announced: bool) -> Option<String> {
    let is_region =
        digits.get(..2).and_then(|region| region.parse().ok()).is_some_and(|n: u8| (11..=82).contains(&n));
    let is_id = matches!(digits.len(), 15 | 18) && is_region && IdNumber::parse(digits).is_ok();
    if is_id {
        return Some(mask_id_number(digits));
    }
    let bytes = digits.as_bytes();
    let is_plain = bytes.iter().all(u8::is_ascii_digit);
    let is_mobile = is_mobile_number(digits);
    let has_area =
        (3..=4).contains(&first) && bytes.first() == Some(&b'0') && matches!(digits.len() - first, 7 | 8);
    // With the country in front, as telephones store it.
    let abroad = digits.strip_prefix("0086").or_else(|| digits.strip_prefix("86"));
    let is_mobile = is_mobile || abroad.is_some_and(|own| own.len() == 11 && is_mobile_number(own));
    let is_local = is_announced && (SHORTEST_PHONE..=12).contains(&digits.len());
    (is_plain && (is_mobile || has_area || is_local)).then(|| mask_phone(digits))
}

fn is_mobile_number(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1])
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
    fn personal_numbers_in_texts_are_masked() {
        for (text, expected) in [
            ("王乙210202198001010008提出", "王乙210202********0008提出"),
            ("证号 210202 19800101 0008。", "证号 210202********0008。"),
            ("２１０２０２１９８００１０１０００８", "210202********0008"),
            ("21021119861220334x", "210211********334X"),
            ("旧证210202800101000", "旧证210*********000"),
            ("电话13942600001，可加班", "电话139******01，可加班"),
            ("2011-05-03 13942600001", "2011-05-03 139******01"),
            ("139-4260-0001", "139******01"),
            ("139 4260 0001/13942600002", "139******01/139******02"),
            ("0411-84390000", "041*******00"),
            ("（0411）84390000", "（041*******00"),
            ("联系电话：84390000", "联系电话：843***00"),
            ("tel 8439-0000", "tel 843***00"),
            ("+8613942600001", "+861********01"),
            ("0086 139 4260 0001", "008**********01"),
            ("Tel13942600001", "Tel139******01"),
        ] {
            let masked = mask_numbers(text).map(|(masked, _)| masked);
            assert_eq!(masked.as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "2011-05-03",
            "52000元",
            "210202198001010009",
            "图号A13942600001",
            "13942600001B",
            "91210200118466532R",
            "20110503001 20110503002",
            "84390000件",
            "123456789012345678901234567890",
            "GB/T 22239-2019",
        ] {
            assert_eq!(mask_numbers(text), None, "{text}");
        }
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
