//! What is printed: results on standard output, everything else on standard error.

use app::{Error, MissingPeriod, Thing, imports::row_ranges};
use indicatif::{ProgressBar, ProgressStyle};
use words::Words;

use crate::cli::ConfigFault;

/// Done.
pub(crate) const DONE: u8 = 0;
/// Done, and there is something to look at: refused rows, mistakes, a difference.
pub(crate) const FINDINGS: u8 = 1;
/// The command was wrong.
pub(crate) const USAGE: u8 = 2;
/// The database or a file is not to be had.
pub(crate) const UNAVAILABLE: u8 = 3;

/// The exit code for an error.
pub(crate) fn exit_code(error: &anyhow::Error) -> u8 {
    match error.downcast_ref::<Error>() {
        Some(
            Error::Definition(_)
            | Error::File(_)
            | Error::UnknownColumns(_)
            | Error::SeveralSheets(_)
            | Error::HiddenRows(_)
            | Error::Invalid(_)
            | Error::InvalidFields(_),
        ) => FINDINGS,
        Some(
            Error::NotFound { .. }
            | Error::FormChanged { .. }
            | Error::NoSuchPeriod(_)
            | Error::Forbidden(_)
            | Error::Stale { .. },
        ) => USAGE,
        _ => UNAVAILABLE,
    }
}

/// An error with its causes, in the person's language where it has words for it.
pub(crate) fn chain(error: &anyhow::Error, words: Words) -> String {
    match error.downcast_ref::<Error>() {
        Some(Error::File(fault)) => words.file_fault(fault.name(), &fault.args()),
        Some(Error::UnknownColumns(columns)) => words.error_unknown_columns(columns.join("、")),
        Some(Error::SeveralSheets(sheets)) => words.error_several_sheets(sheets.join("、")),
        Some(Error::HiddenRows(rows)) => words.command_hidden_rows(rows.len(), row_ranges(rows)),
        Some(Error::NoSuchPeriod(MissingPeriod::Month(month))) => words.error_no_such_month(month),
        Some(Error::NoSuchPeriod(MissingPeriod::Year(year))) => words.error_no_such_year(year),
        Some(Error::NoSuchPeriod(MissingPeriod::Period(text))) => words.error_no_such_period(text),
        Some(Error::NoSuchPeriod(MissingPeriod::Backwards(text))) => words.error_period_backwards(text),
        Some(Error::NoSuchPeriod(MissingPeriod::OutsideCampaign { period, first, last })) => {
            words.error_period_outside(words.period(period), words.month(first), words.month(last))
        }
        Some(Error::NoSuchPeriod(MissingPeriod::Day(day))) => words.error_no_such_day(day),
        Some(Error::NoSuchPeriod(MissingPeriod::DayToCome { day, today })) => {
            words.error_day_to_come(words.date(day), words.date(today))
        }
        Some(Error::NoSuchPeriod(MissingPeriod::DayBefore { day, first })) => {
            words.error_day_before_first(words.date(day), words.date(first))
        }
        Some(Error::NoSuchPeriod(MissingPeriod::RestatedDay)) => words.error_restated_day().to_owned(),
        Some(Error::NoSuchPeriod(MissingPeriod::UnitNotYet { day })) => {
            words.error_unit_not_yet(words.date(day))
        }
        Some(Error::NoSuchPeriod(MissingPeriod::CampaignNotYet { day })) => {
            words.error_campaign_not_yet(words.date(day))
        }
        Some(Error::NotFound { what, key }) => words.error_no_such(what, key),
        Some(Error::FormChanged { field }) => words.error_no_such(Thing::Field, field),
        Some(Error::RolesInUse { roles, logins }) => words.error_roles_in_use(roles, logins),
        Some(Error::ServersRun { server }) => words.error_servers_run(server),
        Some(Error::WrongSecret) => words.error_wrong_secret().to_owned(),
        Some(Error::DiskFull(_)) => words.error_disk_full_remedy().to_owned(),
        Some(Error::NoRoomForUpgrade { path, needed, free }) => {
            words.error_no_room_for_upgrade(path.display(), (needed >> 20) + 1, free >> 20)
        }
        Some(Error::NoRoom { .. }) => words.error_no_room_remedy().to_owned(),
        Some(error) if error.is_outcome_unknown() => words.error_commit_unknown().to_owned(),
        Some(Error::ListBuilding { read }) => words.list_making(words.count(*read)),
        Some(Error::ForeignFiles) => words.error_foreign_files().to_owned(),
        Some(Error::SignInRefused) => words.error_sign_in_refused().to_owned(),
        Some(Error::AccountNotReady(_)) => words.error_not_ready().to_owned(),
        Some(Error::TooManyAttempts { seconds } | Error::TooMuchAtOnce { seconds }) => {
            words.error_too_often_remedy(seconds)
        }
        Some(Error::Invalid(problems)) => {
            problems.iter().map(|problem| words.problem(problem)).collect::<Vec<_>>().join("\n")
        }
        Some(Error::InvalidFields(faults)) => {
            let lines = faults.iter().map(|fault| {
                words.form_fault(words.pick(&fault.label.zh, &fault.label.en), words.problem(&fault.problem))
            });
            lines.collect::<Vec<_>>().join("\n")
        }
        Some(Error::Definition(mistakes)) => {
            mistakes.iter().map(|mistake| mistake_text(mistake, words)).collect::<Vec<_>>().join("\n")
        }
        _ => error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": "),
    }
}

