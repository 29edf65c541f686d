//! What can be said on the command line.

mod config_file;
mod import;
mod limits;
mod returns;
mod unit;

use std::path::PathBuf;

use app::{
    access_log::{SHORTEST_DAYS, USUAL_DAYS},
    accounts,
    figures::FigureRequest,
};
use campaign::definition::CampaignIdx;
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use ledger::figure::Readings;
use model::{month::Month, period::ReportingPeriod};
use words::{Language, Words};

pub(crate) use self::{
    config_file::{ConfigFault, read},
    import::{Import, TakeBack},
    limits::Limits,
    returns::{Returns, ReturnsStatus},
    unit::{Change, Unit},
};

/// Jiangong (建功): runs a labour competition for a trade-union federation.
#[derive(Debug, Parser)]
#[command(name = "jiangong", version, about)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    /// Database: postgres://… or sqlite:PATH. Default: SQLite in the data directory.
    #[arg(long, global = true, env = "JIANGONG_DATABASE", hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// Directory of the data.
    #[arg(long, global = true, env = "JIANGONG_DATA", default_value = "data")]
    pub(crate) data: PathBuf,
    /// Number of the federation, where several share a database. Each has a secret key and indexes of its own.
    #[arg(long, global = true, env = "JIANGONG_REGION", default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..))]
    pub(crate) region: i64,
    /// File with the secret key that personal numbers are sealed with (64 hexadecimal digits).
    /// Default: secret.key in the data directory, made at the first start.
    #[arg(long, global = true, env = "JIANGONG_SECRET_FILE")]
    pub(crate) secret_file: Option<PathBuf>,
    /// The secret key itself, instead of a file.
    #[arg(
        long,
        global = true,
        env = "JIANGONG_SECRET",
        hide_env_values = true,
        conflicts_with = "secret_file"
    )]
    pub(crate) secret: Option<String>,
    /// Campaign: the id of one that the region runs, or a directory, for the first start of a region. Default: the first
    /// campaign.
    #[arg(long, global = true, env = "JIANGONG_CAMPAIGN", value_name = "ID|DIR")]
    pub(crate) campaign: Option<String>,
    /// Language of messages.
    #[arg(long, global = true, env = "JIANGONG_LANGUAGE", default_value = "zh")]
    pub(crate) language: LanguageArg,
    /// Most megabytes that one file may take in memory while it is read and checked.
    #[arg(long, global = true, env = "JIANGONG_READ_MB", default_value_t = 350, value_parser = clap::value_parser!(u64).range(16..=16_384))]
    pub(crate) read_mb: u64,
    /// Most seconds that reading and checking one file may take; storing it may take ten times as many.
    #[arg(long, global = true, env = "JIANGONG_READ_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) read_seconds: u64,
    /// Files that are read at once. Default: one for each processor, four at most.
    #[arg(long, global = true, env = "JIANGONG_READS_AT_ONCE", value_parser = clap::value_parser!(u64).range(1..=64))]
    pub(crate) reads_at_once: Option<u64>,
    /// Days that entries of the access log are kept for; what is older is removed, and the removal is noted.
    #[arg(long, global = true, env = "JIANGONG_ACCESS_LOG_DAYS", default_value_t = USUAL_DAYS, value_parser = clap::value_parser!(u16).range(i64::from(SHORTEST_DAYS)..=36_500))]
    pub(crate) access_log_days: u16,
    /// Log more.
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
    /// What is logged: `warn`, `info`, `debug`, or for each part of the program (`info,store=debug`).
    #[arg(long, global = true, env = "JIANGONG_LOG")]
    pub(crate) log: Option<String>,
    /// A file with settings: `option = value`, one a line, as on the command line.
    /// Default: jiangong.toml in the data directory, if there is one.
    #[arg(long, global = true, env = "JIANGONG_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) limits: Limits,
}

impl Options {
    /// The catalogue in the chosen language.
    pub(crate) fn words(&self) -> Words {
        Words::new(self.language())
    }

    /// The chosen language.
    pub(crate) fn language(&self) -> Language {
        match self.language {
            LanguageArg::Zh => Language::Chinese,
            LanguageArg::En => Language::English,
        }
    }
}

