//! Use cases: what people and programs can do with a region.
//!
//! Every use case takes a [`Context`] first (who asks) and authorises on its
//! first line; storage cannot be reached around it. Knows no HTTP and no SQL,
//! and adds nothing up: counting is the ledger's.

mod app;
mod audit;
mod context;
mod crypto;
mod disk;
mod error;
mod index;
mod packing;
mod past;
mod readers;
mod record;
mod region;
mod rights;
mod snapshot;
mod transact;
mod typed_text;
mod versions;

pub mod about;
pub mod access_log;
pub mod accounts;
pub mod answers;
pub mod attachments;
pub mod audit_trail;
pub mod campaigns;
pub mod comments;
pub mod drafts;
pub mod duplicates;
pub mod figures;
pub mod imports;
pub mod load;
pub mod person_lookup;
pub mod persons;
pub mod rebuild;
pub mod reconciliation;
pub mod records;
pub mod references;
pub mod register_export;
pub mod registers;
pub mod returned_forms;
pub mod returns;
pub mod secret_rotation;
pub mod tasks;
pub mod todo;
pub mod transitions;
pub mod units;
pub mod unmask_log;
pub mod upgrade;

pub use app::App;
pub use context::{Actor, Context, PresentSession, Principal, RequestOrigin, parse_audit_name};
pub use disk::{DiskLimits, DiskReport, DiskState, Machine, Space, SpaceReader};
pub use error::{Demand, Denied, Error, FieldFault, MissingPeriod, Result, Thing};
pub use index::{IndexDifference, IndexFault, IndexLag, RecordPart, RegisterIndex};
pub use readers::ReadingLimits;
pub use record::{Transitioned, state_of};
pub use region::{OpenRegion, Setup};
pub use rights::{Action, Role, RoleLevel};
pub use snapshot::{Snapshot, UnitView};
pub use store::{DbLimits, Priority, with_priority};
