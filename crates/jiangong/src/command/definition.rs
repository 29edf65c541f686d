//! `jiangong definition`: what another version of a campaign would do, and putting it in force.

use anyhow::Result;
use app::campaigns::{self, DefinitionPlan, Effect};
use campaign::change::{Change, ChangeKind, ChangedPart};
use words::Words;

use super::console;
use crate::{
    cli::{Definition, Options},
    config,
    output::{DONE, FINDINGS, line},
};

pub(super) async fn run(options: &Options, command: &Definition) -> Result<u8> {
    match command {
        Definition::Diff { dir } => diff(options, dir.as_deref()).await,
        Definition::Load { dir, consent } => load(options, dir.as_deref(), consent.as_deref()).await,
    }
}

async fn diff(options: &Options, dir: Option<&str>) -> Result<u8> {
    let source = config::source(dir.or(options.campaign.as_deref()))?;
    let app = config::open(options).await?;
    let plan = campaigns::plan(&app, &console(options), &source).await?;
    app.close().await;
    let words = options.words();
    match plan {
        None => line(words.definition_same()),
        Some(plan) => {
            print(words, &plan);
            if plan.is_refused() {
                return Ok(FINDINGS);
            }
        }
    }
    Ok(DONE)
}

/// Puts a campaign in force, and says what it would do where it must not, or where nobody has agreed to it.
pub(super) async fn load(options: &Options, dir: Option<&str>, consent: Option<&str>) -> Result<u8> {
    let source = config::source(dir.or(options.campaign.as_deref()))?;
    let app = config::open_with(options, &source).await?;
    let loaded = campaigns::load(&app, &console(options), &source, consent).await;
    app.close().await;
    match loaded {
        Ok(_) => {
            line(&source.hash());
            Ok(DONE)
        }
        Err(app::Error::DefinitionChange(plan)) => {
            let words = options.words();
            print(words, &plan);
            Ok(FINDINGS)
        }
        Err(error) => Err(error.into()),
    }
}

fn print(words: Words, plan: &DefinitionPlan) {
    for effect in &plan.effects {
        line(&effect_text(words, effect));
    }
    for moved in &plan.moves {
        let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
        let place = format!("{} {}", moved.campaign, moved.indicator);
        let (before, after) = (number(moved.before), number(moved.after));
        line(&words.definition_moved(&moved.unit.code, &moved.unit.name, place, before, after));
    }
    if plan.moved_units > 0 {
        line(&words.definition_moved_units(plan.moved_units));
    }
    if plan.is_refused() {
        eprintln!("{}", words.definition_refused());
    } else if plan.needs_consent() {
        eprintln!("{}", words.definition_consent(&plan.hash));
    }
}

fn effect_text(words: Words, effect: &Effect) -> String {
    let Change { part, kind } = &effect.change;
    let what = match part {
        ChangedPart::Campaign(id) => format!("campaign {id}"),
        ChangedPart::Form(id) => format!("form {id}"),
        ChangedPart::Field(form, id) => format!("field {form}.{id}"),
        ChangedPart::State(form, id) => format!("state {form}.{id}"),
        ChangedPart::Code(dictionary, id) => format!("code {dictionary}.{id}"),
        ChangedPart::Measure(id) => format!("measure {id}"),
        ChangedPart::Indicator(campaign, id) => format!("indicator {campaign} {id}"),
    };
    let how = match kind {
        ChangeKind::Added => words.definition_added().to_owned(),
        ChangeKind::Removed => words.definition_removed().to_owned(),
        ChangeKind::Renamed { was } => words.definition_renamed(was),
        ChangeKind::Retyped { from, to, is_declared: true } => words.definition_converted(from, to),
        ChangeKind::Retyped { from, to, is_declared: false } => words.definition_retyped(from, to),
        ChangeKind::Redefined => words.definition_redefined().to_owned(),
    };
    let mut parts = vec![what, how];
    if effect.records > 0 {
        parts.push(words.definition_records(effect.records));
    }
    if effect.unread > 0 {
        parts.push(words.definition_unread(effect.unread));
    }
    if !effect.examples.is_empty() {
        let ids: Vec<String> = effect.examples.iter().map(ToString::to_string).collect();
        parts.push(ids.join(" "));
    }
    if effect.is_refused() {
        parts.push(words.definition_loses().to_owned());
    }
    parts.join("\t")
}
