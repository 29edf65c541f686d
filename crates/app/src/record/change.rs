//! One change of a record, as it is asked for and as it is written.

use campaign::definition::{FormIdx, StateIdx, Values};
use jiff::civil::Date;
use ledger::fact::Fact;
use model::{
    clock::BusinessDay,
    ids::{RecordId, UnitId},
};
use store::{new_id, records::RecordRow};

use super::{
    identity::identity,
    read::Record,
    state::{StoredState, Transitioned, next_state, state_as_before, stored_state},
};
use crate::{Context, Snapshot};

/// A change of a record that is asked for.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    /// A new record.
    Create {
        /// The id that it gets, where another record that is written with it refers to it.
        id: Option<RecordId>,
        /// Its form.
        form: FormIdx,
        /// Its unit.
        unit: UnitId,
        /// What it states.
        values: Values,
        /// What is pending beyond that.
        pending: Values,
        /// Id of the transition that begins it; `None` for one that needs none.
        beginning: Option<String>,
    },
    /// Other values for a stored record.
    Correct {
        /// As it is.
        record: Record,
        /// What it shall state.
        values: Values,
        /// What shall be pending beyond that.
        pending: Values,
    },
    /// A transition of a stored record.
    Take {
        /// As it is.
        record: Record,
        /// What it shall state.
        values: Values,
        /// What shall be pending beyond that.
        pending: Values,
        /// Id of the transition.
        transition: String,
        /// The state it leads to.
        to: StateIdx,
    },
    /// Other derived fields of a stored record, because other records are others.
    Derive {
        /// As it is.
        record: Record,
        /// What it shall state.
        values: Values,
    },
    /// A stored record is removed.
    Delete {
        /// As it is.
        record: Record,
    },
    /// What an import made of a record is taken back.
    TakeBack {
        /// As it is.
        record: Record,
        /// As it was before; `None` for one that the import has made.
        former: Option<Former>,
    },
}

/// A record as it was before a change.
#[derive(Debug, Clone)]
pub(crate) struct Former {
    /// What it stated.
    pub(crate) values: Values,
    /// What was pending beyond that.
    pub(crate) pending: Values,
    /// The state that it was in; `None` for a record that takes no transitions.
    pub(crate) state: Option<StateIdx>,
    /// Since when; `None` for since it was created.
    pub(crate) since: Option<Date>,
}

impl Command {
    /// The id that a new record gets because another that is written with it refers to it.
    pub(super) fn given_id(&self) -> Option<RecordId> {
        if let Self::Create { id, .. } = self { *id } else { None }
    }

    /// Whether it concerns a register, whose records change no unit's class.
    pub(super) fn is_of_register(&self, snapshot: &Snapshot) -> bool {
        let form = match self {
            Self::Create { form, .. } => *form,
            Self::Correct { record, .. }
            | Self::Take { record, .. }
            | Self::Derive { record, .. }
            | Self::Delete { record }
            | Self::TakeBack { record, .. } => record.fact.form,
        };
        snapshot.definition.forms[form].kind.changes_own_balances_alone()
    }
}

/// A record before and after a change.
pub(super) struct RecordDelta {
    pub(super) old: Option<Record>,
    pub(super) new: Option<Record>,
    /// Where the record has moved.
    pub(super) moved: Option<Transitioned>,
    /// Why, where no person states it.
    cause: Option<Cause>,
}

/// Why a record is changed, where no person states it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// An import is taken back.
    TakeBack,
    /// It follows from other records.
    Derived,
}

impl RecordDelta {
    /// The record that changes.
    pub(super) fn id(&self) -> Option<RecordId> {
        self.old.as_ref().or(self.new.as_ref()).map(|record| record.row.id)
    }

