//! What some pages show and a loaded city lacks: an account for every enterprise, and a large import.

use std::{
    io::{Cursor, Write as _},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use app::{
    Context,
    accounts::{self, AccountQuery, CodeRequest, IssueScope},
    campaigns::{self, CandidateFile},
    imports::{self, ImportState, Submission},
};
use campaign::{
    definition::{FormIdx, Values},
    kinds::Meaning,
    source::Source,
};
use model::value::Value;
use sheet::write::{Heading, Output, XlsxTable};
use store::new_id;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    city::{City, source},
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

/// A version of the campaign with another target, of which it is known what it would do.
pub(crate) async fn version(city: &City, ctx: &Context, engine: &str, report: &mut Report) -> Result<String> {
    let file = CandidateFile {
        key: new_id(ctx.clock.now()).to_string(),
        name: "campaign.zip".to_owned(),
        bytes: zip_with_another_target(&source()?)?,
    };
    let begun = Instant::now();
    let id = campaigns::hand_in(&city.app, ctx, file).await?;
    // The server of the pages runs it.
    let candidate = loop {
        let candidate = campaigns::find_candidate(&city.app, ctx, id).await?;
        if !candidate.state.is_working() {
            break candidate;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let took = begun.elapsed();
    ensure!(candidate.plan.is_some(), "nothing is known of the version: {:?}", candidate.state);
    report.note(&format!("what another version of the campaign would do, {engine}"), &ms(took));
    Ok(id.to_string())
}

/// The campaign with one more unit in the target of its first indicator, as a zip.
fn zip_with_another_target(source: &Source) -> Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let first = source.files().iter().position(|file| file.path.starts_with("indicators/"));
    for (position, file) in source.files().iter().enumerate() {
        zip.start_file(file.path.as_str(), SimpleFileOptions::default())?;
        let is_first = Some(position) == first;
        let text =
            if is_first { file.text.replacen("\ntarget = ", "\ntarget = 1", 1) } else { file.text.clone() };
        zip.write_all(text.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
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
