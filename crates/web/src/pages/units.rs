//! Pages of the tree of units.

pub(crate) mod below;
pub(crate) mod change;
pub(crate) mod duplicates;
pub(crate) mod new;
pub(crate) mod search;
pub(crate) mod tree;
pub(crate) mod unit;

use app::{UnitView, units::Branch};
use jiff::civil::Date;
use ledger::hierarchy::Line;
use words::Words;

use crate::urls;

/// A line of the tree, in words.
pub(crate) fn line_name(words: Words, line: Line) -> &'static str {
    match line {
        Line::Subordination => words.units_affiliation(),
        Line::Guidance => words.units_guidance(),
    }
}

/// How a unit came to its end.
fn ended(words: Words, unit: &UnitView) -> Option<String> {
    let month = words.month(unit.closed_from?);
    Some(match unit.merged_into {
        Some(_) => words.units_merged_since(month),
        None => words.units_closed_since(month),
    })
}

/// One unit of a list or of the tree, ready to print.
struct Twig {
    name: String,
    code: String,
    url: String,
    /// The line it hangs on, unless that is the usual one.
    line: Option<&'static str>,
    closed: Option<String>,
    /// How many units hang below, and where they are.
    below: Option<(usize, String)>,
}

impl Twig {
    /// A unit with what is below it, as known on an earlier day if one is given.
    fn new(words: Words, branch: &Branch, past: Option<Date>) -> Self {
        let is_usual = branch.line == Line::Subordination;
        Self {
            line: (!is_usual).then(|| line_name(words, branch.line)),
            below: (branch.below > 0)
                .then(|| (branch.below, urls::branches(&branch.unit.code).with_some("as_of", past).into())),
            url: urls::unit(&branch.unit.code).with_some("as_of", past).into(),
            ..Self::alone(words, &branch.unit)
        }
    }

    /// A unit without what is below it.
    fn alone(words: Words, unit: &UnitView) -> Self {
        Self {
            name: unit.name.clone(),
            code: unit.code.clone(),
            url: urls::unit(&unit.code).into(),
            line: None,
            closed: ended(words, unit),
            below: None,
        }
    }
}
