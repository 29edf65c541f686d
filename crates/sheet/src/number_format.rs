//! What a number format writes beside a number, such as 万元 in `0.00"万元"`. A clerk reads
//! the words as part of the number, so they must not be lost. A text holds what is shown.

use std::sync::Arc;

use crate::{
    pattern::Pattern,
    serial::{is_date_builtin, is_date_format, to_date},
    workbook::Cell,
};

/// What a number format adds to a number that it shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FormatWords {
    /// The words that it writes beside the number.
    pub words: String,
    /// By how many zeros it shows the number smaller than it is: 3 for `0.0,`, 4 for `0!.0,`.
    pub zeros: u32,
    /// How the number is shown as a whole.
    pub shown: ShownNumber,
}

/// How a number is shown as a whole: as it is unless something else is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShownNumber(ShownAs);

#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum ShownAs {
    #[default]
    Plain,
    Pattern(Arc<Pattern>),
    Text(String),
}

impl FormatWords {
    /// What the sheet shows for this number.
    pub fn show(&self, number: f64) -> String {
        let shown = match &self.shown.0 {
            ShownAs::Plain => None,
            ShownAs::Pattern(pattern) => pattern.show(number),
            ShownAs::Text(text) => Some(text.clone()),
        };
        shown.unwrap_or_else(|| number.to_string())
    }

    /// Bytes that it keeps.
    pub(crate) fn bytes(&self) -> usize {
        let shown = if let ShownAs::Text(text) = &self.shown.0 { text.len() } else { 0 };
        size_of::<Self>() + self.words.len() + shown
    }

    fn is_plain(&self) -> bool {
        self.words.is_empty() && self.zeros == 0
    }
}

/// How a cell shows its number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum CellFormat {
    /// As it is.
    Plain,
    /// As a day.
    Date,
    /// As a time of day, or as hours that go on.
    Time(TimeFormat),
    /// With digits and words in their places.
    Number(NumberFormat),
}

impl CellFormat {
    /// The format of this code.
    pub(crate) fn parse(code: &str) -> Self {
        if is_date_format(code) {
            return Self::Date;
        }
        if let Some(format) = TimeFormat::parse(code) {
            return Self::Time(format);
        }
        NumberFormat::parse(code).map_or(Self::Plain, Self::Number)
    }

    /// The format that every workbook has under this number.
    pub(crate) fn builtin(id: u32) -> Self {
        let code = match id {
            1 => "0",
            2 => "0.00",
            3 => "#,##0",
            4 => "#,##0.00",
            9 => "0%",
            10 => "0.00%",
            18 | 20 => "h:mm",
            19 | 21 => "h:mm:ss",
            45 => "mm:ss",
            46 => "[h]:mm:ss",
            37 | 38 => "#,##0;(#,##0)",
            39 | 40 => "#,##0.00;(#,##0.00)",
            id if is_date_builtin(id) => return Self::Date,
            _ => return Self::Plain,
        };
        Self::parse(code)
    }

    /// A cell with this number. One with a date format holds no day when its number is none.
    pub(crate) fn cell(&self, number: f64, is_1904: bool) -> Cell {
        match self {
            Self::Plain => Cell::Number(number),
            Self::Date => to_date(number, is_1904).map_or(Cell::Number(number), Cell::Date),
            Self::Time(format) => number_shown(number, &format.show(number)),
            Self::Number(format) => {
                let format = format.added_to(number);
                let is_other = |format: &&Arc<FormatWords>| {
                    !format.is_plain() || format.show(number) != number.to_string()
                };
                match format.filter(is_other) {
                    Some(format) => Cell::Formatted { number, format: format.clone() },
                    None => Cell::Number(number),
                }
            }
        }
    }
}

/// A format of a time: what was typed as `3:05` is a part of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeFormat {
    has_hours: bool,
    has_seconds: bool,
    /// Whether hours go on after a day.
    goes_on: bool,
}

