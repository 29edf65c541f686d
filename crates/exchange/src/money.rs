//! What is written near an amount about its unit: in the title of its column, in a row of
//! units below the header, in a line above or below the table, in the number format of its
//! cell. Where 万, 千 or 亿 is written and not understood, somebody is asked: nothing is guessed.

use campaign::definition::WordList;
use sheet::number_format::FormatWords;

use crate::{normalise::unit_name_key, vocabulary::ClerkWords};

/// Powers of ten that make an amount another one, when they are overlooked: from a thousand on.
const COUNTS: u32 = 3;

/// What is known of the unit of a column's numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AmountUnit {
    /// Nothing is written.
    #[default]
    Unstated,
    /// An amount is so many fen.
    Fen(i64),
    /// Somebody has chosen how many fen it is.
    Chosen(i64),
    /// What is written is not understood.
    Unclear(String),
}

impl AmountUnit {
    /// What two texts near the same amount say together.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unstated, other) => other,
            (known, Self::Unstated) => known,
            (Self::Chosen(fen), _) | (_, Self::Chosen(fen)) => Self::Chosen(fen),
            (Self::Fen(one), Self::Fen(other)) if one == other => Self::Fen(one),
            (Self::Unclear(text), _) | (_, Self::Unclear(text)) => Self::Unclear(text),
            (Self::Fen(one), Self::Fen(other)) => Self::Unclear(format!("{} / {}", named(one), named(other))),
        }
    }

    /// What a text says for which this is known, where the text states nothing itself.
    pub(crate) fn or(self, other: &Self) -> Self {
        if self == Self::Unstated { other.clone() } else { self }
    }
}

/// A unit of money in words, for messages.
fn named(fen: i64) -> String {
    let powers = [(10_000_000_000, "亿元"), (100_000_000, "百万元"), (1_000_000, "万元"), (100_000, "千元")];
    powers
        .iter()
        .find(|(unit, _)| *unit == fen)
        .map_or_else(|| format!("{}元", fen / 100), |(_, name)| (*name).to_owned())
}

/// Names of units among which a person chooses, with their fen.
pub const CHOICES: [(&str, i64); 5] =
    [("元", 100), ("千元", 100_000), ("万元", 1_000_000), ("百万元", 100_000_000), ("亿元", 10_000_000_000)];

/// Fen in the unit of this name, which a person has chosen.
pub fn chosen(name: &str) -> Option<i64> {
    CHOICES.iter().find(|(known, _)| *known == name).map(|(_, fen)| *fen)
}

/// A word about money in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// A unit of money.
    Unit(i64),
    /// A unit of money behind a number: an amount.
    Amount,
    /// 万, 千 or 亿 before something else.
    Power,
    /// What stands for thousands, or for a part of a yuan, and is no name of a unit: w, k, 10⁴, (分).
    Unclear,
    /// Money of another country.
    Foreign,
}

/// A sign with the places where it begins and ends.
type FoundSign = (usize, usize, Sign);

/// The words about money in a text that is written as words are compared.
fn signs(text: &str, words: ClerkWords<'_>) -> Vec<FoundSign> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let (length, sign) = sign_at(text, at, words).unwrap_or((c.len_utf8(), None));
        found.extend(sign.map(|sign| (at, at + length, sign)));
        at += length;
    }
    found
}

