//! Handing a file in: what it is, is guessed from its columns.

use std::sync::Arc;

use boxed_async::boxed_async;
use campaign::definition::{FieldIdx, FormIdx};
use exchange::{
    recognise::{Mapping, guess_form, recognise},
    register::Origin,
    vertical::turned,
    vocabulary::ClerkWords,
};
use model::ids::ImportId;
use sha2::{Digest, Sha256};
use sheet::workbook::{self, Limits, SheetName, Table};
use store::imports as rows;

use super::{
    form_of_kind,
    jobs::{ImportState, Options, entry, may_import},
    kind_of_form, runner,
};
use crate::{
    Actor, App, Context, Error, Result, RoleLevel, Snapshot, audit::append_audit, transact::transact,
};

/// Sheets that are looked at in search of one that holds a form.
const SHEETS: usize = 64;

/// A file handed in.
#[derive(Debug, Clone)]
pub struct Submission {
    /// One-time key of the page it was chosen on: the same file handed in
    /// twice with the same key is one import.
    pub key: String,
    /// Its name.
    pub file_name: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// What it is to be read as; `None` to guess.
    pub kind: Option<String>,
}

/// What a file seems to be.
struct Guessed {
    form: Option<FormIdx>,
    sheet: Option<String>,
    names_no_unit: bool,
    /// Whether the sheet has every column that the form cannot do without.
    is_whole: bool,
}

/// Takes a file in and returns its import's id.
///
/// # Errors
/// [`Error::File`] when it cannot be read at all; [`Error::Forbidden`];
/// [`Error::NotFound`] for an unknown kind.
#[boxed_async]
pub async fn submit(app: &App, ctx: &Context, submission: Submission) -> Result<ImportId> {
    let snapshot = app.current(ctx).await?;
    may_import(ctx, &snapshot)?;
    app.require_room(submission.bytes.len())?;
    let Actor::User { id: user, unit: own, .. } = &ctx.actor else { return Err(Error::NotSignedIn) };
    let wanted = submission.kind.as_deref().map(|kind| form_of_kind(&snapshot, kind)).transpose()?;
    let id = handed_in_id(user.0, (&submission.key, &submission.file_name, &submission.bytes));
    let Submission { file_name, bytes, .. } = submission;
    let content = Arc::new(bytes);
    let guessed = guessed(app, (content.clone(), file_name.clone()), snapshot.clone(), wanted).await?;
    let options = Options {
        kind: guessed.form.map(|form| kind_of_form(&snapshot, form)).unwrap_or_default(),
        sheet: guessed.sheet,
        unit: own_unit(ctx, &snapshot, guessed.names_no_unit),
        ..Options::default()
    };
    let row = rows::Import {
        import_id: id,
        user_id: user.0,
        unit_id: Some(own.0),
        created_at: ctx.clock.now().as_microsecond(),
        file_name,
        form: options.kind.clone(),
        sheet: options.sheet.clone(),
        state: ImportState::Draft.name().to_owned(),
        done: 0,
        total: 0,
        options: serde_json::to_string(&options).map_err(Error::internal)?,
        report: None,
        take_back: None,
    };
    let sealed = snapshot.vault.seal_file(&content);
    transact!(app, ctx.region, |tx| {
        match rows::insert(tx, &row, &sealed).await {
            // The second click: the first one's answer.
            Err(error) if error.is_duplicate() => return Ok(ImportId(id)),
            other => other?,
        }
        if let Some(principal) = &ctx.acting_for {
            rows::set_deputy(tx, ImportId(id), principal.deputy).await?;
        }
        let entry = entry("submit", id, row.file_name.clone());
        append_audit(tx, &snapshot, ctx, vec![entry]).await?;
        Ok(ImportId(id))
    })
}

/// An enterprise's own register rarely names the enterprise: its officer's
/// rows that name no unit are its own.
fn own_unit(ctx: &Context, snapshot: &Snapshot, names_no_unit: bool) -> Option<String> {
    let is_own = names_no_unit && ctx.role().is_some_and(|role| role.level() == RoleLevel::Grassroots);
    ctx.unit().filter(|_| is_own).and_then(|own| snapshot.units.get(&own)).map(|unit| unit.code.clone())
}

