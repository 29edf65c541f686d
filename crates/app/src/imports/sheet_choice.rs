//! Which sheets of a file are read. A sheet that holds the form is never passed over without a
//! word: where there are several, somebody chooses; what else has something on it is named.

use campaign::definition::{FieldIdx, Form, FormIdx};
use exchange::{
    recognise::{Mapping, Recognised, Target, recognise},
    register::{NOTE_TITLE, ORIGIN_SHEET, Origin},
    vertical::turned,
    vocabulary::ClerkWords,
};
use sheet::workbook::{self, Limits, SheetName, Table};

use super::{HiddenRows, Request};
use crate::{Result, Snapshot};

/// Sheets that are looked at; others are named as left out.
const LOOKED_AT: usize = 64;

/// A sheet as it was read and recognised.
pub(super) struct OpenedSheet {
    pub(super) table: Table,
    pub(super) recognised: Recognised,
}

/// The sheets of a file that are read.
pub(super) struct Opened {
    /// At least one.
    pub(super) sheets: Vec<OpenedSheet>,
    pub(super) origin: Option<Origin>,
    /// The sheets that hold the form, when nobody has chosen among several; the first of them is read.
    pub(super) undecided: Vec<String>,
    /// All sheets that hold the form, as far as they were looked at.
    pub(super) holding: Vec<String>,
    /// Other sheets with something on them.
    pub(super) left_out: Vec<String>,
}

/// What a file is read by.
#[derive(Clone, Copy)]
pub(super) struct Opening<'a> {
    pub(super) request: &'a Request,
    pub(super) snapshot: &'a Snapshot,
    pub(super) form: FormIdx,
    pub(super) mapping: &'a Mapping,
    pub(super) limits: &'a Limits,
}

impl Opening<'_> {
    /// Reads a file and recognises its columns.
    pub(super) fn open(self) -> Result<Opened> {
        let (request, limits) = (self.request, self.limits);
        let mut opened = self.sheets()?;
        let given = self.given();
        for sheet in &opened.sheets {
            sheet.recognised.require_columns(self.definition(), &given)?;
        }
        let Some(first) = opened.sheets.first() else { return Ok(opened) };
        opened.origin = Origin::read(&request.file_name, &request.bytes, &first.table, limits)?;
        Ok(opened)
    }

    /// Reads the sheets that were asked for, or that hold the form, whether or not columns are missing.
    pub(super) fn sheets(self) -> Result<Opened> {
        let request = self.request;
        let names = workbook::sheets(&request.file_name, &request.bytes, self.limits)?;
        let Some(name) = request.sheet.as_ref().filter(|_| !request.all_sheets) else {
            return self.survey(&names);
        };
        let table = self.table(Some(name))?;
        let recognised = self.recognised(&table)?;
        let (mut holding, mut left_out) = (vec![name.clone()], Vec::new());
        for sheet in names.iter().filter(|sheet| sheet.visible && sheet.name != *name).take(LOOKED_AT) {
            let found = self.look_at(sheet, |table| {
                let recognised = self.recognised(table);
                (table.rows.is_empty(), recognised.is_ok_and(|recognised| self.holds_form(&recognised)))
            });
            // What cannot be read is named, as it may hold something.
            let (is_empty, holds_form) = found.unwrap_or_default();
            left_out.extend((!is_empty).then(|| sheet.name.clone()));
            holding.extend(holds_form.then(|| sheet.name.clone()));
        }
        left_out.extend(self.hidden(&names));
        let sheets = vec![OpenedSheet { table, recognised }];
        Ok(Opened { sheets, origin: None, undecided: Vec::new(), holding, left_out })
    }

    /// Looks for the sheets that hold the form among those that a person sees; of hidden ones it is
    /// said that they are there.
    fn survey(self, names: &[SheetName]) -> Result<Opened> {
        let mut visible: Vec<&SheetName> = names.iter().filter(|sheet| sheet.visible).collect();
        if visible.is_empty() {
            visible = names.iter().collect();
        }
        if let [_] | [] = visible.as_slice() {
            let table = self.table(visible.first().map(|sheet| sheet.name.as_str()))?;
            let recognised = self.recognised(&table)?;
            let left_out = self.hidden(names);
            let sheets = vec![OpenedSheet { table, recognised }];
            return Ok(Opened { sheets, origin: None, undecided: Vec::new(), holding: Vec::new(), left_out });
        }
        let (mut sheets, mut holding, mut left_out) = (Vec::new(), Vec::new(), self.hidden(names));
        let mut fallback = None;
        for (position, name) in visible.iter().enumerate() {
            if position >= LOOKED_AT {
                left_out.push(name.name.clone());
                continue;
            }
            let budget = &self.limits.budget;
            let (before, kept) = (budget.taken(), sheets.len() + usize::from(fallback.is_some()));
            let table = self.table(Some(&name.name))?;
            match self.recognised(&table) {
                Ok(recognised) if self.holds_form(&recognised) => {
                    holding.push(name.name.clone());
                    if self.request.all_sheets || sheets.is_empty() {
                        sheets.push(OpenedSheet { table, recognised });
                    }
                }
                // One that lacks columns says best what is missing, where no sheet is whole.
                Ok(recognised) if fallback.is_none() => {
                    left_out.push(name.name.clone());
                    fallback = Some(OpenedSheet { table, recognised });
                }
                _ if table.rows.is_empty() => {}
                _ => left_out.push(name.name.clone()),
            }
            if sheets.len() + usize::from(fallback.is_some()) == kept {
                budget.give_back(budget.taken().saturating_sub(before));
            }
        }
        if sheets.is_empty() {
            let sheet = if let Some(sheet) = fallback {
                sheet
            } else {
                let table = self.table(visible.first().map(|sheet| sheet.name.as_str()))?;
                let recognised = self.recognised(&table)?;
                OpenedSheet { table, recognised }
            };
            left_out.retain(|name| *name != sheet.table.sheet);
            sheets.push(sheet);
        }
        let is_open = holding.len() > 1 && !self.request.all_sheets;
        let undecided = if is_open { holding.clone() } else { Vec::new() };
        Ok(Opened { sheets, origin: None, undecided, holding, left_out })
    }

    fn definition(&self) -> &Form {
        &self.snapshot.definition.forms[self.form]
    }

    fn table(self, name: Option<&str>) -> Result<Table> {
        // A csv has one sheet, without a name.
        let name = name.filter(|name| !name.is_empty());
        let table = workbook::read(&self.request.file_name, &self.request.bytes, name, self.limits)?;
        let words = ClerkWords::new(&self.snapshot.definition);
        Ok(turned(&table, self.definition(), words).unwrap_or(table))
    }

    fn recognised(self, table: &Table) -> Result<Recognised> {
        let words = ClerkWords::new(&self.snapshot.definition);
        Ok(recognise(table, self.definition(), self.mapping, words)?)
    }

    /// Fields that come from elsewhere.
    fn given(&self) -> Vec<FieldIdx> {
        if self.request.unit.is_some() { self.definition().unit.into_iter().collect() } else { Vec::new() }
    }

    /// Whether every column is there that the form cannot do without; the unit may be chosen.
    fn holds_form(self, recognised: &Recognised) -> bool {
        let unit: Vec<FieldIdx> = self.definition().unit.into_iter().collect();
        recognised.require_columns(self.definition(), &unit).is_ok()
    }

    /// Reads a sheet, looks at it and lets go of it; `None` for one that cannot be read.
    fn look_at<T>(self, sheet: &SheetName, look: impl FnOnce(&Table) -> T) -> Option<T> {
        let budget = &self.limits.budget;
        let before = budget.taken();
        let seen = self.table(Some(&sheet.name)).ok().map(|table| look(&table));
        budget.give_back(budget.taken().saturating_sub(before));
        seen
    }

    /// Hidden sheets that hold the form, in files that we have not made.
    fn hidden(self, names: &[SheetName]) -> Vec<String> {
        let is_own = names.iter().any(|sheet| sheet.name == ORIGIN_SHEET);
        let hidden = names.iter().filter(|sheet| !sheet.visible && !is_own).take(LOOKED_AT);
        let holds_form =
            |sheet: &&SheetName| self.look_at(sheet, |table| self.recognised(table).is_ok()).unwrap_or(false);
        hidden.filter(holds_form).map(|sheet| sheet.name.clone()).collect()
    }
}