/// The sign that begins here, with its length; no sign where the text means something else.
fn sign_at(text: &str, at: usize, words: ClerkWords<'_>) -> Option<(usize, Option<Sign>)> {
    let (before, rest) = text.split_at(at);
    let longest = |list| words.words(list).filter(|word| rest.starts_with(word)).map(str::len).max();
    let ends_here = |length: usize| !rest[length..].starts_with(char::is_alphanumeric);
    let is_amount = before.ends_with(is_digit);
    let unit = |fen| Some(if is_amount { Sign::Amount } else { Sign::Unit(fen) });
    // What a campaign declares goes first: it may well know another country's money.
    if let Some((length, fen)) = words.longest_money(rest).filter(|(length, _)| {
        let is_bare = words.power(&rest[..*length]).is_some_and(|(_, after)| after.is_empty());
        let is_yuan = words.has(WordList::Yuan, &rest[..*length]);
        let begins_here = !before.ends_with(char::is_alphanumeric) || is_amount;
        let (is_ended, is_begun) = (ends_here(*length), begins_here && !before.is_empty());
        match (is_yuan, is_bare) {
            // 元件, 单元: behind a sign or before one it is money.
            (true, _) => is_ended || is_begun,
            (false, true) => is_ended && begins_here,
            (false, false) => true,
        }
    }) {
        return Some((length, unit(fen)));
    }
    if let Some(length) = longest(WordList::ForeignMoney) {
        return Some((length, Some(Sign::Foreign)));
    }
    if let Some(length) = unclear_at(before, rest, words) {
        return Some((length, Some(if is_amount { Sign::Amount } else { Sign::Unclear })));
    }
    let (zeros, length) = power_run(rest, words)?;
    let after = &rest[length..];
    let yuan = words.words(WordList::Yuan).filter(|word| after.starts_with(word)).map(str::len).max();
    if let Some(yuan) = yuan {
        let fen = 10_i64.checked_pow(zeros).and_then(|power| power.checked_mul(100));
        return Some((length + yuan, Some(fen.and_then(unit).unwrap_or(Sign::Power))));
    }
    let is_small = zeros < COUNTS;
    Some((length, (!is_small).then_some(if is_amount { Sign::Amount } else { Sign::Power })))
}

/// The length of what begins here and makes an amount another one without being a unit: a word that stands alone, or
/// before 元; a power that is written in digits.
fn unclear_at(before: &str, rest: &str, words: ClerkWords<'_>) -> Option<usize> {
    let is_alone = |word: &&str| {
        let after = &rest[word.len()..];
        let is_ended = !after.starts_with(char::is_alphanumeric)
            || word.is_ascii() && words.words(WordList::Yuan).any(|yuan| after.starts_with(yuan));
        let is_joined = |c: char| if word.is_ascii() { c.is_ascii_alphabetic() } else { c.is_alphanumeric() };
        is_ended && !before.ends_with(is_joined)
    };
    let fitting = words.words(WordList::UnclearPowers).filter(|word| rest.starts_with(word));
    let word = fitting.filter(is_alone).map(str::len).max();
    let first = rest.chars().next()?;
    let is_digit_after = rest[first.len_utf8()..].starts_with(|c: char| c.is_ascii_digit());
    let is_power = matches!(first, '²' | '³' | '⁴'..='⁹') && before.ends_with("10")
        || first == '^' && before.ends_with("10")
        || matches!(first, '×' | '*') && is_digit_after;
    word.or(is_power.then_some(first.len_utf8()))
}

/// The powers of ten with which the text begins: their zeros together, and their length.
fn power_run(text: &str, words: ClerkWords<'_>) -> Option<(u32, usize)> {
    let (mut zeros, mut rest) = (0, text);
    // A name of ten powers is none.
    for _ in 0..4 {
        let Some((more, after)) = words.power(rest) else { break };
        (zeros, rest) = (zeros + more, after);
    }
    (zeros > 0).then_some((zeros, text.len() - rest.len()))
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || "〇零一二三四五六七八九两几".contains(c)
}

/// A text as words are compared.
fn key(text: &str) -> String {
    unit_name_key(text).to_lowercase()
}

/// What the signs say together; `text` is shown where they are not understood.
fn combined(signs: &[FoundSign], text: &str) -> AmountUnit {
    let mut units = signs.iter().filter_map(|(_, _, sign)| match sign {
        Sign::Unit(fen) => Some(AmountUnit::Fen(*fen)),
        _ => None,
    });
    let is_understood = signs.iter().all(|(_, _, sign)| matches!(sign, Sign::Unit(_)));
    let first = units.next().unwrap_or_default();
    let is_one = units.all(|unit| unit == first) && is_understood;
    if is_one { first } else { AmountUnit::Unclear(text.to_owned()) }
}

/// What the title of a column of money says. `own` are the titles by which its field is known:
/// a 千 or 万 that is part of them says nothing about amounts.
pub(crate) fn in_title<'o>(
    title: &str,
    own: impl Iterator<Item = &'o str>,
    words: ClerkWords<'_>,
) -> AmountUnit {
    let text = key(title);
    let own = own_part(&text, own);
    let mut signs = signs(&text, words);
    signs.retain(|(start, _, sign)| {
        !matches!(sign, Sign::Power | Sign::Amount | Sign::Unclear)
            || !own.as_ref().is_some_and(|own| own.contains(start))
    });
    combined(&signs, title)
}

