//! What some pages show and a loaded city lacks: an account for every enterprise, and a large import.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use app::{
    Context,
    accounts::{self, AccountQuery, CodeRequest, IssueScope},
    imports::{self, ImportState, Submission},
};
use campaign::{
    definition::{FormIdx, Values},
    kinds::Meaning,
};
use model::value::Value;
use sheet::write::{Heading, Output, XlsxTable};
use store::new_id;

use crate::{
    city::City,
    process::cell,
    report::{Report, ms},
};

/// Rows of the import that is taken back.
const ROWS: usize = 100_000;
/// Its name.
const FILE: &str = "take-back.xlsx";
/// The role of enterprises.
const ROLE: &str = "enterprise-officer";

/// Issues a code to every enterprise that has no account, prints the slips, and returns the login of one of them.
pub(crate) async fn accounts(
    city: &City,
    ctx: &Context,
    engine: &str,
    report: &mut Report,
) -> Result<String> {
    let snapshot = city.app.current(ctx).await?;
    let role = snapshot.definition.role(ROLE).cloned().context("the role of enterprises")?;
    let scope = IssueScope::NewAccounts { unit: city.root().await?, role };
    let begun = Instant::now();
    let request = CodeRequest { key: new_id(ctx.clock.now()).to_string(), scope, days: 30 };
    let issued = accounts::issue(&city.app, ctx, &request).await?;
    let took = begun.elapsed();
    if issued.slips.len() > 1_000 {
        let begun = Instant::now();
        accounts::slips_sheet(ctx.language, "https://unions.example", &issued)?;
        report.note(
            &format!("activation codes for {} enterprises, {engine}", issued.slips.len()),
            &format!("issued in {}, slips as xlsx in {}", ms(took), ms(begun.elapsed())),
        );
    }
    let page = accounts::search(&city.app, ctx, &AccountQuery::default(), 0, 1).await?;
    Ok(page.accounts.first().context("no accounts")?.login.clone())
}

/// An import of many rows that is done and can be taken back; one that an earlier run has made serves as well.
pub(crate) async fn import(
    city: &City,
    ctx: &Context,
    engine: &str,
    form: FormIdx,
    report: &mut Report,
) -> Result<String> {
    let page = imports::list(&city.app, ctx, 0, 1_000).await?;
    let is_it = |job: &&imports::Job| job.file_name == FILE && job.state == ImportState::Done;
    if let Some(job) = page.jobs.iter().find(is_it) {
        return Ok(job.id.to_string());
    }
    let snapshot = city.app.current(ctx).await?;
    let submission = Submission {
        key: new_id(ctx.clock.now()).to_string(),
        file_name: FILE.to_owned(),
        bytes: rows(city, form).await?,
        kind: Some(imports::kind_of_form(&snapshot, form)),
    };
    let begun = Instant::now();
    let id = imports::submit(&city.app, ctx, submission).await?;
    imports::start(&city.app, ctx, id, true).await?;
    // The server of the pages runs it.
    let job = loop {
        let job = imports::find(&city.app, ctx, id).await?;
        if !matches!(job.state, ImportState::Waiting | ImportState::Running) {
            break job;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let took = begun.elapsed();
    let accepted = job.report.as_ref().map_or(0, |report| report.accepted);
    ensure!(accepted * 10 > ROWS * 9, "only {accepted} of {ROWS} rows were taken: {:?}", job.state);
    report.note(
        &format!("import of {ROWS} rows through the page into the full city, {engine}"),
        &format!("{}, {accepted} taken", ms(took)),
    );
    Ok(id.to_string())
}

/// A workbook of records like those that the city has, under numbers and names of their own.
async fn rows(city: &City, form: FormIdx) -> Result<Vec<u8>> {
    let snapshot = city.app.current(&city.ctx).await?;
    let definition = &snapshot.definition.forms[form];
    let registers = city.registers().await?;
    let page = &registers.iter().find(|(found, _)| *found == form).context("no such register")?.1;
    let models: Vec<&Values> = page.rows.iter().map(|row| &row.fact.values).collect();
    ensure!(!models.is_empty(), "no records to copy");
    let codes = snapshot.units.iter().map(|(id, unit)| (*id, unit.code.clone())).collect();
    let headings: Vec<Heading<'_>> =
        definition.fields.iter().map(|field| Heading { title: &field.label.zh, width: 12 }).collect();
    let mut table = XlsxTable::new("Sheet1", &headings)?;
    for number in 0..ROWS {
        let values = models[number % models.len()];
        let texts: Vec<String> = definition
            .fields
            .iter()
            .zip(values)
            .map(|(field, value)| match (value, field.kind.spec().meaning) {
                (Some(Value::Text(text)), Meaning::Words { .. }) => format!("{text}{number}"),
                _ => cell(field, value.as_ref(), &codes),
            })
            .collect();
        let cells: Vec<Output<'_>> = texts
            .iter()
            .map(|text| if text.is_empty() { Output::Empty } else { Output::Text(text) })
            .collect();
        table.row(&cells)?;
    }
    Ok(table.finish()?)
}
