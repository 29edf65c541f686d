//! An import before it is started: its choices, and a preview of the result.

use app::{
    Snapshot,
    imports::{HiddenRows, Job, MONEY_UNITS, Preview, PreviewColumn, Report, row_ranges},
};
use campaign::definition::{FieldIdx, Form};
use model::problem::Problem;
use words::Words;

use super::{
    Group, address, address_of, check::Findings, differing::Differing, finding::describe, form_label, groups,
};
use crate::{Error, address::Params, parts::number::label, request_context::SignedIn};

/// An import before it is started. Its template is `imports/draft.html`.
pub(super) struct Draft {
    /// Why the rows cannot be checked yet.
    pub(super) obstacles: Vec<String>,
    /// What was wrong with the choices just sent.
    pub(super) fault: Option<String>,
    /// Whether the choices must be looked at first.
    pub(super) is_open: bool,
    pub(super) choices: String,
    pub(super) start: String,
    pub(super) discard: String,
    pub(super) kind: String,
    pub(super) kind_note: String,
    pub(super) groups: Vec<Group>,
    /// Names of the sheets, with the one chosen; empty when there is one only.
    pub(super) sheets: Vec<(String, bool)>,
    /// Words for all sheets that hold the form, and whether they are chosen.
    pub(super) all_sheets: Option<(String, bool)>,
    /// Code of the unit for rows that name none, when the file needs one.
    pub(super) unit: Option<String>,
    /// The name of that unit.
    pub(super) unit_name: String,
    pub(super) header_row: Option<String>,
    /// Which columns are matched as before, and where to forget it.
    pub(super) remembered: Option<(String, String)>,
    /// Code of the person's own unit, and the words of the button that gives it all rows of an unknown one.
    pub(super) own_unit: Option<(String, String)>,
    pub(super) columns: Vec<Column>,
    pub(super) columns_note: String,
    pub(super) fields: Vec<FieldChoice>,
    pub(super) check: Option<Check>,
    pub(super) is_skipping: bool,
    pub(super) is_masking: bool,
}

/// A field that a column can stand for.
pub(super) struct FieldChoice {
    pub(super) id: String,
    /// Words for it.
    pub(super) name: String,
    /// Whether it alone tells records apart: no column that counts rows is offered for it.
    pub(super) is_number: bool,
}

/// One column of the file.
pub(super) struct Column {
    pub(super) letter: String,
    pub(super) header: String,
    pub(super) samples: String,
    /// Id of the field it is taken for; empty when it is left out.
    pub(super) field: String,
    pub(super) is_unknown: bool,
    /// Whether it counts the rows of the sheet.
    pub(super) is_serial: bool,
    /// Words for the select.
    pub(super) label: String,
    /// The units of money to choose from, with the one chosen.
    pub(super) money: Option<MoneySelect>,
}

