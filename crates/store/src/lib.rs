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
mod db;
mod error;
mod identity;
mod migrate;
mod packed;
mod query;
mod record_json;
mod vault;

pub mod access_log;
pub mod accounts;
pub mod attachments;
pub mod audit;
pub mod balances;
pub mod comments;
pub mod crypto;
pub mod definitions;
pub mod drafts;
pub mod files;
pub mod folder;
pub mod import_records;
pub mod imports;
pub mod listing;
#[cfg(feature = "plans")]
pub mod plans;
pub mod postings;
pub mod queue;
pub mod records;
pub mod second_factors;
pub mod sessions;
pub mod sign_in_failures;
pub mod task_runs;
pub mod todo;
pub mod units;
pub mod unmask_log;
pub mod views;

pub use db::{Db, Engine, Tx, without_password};
pub use error::{Error, Result};
pub use files::{Files, Owner};
pub use identity::{id_before, made_at, new_id};
pub use record_json::FormCodec;
pub use vault::{Personal, Secret, Vault};
