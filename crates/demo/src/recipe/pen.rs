//! Marks mistakes in one file of the recipe.

use std::{cell::RefCell, ops::Range};

use campaign::{definition::Label, mistake::Mistake};

/// Marks mistakes in one file.
#[derive(Clone, Copy)]
pub(super) struct Pen<'a> {
    /// Path of the file.
    pub(super) path: &'a str,
    /// What stands in it.
    pub(super) text: &'a str,
    /// Where mistakes are gathered.
    pub(super) mistakes: &'a RefCell<Vec<Mistake>>,
}

impl Pen<'_> {
    /// Marks a mistake at the start of `span`.
    pub(super) fn mark(&self, span: &Range<usize>, message: Label, remedy: Label) {
        let before = self.text.get(..span.start.min(self.text.len())).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        self.mistakes.borrow_mut().push(Mistake {
            file: self.path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message,
            remedy,
        });
    }

    /// Marks that `found`, the value of `key`, is none of those that are `known`.
    pub(super) fn unknown<'k>(
        &self,
        span: &Range<usize>,
        key: &str,
        found: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        let known: Vec<&str> = known.into_iter().take(24).collect();
        let known = known.join(", ");
        self.mark(
            span,
            say(
                &format!("`{key}` 中不认识的 `{found}`"),
                &format!("`{key}` names `{found}`, which does not exist"),
            ),
            say(&format!("可以写:{known}"), &format!("one of: {known}")),
        );
    }
}

/// A text in both languages.
pub(super) fn say(zh: &str, en: &str) -> Label {
    Label { zh: zh.to_owned(), en: en.to_owned() }
}