impl TimeFormat {
    fn parse(code: &str) -> Option<Self> {
        let section = code.split(';').next()?.to_ascii_lowercase();
        let letters: String = section.split('"').step_by(2).collect();
        let has_hours = letters.contains('h');
        let is_time = has_hours || letters.contains("mm:ss");
        let shows_number = letters.contains(['0', '#', '?', 'g', '@']) || section.len() > 100;
        (is_time && !shows_number).then(|| Self {
            has_hours,
            has_seconds: letters.contains('s'),
            goes_on: letters.contains("[h"),
        })
    }

    fn show(self, number: f64) -> String {
        const DAY: f64 = 86_400.0;
        if !(0.0..1e6).contains(&number) {
            return number.to_string();
        }
        let seconds = (number * DAY).round();
        let seconds = if self.goes_on { seconds } else { seconds % DAY };
        let (hours, minutes, rest) = (seconds.div_euclid(3_600.0), seconds % 3_600.0, seconds % 60.0);
        let minutes = minutes.div_euclid(60.0);
        match (self.has_hours, self.has_seconds) {
            (true, true) => format!("{hours}:{minutes:02}:{rest:02}"),
            (true, false) => format!("{hours}:{minutes:02}"),
            (false, _) => format!("{minutes:02}:{rest:02}"),
        }
    }
}

/// A number with what its cell shows, where the format itself is not known.
pub(crate) fn number_shown(number: f64, shown: &str) -> Cell {
    let shown = shown.trim();
    if shown.is_empty() || shown == number.to_string() {
        return Cell::Number(number);
    }
    let words = NumberFormat::of_shown(number, shown).unwrap_or_default();
    let format = FormatWords { shown: ShownNumber(ShownAs::Text(shown.to_owned())), ..words };
    Cell::Formatted { number, format: Arc::new(format) }
}

/// A number format, as far as it writes words or shows numbers smaller than they are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NumberFormat(Vec<Section>);

/// The part of a format for numbers of one range.
#[derive(Debug, Clone, PartialEq, Default)]
struct Section {
    condition: Option<Condition>,
    format: Option<Arc<FormatWords>>,
}

/// `[>=10000]`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Condition {
    is_less: bool,
    is_greater: bool,
    is_equal: bool,
    limit: f64,
}

impl Condition {
    fn parse(text: &str) -> Option<Self> {
        let signs: String = text.chars().take_while(|c| "<>=".contains(*c)).collect();
        let limit = text.get(signs.len()..)?.trim().parse().ok()?;
        let (is_less, is_greater) = (signs.contains('<'), signs.contains('>'));
        (!signs.is_empty()).then(|| Self { is_less, is_greater, is_equal: signs.contains('='), limit })
    }

    fn holds(self, number: f64) -> bool {
        let is_equal = (number - self.limit).abs() < f64::EPSILON;
        self.is_less && number < self.limit && !is_equal
            || self.is_greater && number > self.limit && !is_equal
            || self.is_equal && is_equal
    }
}

