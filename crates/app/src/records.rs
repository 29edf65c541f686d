//! Single records of any form: looking at one, entering, correcting and removing it.

mod correct;
mod details;
mod enter;
mod outcome;
mod similar;

pub use self::{
    correct::{closed_fields, correct, delete, locked, mask_numbers, may_remove, submit_correction},
    details::{RecordDetails, find},
    enter::{Entered, check, create, enter},
    outcome::{Outcome, ReadForm, Refused},
    similar::similar,
};
pub(crate) use self::{details::details, outcome::refuse};
pub use crate::record::{Input, RecordChange};
