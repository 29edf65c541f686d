//! A state in words, with a sign and a colour. A colour alone never shows a state.

use ledger::figure::{FigureState, Note};
use words::Words;

use super::number::Scale;

/// Every state, in the order in which summaries name them.
pub(crate) const STATES: [FigureState; 6] = [
    FigureState::Met,
    FigureState::OnTrack,
    FigureState::Behind,
    FigureState::Incomplete,
    FigureState::NoValue,
    FigureState::NoTarget,
];

/// A state, ready to print.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chip {
    /// Name of its sign and its style.
    pub(crate) name: &'static str,
    /// Words for it.
    pub(crate) label: &'static str,
}

impl Chip {
    /// The chip of the state of one figure. A count is completed (已完成), a rate reaches its mark (已达标).
    pub(crate) fn for_figure(words: Words, scale: Scale, state: FigureState) -> Self {
        let label = match state {
            FigureState::Met if !scale.is_count() => words.state_rate_met(),
            state => Self::new(words, state).label,
        };
        Self { name: state.name(), label }
    }

    /// The chip of a state that figures of several indicators have.
    pub(crate) fn new(words: Words, state: FigureState) -> Self {
        let label = match state {
            FigureState::Met => words.state_met(),
            FigureState::OnTrack => words.state_on_track(),
            FigureState::Behind => words.state_behind(),
            FigureState::Incomplete => words.state_incomplete(),
            FigureState::NoValue => words.state_no_value(),
            FigureState::NoTarget => words.state_no_target(),
        };
        Self { name: state.name(), label }
    }
}

/// What to know about a figure, as a sentence.
pub(crate) fn note(words: Words, note: Note) -> &'static str {
    match note {
        Note::NoBaseline => words.figure_note_no_baseline(),
        Note::NothingToDivideBy => words.figure_note_nothing_to_divide_by(),
        Note::NegativeGrowthBase => words.figure_note_negative_growth_base(),
        Note::TargetNotSplit => words.figure_note_target_not_split(),
        Note::NotReported => words.figure_note_not_reported(),
        Note::NotApplicable => words.figure_note_not_applicable(),
        Note::LowCoverage => words.figure_note_low_coverage(),
        Note::StatementsLeftOut => words.figure_note_statements_left_out(),
        Note::PartOfPeriod => words.figure_note_part_of_period(),
        Note::CalendarYearsOnly => words.figure_note_calendar_years_only(),
        Note::NotBegun => words.figure_note_not_begun(),
        Note::NotKept => words.figure_note_not_kept(),
    }
}

/// The text shown for a value that does not exist.
pub(crate) fn instead(words: Words, note: Option<Note>) -> &'static str {
    match note {
        Some(Note::NoBaseline) => words.figure_short_no_baseline(),
        Some(Note::NothingToDivideBy) => words.figure_short_nothing_to_divide_by(),
        Some(Note::NegativeGrowthBase) => words.figure_short_negative_growth_base(),
        Some(Note::NotReported) => words.figure_short_not_reported(),
        Some(Note::NotApplicable) => words.figure_short_not_applicable(),
        Some(Note::CalendarYearsOnly) => words.figure_short_calendar_years_only(),
        Some(Note::NotBegun) => words.figure_short_not_begun(),
        Some(
            Note::TargetNotSplit
            | Note::LowCoverage
            | Note::StatementsLeftOut
            | Note::PartOfPeriod
            | Note::NotKept,
        )
        | None => words.dashboard_no_value_here(),
    }
}
