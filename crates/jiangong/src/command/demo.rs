//! `jiangong demo`: the demonstration city.

use anyhow::{Result, bail};
use app::{
    accounts::{self, NewAccount},
    load::{LoadRecord, LoadUnit, is_complete, load, scale_targets},
};
use demo::{City, Recipe, Size, UnitSort};
use store::units::UnitKind;

use super::console;
use crate::{
    cli::{Demo, Options},
    config::{self, DEMONSTRATION_PASSWORD},
    output::{DONE, line, progress, table},
};

pub(super) async fn run(options: &Options, args: &Demo) -> Result<u8> {
    let words = options.words();
    let app = config::open(options, true).await?;
    let ctx = console(options);
    let snapshot = app.current(&ctx).await?;
    if !snapshot.units.is_empty() {
        if is_complete(&app, &ctx).await? {
            bail!(words.command_demo_not_empty());
        }
        bail!(words.command_demo_cut_short());
    }
    let source = config::source(options.campaign.as_deref())?;
    let recipe = Recipe::read(&source, &snapshot.campaign).map_err(app::Error::Definition)?;
    let size = if args.small {
        Size { seed: args.seed, ..Size::SMALL }
    } else {
        Size { enterprises: args.enterprises, records: args.records, teams: args.teams, seed: args.seed }
    };
    let city = City::new(&snapshot.campaign, &recipe, &size);
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
    let facts =
        city.records().map(|fact| LoadRecord { form: fact.form, unit: fact.unit, values: fact.values });
    let bar = progress(size.records);
    let loaded = load(&app, &ctx, units.collect(), facts, &|done| bar.set_position(done as u64)).await?;
    bar.finish_and_clear();
    scale_targets(&app, &ctx, city.target_ppm()).await?;
    eprintln!("{}", words.command_demo_loaded(city.units().len(), loaded));

    let mut rows = Vec::new();
    for account in city.accounts() {
        let role = snapshot.campaign.role(&account.role).cloned();
        let Some(role) = role else { bail!("unknown role {}", account.role) };
        rows.push(vec![
            account.login.clone(),
            DEMONSTRATION_PASSWORD.to_owned(),
            account.name.clone(),
            account.unit_code.clone(),
        ]);
        let new = NewAccount {
            login: account.login,
            name: account.name,
            role,
            unit_code: account.unit_code,
            password: DEMONSTRATION_PASSWORD.to_owned(),
        };
        accounts::add(&app, &ctx, new).await?;
    }
    line(&table(&rows));
    app.close().await;
    Ok(DONE)
}
