//! `jiangong trace`: the records behind a figure, one after the other as they are read.

use anyhow::Result;
use app::{
    Snapshot,
    access_log::{self, Exported},
    figures::{TraceRequest, TraceRow, trace_all},
    units::resolve,
};
use campaign::definition::Part;
use ledger::{figure::Readings, traced::NotCounted};
use model::{ids::UnitId, value::Value};
use serde_json::json;

use super::console;
use crate::{
    cli::{Format, Options, Trace},
    config,
    output::{DONE, csv, line},
};

pub(super) async fn run(options: &Options, args: &Trace) -> Result<u8> {
    let app = config::open(options).await?;
    let ctx = console(options);
    let snapshot = app.current(&ctx).await?;
    let unit = resolve(&ctx, &snapshot, args.unit.as_deref())?;
    let ask = args.when.figure_request(config::campaign(options, &snapshot)?, Readings::default());
    let ask = args.view.request(ask);
    let request = TraceRequest { indicator: args.indicator.clone(), ask, after: None, limit: 0 };
    access_log::note_export(&app, &ctx, unit, Exported::Records, &format!("trace {}", args.indicator), "")
        .await?;
    if args.format == Format::Csv {
        line("fact,version,form,unit,month,measure,part,amount,counted,why");
    }
    let format = args.format;
    let mut print = |snapshot: &Snapshot, row: &TraceRow| match format {
        Format::Json => line(&json(snapshot, row).to_string()),
        Format::Csv => line(&csv(&columns(snapshot, row))),
        Format::Table => line(&columns(snapshot, row).join("  ")),
    };
    let end = trace_all(&app, &ctx, unit, &request, &mut print).await?;
    let words = options.words();
    eprintln!("{}", words.trace_rows(words.count(i64::try_from(end.rows).unwrap_or(i64::MAX))));
    if let Some(day) = end.recomputed_on {
        eprintln!("{}", words.trace_recomputed(words.date(day)));
    }
    Ok(DONE)
}

fn columns(snapshot: &Snapshot, row: &TraceRow) -> Vec<String> {
    vec![
        row.fact.id.to_string(),
        row.version.to_string(),
        snapshot.definition.forms[row.fact.form].id.clone(),
        unit_code(snapshot, row).to_owned(),
        row.month.to_string(),
        snapshot.definition.measures[row.measure].id.clone(),
        part(row).to_owned(),
        in_units(snapshot, row).to_string(),
        row.not_counted.is_none().to_string(),
        row.not_counted.map_or("", NotCounted::name).to_owned(),
    ]
}

fn json(snapshot: &Snapshot, row: &TraceRow) -> serde_json::Value {
    let mut json = json!({
        "fact": row.fact.id,
        "version": row.version,
        "definition": row.definition_hash,
        "form": snapshot.definition.forms[row.fact.form].id,
        "unit": unit_code(snapshot, row),
        "month": row.month.to_string(),
        "period": row.period().to_string(),
        "measure": snapshot.definition.measures[row.measure].id,
        "part": part(row),
        "amount": app::figures::Number::from(in_units(snapshot, row)),
        "counted": row.not_counted.is_none(),
        "values": values(snapshot, row),
    });
    if let Some(reason) = row.not_counted {
        json["why"] = reason.name().into();
    }
    json
}

/// What the record states, as everybody may see it; units by their codes.
fn values(snapshot: &Snapshot, row: &TraceRow) -> serde_json::Value {
    let mut values = snapshot.codecs[row.fact.form].shown(&row.fact.values);
    for (position, field) in snapshot.definition.forms[row.fact.form].fields.entries() {
        if let Some(unit) = row.fact.value(position).and_then(Value::as_unit) {
            values[&field.id] = code(snapshot, unit).into();
        }
    }
    values
}

/// How much a row adds, in the unit of its measure.
fn in_units(snapshot: &Snapshot, row: &TraceRow) -> f64 {
    snapshot.definition.measures[row.measure].scale.in_units(row.amount)
}

fn unit_code<'a>(snapshot: &'a Snapshot, row: &TraceRow) -> &'a str {
    code(snapshot, row.unit)
}

fn code(snapshot: &Snapshot, unit: UnitId) -> &str {
    snapshot.units.get(&unit).map_or("", |unit| unit.code.as_str())
}

fn part(row: &TraceRow) -> &'static str {
    match row.part {
        Part::Listed => "listed",
        Part::Unlisted => "unlisted",
    }
}
