//! A record as a paper form: A4 with every field in its place, to be
//! signed, sealed and filed. It is made from the definition, for every register.

use std::sync::Arc;

use app::{Action, attachments, records, registers};
use askama::Template;
use axum::{extract::State, response::Html};
use campaign::{
    definition::{Field, FieldIdx, Form},
    kinds::{Meaning, ValueShape},
};
use model::{ids::RecordId, value::Value};

use crate::{
    Error, WebState,
    address::Path,
    error::print,
    pages::figures::short_hash,
    parts::{field, grid::Grid, number::label},
    request_context::SignedIn,
    urls,
};

/// From how many characters on a text has a whole line of the form.
const WIDE: usize = 18;

#[derive(Template)]
#[template(path = "records/print.html")]
struct PrintPage {
    words: words::Words,
    tag: &'static str,
    title: String,
    unit: String,
    code: String,
    /// Name of the field that numbers the record, and its number.
    number: Option<(String, String)>,
    sections: Vec<Part>,
    /// Names of what is attached.
    attached: Vec<String>,
    /// What is printed at the foot.
    printed: String,
    back: String,
}

/// A part of the form.
struct Part {
    title: Option<String>,
    lines: Vec<Line>,
}

/// A line of the form.
enum Line {
    /// Two fields beside each other; the second may be missing.
    Pair(Cell, Option<Cell>),
    /// A field that has the line for itself.
    Whole(Cell),
    /// A text that needs room, also for writing by hand.
    Tall(Cell),
}

/// A field of the form.
struct Cell {
    label: String,
    value: String,
    grid: Option<Grid>,
}

/// GET `/records/{id}/print`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let found = records::find(&state.app, &person.ctx, RecordId(id)).await?;
    let attached = if person.ctx.may(Action::ReadAttachments, &found.snapshot, found.fact.unit) {
        attachments::list(&state.app, &person.ctx, found.fact.id).await?.present
    } else {
        Vec::new()
    };
    let form = &found.snapshot.definition.forms[found.fact.form];
    let text = |position: FieldIdx| {
        let value: Option<&Value> = found.fact.value(position);
        let kind = &form.fields[position].kind;
        value.map(|value| field::text(words, &found.snapshot, kind, value)).unwrap_or_default()
    };
    let number = registers::number_field(form);
    let is_shown = |position: &FieldIdx| Some(*position) != form.unit && Some(*position) != number;
    let part = |title: Option<String>, fields: &mut dyn Iterator<Item = FieldIdx>| {
        let cells = fields.filter(is_shown).map(|position| {
            let field = &form.fields[position];
            let value = found.fact.value(position);
            let grid = match (value, field.kind.spec().shape) {
                (None, ValueShape::Table(columns)) => Some(Grid::blank(words, columns)),
                _ => value.and_then(|value| field::grid(words, &found.snapshot, &field.kind, value)),
            };
            let cell = Cell { label: label(words, &field.label).to_owned(), value: text(position), grid };
            (room(field, &cell.value), cell)
        });
        Part { title, lines: lines(cells) }
    };
    let sections: Vec<Part> = if form.sections.is_empty() {
        vec![part(None, &mut form.fields.positions())]
    } else {
        let titled = |section: &campaign::definition::Section| {
            part(Some(label(words, &section.label).to_owned()), &mut section.fields.iter().copied())
        };
        form.sections.iter().map(titled).collect()
    };
    let hash = short_hash(&found.snapshot.definition.hash);
    print(&PrintPage {
        words,
        tag: words.pick("zh-CN", "en"),
        title: title(&person, form),
        unit: found.unit.name.clone(),
        code: found.unit.code.clone(),
        number: number.map(|number| (label(words, &form.fields[number].label).to_owned(), text(number))),
        sections: sections.into_iter().filter(|part| !part.lines.is_empty()).collect(),
        attached: attached.into_iter().map(|attachment| attachment.name).collect(),
        printed: words.paper_printed(
            words.date(person.ctx.clock.calendar_day()),
            found.fact.id,
            found.version,
            hash,
        ),
        back: urls::record(found.fact.id).into(),
    })
}

/// The title of the paper form, where the register knows it as one (登记表), else the register's own name.
fn title(person: &SignedIn, form: &Form) -> String {
    let words = person.words();
    let own = label(words, &form.label);
    let paper = form.names.iter().find(|name| name.ends_with("登记表") || name.ends_with("申报表"));
    match paper {
        Some(paper) if words.language() == words::Language::Chinese => paper.clone(),
        _ => own.to_owned(),
    }
}

/// How much room a field needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    Half,
    Whole,
    Tall,
}

fn room(field: &Field, value: &str) -> Room {
    let spec = field.kind.spec();
    match (spec.shape, spec.meaning) {
        (_, Meaning::Words { lines: true }) => Room::Tall,
        (ValueShape::Table(_), _) => Room::Whole,
        _ if value.chars().count() > WIDE => Room::Whole,
        _ => Room::Half,
    }
}

/// Puts cells into lines, in their order: two small ones are beside each other.
fn lines(cells: impl Iterator<Item = (Room, Cell)>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut waiting: Option<Cell> = None;
    for (room, cell) in cells {
        match (room, waiting.take()) {
            (Room::Half, None) => waiting = Some(cell),
            (Room::Half, Some(first)) => lines.push(Line::Pair(first, Some(cell))),
            (_, first) => {
                lines.extend(first.map(|first| Line::Pair(first, None)));
                lines.push(if room == Room::Tall { Line::Tall(cell) } else { Line::Whole(cell) });
            }
        }
    }
    lines.extend(waiting.map(|last| Line::Pair(last, None)));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_fields_stand_beside_each_other() {
        let cell = |label: &str| Cell { label: label.to_owned(), value: String::new(), grid: None };
        let cells =
            [(Room::Half, "a"), (Room::Half, "b"), (Room::Half, "c"), (Room::Tall, "d"), (Room::Half, "e")];
        let texts: Vec<String> = lines(cells.into_iter().map(|(room, label)| (room, cell(label))))
            .iter()
            .map(|line| match line {
                Line::Pair(first, second) => {
                    format!("{}{}", first.label, second.as_ref().map_or("", |second| &second.label))
                }
                Line::Whole(cell) => format!("{}-", cell.label),
                Line::Tall(cell) => format!("{}=", cell.label),
            })
            .collect();
        assert_eq!(texts, ["ab", "c", "d=", "e"]);
    }
}
