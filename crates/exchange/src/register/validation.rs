//! Checks inside the sheet: what a column takes is asked and refused by Excel
//! itself, before the file is handed in.

use campaign::{definition::Definition, kinds::CellCheck};
use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle as Style, DataValidationRule as Rule, Formula,
};
use sheet::fault::TableFault;

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

/// The check of a column with what it says beside it.
pub(super) fn validation(
    definition: &Definition,
    check: CellCheck,
    prompt: &Prompt,
    takes_not_applicable: bool,
) -> Result<DataValidation, TableFault> {
    let (check, style) = rule(definition, check)?;
    // Another answer than a value is a text, which Excel cannot tell from a wrong value: it asks.
    let style = if takes_not_applicable { Style::Warning } else { style };
    let title = truncate(&prompt.title, LONGEST_TITLE);
    let mut check = check
        .set_error_style(style)
        .set_error_title(title.clone())?
        .set_error_message(truncate(&prompt.error, LONGEST))?;
    if !prompt.input.is_empty() {
        check = check.set_input_title(title)?.set_input_message(truncate(&prompt.input, LONGEST))?;
    }
    Ok(check)
}

/// What Excel checks, and whether it insists.
fn rule(definition: &Definition, check: CellCheck) -> Result<(DataValidation, Style), TableFault> {
    let mut style = Style::Stop;
    let validation = DataValidation::new();
    let validation = match check {
        CellCheck::LengthUpTo(most) => {
            validation.allow_text_length(Rule::LessThanOrEqualTo(u32::try_from(most).unwrap_or(u32::MAX)))
        }
        CellCheck::LengthBetween(least, most) => validation.allow_text_length(Rule::Between(least, most)),
        CellCheck::Length(length) => validation.allow_text_length(Rule::EqualTo(length)),
        CellCheck::Whole { min, max } => match (i32::try_from(min), i32::try_from(max)) {
            (Ok(min), Ok(max)) => validation.allow_whole_number(Rule::Between(min, max)),
            _ => validation.allow_decimal_number(Rule::Between(near(min), near(max))),
        },
        CellCheck::Decimal { min, max } => {
            validation.allow_decimal_number(Rule::Between(min.clamp(-FAR, FAR), max.clamp(-FAR, FAR)))
        }
        CellCheck::Day { future } => {
            let last = if future { "=DATE(2200,12,31)" } else { "=TODAY()" };
            validation.allow_date_formula(Rule::Between(Formula::new("=DATE(1900,1,1)"), Formula::new(last)))
        }
        CellCheck::YesNo => validation.allow_list_strings(&["是", "否"])?,
        CellCheck::Code(dictionary) => {
            let dictionary = &definition.dictionaries[dictionary];
            if dictionary.open_digits.is_some() {
                style = Style::Warning;
            }
            validation.allow_list_formula(Formula::new(format!("={}", list_name(&dictionary.id))))
        }
        CellCheck::Anything => validation.allow_any_value(),
    };
    Ok((validation, style))
}

#[expect(clippy::cast_precision_loss, reason = "a bound so far away is no bound")]
fn near(bound: i64) -> f64 {
    (bound as f64).clamp(-FAR, FAR)
}

/// Chinese characters are one unit each; those of two are rare enough for the margin.
fn truncate(text: &str, most: usize) -> String {
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= most
    };
    text.chars().take_while(fits).collect()
}
