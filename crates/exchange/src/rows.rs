//! The rows of a recognised sheet, in their order. They are read in blocks, on
//! every processor: a row can be read without the others, except for the check
//! whether its identity occurred earlier in the file.

use std::{cell::RefCell, collections::HashMap};

use campaign::{
    definition::{FieldIdx, Form, Values},
    kinds::{ReadAs, ValueShape},
    validate::validate_row,
};
use model::{ids::UnitId, problem::Problem, value::Value};
use rayon::prelude::*;
use sheet::workbook::{Cell, Limits, SheetRow, Table};

use crate::{
    money::AmountUnit,
    normalise::{excerpt, trim},
    reading::{ParsedCell, ReadContext, read_value, resolve_pair},
    recognise::{MappedColumn, Recognised, Target},
    register::{Mark, is_masked},
    sections::{Division, Section, is_amount, unit_beside},
};

/// Rows that are read before the first of them is handed on.
const BLOCK: usize = 4_096;
/// Rows that one processor reads in one go.
const SHARE: usize = 256;

/// One row, read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadRow {
    /// Its number in the sheet.
    pub number: u32,
    /// The unit that it belongs to, if that is known.
    pub unit: Option<UnitId>,
    /// Values by position of the field; the unit's is among them.
    pub values: Values,
    /// Which stored record it belongs to, when the file says so.
    pub mark: Option<Mark>,
    /// Fields in which a masked number stands for the stored one. Their values
    /// are the masks, which must never be stored.
    pub masked: Vec<FieldIdx>,
    /// Whether every cell could be read, and no row before says the same: what
    /// is wrong then is wrong with what the row states.
    pub is_read: bool,
    /// What is wrong with it, errors and warnings.
    pub problems: Vec<CellProblem>,
}

impl ReadRow {
    /// Whether the row cannot be taken.
    pub fn is_refused(&self) -> bool {
        self.problems.iter().any(|found| found.problem.is_error())
    }
}

/// Something wrong with one value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellProblem {
    /// Position of the field.
    pub field: FieldIdx,
    /// Position of the column, if the sheet has one for the field.
    pub column: Option<usize>,
    /// The content of the cell, or its beginning.
    pub found: String,
    /// What is wrong.
    pub problem: Problem,
}

/// Reads the records of a sheet row by row, as `division` tells them from other rows.
/// Checks required fields (a number that is given may be empty), the form's rules, and that no identity of a good row is in
/// the file twice.
pub fn read_rows<'a>(
    table: &'a Table,
    recognised: &'a Recognised,
    division: &'a Division,
    form: &'a Form,
    context: &'a ReadContext<'a>,
) -> impl Iterator<Item = ReadRow> + 'a {
    let rows = table.rows.get(recognised.data.clone()).unwrap_or_default();
    let mut identities = Identities { form, recognised, seen: HashMap::new() };
    rows.chunks(BLOCK).flat_map(move |block| {
        let mut read = read_block(block, (recognised, division), form, context);
        for (row, read) in &mut read {
            identities.check_repeated(row, read);
        }
        read.into_iter().map(|(_, read)| read)
    })
}

/// Reads the rows of a block that are records.
fn read_block<'a>(
    block: &'a [SheetRow],
    (recognised, division): (&Recognised, &Division),
    form: &Form,
    context: &ReadContext<'_>,
) -> Vec<(&'a SheetRow, ReadRow)> {
    let shares = block.par_chunks(SHARE).map_init(
        || Reader::new(recognised, division, form, context),
        |reader, rows| {
            let facts = rows.iter().filter(|row| division.is_record(row.number));
            facts.map(|row| (row, reader.row(row))).collect::<Vec<_>>()
        },
    );
    shares.collect::<Vec<_>>().into_iter().flatten().collect()
}

/// The columns of a unit field in the sheet.
struct UnitColumns<'a> {
    field: FieldIdx,
    code: Option<&'a MappedColumn>,
    name: Option<&'a MappedColumn>,
}

/// A column that is read cell by cell.
struct ReadColumn<'a> {
    column: &'a MappedColumn,
    field: FieldIdx,
    /// For amounts, the columns beside it that may say their unit.
    beside: Option<Vec<usize>>,
}