/// Whether the title of a column of numbers says that they are thousands, or more, of something;
/// the field's own titles aside.
pub(crate) fn number_title<'o>(
    title: &str,
    own: impl Iterator<Item = &'o str>,
    words: ClerkWords<'_>,
) -> AmountUnit {
    let text = key(title);
    let own = own_part(&text, own);
    let is_own = |start: &usize| own.as_ref().is_some_and(|own| own.contains(start));
    let is_large = |(start, end, sign): &FoundSign| {
        let is_large = match sign {
            Sign::Power => !is_thousand_of(&text[*start..*end], &text[*end..], words),
            Sign::Unit(fen) => *fen > 100,
            // Of what is no money, w is a watt and m a metre.
            Sign::Amount | Sign::Foreign | Sign::Unclear => false,
        };
        is_large && !is_own(start)
    };
    let is_unclear = signs(&text, words).iter().any(is_large);
    if is_unclear { AmountUnit::Unclear(title.to_owned()) } else { AmountUnit::Unstated }
}

/// Whether the power is the first half of a measure such as 千克, 千瓦.
fn is_thousand_of(power: &str, after: &str, words: ClerkWords<'_>) -> bool {
    let is_one = |word: &str| {
        let rest = word.strip_prefix(power);
        rest.is_some_and(|rest| !rest.is_empty() && after.starts_with(rest))
    };
    words.words(WordList::KiloMeasures).any(is_one)
}

/// Where in a title the longest of its field's own titles is.
fn own_part<'o>(text: &str, own: impl Iterator<Item = &'o str>) -> Option<std::ops::Range<usize>> {
    let keys = own.map(key).filter(|key| !key.is_empty());
    let longest = keys.filter(|key| text.contains(key.as_str())).max_by_key(String::len)?;
    let start = text.find(&longest)?;
    Some(start..start + longest.len())
}

/// What a cell says that should hold nothing but a unit: in the row below the header, or beside an amount.
pub(crate) fn in_cell(text: &str, words: ClerkWords<'_>) -> AmountUnit {
    let key = key(text);
    let signs = signs(&key, words);
    if is_power_of_money(text, words) {
        return AmountUnit::Unclear(text.to_owned());
    }
    // An amount is not the unit of others.
    if signs.iter().any(|(_, _, sign)| *sign == Sign::Amount) {
        AmountUnit::Unstated
    } else {
        combined(&signs, text)
    }
}

/// Whether a text begins with a unit of money, or with what stands for one; 元 and 万 must end there.
pub(crate) fn begins_with_unit(text: &str, words: ClerkWords<'_>) -> bool {
    let key = key(text);
    // 10000元 is no name either.
    let start = key.len() - key.trim_start_matches(|c: char| c.is_ascii_digit() || ",.".contains(c)).len();
    let Some((length, Some(sign))) = sign_at(&key, start, words) else { return false };
    let is_ended = !key[start + length..].starts_with(char::is_alphanumeric);
    match sign {
        Sign::Unit(_) => is_ended || key[start..start + length].chars().count() > 1,
        Sign::Unclear => true,
        Sign::Amount => {
            is_ended || words.words(WordList::Yuan).any(|yuan| key[start + length..].starts_with(yuan))
        }
        Sign::Power | Sign::Foreign => false,
    }
}

/// Whether a text is a power of ten of money, such as 10000元: no amount that anybody states in a row of units.
pub(crate) fn is_power_of_money(text: &str, words: ClerkWords<'_>) -> bool {
    let key = key(text);
    let key = key.trim_matches(['(', ')', ':']).replace(',', "");
    let digits = key.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = &key[..key.len() - digits.len()];
    let is_power =
        number.len() >= 4 && number.starts_with('1') && number[1..].bytes().all(|byte| byte == b'0');
    is_power && words.longest_money(digits).is_some_and(|(length, _)| length == digits.len())
}

/// Whether a text is nothing but the name of a unit of money, brackets and 单位: aside.
pub(crate) fn is_unit(text: &str, words: ClerkWords<'_>) -> bool {
    let key = key(text);
    let inside = key.trim_matches(['(', ')', ':']);
    let label = words.words(WordList::MoneyLabels).find_map(|label| inside.strip_prefix(label));
    let inside = label.unwrap_or(inside).trim_start_matches(':');
    let inside = words.without_starts(WordList::Currency, inside);
    matches!(signs(inside, words).as_slice(), [(0, end, Sign::Unit(_))] if *end == inside.len())
}

