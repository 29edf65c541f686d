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

pub mod about;
pub mod accounts;
pub mod claims;
pub mod facts;
pub mod figures;
pub mod imports;
pub mod load;
pub mod persons;
pub mod privacy;
pub mod rebuild;
pub mod registers;
pub mod units;

pub use context::{Actor, Context};
pub use error::{Error, FieldFault, Result};
pub use region::{App, Setup};
pub use rights::{Action, Role};
pub use snapshot::{Snapshot, UnitView};
