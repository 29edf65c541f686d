//! `jiangong take-back`: an import is taken back from the command line.

use anyhow::Result;
use app::{
    App, Context, Error, Thing,
    imports::{
        self, ImportState, ShownRecord, TakeBackPlan, cannot_take_back, left_alone, may_take_back,
        preview_take_back, take_back,
    },
};
use jiff::Timestamp;
use model::ids::ImportId;
use serde_json::json;
use words::Words;

use super::console;
use crate::{
    cli::{Format, Options, TakeBack},
    config,
    output::{DONE, FINDINGS, csv, line},
};

/// Imports that are listed.
const LISTED: usize = 50;

pub(super) async fn run(options: &Options, args: &TakeBack) -> Result<u8> {
    let words = options.words();
    let app = config::open(options).await?;
    let ctx = console(options);
    let code = match args.import {
        None => list(&app, &ctx, words).await?,
        Some(id) => take_one_back(&app, &ctx, ImportId(id), args, words).await?,
    };
    app.fold(&ctx).await?;
    app.close().await;
    Ok(code)
}

/// The imports of the command line, newest first.
async fn list(app: &App, ctx: &Context, words: Words) -> Result<u8> {
    let page = imports::list(app, ctx, 0, LISTED).await?;
    for job in &page.jobs {
        let moment = Timestamp::from_microsecond(job.created_at).map(|moment| words.moment(moment));
        let state = match job.state {
            ImportState::TakenBack => words.take_back_state_done(),
            ImportState::TakingBack => words.take_back_state_working(),
            _ => words.imports_state_done(),
        };
        let (id, moment) = (job.id.to_string(), moment.unwrap_or_default());
        line(&words.command_take_back_list(id, moment, &job.file_name, state));
    }
    if page.jobs.is_empty() {
        line(words.command_take_back_none());
    }
    Ok(DONE)
}

async fn take_one_back(app: &App, ctx: &Context, id: ImportId, args: &TakeBack, words: Words) -> Result<u8> {
    if let Some(reason) = may_take_back(app, ctx, id).await? {
        line(cannot_take_back(words, reason));
        return Ok(FINDINGS);
    }
    let plan = preview_take_back(app, ctx, id).await?;
    let is_done = if args.preview {
        false
    } else if take_back(app, ctx, id, &plan.seen).await?.is_some() {
        true
    } else {
        return Err(Error::Stale { what: Thing::Import }.into());
    };
    match args.format {
        Format::Json => line(&json(words, &plan, is_done).to_string()),
        Format::Csv => print_csv(words, &plan),
        Format::Table => print_table(words, &plan, is_done),
    }
    Ok(if plan.left == 0 { DONE } else { FINDINGS })
}

fn json(words: Words, plan: &TakeBackPlan, is_done: bool) -> serde_json::Value {
    let record = |record: &ShownRecord| {
        json!({
            "record": record.record,
            "unit": record.unit,
            "name": record.name,
            "reason": record.reason.as_ref().map(|reason| left_alone(words, reason)),
        })
    };
    let records = |records: &[ShownRecord]| records.iter().map(record).collect::<Vec<_>>();
    json!({
        "import": plan.job.id.0,
        "file": plan.job.file_name,
        "taken_back": is_done,
        "goes": plan.goes,
        "returns": plan.returns,
        "left": plan.left,
        "going": records(&plan.going),
        "returning": records(&plan.returning),
        "leaving": records(&plan.leaving),
    })
}

fn print_csv(words: Words, plan: &TakeBackPlan) {
    line("record,unit,name,becomes,reason");
    let kinds = [("goes", &plan.going), ("returns", &plan.returning), ("left", &plan.leaving)];
    for (kind, records) in kinds {
        for record in records {
            let id = record.record.map(|id| id.to_string()).unwrap_or_default();
            let reason = record.reason.as_ref().map(|reason| left_alone(words, reason)).unwrap_or_default();
            line(&csv(&[id, record.unit.clone(), record.name.clone(), kind.to_owned(), reason]));
        }
    }
}

fn print_table(words: Words, plan: &TakeBackPlan, is_done: bool) {
    for record in &plan.leaving {
        let reason = record.reason.as_ref().map(|reason| left_alone(words, reason)).unwrap_or_default();
        line(&[record.unit.as_str(), &record.name, &reason].join("  "));
    }
    if plan.left > plan.leaving.len() {
        line(&words.take_back_shown(words.count(plan.left), words.count(plan.leaving.len())));
    }
    let [goes, returns, left] = [plan.goes, plan.returns, plan.left].map(|count| words.count(count));
    line(&words.command_take_back_result(goes, returns, left));
    if !is_done {
        line(&words.command_take_back_looked(plan.job.id.to_string()));
    }
}
