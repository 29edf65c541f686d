//! What can be said about returns.

use clap::{Args, Subcommand};
use model::period::ReportingPeriod;

use super::Format;

/// Returns: who owes one, who has handed it in.
#[derive(Debug, Subcommand)]
pub(crate) enum Returns {
    /// Show which units owe a return for a period, which have handed it in, and which are late.
    Status(ReturnsStatus),
}

/// Which returns are meant.
#[derive(Debug, Args)]
pub(crate) struct ReturnsStatus {
    /// The period: 2014, 2014-H1, 2014-Q2, 2014-07, or U2014 for the union statistical year that ends in September 2014.
    #[arg(long)]
    pub(crate) period: ReportingPeriod,
    /// Code of the unit; it is asked with everything below it. Default: the whole region.
    #[arg(long)]
    pub(crate) unit: Option<String>,
    /// Id of a return, where several are for such periods. Default: all of the campaign.
    #[arg(long = "return", value_name = "ID")]
    pub(crate) form: Option<String>,
    /// How the result is printed.
    #[arg(long, default_value = "table")]
    pub(crate) format: Format,
}
