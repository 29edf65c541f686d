//! `jiangong returns`: who owes a return, who has handed it in.

use anyhow::Result;
use app::{
    returns::{OwedReturn, ReturnStatus, StatusRequest, status},
    units::resolve,
};
use serde_json::{Value as Json, json};

use super::console;
use crate::{
    cli::{Format, Options, Returns, ReturnsStatus},
    config,
    output::{DONE, csv, line, table},
};

pub(super) async fn run(options: &Options, command: Returns) -> Result<u8> {
    match command {
        Returns::Status(args) => show_status(options, args).await,
    }
}

async fn show_status(options: &Options, args: ReturnsStatus) -> Result<u8> {
    let app = config::open(options).await?;
    let ctx = console(options);
    let snapshot = app.current(&ctx).await?;
    let unit = resolve(&ctx, &snapshot, args.unit.as_deref())?;
    let campaign = config::campaign(options, &snapshot)?;
    let request = StatusRequest { period: args.period, campaign, form: args.form };
    let status = status(&app, &ctx, unit, &request).await?;
    let rows = || status.owed.iter().map(|owed| columns(&status, owed));
    let heading = ["unit", "name", "return", "state", "due", "submitted_on", "late"].map(str::to_owned);
    match args.format {
        Format::Json => line(&json(&status, &request).to_string()),
        Format::Csv => std::iter::once(heading.to_vec()).chain(rows()).for_each(|row| line(&csv(&row))),
        Format::Table => {
            line(&table(&rows().collect::<Vec<_>>()));
            line(&options.words().returns_counts(
                status.owed.len(),
                status.submitted(),
                status.approved(),
                status.late(),
            ));
        }
    }
    Ok(DONE)
}

fn json(status: &ReturnStatus, request: &StatusRequest) -> Json {
    let units: Vec<Json> = status
        .owed
        .iter()
        .map(|owed| {
            json!({
                "unit": owed.unit.code,
                "name": owed.unit.name,
                "return": form_id(status, owed),
                "state": state(owed),
                "due": owed.due.map(|day| day.to_string()),
                "submitted_on": owed.submitted.as_ref().map(|submitted| submitted.on.to_string()),
                "late": owed.is_late,
            })
        })
        .collect();
    json!({
        "period": request.period.to_string(),
        "owed": status.owed.len(),
        "submitted": status.submitted(),
        "approved": status.approved(),
        "late": status.late(),
        "units": units,
    })
}

fn columns(status: &ReturnStatus, owed: &OwedReturn) -> Vec<String> {
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    vec![
        owed.unit.code.clone(),
        owed.unit.name.clone(),
        form_id(status, owed).to_owned(),
        state(owed).to_owned(),
        day(owed.due),
        day(owed.submitted.as_ref().map(|submitted| submitted.on)),
        owed.is_late.to_string(),
    ]
}

fn form_id<'s>(status: &'s ReturnStatus, owed: &OwedReturn) -> &'s str {
    &status.snapshot.definition.forms[owed.form].id
}

/// Id of the state of what was handed in.
fn state(owed: &OwedReturn) -> &str {
    match &owed.submitted {
        None => "missing",
        Some(submitted) => submitted.state.as_deref().unwrap_or("submitted"),
    }
}
