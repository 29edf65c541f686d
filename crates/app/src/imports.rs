//! Importing the files that unions keep. A file never half-loads: either every
//! row is good, or the good rows are asked for, or nothing is stored.

mod annotated;
mod check;
mod column_memory;
mod import_error;
mod jobs;
mod matched;
mod messages;
mod natural_matches;
mod numbers;
mod pending;
mod preview;
mod question;
mod reading;
mod records;
mod report;
mod roster;
mod row_choice;
mod runner;
mod same_file;
mod sheet_choice;
mod submit;
mod take_back;

use std::{collections::BTreeMap, sync::Arc};

use boxed_async::boxed_async;
use campaign::{
    definition::{FieldIdx, Form, FormIdx, FormKind},
    validate::FieldProblem,
};
use exchange::{
    money,
    normalise::header_key,
    reading::ReadContext,
    recognise::{Mapping, Recognised},
    register::written,
    sections::Division,
    vocabulary::ClerkWords,
};
use model::{ids::ImportId, problem::Problem, value::Value};
use store::{
    Tx, definitions,
    import_records::{self, WrittenRecord},
    new_id,
};

pub use annotated::annotated;
pub use column_memory::forget_columns;
pub use exchange::money::CHOICES as MONEY_UNITS;
pub use import_error::ImportError;
pub use jobs::{ImportPage, ImportState, Job, Options, choose, discard, find, list, reopen, start, stop};
pub use messages::{cannot_take_back, fault_place, fault_value, left_alone, left_out};
pub use preview::{Preview, PreviewColumn, preview};
pub use reading::HiddenRows;
pub use report::{ChangedCell, FaultGroup, LeftOutRows, Refused, RememberedColumn, Report, row_ranges};
pub use row_choice::{ComparedCell, DifferingRow, RowChoice, RowChoices, RowKind, row_key};
pub use runner::run_waiting;
pub(crate) use runner::{Running, note_failure, note_stage, run_job};
pub(crate) use submit::handed_in_id;
pub use submit::{Submission, submit};
pub use take_back::{
    CannotTakeBack, LeftAlone, ShownChange, ShownRecord, TakeBackNote, TakeBackOutcome, TakeBackPlan,
    TakenBack, ask_to_take_back, may_take_back, preview_take_back, take_back,
};
pub(crate) use take_back::{
    note_failure as note_take_back_failure, note_stage as note_take_back_stage, run_job as run_take_back,
};

use self::{
    reading::{ReadFile, ReadRows, ToRead},
    roster::Roster,
    runner::{Claimed, finish},
};
use crate::{
    Action, App, Context, Error, Result, Snapshot, Thing,
    readers::Reading,
    record::{lock_for, write_and_list},
    transact::Attempts,
    units::put_changes,
};

/// A file to import.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Request {
    /// Its name.
    pub file_name: String,
    /// Its content.
    pub bytes: Arc<Vec<u8>>,
    /// What it is read as: `units`, the id of a return, or `register:ID`.
    pub kind: String,
    /// Which sheet; `None` for the one that holds the form.
    pub sheet: Option<String>,
    /// Whether all sheets that hold the form are read together.
    pub all_sheets: bool,
    /// Code of the unit for rows that name none.
    pub unit: Option<String>,
    /// Column titles and the fields they mean; an empty field leaves the column out.
    pub mapping: BTreeMap<String, String>,
    /// Column titles and the unit of their amounts (元, 万元 …), where the file does not say it clearly.
    pub money: BTreeMap<String, String>,
    /// Whether good rows are taken although others are refused.
    pub accept_good_rows: bool,
    /// Whether rows that are stored with other values correct them.
    pub correct_stored: bool,
    /// What becomes of rows that seem to state what is there: for all of a kind, and for single rows.
    /// This goes before `correct_stored`.
    pub choices: RowChoices,
    /// Whether rows are left out whose records somebody has changed or removed
    /// since the file was made; otherwise such a row refuses the file.
    pub skip_conflicts: bool,
    /// What becomes of the rows that are hidden in the sheet. A file that has some is not
    /// imported until this is chosen.
    pub hidden_rows: Option<HiddenRows>,
    /// Whether personal numbers in texts are masked before anything is stored.
    pub mask_numbers: bool,
    /// Whether to look only: nothing is stored.
    pub preview: bool,
}

