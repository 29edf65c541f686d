//! `jiangong definition`: what another version of a campaign would do, and putting it in force.

use anyhow::Result;
use app::campaigns::{self, DefinitionPlan, Effect};
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
        let what = format!("{} {} {}", moved.campaign, moved.indicator, moved.year);
        let (before, after) = (number(moved.before), number(moved.after));
        line(&words.definition_moved(&moved.unit_code, &moved.unit_name, what, before, after));
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
    let change = &effect.change;
    let mut parts = vec![campaigns::part_text(words, &change.part), campaigns::change_text(words, change)];
    if effect.records > 0 {
        parts.push(words.definition_records(effect.records));
    }
    if effect.unread > 0 {
        parts.push(words.definition_unread(effect.unread));
    }
    if effect.changed > 0 {
        parts.push(words.definition_changed(effect.changed));
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
