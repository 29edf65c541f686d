//! The types that every other crate uses: typed ids, months, official codes
//! and problems found in input.
//!
//! This crate depends on no other crate of the workspace. It knows no file
//! format, no storage, no clock and no campaign.

pub mod alias;
pub mod class;
pub mod clock;
pub mod codes;
pub mod ids;
pub mod label;
pub mod money;
pub mod month;
pub mod period;
pub mod problem;
pub mod rows;
pub mod shares;
pub mod value;