/// How many times its own size what a file holds takes on disk: records, their history, the log beside the database.
const ROOM: usize = 4;
impl Request {
    /// What becomes of a row that seems to state what is there.
    fn choice(&self, kind: RowKind, sheet: &str, row: u32) -> Option<RowChoice> {
        let corrects = self.correct_stored && kind != RowKind::Repeated;
        self.choices.of_row(kind, sheet, row).or(corrects.then_some(RowChoice::Correct))
    }
}

/// Told how far an import has come: rows done, rows in all.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Send + Sync);

/// Imports a file.
///
/// # Errors
/// [`Error::File`] when it cannot be read or required columns are missing;
/// [`Error::UnknownColumns`] and [`Error::HiddenRows`] when a choice must be made first;
/// [`Error::NotFound`] for an unknown kind or unit; [`Error::Forbidden`].
/// Faults of rows are no error: they are in the [`Report`].
#[boxed_async]
pub async fn import(app: &App, ctx: &Context, request: Request, progress: Progress<'_>) -> Result<Report> {
    import_as(app, ctx, request, None, progress).await
}

/// Imports a file; `claimed` is noted as done in the same transaction.
async fn import_as(
    app: &App,
    ctx: &Context,
    request: Request,
    claimed: Option<Claimed<'_>>,
    progress: Progress<'_>,
) -> Result<Report> {
    if !request.preview {
        app.require_room(request.bytes.len().saturating_mul(ROOM))?;
    }
    let request = Arc::new(request);
    let budget = claimed.map_or_else(|| app.readers.budget(), |claimed| claimed.budget().clone());
    let reading = app.readers.begin(budget).await?;
    let mut attempts = Attempts::that_look_again(app.db.retry_within());
    loop {
        let snapshot = app.current(ctx).await?;
        if let Some(root) = snapshot.root().filter(|_| ctx.unit().is_none()) {
            ctx.require(Action::ImportFiles, &snapshot, root)?;
        }
        let form = own_form_of_kind(ctx, &snapshot, &request.kind)?;
        if !snapshot.definition.forms[form].kind.has_records() {
            ctx.require_for_region(Action::ImportRosters, &snapshot)?;
        }
        let mapping = mapping(app, ctx, &snapshot, form, &request).await?;
        // Reading is most of the work: it is done before the write lock is
        // taken, and the sheets are let go of before anything is written.
        let to_read =
            ToRead { ctx: ctx.clone(), snapshot: snapshot.clone(), request: request.clone(), form, mapping };
        let ReadFile { recognised, mut report, rows } = reading::read(&reading, to_read, progress).await?;
        let incoming =
            Incoming { snapshot: &snapshot, request: &request, sheets: &recognised, sheet: 0, form };
        let stored = incoming.store_at_once(app, ctx, &reading, rows, &mut report, claimed).await;
        match attempts.next_attempt(stored).await {
            Some(Ok(true)) => {}
            Some(Err(error)) => return Err(error),
            // The tree or the campaign has changed meanwhile, so that what was read may mean something else; or
            // another transaction was in the way. A record of the file that somebody has just entered is found now.
            Some(Ok(false)) | None => continue,
        }
        return Ok(report);
    }
}

/// A file on its way in: what its rows are read by, and in which columns they are, for messages.
#[derive(Clone, Copy)]
struct Incoming<'a> {
    snapshot: &'a Snapshot,
    request: &'a Request,
    /// The sheets that are read.
    sheets: &'a [Recognised],
    /// The one that is spoken of.
    sheet: usize,
    form: FormIdx,
}