/// What is wrong with the configuration.
pub(crate) fn config_fault(fault: &ConfigFault, words: Words) -> String {
    match fault {
        ConfigFault::Unreadable(file, error) => words.command_config_unreadable(file.display(), error),
        ConfigFault::NotToml(file, error) => words.command_config_not_toml(file.display(), error),
        ConfigFault::Unknown { file, line, key } => words.command_config_unknown(file.display(), line, key),
        ConfigFault::Usage(error, None) => error.to_string(),
        ConfigFault::Usage(error, Some(file)) => words.command_config_wrong(file.display(), error),
    }
}

/// A mistake of a campaign in the person's language.
pub(crate) fn mistake_text(mistake: &campaign::mistake::Mistake, words: Words) -> String {
    match words.language() {
        words::Language::Chinese => mistake.to_chinese(),
        words::Language::English => mistake.to_string(),
    }
}

/// Prints a line on standard output; a reader that has gone (`| head`) ends the program quietly.
pub(crate) fn line(text: &str) {
    use std::io::Write as _;
    if writeln!(std::io::stdout(), "{text}").is_err() {
        std::process::exit(i32::from(DONE));
    }
}

/// Aligned columns; Chinese characters are two columns wide.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count)
        .map(|c| rows.iter().filter_map(|row| row.get(c)).map(|cell| width(cell)).max().unwrap_or(0))
        .collect();
    let mut lines = Vec::new();
    for row in rows {
        let cells =
            row.iter().zip(&widths).map(|(cell, wide)| format!("{cell}{}", " ".repeat(wide - width(cell))));
        lines.push(cells.collect::<Vec<_>>().join("  ").trim_end().to_owned());
    }
    lines.join("\n")
}

fn width(text: &str) -> usize {
    text.chars().map(|c| if u32::from(c) >= 0x1100 { 2 } else { 1 }).sum()
}

/// A line of csv.
pub(crate) fn csv(cells: &[String]) -> String {
    let quoted = cells.iter().map(|cell| {
        if cell.contains([',', '"', '\n']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.clone()
        }
    });
    quoted.collect::<Vec<_>>().join(",")
}

/// A bar on standard error; nothing when that is no terminal.
pub(crate) fn progress(total: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {eta}");
    let bar = ProgressBar::new(total as u64);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
