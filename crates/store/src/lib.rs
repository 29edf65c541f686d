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

pub mod accounts;
pub mod audit;
pub mod balances;
pub mod definitions;
pub mod facts;
pub mod folder;
pub mod imports;
pub mod listing;
pub mod units;
pub mod views;

pub use content::FormCodec;
pub use db::{Db, Engine, Tx, without_password};
pub use error::{Error, Result};
pub use identity::{id_before, new_id, time_of};
