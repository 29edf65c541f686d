//! The vocabulary that every other crate speaks: typed ids, months, official
//! codes and problems found in input.
//!
//! A leaf. It knows no file format, no storage, no clock and no campaign.

pub mod alias;
pub mod class;
pub mod clock;
pub mod codes;
pub mod ids;
pub mod money;
pub mod month;
pub mod problem;
pub mod role;
pub mod rows;
pub mod shares;
pub mod value;