/// What a line above or below the table says of all its amounts: only what is written as a
/// statement of units counts, so that 亿达集团 is no amount. Parts of it that name a unit are
/// left out before.
pub(crate) fn in_line(text: &str, words: ClerkWords<'_>) -> AmountUnit {
    let key = key(text);
    let stated = signs(&key, words).into_iter().filter(|(start, end, sign)| match sign {
        // 单位:10000元 states a unit; 5万元以上的附证明 does not.
        Sign::Amount => {
            is_labelled(key[..*start].trim_end_matches(|c: char| is_digit(c) || ",.".contains(c)), words)
        }
        Sign::Unclear => is_statement(&key, *start, *end, words) || is_labelled(&key[..*start], words),
        Sign::Unit(_) | Sign::Foreign => {
            is_statement(&key, *start, *end, words) || matches!(sign, Sign::Unit(fen) if *fen > 100)
        }
        Sign::Power => is_labelled(&key[..*start], words),
    });
    let stated: Vec<FoundSign> = stated.collect();
    let is_plain = stated.iter().all(|(start, end, _)| is_statement(&key, *start, *end, words));
    if is_plain { combined(&stated, text) } else { AmountUnit::Unclear(text.to_owned()) }
}

/// Whether a unit between these places is stated for the table: alone between signs, or after 单位.
fn is_statement(text: &str, start: usize, end: usize, words: ClerkWords<'_>) -> bool {
    let before = words.without_ends(WordList::Currency, &text[..start]);
    let (is_begun, is_ended) =
        (!before.ends_with(char::is_alphanumeric), !text[end..].starts_with(char::is_alphanumeric));
    is_ended && (is_begun || is_labelled(before, words))
        || is_labelled(before, words)
            && words.words(WordList::MoneyLabels).any(|label| text[end..].contains(label))
}

/// Whether a text ends so that a unit must follow: 单位, 单位为, 以.
fn is_labelled(before: &str, words: ClerkWords<'_>) -> bool {
    let before = before.trim_end_matches([':', '(', '=', '为', '是']);
    let is_label = |label: &str| before.ends_with(label);
    words.words(WordList::MoneyLabels).any(is_label) || before.ends_with(['以', '按'])
}

/// Whether a format leaves a number as it is: it writes no 万 beside it, and shows all of it.
pub(crate) fn leaves_number(format: &FormatWords, words: ClerkWords<'_>) -> bool {
    format.zeros == 0 && number_title(&format.words, std::iter::empty(), words) == AmountUnit::Unstated
}

