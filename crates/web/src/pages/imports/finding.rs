//! Messages: why a file cannot be read as the chosen form.

use app::{Error, imports::row_ranges};
use campaign::definition::{FieldIdx, Form};
use words::Words;

use crate::parts::number::label;

/// What is wrong with the file as a whole, and what to do. `missing` are
/// positions of required fields without a column.
pub(super) fn describe(words: Words, form: &Form, missing: &[FieldIdx], fault: &Error) -> String {
    match fault {
        Error::File(fault) if fault.name() == "missing_columns" => {
            let fields: Vec<&str> =
                missing.iter().map(|field| label(words, &form.fields[*field].label)).collect();
            words.mapping_required_missing(words.enumeration(&fields))
        }
        Error::File(fault) => words.file_fault(fault.name(), &fault.args()),
        Error::UnknownColumns(columns) => words.error_columns_unexplained(words.enumeration(columns)),
        Error::SeveralSheets(sheets) => words.error_several_sheets(words.enumeration(sheets)),
        Error::HiddenRows(rows) => words.error_hidden_rows(rows.len(), row_ranges(rows)),
        Error::Invalid(problems) => {
            let problems: Vec<String> = problems.iter().map(|problem| words.problem(problem)).collect();
            problems.join(" ")
        }
        Error::NotFound { key, .. } => words.units_not_found(key),
        Error::Forbidden(_) => words.error_forbidden_remedy().to_owned(),
        _ => words.error_invalid_remedy().to_owned(),
    }
}