struct Reader<'a> {
    form: &'a Form,
    recognised: &'a Recognised,
    division: &'a Division,
    context: &'a ReadContext<'a>,
    /// Columns of all fields but units.
    columns: Vec<ReadColumn<'a>>,
    units: Vec<UnitColumns<'a>>,
    /// The column that says which stored record a row belongs to.
    record: Option<&'a MappedColumn>,
    remembered: RefCell<HashMap<(FieldIdx, String), ParsedCell>>,
}

/// The columns beside one that hold no field.
fn columns_beside(recognised: &Recognised, index: usize) -> Vec<usize> {
    let is_free = |column: &usize| {
        let target = recognised.columns.iter().find(|known| known.index == *column).map(|known| known.target);
        matches!(target, None | Some(Target::Ignored | Target::Unknown))
    };
    [index.checked_add(1), index.checked_sub(1)].into_iter().flatten().filter(is_free).collect()
}

impl<'a> Reader<'a> {
    fn new(
        recognised: &'a Recognised,
        division: &'a Division,
        form: &'a Form,
        context: &'a ReadContext<'a>,
    ) -> Self {
        let is_unit = |field: FieldIdx| matches!(form.fields[field].kind.spec().shape, ValueShape::Unit);
        let with = |target| recognised.columns.iter().find(move |column| column.target == target);
        let columns = recognised.columns.iter().filter_map(|column| match column.target {
            Target::Field(field) if !is_unit(field) => {
                let beside = is_amount(form, field).then(|| columns_beside(recognised, column.index));
                Some(ReadColumn { column, field, beside })
            }
            _ => None,
        });
        let units = form.fields.positions().filter(|field| is_unit(*field)).map(|field| UnitColumns {
            field,
            code: with(Target::Field(field)),
            name: with(Target::UnitName(field)),
        });
        Self {
            form,
            recognised,
            division,
            context,
            columns: columns.collect(),
            units: units.collect(),
            record: with(Target::Record),
            remembered: RefCell::default(),
        }
    }

    fn row(&self, row: &SheetRow) -> ReadRow {
        let mut read = ReadRow {
            number: row.number,
            unit: None,
            values: self.form.no_values(),
            mark: None,
            masked: Vec::new(),
            is_read: true,
            problems: Vec::new(),
        };
        self.mark(row, &mut read);
        let section = self.division.section(row.number);
        for ReadColumn { column, field, beside } in &self.columns {
            let cell = row.cell(column.index);
            if *cell == Cell::Empty {
                continue;
            }
            if let Some(mask) = self.mask(cell, *field) {
                read.values[*field] = Some(Value::Text(mask));
                read.masked.push(*field);
                continue;
            }
            let unit = match beside {
                None => column.unit.clone(),
                Some(beside) => {
                    let near = unit_beside(row, beside, self.context.words());
                    column.unit.clone().and(near).or(&section.money)
                }
            };
            let read_cell = match self.cut_number(cell, column, row) {
                Some(problem) => Err(problem),
                None => self.value(cell, *field, &unit),
            };
            match read_cell {
                Ok((value, warnings)) => {
                    read.values[*field] = value;
                    read.problems
                        .extend(warnings.into_iter().map(|w| cell_problem(*field, Some(column), row, w)));
                }
                Err(problem) => read.problems.push(cell_problem(*field, Some(column), row, problem)),
            }
        }
        for unit in &self.units {
            self.unit(unit, row, section, &mut read);
        }
        self.year(section, &mut read);
        self.check_row(row, &mut read);
        let unit_field = self.form.unit;
        read.unit = unit_field.and_then(|field| read.values[field].as_ref()).and_then(Value::as_unit);
        read.problems.sort_by_key(|found| (found.field, !found.problem.is_error()));
        read
    }

    /// A number whose comma has cut it in two: 52,000 in a csv without quotation marks, where the last column is
    /// followed by three digits that no title is above.
    fn cut_number(&self, cell: &Cell, column: &MappedColumn, row: &SheetRow) -> Option<Problem> {
        let after = column.index + 1;
        if self.recognised.columns.iter().any(|known| known.index == after)
            || !holds_number(self.form, column)
        {
            return None;
        }
        let (head, rest) = (cell.text(), row.cell(after).text());
        let (head, digits) = (trim(&head), trim(&rest));
        let is_head = (1..=3).contains(&head.len()) && head.bytes().all(|byte| byte.is_ascii_digit());
        let group = digits.split('.').next().unwrap_or_default();
        let is_group = group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
        (is_head && is_group).then(|| Problem::NotNumber { found: format!("{head},{digits}") })
    }

