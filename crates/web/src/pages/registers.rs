//! Registers: the list of all, their records, and new records.

pub(crate) mod all;
pub(crate) mod bulk_transition;
pub(crate) mod differences;
pub(crate) mod export;
pub(crate) mod list;
mod menu;
pub(crate) mod new;
pub(crate) mod returns;
pub(crate) mod views;

use askama::Template;

use crate::{
    layout::Layout,
    parts::{
        downloads::Downloads,
        draft::DraftPart,
        export::HasTables,
        head::Head,
        input::{Fault, Groups},
        pager::Pager,
        table::Table,
    },
};

/// A table about the returns of a unit and of everything under it.
#[derive(Template)]
#[template(path = "registers/table.html")]
struct ReturnsPage {
    layout: Layout,
    head: Head,
    title: &'static str,
    help: &'static str,
    /// What it comes to.
    message: String,
    /// What else can be listed, in groups: what it is called, where, and whether it is this.
    views: Vec<Vec<(String, String, bool)>>,
    table: Table,
    /// Why the table is empty, when it is.
    nothing: Option<&'static str>,
    pager: Pager,
    downloads: Downloads,
}

impl HasTables for ReturnsPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn tables(&self) -> Vec<Table> {
        vec![self.table.clone()]
    }

    fn has_records(&self) -> bool {
        true
    }
}

/// The form of a record, new or to be corrected.
#[derive(Template)]
#[template(path = "registers/form.html")]
pub(crate) struct RecordForm {
    pub(crate) layout: Layout,
    pub(crate) head: Head,
    pub(crate) title: String,
    /// What the form is about, where the title does not say it.
    pub(crate) message: Option<String>,
    /// The periods for which it can be begun, and where: none for the one that it is for.
    pub(crate) periods: Vec<(String, Option<String>)>,
    /// That somebody else has changed the record meanwhile.
    pub(crate) stale: Option<String>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) groups: Groups,
    pub(crate) draft: DraftPart,
    /// Where it is sent to.
    pub(crate) action: String,
    /// The version of the record that it shows.
    pub(crate) version: Option<i64>,
    pub(crate) back: String,
}
