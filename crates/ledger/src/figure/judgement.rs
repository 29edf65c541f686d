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
    /// The value would do, but too few units have answered for it to be called so.
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

/// The state of a value; `is_covered` says whether enough units have answered.
pub(super) fn state(
    indicator: &Indicator,
    value: Option<f64>,
    goals: Goals,
    is_covered: bool,
) -> FigureState {
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
    match state {
        FigureState::Met | FigureState::OnTrack if !is_covered => FigureState::Incomplete,
        state => state,
    }
}

/// The value from which on a figure that is behind would not be: the path, and for a limit the limit itself.
pub(super) fn due(direction: Direction, goals: Goals) -> Option<f64> {
    match direction {
        Direction::AtLeast => goals.expected,
        Direction::AtMost => goals.target,
    }
}