impl NumberFormat {
    /// Reads the code of a format; `None` for one that shows nothing but the number.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        let codes = divided(code);
        let mut sections: Vec<Section> = codes.iter().map(|section| read(section)).collect();
        // A section with a condition is a pattern by itself.
        let has_conditions = sections.iter().any(|section| section.condition.is_some());
        let whole = Pattern::parse(code).filter(|_| !has_conditions).map(Arc::new);
        for (section, code) in sections.iter_mut().zip(&codes) {
            let own = || Pattern::parse(code).filter(|_| has_conditions).map(Arc::new);
            if let Some(pattern) = whole.clone().or_else(own) {
                let words = section.format.as_deref().cloned().unwrap_or_default();
                let shown = ShownNumber(ShownAs::Pattern(pattern));
                section.format = Some(Arc::new(FormatWords { shown, ..words }));
            }
        }
        sections.iter().any(|section| section.format.is_some()).then_some(Self(sections))
    }

    /// What was added to a number that is shown so.
    pub(crate) fn of_shown(number: f64, shown: &str) -> Option<FormatWords> {
        let is_digit = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+');
        let start = shown.find(|c: char| c.is_ascii_digit())?;
        let end = shown[start..].find(|c| !is_digit(c)).map_or(shown.len(), |length| start + length);
        let digits: String = shown[start..end].chars().filter(|c| *c != ',').collect();
        let words = format!("{}{}", &shown[..start], shown[end..].trim_start_matches('%'));
        let is_number_sign = |c: char| !c.is_alphanumeric() || c.is_ascii_digit() || matches!(c, 'E' | 'e');
        let has_words = !words.chars().all(is_number_sign);
        // A percentage or a power of ten is the number in another spelling; so is what was rounded.
        let shown_number = digits.parse::<f64>().ok().filter(|shown| *shown != 0.0 && has_words)?;
        let ratio = number.abs() / shown_number.abs();
        let zeros = [3, 4, 6, 8].into_iter().find(|zeros| (ratio / 10_f64.powi(*zeros) - 1.0).abs() < 0.2);
        let zeros = zeros.and_then(|zeros| u32::try_from(zeros).ok()).unwrap_or(0);
        Some(FormatWords { words, zeros, shown: ShownNumber::default() })
    }

    /// What it adds to this number.
    pub(crate) fn added_to(&self, number: f64) -> Option<&Arc<FormatWords>> {
        let sections = &self.0;
        let has_conditions = sections.iter().any(|section| section.condition.is_some());
        let section = if has_conditions {
            let is_meant = |section: &&Section| section.condition.is_none_or(|one| one.holds(number));
            sections.iter().find(is_meant)
        } else {
            let wanted = if number < 0.0 {
                1
            } else if number == 0.0 {
                2
            } else {
                0
            };
            sections.get(wanted).or(sections.first())
        };
        section?.format.as_ref()
    }
}

/// The sections of a format, which semicolons divide.
fn divided(code: &str) -> Vec<String> {
    let mut sections = vec![String::new()];
    let (mut in_quotes, mut is_escaped) = (false, false);
    for c in code.chars() {
        let is_divider = c == ';' && !in_quotes && !is_escaped;
        is_escaped = !is_escaped && !in_quotes && matches!(c, '\\' | '!');
        in_quotes ^= c == '"';
        match sections.last_mut() {
            Some(section) if !is_divider => section.push(c),
            _ => sections.push(String::new()),
        }
    }
    sections
}

/// Where a section has come to while it is read.
#[derive(Default)]
struct Reading {
    words: String,
    condition: Option<Condition>,
    /// Digits after a point that is written and no decimal point: `0!.0`.
    shifted: u32,
    has_point: bool,
    /// Commas after the last digit; each shows a thousandth.
    commas: u32,
}

impl Reading {
    /// Takes text that is shown as it stands.
    fn literal(&mut self, text: &str) {
        if text == "." {
            self.has_point = true;
        } else {
            self.words.push_str(text);
        }
    }
}

fn read(code: &str) -> Section {
    let mut reading = Reading::default();
    let mut chars = code.chars();
    let mut is_decimal = false;
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                let text: String = chars.by_ref().take_while(|c| *c != '"').collect();
                reading.literal(&text);
            }
            '\\' | '!' => {
                if let Some(next) = chars.next() {
                    reading.literal(&next.to_string());
                }
            }
            '_' | '*' => {
                chars.next();
            }
            '[' => {
                let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                match inside.strip_prefix('$') {
                    // `[$万元-804]`: a sign of currency and a language.
                    Some(currency) => reading.literal(currency.split('-').next().unwrap_or_default()),
                    None => reading.condition = reading.condition.or(Condition::parse(&inside)),
                }
            }
            '0' | '#' | '?' => {
                reading.commas = 0;
                reading.shifted += u32::from(reading.has_point && !is_decimal);
            }
            ',' => reading.commas += 1,
            '.' => is_decimal = true,
            // Programs that do not quote what they write.
            c if !c.is_ascii() && c.is_alphanumeric() => reading.words.push(c),
            _ => {}
        }
    }
    let zeros = reading.shifted + 3 * reading.commas;
    let has_words = reading.words.chars().any(char::is_alphanumeric);
    let format = (has_words || zeros > 0)
        .then(|| Arc::new(FormatWords { words: reading.words, zeros, shown: ShownNumber::default() }));
    Section { condition: reading.condition, format }
}

