//! What a register's file says in its own words: titles, and what each column
//! takes.

use campaign::{
    definition::{Field, Required},
    kinds::Takes,
};
use exchange::register::{Prompt, SheetTexts};

use words::Language;

use super::{ExportSource, WORDS};

/// The words of a file with so many records.
pub(super) fn sheet_texts(place: &ExportSource<'_>, rows: usize) -> SheetTexts {
    let (code, name) = place.unit();
    let label = &place.form().label.zh;
    let unit = WORDS.export_unit(name);
    let made = WORDS.date(place.ctx.clock.calendar_day());
    let line = if rows == 0 {
        WORDS.export_line_empty(&unit, code)
    } else {
        WORDS.export_line(&unit, code, WORDS.count(rows), made)
    };
    SheetTexts {
        title: WORDS.export_title(name, label),
        unit,
        line,
        sheet: label.clone(),
        footer: WORDS.export_footer().to_owned(),
        prompts: place.form().fields.iter().map(|field| prompt(place, field)).collect(),
    }
}

fn prompt(place: &ExportSource<'_>, field: &Field) -> Prompt {
    let takes = takes(place, field);
    let numbering = place.form().numbering.as_ref();
    let is_given = numbering.is_some_and(|numbering| place.form().field(&field.id) == Some(numbering.field));
    let position = place.form().field(&field.id);
    let required = match field.required {
        _ if position.is_some_and(|position| place.form().is_derived(position)) => {
            WORDS.record_derived_help()
        }
        _ if is_given => WORDS.record_number_help(),
        Required::Yes => WORDS.export_required(),
        Required::When(_) => WORDS.export_required_at_times(),
        Required::No => "",
    };
    let help = field.help.as_ref().map_or("", |help| help.zh.as_str());
    let input = [required, takes.as_str(), help].into_iter().filter(|text| !text.is_empty());
    Prompt {
        title: field.label.zh.clone(),
        input: input.collect::<Vec<_>>().join("\n"),
        error: WORDS.export_error(&takes),
    }
}

/// What a field takes, in one sentence.
fn takes(place: &ExportSource<'_>, field: &Field) -> String {
    match field.kind.spec().column.takes {
        Takes::Words { max } => WORDS.export_takes_text(WORDS.count(max)),
        Takes::Whole { min, max } => WORDS.export_takes_integer(WORDS.count(min), WORDS.count(max)),
        Takes::Decimal { min, max } if min.is_finite() && max.is_finite() => {
            WORDS.export_takes_decimal_between(min, max)
        }
        Takes::Decimal { .. } => WORDS.export_takes_decimal().to_owned(),
        Takes::Money { fen_per_unit: 1_000_000 } => WORDS.export_takes_wan().to_owned(),
        Takes::Money { .. } => WORDS.export_takes_yuan().to_owned(),
        Takes::Day { future: true } => WORDS.export_takes_date().to_owned(),
        Takes::Day { future: false } => WORDS.export_takes_past_date().to_owned(),
        Takes::Year { min, max } => WORDS.export_takes_year(min, max),
        Takes::YesNo => WORDS.export_takes_flag().to_owned(),
        Takes::Code(dictionary) => {
            let dictionary = &place.snapshot.definition.dictionaries[dictionary];
            WORDS.export_takes_code(&dictionary.label.zh)
        }
        Takes::Table(columns) => {
            let titles: Vec<&str> = columns.iter().map(|column| column.label.zh.as_str()).collect();
            WORDS.export_takes_rows(titles.join("｜"))
        }
        Takes::Unit if place.form().field(&field.id) == place.form().unit => {
            WORDS.export_takes_own_unit().to_owned()
        }
        Takes::Unit => WORDS.export_takes_unit().to_owned(),
        Takes::Sentence { zh, en } => match WORDS.language() {
            Language::Chinese => zh,
            Language::English => en,
        }
        .to_owned(),
    }
}
