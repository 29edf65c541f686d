//! Use cases: what people and programs can do with a region.
//!
//! Every use case takes a [`Context`] first (who asks) and authorises on its
//! first line; storage cannot be reached around it. Knows no HTTP and no SQL,
//! and adds nothing up: counting is the ledger's.

mod context;
mod error;
mod keys;
mod record;
mod region;
mod rights;
mod sealing;
mod snapshot;
mod standing;

pub mod about;
pub mod accounts;
pub mod attachments;
pub mod claims;
pub mod comments;
pub mod drafts;
pub mod facts;
pub mod figures;
pub mod imports;
pub mod load;
pub mod people;
pub mod persons;
pub mod privacy;
pub mod rebuild;
pub mod registers;
pub mod sheets;
pub mod steps;
pub mod units;
pub mod work;

pub use context::{Actor, Context};
pub use error::{Error, FieldFault, Result};
pub use region::{App, Setup};
pub use rights::{Action, Role};
pub use snapshot::{Snapshot, UnitView};
pub use standing::{Moved, state_of};
