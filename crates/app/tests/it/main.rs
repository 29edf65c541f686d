//! Use cases against real databases of both engines.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a test stops where something is not as it should be, and its numbers are small"
)]

mod access_log;
mod accounts;
mod activation;
mod administrators;
mod answers;
mod attachments;
mod audit_trail;
mod bulk;
mod business_day;
mod campaigns;
mod clerks_cells;
mod clerks_rows;
mod clerks_words;
mod clocks;
mod comments;
mod course;
mod deputies;
mod derived_fields;
mod desk;
mod federations;
mod four_eyes;
mod healing;
mod inputs;
mod managing;
mod meeting;
mod old_files;
mod overview;
mod past;
mod periods;
mod privacy;
mod reconciliation;
mod record_names;
mod recount;
mod references;
mod registers;
mod renames;
mod returns;
mod sheets;
mod shipped_references;
mod signing_in;
mod statements;
mod steps;
mod take_back;
mod tasks;
mod trace_sums;
mod traces;
mod transact;
mod tree;
mod units;
mod verified;
mod verified_indexes;
mod work;
