//! The person's choices for a file: which form it holds, and what its columns mean.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use app::{
    Snapshot,
    imports::{self, HiddenRows, Options, RowChoice, RowChoices, RowKind, form_of_kind},
    units::named,
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use campaign::kinds::ValueShape;
use model::ids::ImportId;

use super::{
    address,
    differing::{ALL, ROW},
    show,
};
use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    form::Form,
    parts::number::label,
    request_context::SignedIn,
};

/// The value of a select that nobody has touched.
pub(super) const UNDECIDED: &str = "?";

/// What the select of sheets states for all of them; no sheet can be called so.
pub(super) const ALL_SHEETS: &str = "*";

/// POST `/imports/{id}/choices`: back to the import.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let id = ImportId(id);
    let job = imports::find(&state.app, &person.ctx, id).await?;
    let snapshot = state.app.current(&person.ctx).await?;
    let fault = match chosen(&person, &snapshot, job.options, &Fields(fields)) {
        Ok(options) => {
            imports::choose(&state.app, &person.ctx, id, options).await?;
            return Ok(Redirect::to(&String::from(address(id))).into_response());
        }
        Err(fault) => fault,
    };
    let page = show::page(&state, &person, id, &Params::default(), Some(fault)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, print(&page)?).into_response())
}

/// What the form states.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim())
    }

    /// Takes what is stated about rows that seem to state what is there: for all of a kind, and for single ones.
    fn choose_rows(&self, options: &mut Options) {
        for (name, value) in &self.0 {
            if let Some(kind) = name.strip_prefix(ALL).and_then(RowKind::parse) {
                if std::mem::take(&mut options.correct_stored) {
                    for kind in [RowKind::Changed, RowKind::Another] {
                        options.choices.kinds.insert(kind, RowChoice::Correct);
                    }
                }
                match RowChoice::parse(value) {
                    Some(choice) => options.choices.kinds.insert(kind, choice),
                    None => options.choices.kinds.remove(&kind),
                };
            } else if let Some(row) = name.strip_prefix(ROW) {
                match RowChoice::parse(value) {
                    Some(choice) => options.choices.rows.insert(row.to_owned(), choice),
                    None => options.choices.rows.remove(row),
                };
            }
        }
    }

    /// Title of every column whose amounts are asked about, and the unit chosen for them.
    fn money(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(key, unit)| {
            let index = key.strip_prefix("money.")?;
            let title = self.0.iter().find(|(key, _)| key.strip_prefix("title.") == Some(index))?;
            Some((title.1.as_str(), unit.as_str()))
        })
    }

    /// Title, field it was taken for, and field it is to be taken for, of every column.
    fn columns(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        (0..).map_while(|index| {
            let get = |name: &str| self.0.iter().find(|(key, _)| *key == format!("{name}.{index}"));
            let (title, was, field) = (get("title")?, get("was")?, get("field")?);
            Some((title.1.as_str(), was.1.as_str(), field.1.as_str()))
        })
    }
}

/// The choices with what the form states, or what is wrong with it.
fn chosen(
    person: &SignedIn,
    snapshot: &Snapshot,
    before: Options,
    fields: &Fields,
) -> Result<Options, String> {
    let words = person.words();
    let mut options = before;
    if let Some(kind) = fields.get("kind").filter(|kind| !kind.is_empty()) {
        if kind != options.kind {
            // The columns of another form mean other things.
            options.mapping = BTreeMap::new();
            options.money = BTreeMap::new();
            options.choices = RowChoices::default();
            kind.clone_into(&mut options.kind);
            if let Some(sheet) = fields.get("sheet") {
                choose_sheet(&mut options, sheet);
            }
            return Ok(options);
        }
    } else if options.kind.is_empty() {
        return Err(words.upload_kind_unknown().to_owned());
    }
    if let Some(sheet) = fields.get("sheet") {
        choose_sheet(&mut options, sheet);
    }
    if let Some(text) = fields.get("unit") {
        options.unit = unit(person, snapshot, text)?;
    }
    if let Some(decided) = fields.get("correct_stored") {
        options.correct_stored = decided == "yes";
    }
    fields.choose_rows(&mut options);
    if let Some(decided) = fields.get("mask_numbers") {
        options.mask_numbers = decided == "yes";
    }
    if let Some(decided) = fields.get("skip_conflicts") {
        options.skip_conflicts = decided == "yes";
    }
    if let Some(decided) = fields.get("hidden_rows") {
        options.hidden_rows = match decided {
            "take" => Some(HiddenRows::Take),
            "leave" => Some(HiddenRows::Leave),
            _ => None,
        };
    }
    if let Some(twice) = twice(person, snapshot, &options.kind, fields) {
        return Err(words.mapping_twice(twice));
    }
    let decided = fields.columns().filter(|(_, was, field)| was != field && *field != UNDECIDED);
    options.mapping.extend(decided.map(|(title, _, field)| (title.to_owned(), field.to_owned())));
    for (title, unit) in fields.money() {
        match unit {
            "" => options.money.remove(title),
            unit => options.money.insert(title.to_owned(), unit.to_owned()),
        };
    }
    Ok(options)
}

/// Takes a sheet by its name, all that hold the form, or none as long as nobody has chosen.
fn choose_sheet(options: &mut Options, sheet: &str) {
    options.all_sheets = sheet == ALL_SHEETS;
    options.sheet = Some(sheet.to_owned()).filter(|sheet| !sheet.is_empty() && sheet != ALL_SHEETS);
}

fn unit(person: &SignedIn, snapshot: &Snapshot, text: &str) -> Result<Option<String>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    match named(&person.ctx, snapshot, text) {
        Ok(unit) => Ok(snapshot.view(unit).map(|unit| unit.code)),
        Err(app::Error::Invalid(problems)) => {
            Err(problems.iter().map(|problem| person.words().problem(problem)).collect::<Vec<_>>().join(" "))
        }
        Err(_) => Err(person.words().units_not_found(text)),
    }
}

/// The field for which two columns were chosen. A unit may have two: its code and its name.
fn twice<'a>(person: &SignedIn, snapshot: &'a Snapshot, kind: &str, fields: &Fields) -> Option<&'a str> {
    let form = &snapshot.definition.forms[form_of_kind(snapshot, kind).ok()?];
    let mut seen = BTreeSet::new();
    let again = fields.columns().map(|(.., field)| field).find(|field| {
        let is_unit = form
            .field(field)
            .is_none_or(|field| matches!(form.fields[field].kind.spec().shape, ValueShape::Unit));
        !is_unit && !seen.insert(*field)
    })?;
    Some(label(person.words(), &form.fields[form.field(again)?].label))
}
