//! Definitions: every mistake, every meaning, every workflow.

mod mistakes;
mod periods;
mod roles;
mod small;
mod together;
mod validate;
mod workflow;
