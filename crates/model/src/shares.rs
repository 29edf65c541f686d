//! Persons with their shares of one thing (共同完成人及贡献比例). The paper form, an
//! Excel cell and storage all write them on one line, “张三 40%、李四 20%”. The rest
//! is the share of the person named first.

use std::fmt;

use crate::problem::Problem;

/// Characters of a whole line: some fifty persons.
pub const LONGEST_LINE: usize = 1_000;

/// Characters of a name, as on the roster of persons.
const LONGEST_NAME: usize = 50;

/// One person with a share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The person's name.
    pub name: String,
    /// Hundredths of a percent; `None` when nobody has agreed on shares.
    pub share: Option<u32>,
}

/// Persons with their shares, in the order written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shares(pub Vec<Share>);

/// One person as written: a name, and the text of the share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenShare<'a> {
    /// The name.
    pub name: &'a str,
    /// The share, without its sign; empty when none is written.
    pub share: &'a str,
}

impl Shares {
    /// Takes a line apart without judging it: whatever was typed can be shown again as rows.
    pub fn written(line: &str) -> Vec<WrittenShare<'_>> {
        let entries = line.split(['、', '，', ',', '；', ';', '\n']).map(str::trim);
        entries.filter(|entry| !entry.is_empty()).map(parse_entry).collect()
    }

    /// Reads a line.
    ///
    /// # Errors
    /// A share that is no percentage, a person twice or without a name, shares
    /// for some only, and more than a hundred percent.
    pub fn parse(line: &str) -> Result<Self, Problem> {
        let written = Self::written(line);
        let shares = written.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        for (place, share) in shares.iter().enumerate() {
            if shares.iter().take(place).any(|earlier| earlier.name == share.name) {
                return Err(Problem::PersonTwice { name: share.name.clone() });
            }
        }
        let given: Vec<u32> = shares.iter().filter_map(|share| share.share).collect();
        if let Some(open) = shares.iter().find(|share| share.share.is_none()).filter(|_| !given.is_empty()) {
            return Err(Problem::ShareMissing { name: open.name.clone() });
        }
        let total: u64 = given.iter().map(|share| u64::from(*share)).sum();
        if total > u64::from(WHOLE) {
            let total = u32::try_from(total).unwrap_or(u32::MAX);
            return Err(Problem::SharesTooMany { sum: percent(total) });
        }
        Ok(Self(shares))
    }

    /// What is left for the person named first, in hundredths of a percent; `None` without shares.
    pub fn rest(&self) -> Option<u32> {
        let given = self.0.iter().map(|share| share.share).collect::<Option<Vec<u32>>>()?;
        (!given.is_empty()).then(|| WHOLE.saturating_sub(given.iter().sum()))
    }
}

/// A hundred percent.
const WHOLE: u32 = 10_000;

impl fmt::Display for Shares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, Share { name, share }) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("、")?;
            }
            f.write_str(name)?;
            if let Some(share) = share {
                write!(f, " {}%", percent(*share))?;
            }
        }
        Ok(())
    }
}

/// Hundredths of a percent as a percentage, without zeros at the end.
fn percent(share: u32) -> String {
    let text = format!("{}.{:02}", share / 100, share % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Splits “张三 40%”, “张三(40%)”, “张三40％”; digits without a sign belong to the name unless a blank comes before them.
fn parse_entry(entry: &str) -> WrittenShare<'_> {
    let bare = entry.trim_end_matches([')', '）']).trim_end();
    let signed = bare.strip_suffix(['%', '％']);
    let body = signed.unwrap_or(bare).trim_end();
    let name = body.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number = &body[name.len()..];
    let is_apart = name.ends_with([' ', '\u{3000}', '(', '（', ':', '：']);
    if number.is_empty() || (signed.is_none() && !is_apart) {
        return WrittenShare { name: entry, share: "" };
    }
    WrittenShare { name: name.trim_end_matches([' ', '\u{3000}', '(', '（', ':', '：']), share: number }
}

fn read(written: &WrittenShare<'_>) -> Result<Share, Problem> {
    let name = written.name.trim();
    if name.is_empty() {
        return Err(Problem::ShareOfNobody { share: written.share.to_owned() });
    }
    let chars = name.chars().count();
    if chars > LONGEST_NAME {
        return Err(Problem::TooLong { found: chars, max: LONGEST_NAME });
    }
    let share = match written.share {
        "" => None,
        text => Some(
            hundredths(text)
                .ok_or_else(|| Problem::NotShare { name: name.to_owned(), found: text.to_owned() })?,
        ),
    };
    Ok(Share { name: name.to_owned(), share })
}

/// Reads a percentage above 0 and up to 100, with at most two decimals.
fn hundredths(text: &str) -> Option<u32> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let whole: u32 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let decimals = match decimals.len() {
        0 => 0,
        1 => decimals.parse::<u32>().ok()? * 10,
        2 => decimals.parse().ok()?,
        _ => return None,
    };
    let share = whole.checked_mul(100)?.checked_add(decimals)?;
    (1..=WHOLE).contains(&share).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_written_back() {
        for (line, expected, rest) in [
            ("", "", None),
            ("张三", "张三", None),
            ("张三、李四", "张三、李四", None),
            ("张三 40%、李四 20%", "张三 40%、李四 20%", Some(4_000)),
            ("张三(40%)，李四（20.5％）", "张三 40%、李四 20.5%", Some(3_950)),
            ("张三40%;李四 60", "张三 40%、李四 60%", Some(0)),
            ("张三：33.33\n李四:33.33", "张三 33.33%、李四 33.33%", Some(3_334)),
            ("张三等5人", "张三等5人", None),
            ("一车间2班", "一车间2班", None),
            ("乙班3", "乙班3", None),
        ] {
            let shares = Shares::parse(line).unwrap_or_else(|problem| panic!("{line}: {problem:?}"));
            assert_eq!(shares.to_string(), expected, "{line}");
            assert_eq!(shares.rest(), rest, "{line}");
            assert_eq!(Shares::parse(expected), Ok(shares), "{line}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_told() {
        for (line, kind) in [
            ("张三 0%", "not_share"),
            ("张三 101%", "not_share"),
            ("张三 1.234%", "not_share"),
            ("张三 1.2.3%", "not_share"),
            ("张三 60%、李四 50%", "shares_too_many"),
            ("张三 60%、李四", "share_missing"),
            ("张三、李四、张三", "person_twice"),
            ("40%", "share_of_nobody"),
        ] {
            assert_eq!(Shares::parse(line).map_err(|problem| problem.name()), Err(kind), "{line}");
        }
    }
}
