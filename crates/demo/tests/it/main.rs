//! The demonstration city: what it holds, what it adds up to, mistakes in its recipe.

#![expect(clippy::unwrap_used, reason = "what a test cannot read fails it")]

mod city;
mod common;
mod counted;
mod figures;
mod history;
mod mistakes;
