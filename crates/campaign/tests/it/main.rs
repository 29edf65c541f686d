//! Definitions: every mistake, every meaning, every workflow.

mod mistakes;
mod roles;
mod small;
mod together;
mod validate;
mod workflow;
