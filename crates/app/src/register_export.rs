//! Registers as files that officers keep: a template to be filled in, and the
//! records themselves, which come back through an import with what was edited.

mod texts;

use campaign::definition::FormIdx;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Cursor, Seek, Write},
};

use boxed_async::boxed_async;
use exchange::register::{FileRecord, Layout, Mark, Origin, Plain, XlsxWriter};
use jiff::Timestamp;
use model::ids::{RecordId, UnitId};
use store::{Tx, records, records::RecordRow};
use words::{Language, Words};

use self::texts::sheet_texts;
use crate::{
    Action, App, Context, Error, Result, Snapshot,
    access_log::{AccessAction, note_reading},
    imports::blocking,
    record::{read_record, unconfirmed},
};

/// Records read together.
const BATCH: usize = 1_000;
/// Rows of a template that are ruled.
const TO_FILL_IN: u32 = 25;
/// Records up to which empty cells are ruled too: such a file is printed.
const PRINTED: usize = 20_000;

/// What sort of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A workbook.
    Xlsx,
    /// Comma-separated values in UTF-8 with a mark.
    Csv,
}

impl Format {
    /// The end of such a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
        }
    }
}

/// Which records.
#[derive(Debug, Clone)]
pub enum Which {
    /// All of the unit and of everything that is under it today, oldest first.
    All,
    /// These, in this order, as far as they are there.
    Ids {
        /// The records.
        ids: Vec<RecordId>,
        /// How they were chosen, in words; written into the file.
        selection: String,
    },
}

/// A file that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// What to call it.
    pub name: String,
    /// How many records it holds.
    pub rows: usize,
}

/// The empty file of a register for a unit.
///
/// # Errors
/// [`Error::NotFound`] for a unit that is not the person's, or a register that
/// the campaign has not; [`Error::Forbidden`] for those who hand nothing in.
#[boxed_async]
pub async fn template(app: &App, ctx: &Context, unit: UnitId, form: &str) -> Result<(Made, Vec<u8>)> {
    let snapshot = app.current(ctx).await?;
    ctx.require(Action::DownloadTemplates, &snapshot, unit)?;
    let place = ExportSource::new(ctx, &snapshot, unit, form)?;
    let layout = Layout::blank(&snapshot.definition, place.form());
    let made = Made { name: format!("{}.xlsx", place.name(WORDS.export_template())), rows: 0 };
    let origin = place.origin(0, WORDS.export_template());
    let bytes = blocking(|| -> Result<Vec<u8>> {
        let mut book = XlsxWriter::new(&layout, sheet_texts(&place, 0), true)?;
        book.empty_rows(TO_FILL_IN)?;
        let mut bytes = Cursor::new(Vec::new());
        book.save(&origin, &mut bytes)?;
        Ok(bytes.into_inner())
    })?;
    Ok((made, bytes))
}

/// Writes records of a register as a file. However many there are, few are in
/// memory at a time; all are of one moment.
///
/// # Errors
/// As [`template`], but whoever may read records may; [`Error::File`] when it cannot be written.
pub async fn export<W: Write + Seek + Send>(
    app: &App,
    ctx: &Context,
    unit: UnitId,
    form: &str,
    which: Which,
    format: Format,
    out: W,
) -> Result<Made> {
    let mut tx = app.walk(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require(Action::ExportRegisters, &snapshot, unit)?;
    app.require_room(0)?;
    let place = ExportSource::new(ctx, &snapshot, unit, form)?;
    let theirs = snapshot.units_within(unit, ctx.today(&snapshot));
    let (ids, selection) = match which {
        Which::All => {
            let ids = records::ids_of_form(&mut tx, form, theirs.as_deref()).await?;
            (ids, WORDS.export_all().to_owned())
        }
        Which::Ids { ids, selection } => (place.only_theirs(&mut tx, ids, theirs).await?, selection),
    };
    let layout = Layout::with_marks(&snapshot.definition, place.form());
    let origin = place.origin(ids.len(), &selection);
    let face = sheet_texts(&place, ids.len());
    let mut writer = match format {
        Format::Xlsx => Writer::Xlsx(Box::new(XlsxWriter::new(&layout, face, ids.len() <= PRINTED)?), out),
        Format::Csv => Writer::Csv(Box::new(Plain::new(&layout, &face, &origin, out)?)),
    };
    // Before anything leaves: a download that breaks off is noted too.
    note_reading(app, ctx, AccessAction::Export, Some(unit), form, &ids.len().to_string()).await?;
    for batch in ids.chunks(BATCH) {
        let rows = records::find_all(&mut tx, batch).await?;
        let unconfirmed = unconfirmed(&mut tx, &snapshot, &rows).await?;
        blocking(|| writer.batch(&snapshot, batch, rows, &unconfirmed))?;
    }
    blocking(|| writer.finish(&origin))?;
    let name = format!("{}.{}", place.name(&place.day()), format.extension());
    Ok(Made { name, rows: ids.len() })
}

/// The register is kept in Chinese, whoever asks for it.
const WORDS: Words = Words::new(Language::Chinese);

/// Whose register a file is of, and when.
struct ExportSource<'a> {
    ctx: &'a Context,
    snapshot: &'a Snapshot,
    unit: UnitId,
    form: FormIdx,
}

