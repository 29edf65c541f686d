//! A line chart of the years, as small as a word. A year without a value leaves a gap.

use std::fmt::Write;

use model::month::Year;
use words::Words;

use super::coordinate::Coordinate;

const WIDTH: f64 = 64.0;
const HEIGHT: f64 = 20.0;
const EDGE: f64 = 3.0;

/// The line of `trend`; nothing when fewer than two years have a value.
pub(crate) fn spark(words: Words, trend: &[(Year, Option<f64>)]) -> Option<String> {
    let known = || trend.iter().filter_map(|(_, value)| *value);
    if known().count() < 2 {
        return None;
    }
    let (first, last) = (trend.first()?.0, trend.last()?.0);
    let low = known().fold(f64::INFINITY, f64::min);
    let high = known().fold(f64::NEG_INFINITY, f64::max);
    let span = if high > low { high - low } else { 1.0 };
    let years = f64::from((last - first).max(1));
    let place = |year: Year, value: f64| {
        let x = EDGE + f64::from(year - first) / years * (WIDTH - 2.0 * EDGE);
        let y = HEIGHT - EDGE - (value - low) / span * (HEIGHT - 2.0 * EDGE);
        (Coordinate(x), Coordinate(y))
    };
    let mut path = String::new();
    let mut is_down = false;
    let mut end = None;
    for (year, value) in trend {
        let Some(value) = value else {
            is_down = false;
            continue;
        };
        let (x, y) = place(*year, *value);
        // Writing to a String cannot fail.
        let _ = write!(path, "{}{x} {y}", if is_down { "L" } else { "M" });
        is_down = true;
        end = Some((x, y));
    }
    let (x, y) = end?;
    let message = words.dashboard_trend_of(first, last);
    Some(format!(
        "<svg class=\"spark\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{message}\">\
         <path d=\"{path}\"/><circle cx=\"{x}\" cy=\"{y}\" r=\"2.4\"/></svg>"
    ))
}
