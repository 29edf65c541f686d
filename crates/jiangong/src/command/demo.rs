//! `jiangong demo`: the demonstration city, all of it or nothing.

use std::{
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
};

use anyhow::{Result, bail};
use app::{
    App, Context,
    accounts::{self, NewAccount},
    campaigns,
    load::{Demonstration, LoadRecord, LoadUnit, LoadVersion, is_complete, load_demonstration},
};
use campaign::{definition::Definition, source::Source};
use demo::{City, DemoRecord, DemoVersion, Recipe, Size, UnitSort};
use store::units::UnitKind;

use super::console;
use crate::{
    cli::{Demo, Options},
    config::{self, DEMONSTRATION_PASSWORD},
    output::{DONE, line, progress, table},
};

pub(super) async fn run(options: &Options, args: &Demo) -> Result<u8> {
    let words = options.words();
    let app = config::open(options).await?;
    let ctx = console(options);
    let snapshot = app.current(&ctx).await?;
    if !snapshot.units.is_empty() {
        // Earlier versions loaded it in parts. Units of somebody else are nobody's to remove.
        if snapshot.region.is_demonstration && !is_complete(&app, &ctx).await? {
            bail!(words.command_demo_cut_short());
        }
        bail!(words.command_demo_not_empty());
    }
    if !accounts::list(&app, &ctx).await?.is_empty() {
        bail!(words.command_demo_not_empty());
    }
    let sources = load_campaigns(options, &app, &ctx).await?;
    let snapshot = app.current(&ctx).await?;
    let recipe = Recipe::read(&sources, &snapshot.definition).map_err(app::Error::Definition)?;
    let history = !args.entered_at_once;
    let size = if args.small {
        Size { seed: args.seed, history, ..Size::SMALL }
    } else {
        let (enterprises, records, teams) = (args.enterprises, args.records, args.teams);
        Size { enterprises, records, teams, seed: args.seed, history }
    };
    let city = City::new(&snapshot.definition, &recipe, &size);
    let units = city.units().iter().map(|unit| LoadUnit {
        id: unit.id,
        code: unit.code.clone(),
        name: unit.name.clone(),
        kind: match unit.kind {
            UnitSort::Union => UnitKind::Union,
            UnitSort::Grassroots => UnitKind::Grassroots,
            UnitSort::Team => UnitKind::Team,
        },
        parent: unit.parent,
        guidance: unit.guidance,
        closed_from: None,
        values: unit.values.clone(),
    });
    let facts = records(snapshot.definition.clone(), recipe.clone(), size);
    let (mut accounts, mut rows) = (Vec::new(), Vec::new());
    for account in city.accounts() {
        let role = snapshot.definition.role(&account.role).cloned();
        let Some(role) = role else { bail!("unknown role {}", account.role) };
        rows.push(vec![
            account.login.clone(),
            DEMONSTRATION_PASSWORD.to_owned(),
            account.name.clone(),
            account.unit_code.clone(),
        ]);
        accounts.push(NewAccount {
            login: account.login,
            name: account.name,
            role,
            unit_code: account.unit_code,
            password: DEMONSTRATION_PASSWORD.to_owned(),
        });
    }
    let demonstration = Demonstration {
        target_ppm: city.target_ppm(),
        own_targets: city.own_targets(),
        business_day: city.business_day(),
        units_entered: city.units_entered(),
        accounts,
    };
    let bar = progress(size.records);
    let note = |done| bar.set_position(done as u64);
    let loaded = load_demonstration(&app, &ctx, demonstration, units.collect(), facts, &note).await?;
    bar.finish_and_clear();
    eprintln!("{}", words.command_demo_loaded(city.units().len(), loaded));
    line(&table(&rows));
    app.close().await;
    Ok(DONE)
}

/// The records of the city, made ahead of the load on a thread of their own; it ends when they are no longer taken.
fn records(
    definition: Arc<Definition>,
    recipe: Recipe,
    size: Size,
) -> impl Iterator<Item = LoadRecord> + Send + 'static {
    let (sender, receiver) = mpsc::sync_channel::<Vec<LoadRecord>>(2);
    let mut making = Some(thread::spawn(move || {
        let city = City::new(&definition, &recipe, &size);
        let mut records = city.records().map(load_record);
        loop {
            let some: Vec<LoadRecord> = records.by_ref().take(1_000).collect();
            if some.is_empty() || sender.send(some).is_err() {
                break;
            }
        }
    }));
    let next = move || {
        let some = receiver.recv().ok();
        // None left, or the thread has panicked: then those that came are not all.
        let ended = making.take_if(|_| some.is_none()).map(JoinHandle::join);
        if let Some(Err(panic)) = ended {
            std::panic::resume_unwind(panic);
        }
        some
    };
    std::iter::from_fn(next).flatten()
}

fn load_record(record: DemoRecord) -> LoadRecord {
    LoadRecord {
        form: record.form,
        unit: record.unit,
        values: record.values,
        history: record.history.into_iter().map(version).collect(),
        key: record.key,
        referred: record.referred,
    }
}

/// Puts the campaigns inside the program in force that stand beside the first one, and returns the files of all. Where
/// the federation runs a campaign of a directory, that one alone is shown.
async fn load_campaigns(options: &Options, app: &App, ctx: &Context) -> Result<Vec<Source>> {
    let first = config::source(options.campaign.as_deref())?;
    let mut sources = vec![first];
    for source in config::sources_beside(&sources[0])? {
        campaigns::load(app, ctx, &source, None).await?;
        sources.push(source);
    }
    Ok(sources)
}

fn version(made: DemoVersion) -> LoadVersion {
    let DemoVersion { at, by, transition, state, values } = made;
    LoadVersion { at, by, transition, state, values }
}
