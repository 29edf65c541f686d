//! `jiangong trace`: the facts behind a figure, page after page.

use anyhow::Result;
use app::{
    Snapshot, access_log,
    figures::{TraceRequest, TraceRow, trace},
    units::resolve,
};
use campaign::definition::Part;
use ledger::figure::Readings;
use serde_json::json;

use super::console;
use crate::{
    cli::{Format, Options, Trace},
    config,
    output::{DONE, csv, line},
};

/// Rows fetched at a time.
const PAGE: usize = 500;

pub(super) async fn run(options: &Options, args: &Trace) -> Result<u8> {
    let app = config::open(options, false).await?;
    let ctx = console(options);
    let snapshot = app.current(&ctx).await?;
    let unit = resolve(&ctx, &snapshot, args.unit.as_deref())?;
    let ask = args.when.figure_request(Readings::default());
    let mut question = TraceRequest { indicator: args.indicator.clone(), ask, after: None, limit: PAGE };
    access_log::note_export(&app, &ctx, unit, &format!("trace {}", args.indicator), "").await?;
    if args.format == Format::Csv {
        line("fact,version,form,unit,month,measure,part,amount");
    }
    loop {
        let page = trace(&app, &ctx, unit, &question).await?;
        for row in &page.rows {
            match args.format {
                Format::Json => line(&json(&page.snapshot, row).to_string()),
                Format::Csv => line(&csv(&columns(&page.snapshot, row))),
                Format::Table => line(&columns(&page.snapshot, row).join("  ")),
            }
        }
        match page.next {
            Some(next) => question.after = Some(next),
            None => return Ok(DONE),
        }
    }
}

fn columns(snapshot: &Snapshot, row: &TraceRow) -> Vec<String> {
    vec![
        row.fact.id.to_string(),
        row.version.to_string(),
        snapshot.campaign.forms[row.fact.form].id.clone(),
        unit_code(snapshot, row).to_owned(),
        row.month.to_string(),
        snapshot.campaign.measures[row.measure].id.clone(),
        part(row).to_owned(),
        row.amount.to_string(),
    ]
}

fn json(snapshot: &Snapshot, row: &TraceRow) -> serde_json::Value {
    json!({
        "fact": row.fact.id,
        "version": row.version,
        "definition": row.definition_hash,
        "form": snapshot.campaign.forms[row.fact.form].id,
        "unit": unit_code(snapshot, row),
        "month": row.month.to_string(),
        "measure": snapshot.campaign.measures[row.measure].id,
        "part": part(row),
        "amount": row.amount,
        "values": snapshot.codecs[row.fact.form].shown(&row.fact.values),
    })
}

fn unit_code<'a>(snapshot: &'a Snapshot, row: &TraceRow) -> &'a str {
    snapshot.units.get(&row.unit).map_or("", |unit| unit.code.as_str())
}

fn part(row: &TraceRow) -> &'static str {
    match row.part {
        Part::Listed => "listed",
        Part::Unlisted => "unlisted",
    }
}
