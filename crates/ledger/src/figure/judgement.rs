//! How a value stands to its target.

use campaign::definition::{Direction, Goal, Indicator};

/// The state of a figure compared with its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FigureState {
    /// The target is reached, or the limit is kept.
    Met,
    /// Not reached, but where it should be by now.
    OnTrack,
    /// Behind where it should be, or beyond the limit.
    Behind,
    /// It cannot be said: too few units have answered for the value to be called reached, or what is stated for other
    /// periods is not in it.
    Incomplete,
    /// There is no value to compare.
    NoValue,
    /// There is no target for this unit.
    NoTarget,
}

impl FigureState {
    /// Its name in JSON and style classes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::OnTrack => "on-track",
            Self::Behind => "behind",
            Self::Incomplete => "incomplete",
            Self::NoValue => "no-value",
            Self::NoTarget => "no-target",
        }
    }
}

/// What a value is held against.
#[derive(Clone, Copy)]
pub(super) struct Goals {
    pub(super) target: Option<f64>,
    pub(super) expected: Option<f64>,
}

/// How much of what it is about a value is known to contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// All of it.
    Whole,
    /// What few units have answered.
    OfFew,
    /// What fits into the period asked for; more is stated for others.
    InPart,
}

/// The state of a value.
pub(super) fn state(indicator: &Indicator, value: Option<f64>, goals: Goals, known: Known) -> FigureState {
    let Some(value) = value else { return FigureState::NoValue };
    let Some((target, expected)) = goals.target.zip(goals.expected) else { return FigureState::NoTarget };
    let holds = |goal: f64| match indicator.direction {
        // Half a millionth aside counts as reached: targets are decimal, values binary.
        Direction::AtLeast => value >= goal - goal.abs() * 5e-7,
        Direction::AtMost => value <= goal + goal.abs() * 5e-7,
    };
    let is_on_path = matches!(indicator.goal, Goal::ByEnd(_)) && holds(expected);
    let state = match indicator.direction {
        _ if holds(target) => FigureState::Met,
        Direction::AtLeast if is_on_path => FigureState::OnTrack,
        Direction::AtLeast | Direction::AtMost => FigureState::Behind,
    };
    match (state, known) {
        (FigureState::Met | FigureState::OnTrack, Known::OfFew | Known::InPart) => FigureState::Incomplete,
        // What is left out may be what it lacks; a limit that is passed is passed without it.
        (FigureState::Behind, Known::InPart) if indicator.direction == Direction::AtLeast => {
            FigureState::Incomplete
        }
        (state, _) => state,
    }
}

/// The value from which on a figure that is behind would not be: the path, and for a limit the limit itself.
pub(super) fn due(direction: Direction, goals: Goals) -> Option<f64> {
    match direction {
        Direction::AtLeast => goals.expected,
        Direction::AtMost => goals.target,
    }
}
