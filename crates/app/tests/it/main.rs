//! Use cases against real databases of both engines.

mod inputs;
mod recount;
mod tree;
