//! The heart of the product: every figure is a balance, every balance a sum of
//! postings, every posting derived from exactly one fact.
//!
//! ```text
//! fact --post()--> postings --Own::add--> own balances --spread()--> balances of all ancestors --figure()--> figures
//! ```
//!
//! Pure: no storage, no clock, no async, no randomness, and nothing that
//! depends on the order of a hash map. It knows no register by name.
//! [`recount`] counts everything a second time in another way; the two must agree.

pub mod balance;
pub mod baseline;
pub mod book;
pub mod classes;
pub mod fact;
pub mod figure;
pub mod forecast;
pub mod hierarchy;
pub mod months;
pub mod path;
pub mod post;
pub mod recount;
pub mod row;
pub mod spread;
