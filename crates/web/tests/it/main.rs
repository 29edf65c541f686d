//! The pages and answers, asked in process: the real router over a fresh
//! SQLite database, with a clock that does not move.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]

mod attachments;
mod campaigns;
mod codes;
mod connections;
mod disk;
mod drafts;
mod exports;
mod faults;
mod figures;
mod imports;
mod imports_asked;
mod lists;
mod manners;
mod outline;
mod page;
mod pages;
mod persons;
mod plans;
mod registers;
mod returned_forms;
mod rights;
mod sheets;
mod site;
mod snapshots;
mod steps;
mod tasks;
mod units;
mod users;