/// A language by its code.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LanguageArg {
    /// Chinese.
    Zh,
    /// English.
    En,
}

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For reading.
    Table,
    /// For programs.
    Json,
    /// For spreadsheets.
    Csv,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve pages and the API.
    Serve(Serve),
    /// Do background work without serving pages: for a machine of its own beside the servers.
    Worker,
    /// Load the demonstration city into an empty region.
    #[cfg(feature = "demo")]
    Demo(Demo),
    /// Check, show or put in force a campaign definition.
    #[command(subcommand)]
    Campaign(Campaign),
    /// Show what another version of a campaign changes, or put it in force.
    #[command(subcommand)]
    Definition(Definition),
    /// Import a file.
    Import(Import),
    /// Take an import back: what it made goes, what it corrected returns to what it stated before.
    TakeBack(TakeBack),
    /// Write the records of a register to a file, which can be edited and imported.
    Export(Export),
    /// Write the empty file of a register, to be filled in and imported.
    Template(Template),
    /// Show all figures of a unit.
    Figures(Figures),
    /// Show the facts behind a figure.
    Trace(Trace),
    /// Show who owes returns and who has handed them in.
    #[command(subcommand)]
    Returns(Returns),
    /// Show what waits for each person: overdue, due within seven days, new since yesterday.
    Digest(Digest),
    /// Recount everything from the facts and compare.
    Verify(Verify),
    /// Show, create and change units.
    #[command(subcommand)]
    Unit(Unit),
    /// Give people access.
    #[command(subcommand, alias = "account")]
    User(User),
    /// Exchange the secret key.
    #[command(subcommand)]
    Secret(SecretCommand),
    /// Print the configuration in force, without secrets.
    Config,
}

/// Serve pages and the API.
#[derive(Debug, Clone, Args)]
pub(crate) struct Serve {
    /// Address and port to listen on.
    #[arg(long, env = "JIANGONG_LISTEN", default_value = "127.0.0.1:8080", value_parser = address)]
    pub(crate) listen: std::net::SocketAddr,
    /// Most megabytes of one attachment of a record.
    #[arg(long, env = "JIANGONG_ATTACHMENT_MB", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=200))]
    pub(crate) attachment_mb: u64,
    /// Most megabytes of all attachments of one record.
    #[arg(long, env = "JIANGONG_RECORD_MB", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) record_mb: u64,
    /// The address people type, when it differs (behind a proxy with https).
    #[arg(long, env = "JIANGONG_PUBLIC_URL")]
    pub(crate) public_url: Option<String>,
    /// A proxy in front of the server: an address or a network such as 10.0.0.0/8. May be repeated. Only what
    /// these write about the address of a client is believed; without them, whoever connects is the client.
    #[arg(
        long = "trusted-proxy",
        env = "JIANGONG_TRUSTED_PROXIES",
        value_delimiter = ',',
        value_name = "NETWORK"
    )]
    pub(crate) trusted_proxies: Vec<web::Network>,
    /// The header in which those proxies write it. They must overwrite it or append to it.
    #[arg(long, env = "JIANGONG_PROXY_HEADER", default_value = "x-forwarded-for")]
    pub(crate) proxy_header: ProxyHeaderArg,
    /// Leave background work on the database (imports, adding up, cleaning) to `jiangong worker`.
    #[arg(long, env = "JIANGONG_NO_TASKS")]
    pub(crate) no_tasks: bool,
}

/// A header that proxies write.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ProxyHeaderArg {
    /// X-Forwarded-For.
    XForwardedFor,
    /// Forwarded (RFC 7239).
    Forwarded,
}

/// Load the demonstration city into an empty region.
#[cfg(feature = "demo")]
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// How many enterprises.
    #[arg(long, default_value_t = 300)]
    pub(crate) enterprises: usize,
    /// How many facts.
    #[arg(long, default_value_t = 60_000)]
    pub(crate) records: usize,
    /// How many teams below enterprises.
    #[arg(long, default_value_t = 0)]
    pub(crate) teams: usize,
    /// Another number gives another city; the same one always the same.
    #[arg(long, default_value_t = 2011)]
    pub(crate) seed: u64,
    /// A town of 40 enterprises, for trying things out.
    #[arg(long, conflicts_with_all = ["enterprises", "records"])]
    pub(crate) small: bool,
    /// Enter all records at once, as they are on the business day, without the days on which each was entered.
    #[arg(long)]
    pub(crate) entered_at_once: bool,
}