/// The fen of a bare number in a cell whose format adds something, or the text that is not understood;
/// and by how many zeros the number is to be read smaller.
pub(crate) fn in_format(format: &FormatWords, near: &AmountUnit, words: ClerkWords<'_>) -> (AmountUnit, u32) {
    let written = in_cell(&format.words, words);
    match (near, &written, format.zeros) {
        // What a person has chosen is about what he sees.
        (AmountUnit::Chosen(fen), _, zeros) => (AmountUnit::Chosen(*fen), zeros),
        (near, AmountUnit::Unstated, 0) => (near.clone(), 0),
        (near, _, 0) => (near.clone().and(written), 0),
        (_, AmountUnit::Fen(fen), zeros) if 10_i64.checked_pow(zeros + 2) == Some(*fen) => {
            (AmountUnit::Fen(100), 0)
        }
        (_, _, zeros) => (AmountUnit::Unclear(format!("{}, 1/10^{zeros}", format.words)), 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(unit: AmountUnit) -> String {
        match unit {
            AmountUnit::Unstated => String::new(),
            AmountUnit::Fen(fen) | AmountUnit::Chosen(fen) => named(fen),
            AmountUnit::Unclear(_) => "?".to_owned(),
        }
    }

    #[test]
    fn titles_state_the_unit_of_their_amounts() {
        for (title, expected) in [
            ("年创效", ""),
            ("年创效(元)", "1元"),
            ("年创效（万元）", "万元"),
            ("年创效(万元/年)", "万元"),
            ("年创效（税后万元）", "万元"),
            ("年创效（单位：万元）", "万元"),
            ("年创效（万元，保留两位小数）", "万元"),
            ("年创效（人民币万元）", "万元"),
            ("年创效万元", "万元"),
            ("年创效(万)", "万元"),
            ("年创效〔亿元〕", "亿元"),
            ("年创效[千元]", "千元"),
            ("年创效(百元)", "100元"),
            ("年创效(十万元)", "100000元"),
            ("年创效(千万元)", "10000000元"),
            ("元器件年创效(万元)", "万元"),
            ("经济效益(万元):年创效", "万元"),
            ("年创效(千)", "?"),
            ("年创效，以万计", "?"),
            ("年创效(元/万吨)", "?"),
            ("年创效(万元或元)", "?"),
            ("年创效(万美元)", "?"),
            ("年创效(美元)", "?"),
            ("年创效(5万元以上)", "?"),
            ("千人创效(元)", "1元"),
            ("年节电(千瓦时)", "?"),
        ] {
            let own = ["年创效", "千人创效"].into_iter();
            assert_eq!(shown(in_title(title, own, ClerkWords::standard())), expected, "{title}");
        }
    }

    #[test]
    fn titles_of_numbers_that_are_thousands() {
        for (title, expected) in [
            ("人数", ""),
            ("人数(人)", ""),
            ("人数(万人)", "?"),
            ("节电(千瓦时)", ""),
            ("节电(万千瓦时)", "?"),
            ("节煤(千克)", ""),
            ("节煤(千吨)", "?"),
            ("千人创效(项)", ""),
            ("产值(万元)", "?"),
        ] {
            let own = ["人数", "千人创效"].into_iter();
            assert_eq!(shown(number_title(title, own, ClerkWords::standard())), expected, "{title}");
        }
    }

    #[test]
    fn lines_state_the_unit_of_the_table() {
        for (line, expected) in [
            ("2011年合理化建议台账", ""),
            ("2011年台账（单位：万元）", "万元"),
            ("2011年台账(万元)", "万元"),
            ("单位：万元", "万元"),
            ("金额单位万元", "万元"),
            ("金额单位为万元。", "万元"),
            ("单位：人、件、万元", "万元"),
            ("计量单位：件/千元", "千元"),
            ("单位:人民币万元", "万元"),
            ("以万元为单位", "万元"),
            ("单位：万", "万元"),
            ("单位：千", "?"),
            ("单位：元、万元", "?"),
            ("产值按万元填报", "?"),
            ("千万元工程台账", "?"),
            ("亿达集团台账", ""),
            ("千名书记进万家", ""),
            ("注:5万元以上的附证明", ""),
            ("单位：美元", "?"),
            ("2011年元旦", ""),
        ] {
            assert_eq!(shown(in_line(line, ClerkWords::standard())), expected, "{line}");
        }
    }

    #[test]
    fn formats_state_the_unit_of_one_amount() {
        for (words, zeros, near, expected, smaller) in [
            ("万元", 0, AmountUnit::Unstated, "万元", 0),
            ("万元", 0, AmountUnit::Fen(1_000_000), "万元", 0),
            ("万元", 0, AmountUnit::Fen(100), "?", 0),
            ("元", 0, AmountUnit::Unstated, "1元", 0),
            ("万元", 4, AmountUnit::Unstated, "1元", 0),
            ("百万元", 6, AmountUnit::Unstated, "1元", 0),
            ("万元", 3, AmountUnit::Unstated, "?", 0),
            ("", 3, AmountUnit::Fen(100_000), "?", 0),
            ("", 3, AmountUnit::Chosen(100_000), "千元", 3),
            ("千", 0, AmountUnit::Unstated, "?", 0),
            ("件", 0, AmountUnit::Fen(1_000_000), "万元", 0),
        ] {
            let format = FormatWords { words: words.to_owned(), zeros, ..FormatWords::default() };
            let (unit, zeros) = in_format(&format, &near, ClerkWords::standard());
            assert_eq!((shown(unit).as_str(), zeros), (expected, smaller), "{format:?} {near:?}");
        }
    }

    #[test]
    fn a_cell_that_is_a_unit() {
        for (text, expected) in [
            ("万元", true),
            ("(万元)", true),
            ("单位:元", true),
            ("人民币千元", true),
            ("万元/年", false),
            ("5万元", false),
            ("人", false),
            ("", false),
        ] {
            assert_eq!(is_unit(text, ClerkWords::standard()), expected, "{text}");
        }
    }
}