impl Opened {
    /// Puts what the sheets say beside their cells into them. Returns the hidden rows that would be
    /// records; they are left out unless they are to be taken.
    pub(super) fn fill_in(&mut self, opening: Opening<'_>) -> Result<Vec<u32>> {
        let mut all = Vec::new();
        for OpenedSheet { table, recognised } in &mut self.sheets {
            let hidden = recognised.hidden_records(table);
            // Until somebody has chosen, a preview shows what everybody can see.
            if opening.request.hidden_rows != Some(HiddenRows::Take) {
                recognised.leave_out(table, &hidden);
            }
            recognised.fill_in(table, opening.definition(), &opening.limits.budget)?;
            all.extend(hidden);
        }
        Ok(all)
    }
}

/// Letters of the columns in which records have something, but which have no title.
pub(super) fn untitled(sheets: &[OpenedSheet]) -> Vec<String> {
    let mut letters = Vec::new();
    for letter in sheets.iter().flat_map(|sheet| sheet.recognised.untitled(&sheet.table)) {
        if !letters.contains(&letter) {
            letters.push(letter);
        }
    }
    letters
}

/// Columns nobody has explained, with something in them: they must be mapped
/// or left out by explicit choice, unless the good rows are asked for anyway.
pub(super) fn unexplained(sheets: &[OpenedSheet]) -> Vec<String> {
    titles(sheets, Target::Unknown)
}

/// Columns with something in them that are not imported: serial numbers, remarks, what was left out by choice.
pub(super) fn ignored(sheets: &[OpenedSheet]) -> Vec<String> {
    let mut titles = titles(sheets, Target::Ignored);
    // What our own files say about records is no statement of theirs.
    titles.retain(|title| title != NOTE_TITLE);
    titles
}

fn titles(sheets: &[OpenedSheet], target: Target) -> Vec<String> {
    let mut titles = Vec::new();
    for OpenedSheet { table, recognised } in sheets {
        let rows = &table.rows[recognised.data.clone()];
        let columns = recognised.columns.iter().filter(|column| column.target == target);
        let filled =
            columns.filter(|column| rows.iter().any(|row| !row.cell(column.index).text().trim().is_empty()));
        for column in filled {
            if !titles.contains(&column.header) {
                titles.push(column.header.clone());
            }
        }
    }
    titles
}
