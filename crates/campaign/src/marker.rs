//! Collects the mistakes in one file of a definition or of a recipe. It turns byte
//! ranges into lines and columns.

use std::{cell::RefCell, ops::Range};

use crate::{
    check::campaign_id, definition::Label, expression::Fault, mistake::Mistake, source::Source,
    written::read::Located,
};

/// A range of bytes in a file.
pub type Span = Range<usize>;

/// Marks mistakes in one file. Copies share the list they write to.
#[derive(Debug, Clone, Copy)]
pub struct Marker<'a> {
    path: &'a str,
    text: &'a str,
    mistakes: &'a RefCell<Vec<Mistake>>,
    is_muted: bool,
    /// The files of the campaign that the file belongs to, where that is not the one that is checked.
    other: Option<&'a Source>,
}

impl<'a> Marker<'a> {
    /// A marker of the file at `path` that writes into `mistakes`.
    pub fn new(path: &'a str, text: &'a str, mistakes: &'a RefCell<Vec<Mistake>>) -> Self {
        Self { path, text, mistakes, is_muted: false, other: None }
    }

    /// A marker that marks nothing any more: for a file that is missing or has
    /// broken syntax, where every other message would mislead.
    pub(crate) fn muted(self) -> Self {
        Self { is_muted: true, ..self }
    }

    /// A marker of a file of another campaign, whose id it names before the path.
    pub(crate) fn of_other(self, campaign: &'a Source) -> Self {
        Self { other: Some(campaign), ..self }
    }

    /// The text of the file.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// Marks a mistake at the start of `span`.
    pub fn mark(&self, span: &Span, message: Label, remedy: Label) {
        if self.is_muted {
            return;
        }
        let (line, column) = position(self.text, span.start);
        let file = match self.other.map(campaign_id) {
            Some(Ok(id)) => format!("{id}/{}", self.path),
            _ => self.path.to_owned(),
        };
        self.mistakes.borrow_mut().push(Mistake { file, line, column, message, remedy });
    }

    /// Marks what is wrong inside a string that holds an expression.
    pub(crate) fn mark_faults(&self, expression: &Located<String>, faults: Vec<Fault>) {
        for fault in faults {
            let span = self.span_inside(expression, &fault.span);
            self.mark(&span, fault.message, fault.remedy);
        }
    }

    /// The position in the file of `place` in a string's text. In a string with
    /// escapes places cannot be computed; the start of the string is used for all.
    pub(crate) fn span_inside(&self, string: &Located<String>, place: &Span) -> Span {
        let written = self.text.get(string.span.clone()).unwrap_or_default();
        match written.find(&string.value) {
            Some(quote) => {
                let start = string.span.start + quote;
                start + place.start..start + place.end
            }
            None => string.span.clone(),
        }
    }
}

/// Line and column of a byte offset, both from 1; columns are characters.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before: &str = text.get(..offset.min(text.len())).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_characters() {
        let text = "a = 1\n标签 = 2\n";
        for (offset, expected) in [(0, (1, 1)), (4, (1, 5)), (6, (2, 1)), (12, (2, 3)), (99, (3, 1))] {
            assert_eq!(position(text, offset), expected, "{offset}");
        }
    }
}