/// The unit for rows that name none, when a file is read as another form than before.
pub(super) async fn unit_under(
    app: &App,
    ctx: &Context,
    id: ImportId,
    name: &str,
    form: FormIdx,
) -> Result<Option<String>> {
    let (content, name, snapshot) =
        (runner::file_content(app, ctx, id).await?, name.to_owned(), app.current(ctx).await?);
    let guessed = guessed(app, (content, name), snapshot.clone(), Some(form)).await?;
    Ok(own_unit(ctx, &snapshot, guessed.names_no_unit))
}

/// An id that follows from who handed in what: the one-time key of the page, the name of the file, its content. So the same
/// click twice is the same thing.
pub(crate) fn handed_in_id(user: i64, (key, file_name, bytes): (&str, &str, &[u8])) -> i64 {
    let digest = Sha256::new()
        .chain_update(user.to_le_bytes())
        .chain_update(key)
        .chain_update([0])
        .chain_update(file_name)
        .chain_update([0])
        .chain_update(bytes)
        .finalize();
    digest.iter().take(8).fold(0_i64, |id, byte| (id << 8) | i64::from(*byte)) & i64::MAX
}

/// What a file seems to be, found out while somebody waits for it.
async fn guessed(
    app: &App,
    (content, name): (Arc<Vec<u8>>, String),
    snapshot: Arc<Snapshot>,
    wanted: Option<FormIdx>,
) -> Result<Guessed> {
    let reading = app.readers.begin(app.readers.budget()).await?;
    reading.run(move |limits| guess(&name, &content, &snapshot, wanted, limits)).await
}

/// Looks for the sheet and the form that suit each other.
fn guess(
    name: &str,
    bytes: &[u8],
    snapshot: &Snapshot,
    wanted: Option<FormIdx>,
    limits: &Limits,
) -> Result<Guessed> {
    let sheets = workbook::sheets(name, bytes, limits)?;
    let visible: Vec<&SheetName> = sheets.iter().filter(|sheet| sheet.visible).take(SHEETS).collect();
    let is_single = visible.len() <= 1;
    let words = ClerkWords::new(&snapshot.definition);
    let mut best: Option<Guessed> = None;
    for sheet in visible {
        limits.budget.check()?;
        // The sheet before is let go of.
        limits.budget.give_back(limits.budget.taken());
        let table = workbook::read(
            name,
            bytes,
            Some(&sheet.name).filter(|name| !name.is_empty()).map(String::as_str),
            limits,
        )?;
        let wanted = wanted.or(best.as_ref().filter(|best| best.is_whole).and_then(|best| best.form));
        let form = match wanted.or_else(|| form_of_origin(name, bytes, &table, snapshot, limits)) {
            Some(form) => Some(form),
            None => {
                guess_form(name, &table, &snapshot.definition.forms, words).first().map(|guess| guess.form)
            }
        };
        let Some(form) = form else { continue };
        let definition = &snapshot.definition.forms[form];
        let turned = turned(&table, definition, words);
        let table = turned.as_ref().unwrap_or(&table);
        let Ok(found) = recognise(table, definition, &Mapping::default(), words) else { continue };
        let lacks = |field: &FieldIdx| definition.kind.has_records() && definition.unit == Some(*field);
        let guessed = Guessed {
            form: Some(form),
            sheet: Some(sheet.name.clone()).filter(|_| !is_single),
            names_no_unit: found.missing.iter().any(lacks),
            is_whole: found.missing.iter().all(lacks),
        };
        match &mut best {
            // The person must see that there are several: which of them, nobody has chosen.
            Some(best) if best.is_whole && guessed.is_whole => best.sheet = None,
            Some(best) if best.is_whole || !guessed.is_whole => {}
            best => *best = Some(guessed),
        }
    }
    let nothing = Guessed { form: wanted, sheet: None, names_no_unit: false, is_whole: false };
    Ok(best.unwrap_or(nothing))
}

/// A file that we have made says which form it holds.
fn form_of_origin(
    name: &str,
    bytes: &[u8],
    table: &Table,
    snapshot: &Snapshot,
    limits: &Limits,
) -> Option<FormIdx> {
    let origin = Origin::read(name, bytes, table, limits).ok()??;
    snapshot.definition.form(&origin.form).map(|(position, _)| position)
}