impl<'a> ExportSource<'a> {
    fn new(ctx: &'a Context, snapshot: &'a Snapshot, unit: UnitId, form: &str) -> Result<Self> {
        Ok(Self { ctx, snapshot, unit, form: snapshot.form_of_records(ctx, form)? })
    }

    fn form(&self) -> &'a campaign::definition::Form {
        &self.snapshot.definition.forms[self.form]
    }

    /// Code and name of the unit.
    fn unit(&self) -> (&'a str, &'a str) {
        let unit = self.snapshot.units.get(&self.unit);
        unit.map_or(("", ""), |unit| (unit.code.as_str(), unit.name.as_str()))
    }

    fn day(&self) -> String {
        self.ctx.clock.calendar_day().to_string()
    }

    fn now(&self) -> Timestamp {
        self.ctx.clock.now()
    }

    /// The name of a file, without what no system takes in one.
    fn name(&self, last: &str) -> String {
        let name = format!("{}-{}-{last}", self.unit().1, self.form().label.zh);
        name.chars().filter(|c| !c.is_control() && !"/\\:*?\"<>|".contains(*c)).collect()
    }

    fn origin(&self, rows: usize, which: &str) -> Origin {
        Origin {
            definition: self.snapshot.definition.hash.clone(),
            form: self.form().id.clone(),
            unit: self.unit().0.to_owned(),
            made: WORDS.moment(self.now()),
            rows,
            which: which.to_owned(),
        }
    }

    /// Those of `ids` that are records of the form and of `units`, in their order.
    async fn only_theirs(
        &self,
        tx: &mut Tx,
        ids: Vec<RecordId>,
        units: Option<Vec<UnitId>>,
    ) -> Result<Vec<RecordId>> {
        let units: Option<BTreeSet<UnitId>> = units.map(|units| units.into_iter().collect());
        let is_theirs = |unit: &UnitId| units.as_ref().is_none_or(|units| units.contains(unit));
        let known = records::units_of(tx, &self.form().id, &ids).await?;
        let known: BTreeSet<RecordId> =
            known.into_iter().filter(|(_, unit)| is_theirs(unit)).map(|(id, _)| id).collect();
        Ok(ids.into_iter().filter(|id| known.contains(id)).collect())
    }
}

/// A file of either sort, being written.
enum Writer<'a, W: Write + Seek + Send> {
    Xlsx(Box<XlsxWriter<'a>>, W),
    Csv(Box<Plain<'a, W>>),
}

impl<W: Write + Seek + Send> Writer<'_, W> {
    /// Writes records in the order of their ids in `batch`.
    fn batch(
        &mut self,
        snapshot: &Snapshot,
        batch: &[RecordId],
        rows: Vec<RecordRow>,
        unconfirmed: &BTreeSet<RecordId>,
    ) -> Result<()> {
        let mut rows: BTreeMap<RecordId, RecordRow> = rows.into_iter().map(|row| (row.id, row)).collect();
        for id in batch {
            let row = rows.remove(id).ok_or_else(|| Error::internal("a record is gone within one moment"))?;
            let fact = read_record(snapshot, &row)?;
            let record = FileRecord { values: &fact.values, mark: Mark { id: row.id, version: row.version } };
            let note = if unconfirmed.contains(id) { WORDS.transition_entered_later() } else { "" };
            match self {
                Self::Xlsx(book, _) => book.write_noted(&record, note, snapshot)?,
                Self::Csv(plain) => plain.write_noted(&record, note, snapshot)?,
            }
        }
        Ok(())
    }

    fn finish(self, origin: &Origin) -> Result<()> {
        match self {
            Self::Xlsx(book, out) => book.save(origin, out)?,
            Self::Csv(plain) => plain.finish()?.flush().map_err(Error::internal)?,
        }
        Ok(())
    }
}
