//! Pages of figures: all of one unit, one of them, and several units side by side.

mod course;
pub(crate) mod dashboard;
pub(crate) mod indicator;
pub(crate) mod records;

use campaign::definition::{Campaign, Direction, Goal, Indicator, ReadingIdx};
use ledger::figure::{Coverage, Figure, Readings};
use words::{Language, Words};

use crate::parts::number::{Scale, label};

/// One reading with the option in force, as a footnote.
struct Footnote {
    label: String,
    option: String,
    note: String,
}

/// The readings in force that touch one of `indicators`.
fn footnotes<'a>(
    words: Words,
    campaign: &Campaign,
    readings: &Readings,
    indicators: impl Iterator<Item = &'a Indicator> + Clone,
) -> Vec<Footnote> {
    let touches = |position: ReadingIdx| indicators.clone().any(|indicator| indicator.depends_on(position));
    let in_force = campaign.readings.entries().filter(|(position, _)| touches(*position));
    in_force
        .map(|(position, reading)| Footnote {
            label: label(words, &reading.label).to_owned(),
            option: label(words, &reading.options[readings.option(position)].label).to_owned(),
            note: label(words, &reading.note).to_owned(),
        })
        .collect()
}

/// How a target is judged, in words.
fn goal(words: Words, indicator: &Indicator) -> &'static str {
    let is_limit = indicator.direction == Direction::AtMost;
    match (&indicator.goal, is_limit) {
        (Goal::EachYear, false) => words.goal_each_year(),
        (Goal::Throughout, false) => words.goal_throughout(),
        (Goal::ByEnd(_), false) => words.goal_by_end(),
        (Goal::EachYear, true) => words.goal_limit_each_year(),
        (Goal::Throughout, true) => words.goal_limit_throughout(),
        (Goal::ByEnd(_), true) => words.goal_limit_by_end(),
    }
}

/// A target, or a limit with the word for it.
fn target(words: Words, scale: Scale, figure: &Figure) -> Option<String> {
    let target = scale.goal(figure.target?);
    Some(if figure.is_limit() { words.goal_at_most(target) } else { target })
}

/// How many units have answered, in words.
pub(crate) fn coverage(words: Words, figure: &Figure) -> Option<String> {
    let Coverage { answered, owed, earlier } = figure.coverage?;
    let answered = words.figure_coverage(words.count(answered), words.count(owed));
    Some(if earlier > 0 {
        format!("{answered} · {}", words.figure_coverage_earlier(words.count(earlier)))
    } else {
        answered
    })
}

/// The value over the units that answered both parts, where it is another one.
fn like_for_like(scale: Scale, figure: &Figure) -> Option<String> {
    let own = scale.exact(figure.like_for_like?);
    Some(own).filter(|own| figure.shown_value().is_none_or(|value| scale.exact(value) != *own))
}

/// How much a figure is behind, or beyond its limit, in words: a count with its unit.
pub(crate) fn gap(words: Words, scale: Scale, figure: &Figure, unit: &str) -> Option<String> {
    let gap = scale.gap(figure.gap()?);
    let gap = match unit.chars().next() {
        None => gap,
        // "1,000 × 10,000 yuan": two numbers beside each other would be read as one.
        Some(first) if first.is_ascii_digit() => words.figure_with_unit(gap, format!("× {unit}")),
        // In English the unit is a plural that the indicator's name repeats.
        Some(_) if words.language() == Language::English => gap,
        Some(_) => words.figure_with_unit(gap, unit),
    };
    Some(if figure.is_limit() { words.figure_over(gap) } else { words.figure_gap(gap) })
}

/// The short name of a version of the definition.
pub(crate) fn short_hash(hash: &str) -> &str {
    hash.get(..10).unwrap_or(hash)
}
