//! Yes and no.

use campaign::definition::WordList;
use model::{problem::Problem, value::Value};
use sheet::workbook::{Cell, is_blank};

use crate::{
    normalise::{half_width, without_remark},
    vocabulary::ClerkWords,
};

use super::is_dash;

pub(super) fn flag(cell: &Cell, words: ClerkWords<'_>) -> Result<Option<Value>, Problem> {
    if let Cell::Flag(flag) = cell {
        return Ok(Some(Value::Flag(*flag)));
    }
    let found = cell.text();
    let text: String =
        half_width(&found).chars().filter(|c| !is_blank(*c)).flat_map(char::to_lowercase).collect();
    if is_dash(&text) {
        return Ok(None);
    }
    let text = without_remark(text.trim_end_matches(['。', '.']));
    match words.decide((WordList::Yes, WordList::No), &text) {
        Some(flag) => Ok(Some(Value::Flag(flag))),
        None => Err(Problem::NotFlag { found }),
    }
}
