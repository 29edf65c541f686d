//! The pages and answers, asked in process: the real router over a fresh
//! SQLite database, with a clock that stands still.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]

mod attachments;
mod drafts;
mod figures;
mod imports;
mod lists;
mod manners;
mod pages;
mod persons;
mod registers;
mod rights;
mod sheets;
mod site;
mod steps;
mod units;
mod users;