impl<'a> Incoming<'a> {
    fn form(&self) -> &'a Form {
        &self.snapshot.definition.forms[self.form]
    }

    /// A value as such a file shows it.
    fn text(&self, field: FieldIdx, value: Option<&Value>) -> String {
        let Some(value) = value else { return String::new() };
        written(&self.snapshot.definition, &self.form().fields[field], value, self.snapshot).text()
    }

    /// Whether rows that bring a number may be given another one: somebody has chosen it.
    fn may_number_anew(&self) -> bool {
        let RowChoices { kinds, rows } = &self.request.choices;
        self.form().numbering.is_some()
            && kinds.values().chain(rows.values()).any(|choice| *choice == RowChoice::New)
    }

    /// The same file, when one of its other sheets is spoken of.
    fn on(self, sheet: usize) -> Self {
        Self { sheet, ..self }
    }

    /// The sheet that is spoken of.
    fn recognised(&self) -> &'a Recognised {
        &self.sheets[self.sheet]
    }

    /// Notes the rows of the sheet that are no records.
    fn note_left_out(self, division: &Division, report: &mut Report) {
        let sheet = self.sheet_name(report);
        for (kind, rows) in &division.left_out {
            let (sheet, kind, rows) = (sheet.clone(), kind.name().to_owned(), rows.clone());
            report.left_out.push(LeftOutRows { sheet, kind, rows });
        }
        if let Some(row) = division.other_header {
            let field = self.form().blamed;
            let mut refused = self.refused(row, field, String::new(), Problem::OtherHeader);
            refused.column.clear();
            report.refused.push(Refused { sheet, ..refused });
        }
    }

    /// The name of the sheet where several are read.
    fn sheet_name(self, report: &Report) -> String {
        report.sheets.get(self.sheet).cloned().unwrap_or_default()
    }

    /// Stores the rows in one transaction, which also notes that the import is done; a preview is undone. `false`
    /// when the file must be read again, because the region is no longer what it was read for.
    async fn store_at_once(
        self,
        app: &App,
        ctx: &Context,
        reading: &Reading,
        rows: ReadRows,
        report: &mut Report,
        claimed: Option<Claimed<'_>>,
    ) -> Result<bool> {
        let is_preview = self.request.preview;
        let mut tx = if is_preview { app.read(ctx.region).await? } else { app.write(ctx.region).await? };
        if !is_preview {
            definitions::lock_region(&mut tx, lock_for(&self.snapshot.definition, self.form)).await?;
        }
        if app.snapshot(&mut tx).await?.region != self.snapshot.region {
            return Ok(false);
        }
        let (snapshot, request) = (self.snapshot, self.request);
        let id = claimed.map_or_else(|| ImportId(new_id(ctx.clock.now())), |claimed| claimed.id());
        let written = reading.store(self.store(app, ctx, &mut tx, (rows, id), report)).await?;
        import_records::insert(&mut tx, id, &written).await?;
        match claimed {
            Some(claimed) => finish(&mut tx, ctx, claimed, snapshot, report).await?,
            None if written.is_empty() => {}
            None => {
                report.import = Some(id.0);
                runner::note_unqueued(&mut tx, ctx, request, snapshot, report).await?;
            }
        }
        if !is_preview {
            tx.commit().await?;
            app.wake_folder(ctx);
        }
        Ok(true)
    }

    /// Compares rows with what is stored, and stores them when every row is
    /// good or the good rows are asked for. Which records it has written.
    async fn store(
        self,
        app: &App,
        ctx: &Context,
        tx: &mut Tx,
        (rows, import): (ReadRows, ImportId),
        report: &mut Report,
    ) -> Result<Vec<WrittenRecord>> {
        let mut written = Vec::new();
        let is_wanted = |report: &mut Report| {
            let sheets = report.sheets.clone();
            let position = |name: &str| sheets.iter().position(|sheet| sheet == name);
            report.refused.sort_by_cached_key(|refused| (position(&refused.sheet), refused.row));
            report.stored =
                !self.request.preview && (report.refused.is_empty() || self.request.accept_good_rows);
            report.stored
        };
        match rows {
            ReadRows::Records(good) => {
                let commands = records::compare(self, ctx, tx, good, report).await?;
                if is_wanted(report) {
                    written = write_and_list(tx, self.snapshot, ctx, commands).await?;
                }
            }
            ReadRows::Roster(rows) => {
                let mut roster = Roster::from_rows(self, rows);
                let changes = roster.resolve(ctx, report);
                drop(roster);
                if is_wanted(report) {
                    put_changes(app, tx, self.snapshot, ctx, changes).await?;
                }
            }
        }
        // A choice that brought nothing is nobody's experience.
        if report.stored && report.good_rows() > 0 {
            let used = (self.request, self.sheets);
            column_memory::remember(tx, ctx, self.snapshot, (self.form(), import), used).await?;
        }
        Ok(written)
    }

    /// A cell at fault.
    fn refused(self, row: u32, field: FieldIdx, value: String, problem: Problem) -> Refused {
        Refused::new(self.recognised(), self.form(), row, None, value, FieldProblem { field, problem })
    }
}