    /// Reads which stored record the row belongs to.
    fn mark(&self, row: &SheetRow, read: &mut ReadRow) {
        let Some(column) = self.record else { return };
        let cell = row.cell(column.index);
        if *cell == Cell::Empty {
            return;
        }
        read.mark = Mark::parse(&cell.text());
        if read.mark.is_none() {
            let problem = Problem::RecordMark { found: excerpt(&cell.text()) };
            let field = self.form.identity.first().copied().unwrap_or(self.form.blamed);
            read.problems.push(cell_problem(field, Some(column), row, problem));
        }
    }

    /// A personal value that is masked or was removed, as our own files show it. The roster
    /// is in no such file.
    fn mask(&self, cell: &Cell, field: FieldIdx) -> Option<String> {
        let kind = &self.form.fields[field].kind;
        let Cell::Text(text) = cell else { return None };
        if !self.form.kind.has_records() || !text.contains('*') {
            return None;
        }
        let text = trim(text).trim_start_matches('\'');
        is_masked(kind, text).then(|| text.to_owned())
    }

    /// Reads a cell; of code cells that say the same among some hundred rows, one is read: clerks repeat themselves.
    fn value(&self, cell: &Cell, field: FieldIdx, unit: &AmountUnit) -> ParsedCell {
        let definition = &self.form.fields[field];
        let (ValueShape::Code(_), Cell::Text(text)) = (definition.kind.spec().shape, cell) else {
            return read_value(cell, definition, unit, self.context);
        };
        let key = (field, text.clone());
        if let Some(reading) = self.remembered.borrow().get(&key) {
            return reading.clone();
        }
        let reading = read_value(cell, definition, unit, self.context);
        self.remembered.borrow_mut().insert(key, reading.clone());
        reading
    }

    /// Reads a unit from its code, its name, or what goes for the rows around it.
    fn unit(&self, columns: &UnitColumns<'_>, row: &SheetRow, section: &Section, read: &mut ReadRow) {
        let cell =
            |column: Option<&MappedColumn>| column.map_or(&Cell::Empty, |column| row.cell(column.index));
        let (code, name) = (cell(columns.code), cell(columns.name));
        let field = columns.field;
        let first = columns.code.or(columns.name);
        for (cell, column) in [(code, columns.code), (name, columns.name)] {
            if let Some(problem) = unreadable(cell) {
                read.problems.push(cell_problem(field, column, row, problem));
                return;
            }
        }
        match resolve_pair(code, name, self.context.units, self.context.words()) {
            Ok((Some(id), warning)) => {
                read.values[field] = Some(Value::Unit(id));
                read.problems.extend(warning.map(|problem| cell_problem(field, columns.name, row, problem)));
            }
            Ok((None, _)) if self.is_own_unit(field) => match &section.unit {
                Some(Ok(unit)) => read.values[field] = Some(Value::Unit(*unit)),
                Some(Err(problem)) => read.problems.push(cell_problem(field, first, row, problem.clone())),
                None => {}
            },
            Ok((None, _)) => {}
            Err((problem, by_name)) => {
                let column = if by_name { columns.name } else { columns.code };
                read.problems.push(cell_problem(field, column, row, problem));
            }
        }
    }

    /// Whether it is the unit that the record belongs to.
    fn is_own_unit(&self, field: FieldIdx) -> bool {
        self.form.kind.has_records() && self.form.unit == Some(field)
    }

    /// The year that was given, or that the sheet's title names, where the row states none.
    fn year(&self, section: &Section, read: &mut ReadRow) {
        let Some(field) = self.form.year else { return };
        let is_open = read.values[field].is_none() && read.problems.iter().all(|found| found.field != field);
        let ReadAs::Year { min, max } = self.form.fields[field].kind.spec().read_as else { return };
        let year = self.context.default_year.or(section.year);
        if let Some(year) = year.filter(|year| is_open && (min..=max).contains(year)) {
            read.values[field] = Some(Value::Integer(i64::from(year)));
        }
    }