/// Check, show or put in force a campaign definition.
#[derive(Debug, Subcommand)]
pub(crate) enum Campaign {
    /// Report every mistake of a campaign directory with file, line and remedy.
    Check {
        /// The directory, or the id of a campaign inside the program.
        dir: String,
    },
    /// Show what a campaign holds.
    Show {
        /// The directory, or the id of a campaign inside the program. Default: the first of them.
        dir: Option<String>,
    },
    /// Put a campaign in force, beside those that the region runs, or another version of one of them; all balances are
    /// folded anew.
    Load {
        /// The directory, or the id of a campaign inside the program. Default: the first of them.
        dir: Option<String>,
        /// The version that you agree to, as `definition diff` names it, where it changes what is stored or moves figures.
        #[arg(long, value_name = "VERSION")]
        consent: Option<String>,
    },
}

/// Show what another version of a campaign changes, or put it in force.
#[derive(Debug, Subcommand)]
pub(crate) enum Definition {
    /// Say what a version would change: records concerned, values that cannot be read any more, figures that move.
    /// Nothing is changed.
    Diff {
        /// The directory, or the id of a campaign inside the program. Default: the first of them.
        dir: Option<String>,
    },
    /// Put a version in force.
    Load {
        /// The directory, or the id of a campaign inside the program. Default: the first of them.
        dir: Option<String>,
        /// The version that you agree to, as `definition diff` names it, where it changes what is stored or moves figures.
        #[arg(long, value_name = "VERSION")]
        consent: Option<String>,
    },
}

/// What sort of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileFormat {
    /// A workbook.
    Xlsx,
    /// Comma-separated values.
    Csv,
}

/// Write the records of a register to a file, which can be edited and imported.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Code of the unit whose records, with those of everything under it. Default: the whole region.
    #[arg(long)]
    pub(crate) unit: Option<String>,
    /// The register: `register:ID`.
    #[arg(long = "as", value_name = "KIND")]
    pub(crate) kind: String,
    /// What sort of file.
    #[arg(long, default_value = "xlsx")]
    pub(crate) format: FileFormat,
    /// The file. Default: named by unit, register and day, in the present directory.
    #[arg(long, short)]
    pub(crate) output: Option<PathBuf>,
}

/// Write the empty file of a register, to be filled in and imported.
#[derive(Debug, Args)]
pub(crate) struct Template {
    /// Code of the unit that will fill it in. Default: the whole region.
    #[arg(long)]
    pub(crate) unit: Option<String>,
    /// The register: `register:ID`.
    #[arg(long = "as", value_name = "KIND")]
    pub(crate) kind: String,
    /// The file. Default: named by unit and register, in the present directory.
    #[arg(long, short)]
    pub(crate) output: Option<PathBuf>,
}

/// An address with a port.
fn address(text: &str) -> Result<std::net::SocketAddr, String> {
    text.parse().map_err(|_| {
        "write an IP address and a port, such as 127.0.0.1:8080, or 0.0.0.0:8080 for every address of the machine"
            .to_owned()
    })
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (column, field) = text.rsplit_once('=').ok_or("COLUMN=FIELD")?;
    Ok((column.trim().to_owned(), field.trim().to_owned()))
}

/// Which year, and how far into it.
#[derive(Debug, Args)]
pub(crate) struct When {
    /// The year.
    #[arg(long, required_unless_present_any = ["through", "period"])]
    year: Option<i16>,
    /// The last month that counts, YYYY-MM. Default: all there is of the year.
    #[arg(long, value_name = "YYYY-MM")]
    through: Option<Month>,
    /// A period in place of a year: 2013, 2013-H1, 2013-Q2, 2013-07, or U2013 for the union statistical year that ends in
    /// September 2013.
    #[arg(long, conflicts_with_all = ["year", "through"])]
    period: Option<ReportingPeriod>,
}

impl When {
    /// The question for this time; the year follows from the month when only that is said.
    pub(crate) fn figure_request(&self, campaign: CampaignIdx, readings: Readings) -> FigureRequest {
        let year = self.year.or(self.through.map(Month::year)).unwrap_or_default();
        let ask =
            FigureRequest { campaign, year, through: self.through, readings, ..FigureRequest::default() };
        match self.period {
            Some(period) => ask.in_period(period),
            None => ask,
        }
    }
}

