//! Campaign definitions: a directory of TOML files is read (`written`), checked
//! as a whole (`check`) and returned as one immutable value (`definition`).
//!
//! Pure: no clock, no async, no SQL; it reads files only in [`source`]. It knows kinds of things
//! (form, measure, indicator), never the name of a particular one.
//! The language is described in `docs/definition-language.md`.

pub mod change;
pub mod check;
pub mod column;
pub mod condition;
pub mod definition;
pub mod formula;
pub mod history;
pub mod idx;
pub mod kinds;
pub mod marker;
pub mod mistake;
pub mod source;
pub mod validate;

mod expression;
mod nearest;
mod written;