    /// Checks that look at more than one cell.
    fn check_row(&self, row: &SheetRow, read: &mut ReadRow) {
        let faulty: Vec<FieldIdx> =
            read.problems.iter().filter(|found| found.problem.is_error()).map(|found| found.field).collect();
        read.is_read = faulty.is_empty();
        // An empty number is one to be given.
        let numbering = self.form.numbering.as_ref();
        let is_given = |field: FieldIdx, problem: &Problem| {
            *problem == Problem::Missing && numbering.is_some_and(|numbering| numbering.field == field)
        };
        let breaches = validate_row(self.form, &read.values, &faulty).into_iter();
        for found in breaches.filter(|found| !is_given(found.field, &found.problem)) {
            let column = self.recognised.column(found.field);
            read.problems.push(cell_problem(found.field, column, row, found.problem));
        }
        for person in self.form.persons.iter().filter(|person| person.warns) {
            let name = read.values[person.name].as_ref().and_then(Value::as_str);
            let is_known = read.values[person.id_number].is_some() || faulty.contains(&person.id_number);
            if let (Some(name), false) = (name, is_known) {
                let problem = Problem::NameOnly { name: name.to_owned() };
                let column = self.recognised.column(person.id_number);
                read.problems.push(cell_problem(person.id_number, column, row, problem));
            }
        }
    }
}

/// Whether a column holds numbers.
fn holds_number(form: &Form, column: &MappedColumn) -> bool {
    let Target::Field(field) = column.target else { return false };
    let read_as = form.fields[field].kind.spec().read_as;
    matches!(read_as, ReadAs::Whole { .. } | ReadAs::Decimal { .. } | ReadAs::Money { .. })
}

/// The row of each identity among the good rows.
struct Identities<'a> {
    form: &'a Form,
    recognised: &'a Recognised,
    seen: HashMap<String, u32>,
}

impl Identities<'_> {
    /// Refuses a record whose identity an earlier good row of the file has already.
    fn check_repeated(&mut self, row: &SheetRow, read: &mut ReadRow) {
        // Two people may look alike behind their masks.
        let is_masked = self.form.identity.iter().any(|field| read.masked.contains(field));
        if read.is_refused() || is_masked {
            return;
        }
        let Some(identity) = identity(self.form, &read.values) else { return };
        let Some(first) = self.seen.get(&identity) else {
            self.seen.insert(identity, row.number);
            return;
        };
        let field = self.form.blamed;
        let problem = Problem::RepeatedInFile { first: *first };
        read.is_read = false;
        read.problems.push(cell_problem(field, self.recognised.column(field), row, problem));
        read.problems.sort_by_key(|found| (found.field, !found.problem.is_error()));
    }
}

/// The values that identify a record, as one text; `None` when nothing but the unit is stated.
fn identity(form: &Form, values: &Values) -> Option<String> {
    form.identity.iter().any(|field| values[*field].is_some()).then(|| {
        let fields = form.unit.into_iter().chain(form.identity.iter().copied());
        let values: Vec<&Option<Value>> = fields.map(|field| &values[field]).collect();
        format!("{values:?}")
    })
}

/// The problem of a cell that holds no value at all.
fn unreadable(cell: &Cell) -> Option<Problem> {
    match cell {
        Cell::Error(found) => Some(Problem::CellError { found: found.clone() }),
        Cell::FormulaWithoutValue => Some(Problem::FormulaWithoutValue),
        Cell::Picture(_) => Some(Problem::Picture),
        Cell::Damaged(found) => Some(Problem::DamagedText { found: found.clone() }),
        Cell::TooLarge { chars } => {
            Some(Problem::CellTooLarge { found: *chars, max: Limits::default().max_cell_chars })
        }
        _ => None,
    }
}

fn cell_problem(
    field: FieldIdx,
    column: Option<&MappedColumn>,
    row: &SheetRow,
    problem: Problem,
) -> CellProblem {
    let found = column.map(|column| excerpt(&row.cell(column.index).text())).unwrap_or_default();
    CellProblem { field, column: column.map(|column| column.index), found, problem }
}
