//! Pages of the tree of units.

pub(crate) mod below;
pub(crate) mod search;
pub(crate) mod tree;
pub(crate) mod unit;

use app::{UnitView, units::Branch};
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
    fn new(words: Words, branch: &Branch) -> Self {
        let is_usual = branch.line == Line::Subordination;
        Self {
            line: (!is_usual).then(|| line_name(words, branch.line)),
            below: (branch.below > 0).then(|| (branch.below, urls::branches(&branch.unit.code).into())),
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
            closed: unit.closed_from.map(|month| words.units_closed_since(words.month(month))),
            below: None,
        }
    }
}
