//! What can be taken along from a page, as a menu: a workbook of its tables, its charts as pictures, a print.

use app::Action;
use words::Words;

use crate::{request_context::SignedIn, urls::Url};

/// The menu. Its template is `parts/downloads.html`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Downloads {
    /// Files: words and address.
    pub(crate) files: Vec<(&'static str, String)>,
    /// Where a chart is as svg; its png is made of it.
    pub(crate) chart: Option<String>,
    /// Whether the page can be printed from here.
    pub(crate) has_print: bool,
}

impl Downloads {
    /// The tables of a page, and the page on paper.
    pub(crate) fn page(words: Words, workbook: impl Into<String>) -> Self {
        Self { files: vec![(words.download_workbook(), workbook.into())], chart: None, has_print: true }
    }

    /// The same for a page with records in its tables: its workbook is for those who may take records along.
    /// It is about the same campaign as the page.
    pub(crate) fn records(person: &SignedIn, workbook: Url) -> Self {
        let page = Self::page(person.words(), person.with_campaign(workbook));
        let files = if person.ctx.allows(Action::ExportRegisters) { page.files } else { Vec::new() };
        Self { files, ..page }
    }

    /// A chart and the table beside it.
    pub(crate) fn chart(words: Words, workbook: impl Into<String>, svg: impl Into<String>) -> Self {
        let chart = Some(svg.into());
        Self { chart, has_print: false, ..Self::page(words, workbook) }
    }

    /// With another file.
    #[must_use]
    pub(crate) fn with_file(mut self, label: &'static str, url: impl Into<String>) -> Self {
        self.files.push((label, url.into()));
        self
    }
}
