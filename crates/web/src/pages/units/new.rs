//! A new unit: its code, its name, the unit above, and the other fields of the roster.

use std::{collections::BTreeMap, sync::Arc};

use app::{
    Action, Snapshot,
    units::{self, NewUnit, named, roster_fields},
};
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use campaign::{definition::Field, kinds::ValueShape};
use words::Words;

use crate::{
    Error, WebState,
    address::Params,
    error::{field_fault, print},
    form::Form,
    layout::{Area, Layout},
    parts::number::label,
    request_context::SignedIn,
    urls,
};

/// What fields of the roster are called in the form: a field may have any id.
const PREFIX: &str = "field.";
/// A code list up to this long is chosen from; a longer one is typed.
const LONGEST_LIST: usize = 120;

#[derive(Template)]
#[template(path = "units/new.html")]
struct NewPage {
    layout: Layout,
    faults: Vec<String>,
    code: String,
    name: String,
    unit: String,
    /// The name of the unit above, when its code is filled in.
    above: Option<String>,
    /// Fields that say what the unit is.
    classifying: Vec<Input>,
    /// The roster's other fields.
    others: Vec<Input>,
    /// Whether any of the others is filled in.
    has_others: bool,
    back: String,
}

/// A field of the roster, ready to print.
struct Input {
    name: String,
    label: String,
    value: String,
    help: Option<String>,
    /// Code, words, whether it is chosen.
    options: Vec<(String, String, bool)>,
    is_date: bool,
}

/// What the form states, as it was sent.
type FormFields = Vec<(String, String)>;

/// GET `/units/new`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Html<String>, Error> {
    let snapshot = state.app.current(&person.ctx).await?;
    person.ctx.require_for_region(Action::ManageUnits, &snapshot)?;
    let above = params.get("unit").unwrap_or_default().to_owned();
    page(&person, &snapshot, &[("unit".to_owned(), above)], Vec::new())
}

/// POST `/units`: the unit is made, or the form comes back with what is wrong.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Form(typed): Form<FormFields>,
) -> Result<Response, Error> {
    let snapshot = state.app.current(&person.ctx).await?;
    person.ctx.require_for_region(Action::ManageUnits, &snapshot)?;
    let words = person.words();
    let faults = match made(&state, &person, &snapshot, &typed).await {
        Ok(code) => {
            let url = urls::unit(&code).with_param("done", "create");
            return Ok(Redirect::to(&url.to_string()).into_response());
        }
        Err(app::Error::InvalidFields(faults)) => {
            faults.iter().map(|fault| field_fault(words, fault)).collect()
        }
        Err(app::Error::Invalid(problems)) => {
            let message = |problem| words.form_fault(words.units_parent(), words.problem(problem));
            problems.iter().map(message).collect()
        }
        Err(error) => return Err(error.into()),
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&person, &snapshot, &typed, faults)?).into_response())
}

/// Makes the unit and returns its code.
async fn made(
    state: &WebState,
    person: &SignedIn,
    snapshot: &Snapshot,
    typed: &FormFields,
) -> Result<String, app::Error> {
    let fields = typed.iter().filter_map(|(name, value)| {
        Some((name.strip_prefix(PREFIX)?.to_owned(), value.clone())).filter(|(_, value)| !value.is_empty())
    });
    let new = NewUnit {
        code: text(typed, "code"),
        name: text(typed, "name"),
        parent: match snapshot.root() {
            None => None,
            Some(_) => Some(named(&person.ctx, snapshot, &text(typed, "unit"))?),
        },
        typed: fields.collect::<BTreeMap<_, _>>(),
    };
    let id = units::create(&state.app, &person.ctx, &new).await?;
    let snapshot = state.app.current(&person.ctx).await?;
    Ok(snapshot.view(id).map(|unit| unit.code).unwrap_or_default())
}

fn text(typed: &[(String, String)], name: &str) -> String {
    typed.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

fn page(
    person: &SignedIn,
    snapshot: &Snapshot,
    typed: &[(String, String)],
    faults: Vec<String>,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let roster = &snapshot.definition.forms[snapshot.definition.roster];
    let is_classifying = |field: &Field| {
        roster.field(&field.id).is_some_and(|position| roster.classifying.contains(&position))
    };
    let (classifying, others): (Vec<&Field>, Vec<&Field>) =
        roster_fields(roster).partition(|field| is_classifying(field));
    let inputs = |fields: Vec<&Field>| -> Vec<Input> {
        fields.into_iter().map(|field| input(words, snapshot, field, typed)).collect()
    };
    let others = inputs(others);
    let unit = text(typed, "unit");
    let above = snapshot.unit_by_code(&unit);
    let mut layout = Layout::new(person, snapshot, Area::Units, words.change_new_title());
    layout.address = urls::new_unit(&unit).into();
    print(&NewPage {
        layout,
        faults,
        code: text(typed, "code"),
        name: text(typed, "name"),
        above: above.map(|above| above.name.clone()),
        back: above.map_or("/units".to_owned(), |above| urls::unit(&above.code).into()),
        unit,
        classifying: inputs(classifying),
        has_others: others.iter().any(|input| !input.value.is_empty()),
        others,
    })
}

fn input(words: Words, snapshot: &Snapshot, field: &Field, typed: &[(String, String)]) -> Input {
    let name = format!("{PREFIX}{}", field.id);
    let value = text(typed, &name);
    let shape = field.kind.spec().shape;
    let options = match shape {
        ValueShape::Code(dictionary) => {
            let codes = &snapshot.definition.dictionaries[dictionary].codes;
            let codes = codes.iter().filter(|_| codes.len() <= LONGEST_LIST);
            let option = |code: &campaign::definition::Code| {
                (code.code.clone(), label(words, &code.label).to_owned(), code.code == value)
            };
            codes.map(option).collect()
        }
        _ => Vec::new(),
    };
    Input {
        label: label(words, &field.label).to_owned(),
        help: field.help.as_ref().map(|help| label(words, help).to_owned()),
        is_date: matches!(shape, ValueShape::Date),
        options,
        name,
        value,
    }
}
