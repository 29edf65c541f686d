//! Invented persons. A person is a number; name, gender, birth date and ID
//! number follow from it, so that no person has to be stored.

use std::collections::HashSet;

use jiff::{ToSpan, civil::Date};

use crate::{
    random::{Random, scramble},
    words::Words,
};

/// Regions that follow the two digits of the invented province.
const REGIONS: u64 = 10_000;

/// Persons that one record can name.
pub(crate) const PERSONS: usize = 4;

/// How persons are named and numbered.
#[derive(Debug, Clone)]
pub(crate) struct PersonNames {
    /// Position of the list of surnames.
    pub(crate) surnames: usize,
    /// Position of the list of characters for given names.
    pub(crate) given: usize,
    /// Share with a given name of one character.
    pub(crate) short: f64,
    /// Names that nobody may bear.
    pub(crate) never: HashSet<String>,
    /// First two digits of ID numbers.
    pub(crate) province: String,
    /// First possible birthday.
    pub(crate) born: Date,
    /// Number of possible birthdays.
    pub(crate) birthdays: u64,
    /// Codes of the two genders.
    pub(crate) genders: [String; 2],
    /// Telephone numbers begin so.
    pub(crate) phone: String,
}

impl PersonNames {
    /// The name of a person.
    pub(crate) fn name(&self, words: &Words, person: u64) -> String {
        let mut random = Random::from_seeds([person, 0x6e61_6d65]);
        loop {
            let mut name = String::with_capacity(12);
            name.push_str(words.draw(self.surnames, &mut random));
            let is_short = random.chance(self.short);
            for _ in 0..if is_short { 1 } else { 2 } {
                name.push_str(words.draw(self.given, &mut random));
            }
            if !self.never.contains(&name) {
                return name;
            }
        }
    }

    /// The code of a person's gender.
    pub(crate) fn gender(&self, person: u64) -> &str {
        &self.genders[usize::from(scramble(person ^ 0x67) & 1 == 1)]
    }

    /// A telephone number that no exchange has ever given out.
    pub(crate) fn phone(&self, person: u64) -> String {
        format!("{}{:06}", self.phone, scramble(person) % 1_000_000)
    }

    /// An ID number with a right check digit that nobody bears: its province
    /// does not exist, and sequence 000 is never issued. Different for every
    /// person below [`PersonNames::capacity`].
    pub(crate) fn id_number(&self, person: u64) -> String {
        // Multiplication by a prime is a permutation: it scatters, and nobody meets anybody.
        let place = person.wrapping_mul(7_368_787) % self.capacity();
        let (region, day) = (place / self.birthdays, place % self.birthdays);
        let born = self.born.saturating_add(i64::try_from(day).unwrap_or(0).days());
        let mut number = String::with_capacity(18);
        number.push_str(&self.province);
        push_digits(&mut number, region, 4);
        push_digits(&mut number, born.year().unsigned_abs().into(), 4);
        push_digits(&mut number, born.month().unsigned_abs().into(), 2);
        push_digits(&mut number, born.day().unsigned_abs().into(), 2);
        number.push_str("000");
        number.push(id_check(&number));
        number
    }

    /// How many persons have a number of their own.
    pub(crate) fn capacity(&self) -> u64 {
        REGIONS * self.birthdays
    }
}

/// Appends a number with leading zeros.
pub(crate) fn push_digits(text: &mut String, number: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut rest = number;
    let mut first = digits.len();
    while rest > 0 || digits.len() - first < width.min(20) {
        first -= 1;
        digits[first] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        if first == 0 {
            break;
        }
    }
    text.extend(digits[first..].iter().map(|digit| char::from(*digit)));
}

/// The check character of an ID number's first 17 digits (GB 11643-1999).
fn id_check(body: &str) -> char {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHECKS[(sum % 11) as usize]
}

/// An organisation code of eight characters and its check digit (GB 11714-1997).
pub(crate) fn org_code(prefix: &str, number: u64) -> String {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let mut code = prefix.to_owned();
    push_digits(&mut code, number, 8_usize.saturating_sub(prefix.len()));
    let sum: u32 = code.chars().zip(WEIGHTS).map(|(c, weight)| c.to_digit(36).unwrap_or(0) * weight).sum();
    code.push(match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    });
    code
}

/// A unified social credit code around an organisation code (GB 32100-2015).
pub(crate) fn uscc(prefix: &str, org_code: &str) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let mut code = format!("{prefix}{org_code}");
    let place = |byte: u8| ALPHABET.iter().position(|known| *known == byte).unwrap_or(0);
    let sum: usize = code.bytes().zip(WEIGHTS).map(|(byte, weight)| place(byte) * weight).sum();
    code.push(char::from(ALPHABET[(31 - sum % 31) % 31]));
    code
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use jiff::civil::date;
    use model::codes::{IdNumber, parse_org_code, parse_uscc};

    use super::*;

    fn people() -> PersonNames {
        PersonNames {
            surnames: 0,
            given: 1,
            short: 0.5,
            never: ["甲乙".to_owned()].into(),
            province: "99".to_owned(),
            born: date(1955, 1, 1),
            birthdays: 13_879,
            genders: ["1".to_owned(), "2".to_owned()],
            phone: "041100".to_owned(),
        }
    }

    #[test]
    fn everybody_has_an_id_number_of_their_own() {
        let people = people();
        let mut seen = HashSet::new();
        for person in (0..5_000).chain(9_000_000..9_005_000) {
            let number = people.id_number(person);
            assert!(IdNumber::parse(&number).is_ok_and(|parsed| parsed.as_str() == number), "{number}");
            assert_eq!((&number[..2], &number[14..17]), ("99", "000"));
            assert!(seen.insert(number));
        }
    }

    #[test]
    fn a_name_is_that_of_no_real_person() {
        let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let words = Words { lists: vec![list(&["甲"]), list(&["乙", "丙"])], ..Words::default() };
        let names: HashSet<String> = (0..200).map(|person| people().name(&words, person)).collect();
        let expected: HashSet<String> =
            list(&["甲丙", "甲乙乙", "甲乙丙", "甲丙乙", "甲丙丙"]).into_iter().collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn official_codes_check() {
        for number in [0, 7, 123_456, 999_999] {
            let code = org_code("XX", number);
            assert_eq!(parse_org_code(&code), Ok((code.clone(), None)));
            let credit = uscc("91210200", &code);
            assert_eq!(parse_uscc(&credit), Ok((credit.clone(), None)));
        }
    }
}
