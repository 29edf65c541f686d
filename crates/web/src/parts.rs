//! Small parts that several pages print. Each is a struct that can be printed as it
//! is, some with a template of their own under `templates/parts/`.

pub(crate) mod actor;
pub(crate) mod by_registers;
pub(crate) mod cell_value;
pub(crate) mod chart;
pub(crate) mod chip;
pub(crate) mod coordinate;
pub(crate) mod download;
pub(crate) mod downloads;
pub(crate) mod draft;
pub(crate) mod export;
pub(crate) mod field;
pub(crate) mod filter;
pub(crate) mod gauge;
pub(crate) mod grid;
pub(crate) mod head;
pub(crate) mod heading;
mod html;
pub(crate) mod input;
pub(crate) mod number;
pub(crate) mod pager;
pub(crate) mod spark;
pub(crate) mod table;
