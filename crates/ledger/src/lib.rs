//! The core of the product: every figure comes from balances, every balance is a
//! sum of postings, and every posting comes from exactly one fact.
//!
//! ```text
//! fact --post()--> postings --Own::add--> own balances --spread()--> balances of all ancestors --figure()--> figures
//! ```
//!
//! Pure: no storage, no clock, no async, no randomness, and nothing that
//! depends on the order of a hash map. It knows no register by name.
//! [`recount`] counts everything a second time in another way; the two must agree.

pub mod answers;
pub mod balance;
pub mod balance_row;
pub mod baseline;
pub mod classes;
pub mod fact;
pub mod figure;
pub mod folded;
pub mod forecast;
pub mod hierarchy;
pub mod known;
pub mod months;
pub mod owed;
pub mod path;
pub mod post;
pub mod posting_list;
pub mod recount;
pub mod restated;
pub mod spread;
pub mod traced;
