//! `jiangong unit`: show, create, rename, move, guide, merge, close.

use anyhow::Result;
use app::{
    App, Context, Snapshot,
    units::{self, Command, NewUnit, Plan, UnitChange, UnitJson, named, resolve},
};
use model::{ids::UnitId, month::Month};
use serde_json::json;
use words::Words;

use super::console;
use crate::{
    cli::{Change, Format, Options, Unit},
    config,
    output::{DONE, csv, line, table},
};

pub(super) async fn run(options: &Options, command: Unit) -> Result<u8> {
    let app = config::open(options).await?;
    let ctx = console(options);
    let snapshot = app.current(&ctx).await?;
    let words = options.words();
    let other = |text: &str| named(&ctx, &snapshot, text);
    let (code, unit_change, change) = match command {
        Unit::Show { code, format } => {
            let unit = resolve(&ctx, &snapshot, code.as_deref())?;
            return show(&app, &ctx, unit, format, words).await;
        }
        Unit::Create { code, name, parent, set, format } => {
            let parent = parent.as_deref().map(other).transpose()?;
            let new = NewUnit { code, name, parent, typed: set.into_iter().collect() };
            let unit = units::create(&app, &ctx, &new).await?;
            return show(&app, &ctx, unit, format, words).await;
        }
        Unit::Rename { code, name, until, change } => {
            let until = until.unwrap_or_else(|| ctx.today(&snapshot).date());
            (code, UnitChange::Rename { name, until }, change)
        }
        Unit::Move { code, to, from, change } => {
            (code, UnitChange::Move { parent: other(&to)?, from }, change)
        }
        Unit::Guide { code, by, from, change, .. } => {
            let by = by.as_deref().map(other).transpose()?;
            (code, UnitChange::Guide { by, from }, change)
        }
        Unit::Merge { code, into, from, change } => {
            (code, UnitChange::Merge { into: other(&into)?, from }, change)
        }
        Unit::Close { code, from, change } => (code, UnitChange::Close { from }, change),
    };
    let unit = resolve(&ctx, &snapshot, Some(&code))?;
    let Change { preview, format } = change;
    let command = Command { unit, seen: None, change: unit_change };
    if preview {
        let plan = units::plan(&app, &ctx, &command).await?;
        show_plan(&plan, &snapshot, format)?;
        eprintln!("{}", words.command_unit_preview());
        return Ok(DONE);
    }
    units::carry_out(&app, &ctx, &command).await?;
    show(&app, &ctx, unit, format, words).await
}

/// What a change would do.
fn show_plan(plan: &Plan, snapshot: &Snapshot, format: Format) -> Result<()> {
    let code = |unit: &Option<app::UnitView>| unit.as_ref().map(|unit| unit.code.clone());
    let shown = json!({
        "unit": plan.unit.code,
        "name": plan.unit.name,
        "present": code(&plan.present),
        "other": code(&plan.other),
        "replaces": plan.replaces,
        "below": plan.below,
        "later_facts": plan.later_facts,
        "definition": snapshot.definition.hash,
    });
    if format == Format::Json {
        line(&serde_json::to_string(&shown)?);
        return Ok(());
    }
    let fields = shown.as_object().into_iter().flatten();
    let rows = fields.map(|(name, value)| {
        vec![name.clone(), value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)]
    });
    print(&rows.collect::<Vec<_>>(), format);
    Ok(())
}

async fn show(app: &App, ctx: &Context, unit: UnitId, format: Format, words: Words) -> Result<u8> {
    let page = units::show(app, ctx, unit).await?;
    let unit = UnitJson::from(&page);
    if format == Format::Json {
        line(&serde_json::to_string(&unit)?);
    } else {
        print(&rows(&unit, words), format);
    }
    Ok(DONE)
}

/// A unit in words, one statement a row.
fn rows(unit: &UnitJson, words: Words) -> Vec<Vec<String>> {
    let mut rows = vec![
        vec![words.units_code().to_owned(), unit.code.clone()],
        vec![words.units_name().to_owned(), unit.name.clone()],
    ];
    if let Some(month) = &unit.closed_from {
        let message = match &unit.merged_into {
            Some(into) => vec![words.units_merged_into(month), into.clone()],
            None => vec![words.units_did_close().to_owned(), month.clone()],
        };
        rows.push(message);
    }
    for link in &unit.affiliations {
        let line = if link.line == "guidance" { words.units_guidance() } else { words.units_affiliation() };
        let from = link.from.as_deref().unwrap_or(words.units_always());
        let last = link.to.as_deref().and_then(Month::parse).map(|to| to.previous().to_string());
        let to = last.as_deref().unwrap_or(words.units_still());
        rows.push(vec![line.to_owned(), link.parent.clone(), from.to_owned(), to.to_owned()]);
    }
    for name in &unit.former_names {
        rows.push(vec![
            words.units_former_names().to_owned(),
            name.name.clone(),
            String::new(),
            name.until.clone(),
        ]);
    }
    for code in &unit.merged {
        rows.push(vec![words.units_merged().to_owned(), code.clone()]);
    }
    for (field, value) in unit.attributes.as_object().into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        rows.push(vec![field.clone(), text]);
    }
    rows
}

fn print(rows: &[Vec<String>], format: Format) {
    match format {
        Format::Csv => {
            let width = rows.iter().map(Vec::len).max().unwrap_or(0);
            for row in rows {
                let mut row = row.clone();
                row.resize(width, String::new());
                line(&csv(&row));
            }
        }
        Format::Table | Format::Json => line(&table(rows)),
    }
}
