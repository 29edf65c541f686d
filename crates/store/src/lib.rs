//! Storage: the only crate with SQL.
//!
//! One text of every query serves SQLite and PostgreSQL; [`db::on`] expands a
//! body for each engine. Every table that grows carries `region_id` first in
//! its key, and a transaction ([`Tx`]) belongs to one region, so that the same
//! schema can be distributed. SQL stays in the subset that a distributed
//! PostgreSQL takes.
//!
//! Knows facts, units, balances and people as rows. It never counts, and never
//! decides who may do what.

mod bulk;
mod content;
mod db;
mod error;
mod identity;
mod migrate;
mod packed;
mod vault;

pub mod accounts;
pub mod attachments;
pub mod audit;
pub mod awaited;
pub mod balances;
pub mod comments;
pub mod definitions;
pub mod drafts;
pub mod facts;
pub mod files;
pub mod folder;
pub mod imports;
pub mod listing;
pub mod privacy;
pub mod sealing;
pub mod units;
pub mod views;

pub use content::FormCodec;
pub use db::{Db, Engine, Tx, without_password};
pub use error::{Error, Result};
pub use files::Files;
pub use identity::{id_before, made_at, new_id};
pub use vault::{Personal, Secret, Vault};