/// As known when, and on which tree.
#[derive(Debug, Args)]
pub(crate) struct View {
    /// The day as known on which the figures are, YYYY-MM-DD. Default: what is known now.
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<Date>,
    /// On today's tree: as if every unit had always been where it is now.
    #[arg(long)]
    restated: bool,
}

impl View {
    /// The same question in this view.
    pub(crate) fn request(&self, ask: FigureRequest) -> FigureRequest {
        FigureRequest { as_of: self.as_of, is_restated: self.restated, ..ask }
    }
}

/// Show all figures of a unit.
#[derive(Debug, Args)]
pub(crate) struct Figures {
    /// Code of the unit. Default: the whole region.
    #[arg(long)]
    pub(crate) unit: Option<String>,
    #[command(flatten)]
    pub(crate) when: When,
    #[command(flatten)]
    pub(crate) view: View,
    /// Another reading: `READING=OPTION`. May be repeated.
    #[arg(long = "reading", value_name = "READING=OPTION", value_parser = pair)]
    pub(crate) readings: Vec<(String, String)>,
    /// How the result is printed.
    #[arg(long, default_value = "table")]
    pub(crate) format: Format,
}

/// Show the facts behind a figure.
#[derive(Debug, Args)]
pub(crate) struct Trace {
    /// Number of the indicator.
    #[arg(long)]
    pub(crate) indicator: String,
    /// Code of the unit. Default: the whole region.
    #[arg(long)]
    pub(crate) unit: Option<String>,
    #[command(flatten)]
    pub(crate) when: When,
    #[command(flatten)]
    pub(crate) view: View,
    /// How the result is printed; JSON is one object per line.
    #[arg(long, default_value = "table")]
    pub(crate) format: Format,
}

/// Show what waits for each person.
#[derive(Debug, Args)]
pub(crate) struct Digest {
    /// Only this person.
    #[arg(long)]
    pub(crate) login: Option<String>,
    /// How the result is printed.
    #[arg(long, default_value = "table")]
    pub(crate) format: Format,
}

/// Recount everything from the facts and compare.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Fold all balances anew first.
    #[arg(long)]
    pub(crate) rebuild: bool,
    /// How the result is printed.
    #[arg(long, default_value = "table")]
    pub(crate) format: Format,
}

/// Give people access.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Add a person. The password is read from the terminal or standard input.
    Add {
        /// What the person types to sign in.
        login: String,
        /// The person's name.
        #[arg(long)]
        name: String,
        /// `city-office`, `level-2-officer`, `enterprise-officer`, `viewer`, `system-administrator`,
        /// `security-administrator`, `audit-administrator`, or one of the campaign's own.
        #[arg(long)]
        role: String,
        /// Code of the unit. Default: the whole region.
        #[arg(long)]
        unit: Option<String>,
    },
    /// List everyone with access.
    List {
        /// How the result is printed.
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// Make accounts with activation codes for all units that have none, and write the codes to a workbook.
    Issue {
        /// Code of the unit at and below which. Default: the whole region.
        #[arg(long)]
        unit: Option<String>,
        /// What the owners are; of its level are the units.
        #[arg(long, default_value = "enterprise-officer")]
        role: String,
        /// New codes for accounts that nobody has begun to use, instead of new accounts.
        #[arg(long)]
        again: bool,
        /// Days until the codes end.
        #[arg(long, default_value_t = accounts::DEFAULT_DAYS)]
        days: i64,
        /// The address that is written beside each code.
        #[arg(long, default_value = "")]
        site: String,
        /// The workbook; only this user can read it.
        #[arg(long, short)]
        output: PathBuf,
    },
    /// Give a person a new password, read from the terminal or standard input.
    Reset {
        /// What the person types to sign in.
        login: String,
    },
}

/// Exchange the secret key.
#[derive(Debug, Subcommand)]
pub(crate) enum SecretCommand {
    /// Make a new key, seal everything with it, and put it in the place of the former one. No server may run.
    Rotate,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_column_may_contain_an_equals_sign() {
        assert_eq!(pair("a=b=field"), Ok(("a=b".to_owned(), "field".to_owned())));
        assert_eq!(pair("备注="), Ok(("备注".to_owned(), String::new())));
        assert!(pair("备注").is_err());
    }
}
