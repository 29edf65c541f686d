//! Texts that people type beside the fields of records: comments, reasons, names. They are stored as they are,
//! so none of them may hold the number of a person. (Of fields `campaign::validate` warns.)

use model::{codes, problem::Problem};

use crate::{Error, Result};

/// What is wrong with a text that holds an ID or telephone number.
pub(crate) fn number_fault(text: &str) -> Option<Problem> {
    let (_, found) = codes::mask_numbers(text)?;
    Some(Problem::NumberTyped { found })
}

/// Refuses a text with an ID or telephone number.
///
/// # Errors
/// [`Error::Invalid`], with the number as it is shown when it is masked.
pub(crate) fn no_numbers(text: &str) -> Result<()> {
    number_fault(text).map_or(Ok(()), |problem| Err(Error::Invalid(vec![problem])))
}

/// The name of a file with its personal numbers masked, by letters that a name of a file may have.
pub(crate) fn masked_file_name(name: &str) -> String {
    codes::mask_numbers(name).map_or_else(|| name.to_owned(), |(masked, _)| masked.replace('*', "x"))
}
