//! Pages that compare the units below one unit.

pub(crate) mod comparison;
pub(crate) mod grid;
pub(crate) mod table;

use app::{Snapshot, UnitView, figures::Ranking};
use campaign::definition::{Indicator, IndicatorIdx};
use ledger::{
    figure::{Figure, FigureState, Note, Readings},
    hierarchy::Line,
};
use model::month::Month;
use words::Words;

use super::units::line_name;
use crate::{
    Error,
    figures_query::FiguresQuery,
    layout::Entry,
    parts::{cell_value::CellValue, chip, number::Scale},
    urls::Url,
};

/// Both lines of the tree with their names in addresses.
const LINES: [(&str, Line); 2] = [("subordination", Line::Subordination), ("guidance", Line::Guidance)];

/// The name of a line in addresses.
fn name_of(line: Line) -> &'static str {
    LINES.iter().find(|(_, known)| *known == line).map(|(name, _)| *name).unwrap_or_default()
}

/// The lines on which units hang below `unit` in `month`.
pub(super) fn lines(snapshot: &Snapshot, unit: &UnitView, month: Month) -> Vec<Line> {
    let has = |line: Line| snapshot.tree.children(unit.id, month).any(|(_, on)| on == line);
    LINES.iter().map(|(_, line)| *line).filter(|line| has(*line)).collect()
}

/// The lines on which units hang, and the one asked for, else the first of them.
fn line(query: &FiguresQuery) -> Result<(Vec<Line>, Line), Error> {
    let lines = lines(query.snapshot(), &query.unit, query.month());
    let line = match query.params.get("line") {
        None => Ok(lines.first().copied().unwrap_or(Line::Subordination)),
        Some(name) => {
            let known = LINES.iter().find(|(known, _)| *known == name).map(|(_, line)| *line);
            known.ok_or_else(|| Error::BadAddress(format!("line={name}")))
        }
    }?;
    Ok((lines, line))
}

/// The position of the indicator asked for.
fn by(query: &FiguresQuery, ranking: &Ranking) -> Result<Option<IndicatorIdx>, Error> {
    let Some(id) = query.params.get("by") else { return Ok(None) };
    let found = ranking.campaign().indicators.position(|indicator| indicator.id == id);
    Ok(Some(found.ok_or_else(|| app::Error::NotFound { what: app::Thing::Indicator, key: id.to_owned() })?))
}

/// Links to the same page on each line.
fn line_tabs(words: Words, lines: &[Line], here: Line, url: impl Fn(Line) -> Url) -> Vec<Entry> {
    let tab = |line: &Line| Entry {
        label: line_name(words, *line),
        url: url(*line).into(),
        is_here: *line == here,
        count: None,
    };
    if lines.len() > 1 { lines.iter().map(tab).collect() } else { Vec::new() }
}

/// One figure in a table of many.
struct Cell {
    /// The value as people read it, or the text in its place.
    text: String,
    exact: String,
    /// What a file states.
    value: CellValue,
    /// The name of its style: a state, or how dark it is.
    style: String,
    /// The state in words, where there is a target.
    state: Option<&'static str>,
    url: String,
}

impl Cell {
    /// The cell of `figure`; where it has no target, its darkness compares it with `most`.
    fn new(
        words: Words,
        indicator: &Indicator,
        readings: &Readings,
        figure: &Figure,
        most: f64,
        url: Url,
    ) -> Self {
        let scale = Scale::new(words, indicator, readings);
        let style = match (figure.state, figure.shown_value()) {
            (FigureState::NoTarget, Some(value)) => format!("heat-{}", shade(value, most)),
            (state, _) => format!("s-{}", state.name()),
        };
        let has_target = !matches!(figure.state, FigureState::NoTarget | FigureState::NoValue);
        Self {
            text: match (figure.shown_value(), figure.note) {
                (Some(value), _) => scale.judged(value, figure.target),
                (None, Some(note @ (Note::NotReported | Note::NotApplicable))) => {
                    chip::instead(words, Some(note)).to_owned()
                }
                (None, _) => "—".to_owned(),
            },
            value: match figure.shown_value() {
                Some(value) => scale.judged_value(value, figure.target),
                None => chip::instead(words, figure.note).into(),
            },
            exact: figure.shown_value().map_or_else(
                || chip::instead(words, figure.note).to_owned(),
                |value| scale.judged(value, figure.target),
            ),
            style,
            state: has_target.then(|| chip::Chip::for_figure(words, scale, figure.state).label),
            url: url.into(),
        }
    }
}

/// 0 for nothing, 1 to 4 for the quarters up to `most`.
fn shade(value: f64, most: f64) -> u8 {
    match value / most {
        share if value <= 0.0 || !share.is_finite() => 0,
        share if share <= 0.25 => 1,
        share if share <= 0.5 => 2,
        share if share <= 0.75 => 3,
        _ => 4,
    }
}