/// Runs work of the processor without holding up others on the same thread.
pub(crate) fn blocking<T>(work: impl FnOnce() -> T) -> T {
    let flavour = tokio::runtime::Handle::current().runtime_flavor();
    if flavour == tokio::runtime::RuntimeFlavor::MultiThread {
        tokio::task::block_in_place(work)
    } else {
        work()
    }
}

/// The form that a kind names (`units`, `baseline`, `base-return`, `register:proposal`).
///
/// # Errors
/// [`Error::NotFound`].
pub fn form_of_kind(snapshot: &Snapshot, kind: &str) -> Result<FormIdx> {
    let definition = &snapshot.definition;
    if kind == "units" {
        return Ok(definition.roster);
    }
    let id = kind.strip_prefix("register:").unwrap_or(kind);
    // An import from before a form got another id is one of that form still.
    let was_called = |form: &Form| definition.former_forms(&form.id).iter().any(|former| former == id);
    let renamed = || definition.forms.position(was_called);
    let found = definition.form(id).map(|(position, _)| position).or_else(renamed);
    found
        .filter(|position| *position != definition.roster)
        .ok_or_else(|| Error::NotFound { what: Thing::ImportKind, key: kind.to_owned() })
}

/// The same, for somebody whose role has any business with the form.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) fn own_form_of_kind(ctx: &Context, snapshot: &Snapshot, kind: &str) -> Result<FormIdx> {
    let form = form_of_kind(snapshot, kind)?;
    let missing = || Error::NotFound { what: Thing::ImportKind, key: kind.to_owned() };
    if ctx.may_see_form(snapshot, form) { Ok(form) } else { Err(missing()) }
}

/// The kind under which a form is imported.
pub fn kind_of_form(snapshot: &Snapshot, form: FormIdx) -> String {
    let form = &snapshot.definition.forms[form];
    match form.kind {
        FormKind::Roster => "units".to_owned(),
        FormKind::Register => format!("register:{}", form.id),
        FormKind::Return | FormKind::Baseline => form.id.clone(),
    }
}

/// What column titles mean: what was chosen now, and what the unit has decided before.
async fn mapping(
    app: &App,
    ctx: &Context,
    snapshot: &Snapshot,
    form: FormIdx,
    request: &Request,
) -> Result<Mapping> {
    let definition = &snapshot.definition.forms[form];
    let unknown =
        request.mapping.values().find(|field| !field.is_empty() && definition.field(field).is_none());
    if let Some(field) = unknown {
        return Err(Error::NotFound { what: Thing::Field, key: field.clone() });
    }
    refuse_serials(snapshot, definition, &request.mapping)?;
    if let Some(unit) = request.money.values().find(|unit| money::chosen(unit).is_none()) {
        return Err(Error::Invalid(vec![Problem::MoneyUnit { found: unit.clone() }]));
    }
    let remembered = column_memory::recall(app, ctx, snapshot, definition).await?;
    Ok(Mapping { chosen: request.mapping.clone(), remembered, money: request.money.clone() })
}

/// Refuses a column that counts rows as what identifies a record: its numbers begin anew in the next file,
/// and would be taken for these records.
fn refuse_serials(snapshot: &Snapshot, form: &Form, mapping: &BTreeMap<String, String>) -> Result<()> {
    let words = ClerkWords::new(&snapshot.definition);
    let serial = mapping.iter().find(|(title, field)| {
        let is_identity = form.field(field).is_some_and(|field| form.is_known_by_alone(field));
        is_identity && words.is_serial(&header_key(title))
    });
    match serial {
        Some((title, _)) => Err(Error::Invalid(vec![Problem::SerialColumn { column: title.clone() }])),
        None => Ok(()),
    }
}

/// What reading cells needs to know.
fn read_context<'a>(ctx: &Context, request: &Request, snapshot: &'a Snapshot) -> Result<ReadContext<'a>> {
    let default_unit = match &request.unit {
        None => None,
        Some(code) => {
            let unit = snapshot.unit_by_code(code);
            Some(unit.ok_or_else(|| Error::NotFound { what: Thing::Unit, key: code.clone() })?.id)
        }
    };
    Ok(ReadContext {
        definition: &snapshot.definition,
        units: snapshot,
        today: ctx.today(snapshot),
        default_unit,
        default_year: None,
    })
}
