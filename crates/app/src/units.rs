//! Units: finding them, and changing the tree.
//!
//! A unit that moves keeps its history where it was earned; a merger adds and
//! never overwrites. Whatever changes the tree or a class posts the facts
//! concerned anew, in the same transaction.

mod change;
mod named;
mod tree;

pub(crate) use change::{Changes, put_changes};
pub use change::{MoveUnit, close, merge, move_unit, rename};
pub use named::named;
pub use tree::{Branch, UnitPage, above, resolve, search, show};
