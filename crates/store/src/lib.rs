//! Storage: the only crate with SQL.
//!
//! One text of every query serves SQLite and PostgreSQL. Statements are built,
//! bound to their values and run in one module, [`query`]. Every table that grows
//! has `region_id` first in its key, and a transaction ([`Tx`]) belongs to one
//! region, so that the same schema can be distributed. Only SQL that a distributed
//! PostgreSQL accepts is used.
//!
//! This crate knows records, units, balances and people as rows. It never counts,
//! and never decides who may do what.

mod bulk;
mod compact;
mod db;
mod error;
mod identity;
mod limits;
mod log_head;
mod migrate;
mod packed;
mod query;
mod record_json;
mod sealed_file;
mod short_names;
mod vault;

pub mod access_log;
pub mod account_list;
pub mod accounts;
pub mod activations;
pub mod attachments;
pub mod audit;
pub mod balances;
pub mod candidates;
pub mod changes;
pub mod comments;
pub mod crypto;
pub mod definitions;
pub mod deputies;
pub mod drafts;
pub mod files;
pub mod folder;
pub mod former;
pub mod import_records;
pub mod imports;
pub mod initial_load;
pub mod known_days;
pub mod listing;
pub mod packing;
#[cfg(feature = "plans")]
pub mod plans;
pub mod postings;
pub mod queue;
pub mod record_links;
pub mod records;
pub mod references;
pub mod rotation;
pub mod second_factors;
pub mod sessions;
pub mod sign_in_failures;
pub mod task_runs;
pub mod todo;
pub mod units;
pub mod unmask_log;
pub mod views;

pub use db::{Db, Engine, PgPools, Tx, without_password};
pub use error::{Error, Result};
pub use files::{FileContent, Files, Owner, Resealed};
pub use identity::{id_at, id_of_past, made_at, new_id};
pub use limits::{DbLimits, Priority, WaitLimits, with_priority};
pub use log_head::LogHead;
pub use record_json::FormCodec;
pub use short_names::{KnownNames, add as add_short_names};
pub use vault::{Personal, Rekey, Secret, Vault, sealed_texts};
