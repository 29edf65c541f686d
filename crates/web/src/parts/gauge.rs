//! A bar from zero to the target, with a mark where the value should be by now.
//! SVG from the server: no script, no inline style.

use ledger::figure::Figure;
use words::Words;

use super::{coordinate::Coordinate, number::Scale};

/// The gauge of a figure that has a value and a target.
pub(crate) fn gauge(words: Words, scale: Scale, figure: &Figure) -> Option<String> {
    let (value, target) = (figure.shown_value()?, figure.target?);
    let expected = figure.expected.unwrap_or(target);
    // A value far above its target fills the bar; the number beside it says how far.
    let end = target.max(expected).max(value.min(target * 1.25)).max(f64::MIN_POSITIVE);
    let at = |number: f64| (number / end).clamp(0.0, 1.0) * 100.0;
    let goal_text =
        if figure.is_limit() { words.goal_at_most(scale.goal(target)) } else { scale.goal(target) };
    let message = words.dashboard_gauge(scale.exact(value), goal_text, scale.goal(expected));
    let state = figure.state.name();
    let width = Coordinate(if value > 0.0 { at(value).max(0.8) } else { 0.0 });
    let mark = Coordinate((at(expected) - 0.6).clamp(0.0, 98.8));
    let goal = Coordinate(at(target));
    Some(format!(
        "<svg class=\"gauge\" viewBox=\"0 0 100 12\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{message}\">\
         <rect class=\"g-track\" x=\"0\" y=\"3\" width=\"{goal}\" height=\"6\"/>\
         <rect class=\"g-{state}\" x=\"0\" y=\"3\" width=\"{width}\" height=\"6\"/>\
         <rect class=\"g-mark\" x=\"{mark}\" y=\"0\" width=\"1.2\" height=\"12\"/></svg>"
    ))
}
