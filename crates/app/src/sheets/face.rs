//! What a register's file says in its own words: titles, and what each column
//! takes.

use campaign::definition::{Field, FieldKind, Required};
use exchange::register::{Face, Prompt};

use super::{Place, WORDS};

/// The words of a file with so many records.
pub(super) fn face(place: &Place<'_>, rows: usize) -> Face {
    let (code, name) = place.unit();
    let label = &place.form().label.zh;
    let unit = WORDS.sheets_unit(name);
    let made = WORDS.date(place.ctx.clock.today());
    let line = if rows == 0 {
        WORDS.sheets_line_empty(&unit, code)
    } else {
        WORDS.sheets_line(&unit, code, WORDS.count(rows), made)
    };
    Face {
        title: WORDS.sheets_title(name, label),
        unit,
        line,
        sheet: label.clone(),
        footer: WORDS.sheets_footer().to_owned(),
        prompts: place.form().fields.iter().map(|field| prompt(place, field)).collect(),
    }
}

fn prompt(place: &Place<'_>, field: &Field) -> Prompt {
    let takes = takes(place, field);
    let numbering = place.form().numbering.as_ref();
    let is_given = numbering.is_some_and(|numbering| place.form().field(&field.id) == Some(numbering.field));
    let required = match field.required {
        _ if is_given => WORDS.record_number_help(),
        Required::Yes => WORDS.sheets_required(),
        Required::When(_) => WORDS.sheets_required_at_times(),
        Required::No => "",
    };
    let help = field.help.as_ref().map_or("", |help| help.zh.as_str());
    let input = [required, takes.as_str(), help].into_iter().filter(|text| !text.is_empty());
    Prompt {
        title: field.label.zh.clone(),
        input: input.collect::<Vec<_>>().join("\n"),
        error: WORDS.sheets_error(&takes),
    }
}

/// What a field takes, in one sentence.
fn takes(place: &Place<'_>, field: &Field) -> String {
    match &field.kind {
        FieldKind::Text { max, .. } => WORDS.sheets_takes_text(WORDS.count(*max)),
        FieldKind::Integer { min, max } => WORDS.sheets_takes_integer(WORDS.count(*min), WORDS.count(*max)),
        FieldKind::Decimal { min, max } if min.is_finite() && max.is_finite() => {
            WORDS.sheets_takes_decimal_between(min, max)
        }
        FieldKind::Decimal { .. } => WORDS.sheets_takes_decimal().to_owned(),
        FieldKind::Money { fen_per_unit: 1_000_000 } => WORDS.sheets_takes_wan().to_owned(),
        FieldKind::Money { .. } => WORDS.sheets_takes_yuan().to_owned(),
        FieldKind::Date { future: true } => WORDS.sheets_takes_date().to_owned(),
        FieldKind::Date { future: false } => WORDS.sheets_takes_past_date().to_owned(),
        FieldKind::Year { min, max } => WORDS.sheets_takes_year(min, max),
        FieldKind::Flag => WORDS.sheets_takes_flag().to_owned(),
        FieldKind::Code { dictionary } => {
            let dictionary = &place.snapshot.campaign.dictionaries[*dictionary];
            WORDS.sheets_takes_code(&dictionary.label.zh)
        }
        FieldKind::IdNumber => WORDS.sheets_takes_id_number().to_owned(),
        FieldKind::Rows { columns, .. } => {
            let titles: Vec<&str> = columns.iter().map(|column| column.label.zh.as_str()).collect();
            WORDS.sheets_takes_rows(titles.join("｜"))
        }
        FieldKind::Shares => WORDS.sheets_takes_shares().to_owned(),
        FieldKind::Phone => WORDS.sheets_takes_phone().to_owned(),
        FieldKind::OrgCode => WORDS.sheets_takes_org_code().to_owned(),
        FieldKind::Uscc => WORDS.sheets_takes_uscc().to_owned(),
        FieldKind::Unit { .. } if place.form().field(&field.id) == place.form().unit_field() => {
            WORDS.sheets_takes_own_unit().to_owned()
        }
        FieldKind::Unit { .. } => WORDS.sheets_takes_unit().to_owned(),
    }
}
