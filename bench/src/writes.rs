//! From an accepted change to every total.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use app::{App, records::create};
use campaign::{
    definition::{FieldKind, FormKind},
    kinds::{Meaning, ValueShape},
};
use demo::{Recipe, Size};
use model::{ids::UnitId, value::Value};

use crate::{
    city::{City, REGION, source},
    report::{Report, ms, percentile},
};

/// A fact that the city does not have yet.
struct Fresh {
    form: String,
    unit: UnitId,
    values: BTreeMap<String, Value>,
}

/// Register records of another city of the same shape, with numbers of their own.
async fn fresh(city: &City, count: usize) -> Result<Vec<Fresh>> {
    let source = source()?;
    let snapshot = city.app.current(&city.ctx).await?;
    let definition = &snapshot.definition;
    let recipe = Recipe::read(std::slice::from_ref(&source), definition).map_err(app::Error::Definition)?;
    let made = demo::City::new(
        definition,
        &recipe,
        &Size { enterprises: 300, records: 20_000, teams: 0, seed: 77, history: false },
    );
    let open = snapshot.units.values().filter(|unit| unit.closed_from.is_none());
    let units: Vec<UnitId> = open.map(|unit| unit.id).collect();
    let run = jiff_micros();
    let mut found = Vec::new();
    for fact in made.records() {
        let form = &definition.forms[fact.form];
        let number = form
            .identity
            .iter()
            .copied()
            .find(|field| matches!(form.fields[*field].kind.spec().meaning, Meaning::Words { .. }));
        let (FormKind::Register, Some(number)) = (form.kind, number) else { continue };
        let is_unit = |kind: &FieldKind| matches!(kind.spec().shape, ValueShape::Unit);
        if form.fields.iter().any(|field| field.id != "unit" && is_unit(&field.kind)) {
            continue;
        }
        let mut values: BTreeMap<String, Value> = BTreeMap::new();
        for (field, value) in form.fields.iter().zip(fact.values) {
            if let (Some(value), true) = (value, field.id != "unit") {
                values.insert(field.id.clone(), value);
            }
        }
        values.insert(form.fields[number].id.clone(), Value::Text(format!("bench-{run}-{}", found.len())));
        let unit = units[(found.len() * 7_919) % units.len()];
        found.push(Fresh { form: form.id.clone(), unit, values });
        if found.len() == count {
            break;
        }
    }
    Ok(found)
}

/// Something that differs from run to run.
fn jiff_micros() -> i64 {
    model::clock::Clock::now(&model::clock::SystemClock).as_microsecond()
}

/// Enters a record; `false` when it states what no record may that is entered: the city's have come further.
async fn enter(app: &App, ctx: &app::Context, fact: Fresh) -> Result<bool> {
    match create(app, ctx, &fact.form, fact.unit, fact.values).await {
        Ok(_) => Ok(true),
        Err(app::Error::Invalid(_) | app::Error::InvalidFields(_)) => Ok(false),
        Err(error) => Err(anyhow::anyhow!("{}: {error:?}", fact.form)),
    }
}

/// On SQLite a change is in every total when its command answers.
pub(crate) async fn visible(city: &City, report: &mut Report) -> Result<()> {
    let facts = fresh(city, 2_000).await?;
    let (mut times, count) = (Vec::new(), facts.len());
    for fact in facts {
        let begun = Instant::now();
        if enter(&city.app, &city.ctx, fact).await? {
            times.push(begun.elapsed());
        }
    }
    anyhow::ensure!(times.len() * 2 > count, "only {} of {count} records were taken", times.len());
    let rate = times.len() as f64 / times.iter().sum::<Duration>().as_secs_f64();
    report.limit(
        "an accepted change in every total, SQLite",
        "at once, > 1,200 a second",
        &format!(
            "with its own commit: p50 {}, p99 {}; {rate:.0} durable changes/s",
            ms(percentile(&mut times, 50)),
            ms(percentile(&mut times, 99))
        ),
        rate > 1_200.0,
    );
    Ok(())
}

/// On PostgreSQL the folder adds it up: how old the oldest change is that waits.
pub(crate) async fn lag(city: &City, report: &mut Report) -> Result<()> {
    city.app.fold(&city.ctx).await?;
    let facts = Arc::new(Mutex::new(fresh(city, 12_000).await?));
    let (taken, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let folder = {
        let (app, ctx, stop) = (city.app.clone(), city.ctx.clone(), stop.clone());
        tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                app.fold(&ctx).await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            app.fold(&ctx).await.map_err(anyhow::Error::from)
        })
    };
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let (app, ctx, facts, taken) = (city.app.clone(), city.ctx.clone(), facts.clone(), taken.clone());
            tokio::spawn(async move {
                let next = || facts.lock().ok()?.pop();
                while let Some(fact) = next() {
                    let is_taken = enter(&app, &ctx, fact).await?;
                    taken.fetch_add(usize::from(is_taken), Ordering::Relaxed);
                }
                anyhow::Ok(())
            })
        })
        .collect();
    let (start, mut lags) = (Instant::now(), Vec::new());
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        let mut tx = city.db.read(REGION).await?;
        let oldest = store::folder::oldest_pending(&mut tx).await?;
        tx.rollback().await?;
        let age = oldest.map_or(0, |at| jiff_micros() - at);
        lags.push(Duration::from_micros(u64::try_from(age).unwrap_or(0)));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let rate = taken.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64();
    for writer in writers {
        writer.await??;
    }
    stop.store(true, Ordering::Relaxed);
    folder.await.context("the folder")??;
    let p99 = percentile(&mut lags, 99);
    report.limit(
        "an accepted change in every total, PostgreSQL, 8 writers",
        "< 1 s p99, > 2,000 a second",
        &format!("p50 {}, p99 {}; {rate:.0} durable changes/s", ms(percentile(&mut lags, 50)), ms(p99)),
        p99 < Duration::from_secs(1) && rate > 2_000.0,
    );
    Ok(())
}
