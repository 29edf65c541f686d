//! Registers: the list of all, their records, and new records.

pub(crate) mod all;
pub(crate) mod bulk_transition;
pub(crate) mod differences;
pub(crate) mod export;
pub(crate) mod list;
mod menu;
pub(crate) mod new;
pub(crate) mod views;

use askama::Template;

use crate::{
    layout::Layout,
    parts::{
        draft::DraftPart,
        head::Head,
        input::{Fault, Groups},
    },
};

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
