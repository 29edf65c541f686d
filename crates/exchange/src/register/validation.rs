//! Checks inside the sheet: what a column takes is asked and refused by Excel
//! itself, before the file is handed in.

use campaign::definition::{Campaign, FieldKind};
use model::{rows::LONGEST_TEXT, shares::LONGEST_LINE};
use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle as Style, DataValidationRule as Rule, Formula,
};

use crate::fault::FileFault;

/// Characters that Excel shows of a message.
const LONGEST: usize = 250;
/// Characters that Excel shows of its title.
const LONGEST_TITLE: usize = 30;
/// Bounds beyond this are no bounds that anybody meant.
const FAR: f64 = 1e15;

/// What a column says when it is entered, and when it refuses what was typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prompt {
    /// The column's name.
    pub title: String,
    /// What to write into it; nothing is shown when it is empty.
    pub input: String,
    /// Why what was typed is not taken.
    pub error: String,
}

/// The name by which the sheet calls the list of a dictionary.
pub(super) fn list_name(id: &str) -> String {
    format!("list_{}", id.replace(['-', '.'], "_"))
}

/// The check of a column that holds fields of this kind.
pub(super) fn validation(
    campaign: &Campaign,
    kind: &FieldKind,
    prompt: &Prompt,
) -> Result<DataValidation, FileFault> {
    let mut style = Style::Stop;
    let check = DataValidation::new();
    let check =
        match kind {
            FieldKind::Text { max, .. } => {
                check.allow_text_length(Rule::LessThanOrEqualTo(u32::try_from(*max).unwrap_or(u32::MAX)))
            }
            FieldKind::Shares => check
                .allow_text_length(Rule::LessThanOrEqualTo(u32::try_from(LONGEST_LINE).unwrap_or(u32::MAX))),
            FieldKind::Rows { .. } => check
                .allow_text_length(Rule::LessThanOrEqualTo(u32::try_from(LONGEST_TEXT).unwrap_or(u32::MAX))),
            FieldKind::Integer { min, max } => match (i32::try_from(*min), i32::try_from(*max)) {
                (Ok(min), Ok(max)) => check.allow_whole_number(Rule::Between(min, max)),
                _ => check.allow_decimal_number(Rule::Between(near(*min), near(*max))),
            },
            FieldKind::Decimal { min, max } => {
                check.allow_decimal_number(Rule::Between(min.clamp(-FAR, FAR), max.clamp(-FAR, FAR)))
            }
            FieldKind::Money { .. } => check.allow_decimal_number(Rule::Between(0.0, FAR)),
            FieldKind::Date { future } => {
                let last = if *future { "=DATE(2200,12,31)" } else { "=TODAY()" };
                check.allow_date_formula(Rule::Between(Formula::new("=DATE(1900,1,1)"), Formula::new(last)))
            }
            FieldKind::Year { min, max } => {
                check.allow_whole_number(Rule::Between(i32::from(*min), i32::from(*max)))
            }
            FieldKind::Flag => check.allow_list_strings(&["是", "否"])?,
            FieldKind::Code { dictionary } => {
                let dictionary = &campaign.dictionaries[*dictionary];
                if dictionary.open_digits.is_some() {
                    style = Style::Warning;
                }
                check.allow_list_formula(Formula::new(format!("={}", list_name(&dictionary.id))))
            }
            FieldKind::IdNumber => check.allow_text_length(Rule::Between(15, 18)),
            FieldKind::Phone => check.allow_text_length(Rule::Between(5, 60)),
            FieldKind::OrgCode => check.allow_text_length(Rule::Between(9, 10)),
            FieldKind::Uscc => check.allow_text_length(Rule::EqualTo(18)),
            FieldKind::Unit { .. } => check.allow_any_value(),
        };
    let title = cut(&prompt.title, LONGEST_TITLE);
    let mut check = check
        .set_error_style(style)
        .set_error_title(title.clone())?
        .set_error_message(cut(&prompt.error, LONGEST))?;
    if !prompt.input.is_empty() {
        check = check.set_input_title(title)?.set_input_message(cut(&prompt.input, LONGEST))?;
    }
    Ok(check)
}

#[expect(clippy::cast_precision_loss, reason = "a bound so far away is no bound")]
fn near(bound: i64) -> f64 {
    (bound as f64).clamp(-FAR, FAR)
}

/// Chinese characters are one unit each; those of two are rare enough for the margin.
fn cut(text: &str, most: usize) -> String {
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= most
    };
    text.chars().take_while(fits).collect()
}
