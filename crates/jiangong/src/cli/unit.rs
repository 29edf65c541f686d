//! What can be said about units.

use clap::{Args, Subcommand};
use jiff::civil::Date;
use model::month::{Month, parse_day};

use super::{Format, pair};

/// Show, create and change units.
#[derive(Debug, Subcommand)]
pub(crate) enum Unit {
    /// Show a unit with its place in the tree and its history.
    Show {
        /// Code of the unit. Default: the whole region.
        code: Option<String>,
        /// How the result is printed.
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// Create a unit. Many are created by importing the roster.
    Create {
        /// Its statistical code.
        code: String,
        /// Its name.
        #[arg(long)]
        name: String,
        /// Code or name of the unit above. Only the first unit of a region has none.
        #[arg(long, value_name = "UNIT")]
        parent: Option<String>,
        /// A field of the roster, as it would stand in its file: `unit_type=170`. May be repeated.
        #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = pair)]
        set: Vec<(String, String)>,
        /// How the result is printed.
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// Give a unit another name; the old one is kept.
    Rename {
        /// Code of the unit.
        code: String,
        /// The new name.
        #[arg(long)]
        name: String,
        /// The last day of the old name, `YYYY-MM-DD`. Default: today.
        #[arg(long, value_name = "DAY", value_parser = day)]
        until: Option<Date>,
        #[command(flatten)]
        change: Change,
    },
    /// Put a unit under another superior union from a month on.
    Move {
        /// Code of the unit.
        code: String,
        /// Code or name of the new superior union.
        #[arg(long, value_name = "UNIT")]
        to: String,
        /// The first month under it, `YYYY-MM`.
        #[arg(long, value_name = "MONTH", value_parser = month)]
        from: Month,
        #[command(flatten)]
        change: Change,
    },
    /// Let a union guide a unit from a month on, or no longer.
    Guide {
        /// Code of the unit.
        code: String,
        /// Code or name of the guiding union.
        #[arg(long, value_name = "UNIT", required_unless_present = "end", conflicts_with = "end")]
        by: Option<String>,
        /// End the guidance.
        #[arg(long)]
        end: bool,
        /// The first month in which that is so, `YYYY-MM`.
        #[arg(long, value_name = "MONTH", value_parser = month)]
        from: Month,
        #[command(flatten)]
        change: Change,
    },
    /// Merge a unit into another one of the same sort from a month on.
    Merge {
        /// Code of the unit that ends.
        code: String,
        /// Code or name of the unit that goes on.
        #[arg(long, value_name = "UNIT")]
        into: String,
        /// The first month in which it no longer exists, `YYYY-MM`.
        #[arg(long, value_name = "MONTH", value_parser = month)]
        from: Month,
        #[command(flatten)]
        change: Change,
    },
    /// Close a unit from a month on; its history stays.
    Close {
        /// Code of the unit.
        code: String,
        /// The first month in which it no longer exists, `YYYY-MM`.
        #[arg(long, value_name = "MONTH", value_parser = month)]
        from: Month,
        #[command(flatten)]
        change: Change,
    },
}

/// Options of every change.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Change {
    /// Look only: store nothing.
    #[arg(long)]
    pub(crate) preview: bool,
    /// How the result is printed.
    #[arg(long, default_value = "table")]
    pub(crate) format: Format,
}

fn month(text: &str) -> Result<Month, &'static str> {
    Month::parse(text).ok_or("YYYY-MM")
}

fn day(text: &str) -> Result<Date, &'static str> {
    parse_day(text).ok_or("YYYY-MM-DD")
}