#[cfg(test)]
mod tests {
    use super::{CellFormat, NumberFormat};

    fn added(code: &str, number: f64) -> (String, u32) {
        let format = NumberFormat::parse(code);
        let added = format.as_ref().and_then(|format| format.added_to(number));
        added.map(|added| (added.words.clone(), added.zeros)).unwrap_or_default()
    }

    #[test]
    fn words_that_are_shown_beside_a_number() {
        let added = |number, shown| {
            NumberFormat::of_shown(number, shown).map(|added| (added.words, added.zeros)).unwrap_or_default()
        };
        for (number, shown, words, zeros) in [
            (5.2, "5.2", "", 0),
            (0.05, "5%", "", 0),
            (52_000.0, "5.2E+04", "", 0),
            (52_000.0, "¥52,000.00", "", 0),
            (5.2, "5.20万元", "万元", 0),
            (52_000.0, "5.2万元", "万元", 4),
            (-3.0, "-3件", "-件", 0),
            (0.0, "", "", 0),
        ] {
            assert_eq!(added(number, shown), (words.to_owned(), zeros), "{number} {shown}");
        }
    }

    #[test]
    fn cells_show_what_their_format_makes_of_them() {
        for (code, number, expected) in [
            ("0000", 12.0, "0012"),
            ("General", 12.5, "12.5"),
            ("h:mm", 3.0 / 24.0 + 5.0 / 1440.0, "3:05"),
            ("[h]:mm:ss", 1.5, "36:00:00"),
            ("上午/下午h\"时\"mm\"分\"", 0.5, "12:00"),
            ("[<=999]0000;\"建\"0", 12.0, "0012"),
            ("[<=999]0000;\"建\"0", 1_200.0, "建1200"),
            ("0.00E+00", 123_456.0, "123456"),
        ] {
            assert_eq!(CellFormat::parse(code).cell(number, false).text(), expected, "{code} {number}");
        }
        let day = CellFormat::parse("yyyy-mm-dd").cell(40_756.0, false);
        assert_eq!(day.text(), "2011-08-01");
    }

    #[test]
    fn words_and_zeros_of_formats() {
        for (code, number, words, zeros) in [
            ("General", 5.2, "", 0),
            ("#,##0.00", 5.2, "", 0),
            ("\"¥\"#,##0.00_);[Red]\\(#,##0.00\\)", 5.2, "", 0),
            ("[$￥-804]#,##0.00", 5.2, "", 0),
            ("0.00\"万元\"", 5.2, "万元", 0),
            ("0.00\\万\\元", 5.2, "万元", 0),
            ("0.00万元", 5.2, "万元", 0),
            ("#,##0.0 \"万元\"", 5.2, "万元", 0),
            ("[$万元-804]0.0", 5.2, "万元", 0),
            ("0!.0,\"万元\"", 52_000.0, "万元", 4),
            ("0\\.0,\"万元\"", 52_000.0, "万元", 4),
            ("0\".\"0000\"万\"", 52_000.0, "万", 4),
            ("0.00,", 52_000.0, "", 3),
            ("0.00,,\"百万\"", 52_000.0, "百万", 6),
            ("[>=10000]0!.0,\"万\";0\"元\"", 52_000.0, "万", 4),
            ("[>=10000]0!.0,\"万\";0\"元\"", 52.0, "元", 0),
            ("0\"件\";-0\"件(减)\";\"无\"", -3.0, "件(减)", 0),
            ("0\"人;次\"", 3.0, "人;次", 0),
        ] {
            assert_eq!(added(code, number), (words.to_owned(), zeros), "{code} {number}");
        }
    }
}