    /// What the audit calls the change.
    pub(super) fn audit_action(&self) -> &'static str {
        match (&self.old, &self.new) {
            _ if self.cause == Some(Cause::TakeBack) => TAKE_BACK,
            _ if self.cause == Some(Cause::Derived) => DERIVE,
            (None, _) => "create",
            (_, None) => "delete",
            _ if self.moved.as_ref().is_some_and(|moved| moved.transition.is_some()) => "step",
            _ => "correct",
        }
    }

    /// What a command changes.
    pub(super) fn new(snapshot: &Snapshot, ctx: &Context, command: Command) -> Self {
        match command {
            Command::Create { id, form, unit, values, pending, beginning } => {
                let id = id.unwrap_or_else(|| RecordId(new_id(ctx.clock.now())));
                let fact = Fact { id, form, unit, values, state: None };
                let moved =
                    beginning.map(|id| Transitioned { transition: Some(id), ..Transitioned::default() });
                // Since it was created, unless the region's day is another one than the calendar's.
                let since = snapshot.region.business_day.map(BusinessDay::date);
                let state = StoredState { since, ..StoredState::default() };
                let row = new_row(snapshot, (&fact, &pending), None, state);
                let new = Some(Record { row, fact, pending });
                Self { old: None, new, moved, cause: None }
            }
            Command::Correct { record, values, pending } => {
                Self::of_stored(snapshot, ctx, record, (values, pending), None)
            }
            Command::Take { record, values, pending, transition, to } => {
                Self::of_stored(snapshot, ctx, record, (values, pending), Some((transition, to)))
            }
            Command::Derive { record, values } => {
                let pending = record.pending.clone();
                let delta = Self::of_stored(snapshot, ctx, record, (values, pending), None);
                Self { cause: Some(Cause::Derived), ..delta }
            }
            Command::Delete { record } => Self { old: Some(record), new: None, moved: None, cause: None },
            Command::TakeBack { record, former: None } => {
                Self { old: Some(record), new: None, moved: None, cause: Some(Cause::TakeBack) }
            }
            Command::TakeBack { record, former: Some(former) } => Self::as_before(snapshot, record, former),
        }
    }

    fn of_stored(
        snapshot: &Snapshot,
        ctx: &Context,
        old: Record,
        (values, pending): (Values, Values),
        taken: Option<(String, StateIdx)>,
    ) -> Self {
        let mut fact = Fact { values, ..old.fact };
        let mut state = next_state(snapshot, ctx.today(snapshot), &old, &fact, taken);
        let moved = state.moved.take();
        fact.state = stored_state(snapshot, fact.form, state.state.as_deref());
        let row = new_row(snapshot, (&fact, &pending), Some(&old.row), state);
        Self { old: Some(old), new: Some(Record { row, fact, pending }), moved, cause: None }
    }

    fn as_before(snapshot: &Snapshot, old: Record, former: Former) -> Self {
        let Former { values, pending, state, since } = former;
        let mut fact = Fact { values, ..old.fact };
        let (stored, moved) = state_as_before(snapshot, &old, &fact, (state, since));
        fact.state = stored_state(snapshot, fact.form, stored.state.as_deref());
        let row = new_row(snapshot, (&fact, &pending), Some(&old.row), stored);
        Self { old: Some(old), new: Some(Record { row, fact, pending }), moved, cause: Some(Cause::TakeBack) }
    }
}

/// What the audit calls it when a record is changed because others are.
pub(crate) const DERIVE: &str = "derive";
/// What the audit calls it when an import is taken back.
pub(crate) const TAKE_BACK: &str = "take-back";

/// The row that stores a record at this version.
fn new_row(
    snapshot: &Snapshot,
    (fact, pending): (&Fact, &Values),
    old: Option<&RecordRow>,
    state: StoredState,
) -> RecordRow {
    let codec = &snapshot.codecs[fact.form];
    let has_pending = pending.iter().any(Option::is_some);
    RecordRow {
        id: fact.id,
        form: snapshot.definition.forms[fact.form].id.clone(),
        unit: fact.unit,
        identity: identity(snapshot, fact.form, &fact.values),
        version: old.map_or(1, |old| old.version + 1),
        definition_hash: snapshot.definition.hash.clone(),
        // What was read a moment ago can be read again.
        content: old
            .and_then(|old| codec.encode_over(&fact.values, &old.content).ok())
            .unwrap_or_else(|| codec.encode(&fact.values)),
        pending: has_pending.then(|| codec.encode(pending)),
        state: state.state,
        since: state.since,
    }
}
