//! Files of every format as tables of cases, and files that are made to do harm.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod budgets;
mod files;
mod framed;
mod hostile;
mod odd;
mod shown;
mod support;