/// The choice of the unit of amounts.
pub(super) struct MoneySelect {
    /// Words for the select.
    pub(super) label: String,
    /// Names, with the one chosen.
    pub(super) units: Vec<(&'static str, bool)>,
    /// Whether none is chosen.
    pub(super) is_open: bool,
}

/// What a run would do, and the buttons.
pub(super) struct Check {
    pub(super) findings: Findings,
    /// Words of the button that imports every row.
    pub(super) all: Option<String>,
    /// Words of the button that leaves out the rows at fault.
    pub(super) good: Option<String>,
    /// Why no button is there.
    pub(super) none: Option<&'static str>,
    /// The file with its faults.
    pub(super) faults: Option<String>,
    /// Rows that seem to state what is there.
    pub(super) differing: Differing,
    /// Hidden rows: what is so, the buttons to decide, each with its value; decided ones can be decided anew.
    pub(super) hidden: Option<(String, Vec<(&'static str, String)>)>,
    /// Rows whose records somebody else has changed: what is so, and the button.
    pub(super) conflicting: Option<(String, String)>,
    /// Rows with personal numbers in texts: what is so, and the button to decide otherwise.
    pub(super) numbers: Option<(String, String)>,
}

/// Puts the draft into words.
pub(super) fn draft(
    person: &SignedIn,
    snapshot: &Snapshot,
    job: &Job,
    preview: &Preview,
    params: &Params,
    fault: Option<String>,
) -> Result<Draft, Error> {
    let words = person.words();
    let obstacles = obstacles(words, snapshot, preview);
    let form = preview.form.map(|form| &snapshot.definition.forms[form]);
    let field_id = |field: FieldIdx| form.map(|form| form.fields[field].id.clone()).unwrap_or_default();
    let fields = form.iter().flat_map(|form| {
        form.fields.entries().map(|(position, field)| FieldChoice {
            id: field.id.clone(),
            name: label(words, &field.label).to_owned(),
            is_number: form.is_known_by_alone(position),
        })
    });
    let unit = job.options.unit.as_ref().and_then(|code| snapshot.unit_by_code(code));
    let known = preview.columns.iter().filter(|column| column.field.is_some()).count();
    Ok(Draft {
        is_open: !obstacles.is_empty() || fault.is_some(),
        fault,
        choices: address_of(job.id, "choices"),
        start: address_of(job.id, "start"),
        discard: address_of(job.id, "discard"),
        kind_note: form.map_or_else(
            || words.upload_kind_unknown().to_owned(),
            |_| words.upload_kind_detected(form_label(words, snapshot, &job.options.kind)),
        ),
        kind: job.options.kind.clone(),
        groups: groups(person, snapshot, &job.options.kind),
        sheets: sheets(job, preview),
        all_sheets: (preview.sheets_of_form.len() > 1)
            .then(|| (words.upload_all_sheets(preview.sheets_of_form.len()), job.options.all_sheets)),
        own_unit: own_unit(person, snapshot, preview),
        unit: preview.needs_unit.then(|| job.options.unit.clone().unwrap_or_default()),
        unit_name: unit.map(|unit| unit.name.clone()).unwrap_or_default(),
        header_row: (preview.header_row > 0).then(|| words.upload_header_row(preview.header_row)),
        remembered: remembered(words, form, job, preview),
        columns: preview.columns.iter().map(|found| column(words, job, found, field_id)).collect(),
        columns_note: words.mapping_summary(known, preview.columns.len() - known),
        fields: fields.collect(),
        check: form.map(|form| check(words, form, job, preview, params)).transpose()?.flatten(),
        is_skipping: job.options.skip_conflicts,
        is_masking: job.options.mask_numbers,
        obstacles,
    })
}

/// What must be settled before the rows can be taken.
fn obstacles(words: Words, snapshot: &Snapshot, preview: &Preview) -> Vec<String> {
    let mut obstacles = Vec::new();
    let Some(form) = preview.form.map(|form| &snapshot.definition.forms[form]) else {
        obstacles.push(words.upload_kind_unknown().to_owned());
        return obstacles;
    };
    if let Some(fault) = &preview.fault {
        obstacles.push(describe(words, form, &preview.missing, fault));
    }
    let unknown = preview.report.as_ref().map_or(0, |report| report.unknown_columns.len());
    if unknown > 0 {
        obstacles.push(words.mapping_unknown(unknown));
    }
    if preview.is_undecided {
        obstacles.push(words.error_several_sheets(words.enumeration(&preview.sheets_of_form)));
    }
    let asked = preview.report.iter().flat_map(|report| &report.refused);
    let money =
        asked.map(|refused| &refused.problem).find(|problem| matches!(problem, Problem::MoneyUnit { .. }));
    obstacles.extend(money.map(|problem| words.problem(problem)));
    obstacles
}

/// The sheets to choose from. Where nobody has chosen among several, none is.
fn sheets(job: &Job, preview: &Preview) -> Vec<(String, bool)> {
    if preview.sheets.len() < 2 {
        return Vec::new();
    }
    let is_open = preview.is_undecided || job.options.all_sheets;
    let chosen = |name: &str| name == preview.sheet && !is_open;
    preview.sheets.iter().map(|sheet| (sheet.name.clone(), chosen(&sheet.name))).collect()
}

/// Which columns are matched as the unit has chosen before.
fn remembered(words: Words, form: Option<&Form>, job: &Job, preview: &Preview) -> Option<(String, String)> {
    let form = form.filter(|_| !preview.remembered.is_empty())?;
    let columns = preview.remembered.iter().map(|column| {
        let field = form.field(&column.field).map(|field| label(words, &form.fields[field].label));
        format!("{} → {}", column.header, field.unwrap_or(words.mapping_forgotten()))
    });
    let columns = words.enumeration(&columns.collect::<Vec<_>>());
    Some((words.mapping_remembered(columns), address_of(job.id, "forget-columns")))
}

/// What an officer can do about a reporting unit that is not on the roster: say that it is his own.
fn own_unit(person: &SignedIn, snapshot: &Snapshot, preview: &Preview) -> Option<(String, String)> {
    let own = person.ctx.unit().filter(|_| preview.is_unit_unknown)?;
    let unit = snapshot.units.get(&own)?;
    Some((unit.code.clone(), person.words().mapping_own_unit(&unit.name)))
}

fn column(words: Words, job: &Job, found: &PreviewColumn, field_id: impl Fn(FieldIdx) -> String) -> Column {
    let chosen = job.options.money.get(&found.header);
    let money = (found.asks_money || chosen.is_some()).then(|| MoneySelect {
        label: words.mapping_money_of(&found.letter, &found.header),
        units: MONEY_UNITS
            .iter()
            .map(|(name, _)| (*name, chosen.is_some_and(|chosen| chosen == name)))
            .collect(),
        is_open: chosen.is_none(),
    });
    Column {
        money,
        letter: found.letter.clone(),
        header: found.header.clone(),
        samples: found.samples.join(" · "),
        field: found.field.map(field_id).unwrap_or_default(),
        is_unknown: found.is_unknown,
        is_serial: found.is_serial,
        label: words.mapping_field_of(&found.letter, &found.header),
    }
}

fn check(
    words: Words,
    form: &Form,
    job: &Job,
    preview: &Preview,
    params: &Params,
) -> Result<Option<Check>, Error> {
    let Some(report) = &preview.report else { return Ok(None) };
    let (good, refused) = (report.good_rows(), report.refused_rows());
    let has_faults = !report.refused.is_empty() || !report.warnings.is_empty();
    let conflicts = report.conflicting_rows();
    let count = words.count(conflicts);
    let conflicting = (conflicts > 0).then(|| {
        if job.options.skip_conflicts {
            (words.preview_skipping(count), words.preview_keep_conflicts().to_owned())
        } else {
            (words.preview_conflict(&count), words.preview_skip_conflicts(&count))
        }
    });
    let must_choose_hidden = !report.hidden_rows.is_empty() && report.hidden.is_none();
    let in_texts = report.rows_with_numbers_in_texts();
    let numbers = if job.options.mask_numbers {
        Some((words.preview_masking().to_owned(), words.preview_keep_numbers().to_owned()))
    } else {
        (in_texts > 0)
            .then(|| (words.preview_numbers(words.count(in_texts)), words.preview_mask_numbers().to_owned()))
    };
    let none = match (report.rows, good) {
        // What is hidden may be all there is, or all that is new.
        _ if must_choose_hidden => Some(words.preview_choose_first()),
        (0, _) => Some(words.preview_no_rows()),
        (_, 0) => Some(words.preview_none_good()),
        _ if report.changes_nothing() => Some(words.preview_unchanged_all()),
        _ if !report.unknown_columns.is_empty() || preview.is_undecided => Some(words.preview_choose_first()),
        _ => None,
    };
    Ok(Some(Check {
        findings: Findings::new(words, form, report, params, &address(job.id))?,
        all: (none.is_none() && refused == 0).then(|| words.preview_accept(words.count(good))),
        good: (none.is_none() && refused > 0).then(|| words.preview_accept_good(words.count(good))),
        none,
        faults: has_faults.then(|| address_of(job.id, "faults.xlsx")),
        differing: Differing::new(words, form, (report, &job.options.choices), params, &address(job.id))?,
        conflicting,
        numbers,
        hidden: hidden(words, report),
    }))
}

/// What is to be decided about hidden rows, or can be decided anew.
fn hidden(words: Words, report: &Report) -> Option<(String, Vec<(&'static str, String)>)> {
    let rows = &report.hidden_rows;
    if rows.is_empty() {
        return None;
    }
    let count = words.count(rows.len());
    let text = match report.hidden {
        None => words.preview_hidden(&count, row_ranges(rows)),
        Some(HiddenRows::Take) => words.preview_hidden_taken(&count, row_ranges(rows)),
        Some(HiddenRows::Leave) => words.preview_hidden_left(&count, row_ranges(rows)),
    };
    let take = ("take", words.preview_hidden_take(&count));
    let leave = ("leave", words.preview_hidden_leave(&count));
    let buttons = match report.hidden {
        None => vec![take, leave],
        Some(HiddenRows::Take) => vec![leave],
        Some(HiddenRows::Leave) => vec![take],
    };
    Some((text, buttons))
}
