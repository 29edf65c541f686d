//! Units: finding them, and changing the tree.
//!
//! A unit that moves keeps its history where it was earned; a merger adds and
//! never overwrites. Whatever changes the tree or a class posts the records
//! concerned anew, in the same transaction.

mod audited;
mod change;
mod command;
mod create;
mod json;
mod named;
mod tree;
mod unit_change;

pub(crate) use audited::{UNIT, audited_now};
pub(crate) use change::{Changes, put_changes, put_changes_of, roster_classes};
pub use command::{Command, Plan, carry_out, plan};
pub use create::{NewUnit, create, roster_fields};
pub use json::UnitJson;
pub use named::named;
pub use tree::{Branch, UnitPage, resolve, search, show, show_as_of, units_above};
pub use unit_change::UnitChange;
