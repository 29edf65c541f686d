//! Sentences that say what a change would do.

use app::{
    UnitView,
    units::{Plan, UnitChange},
};
use words::Words;

use super::Sort;
use crate::request_context::SignedIn;

/// The question whether a change is meant, ready to print.
pub(super) struct Confirmation {
    /// What changes: label, value.
    pub(super) changes: Vec<(&'static str, String)>,
    /// What follows from it.
    pub(super) effects: Vec<String>,
    /// What somebody should think about first.
    pub(super) warnings: Vec<String>,
    /// The unit's version, which is sent back with the change.
    pub(super) version: i64,
    /// Words on the button.
    pub(super) confirm: String,
}

/// Tells what `change` would do.
pub(super) fn confirmation(person: &SignedIn, change: &UnitChange, plan: &Plan) -> Confirmation {
    let words = person.words();
    let teller = Teller {
        words,
        plan,
        from: change.effective_month().map(|from| words.month(from)).unwrap_or_default(),
    };
    let (sort, changes, effects) = match change {
        UnitChange::Rename { name, until } => {
            let changes = vec![
                (words.change_name_now(), plan.unit.name.clone()),
                (words.change_name_new(), name.trim().to_owned()),
                (words.change_until(), words.date(*until)),
            ];
            (Sort::Rename, changes, vec![words.change_rename_effect().to_owned()])
        }
        UnitChange::Move { .. } => {
            let labels = (words.change_parent_now(), words.change_parent_new());
            (Sort::Move, teller.line(labels), teller.moving())
        }
        UnitChange::Guide { by, .. } => {
            let labels = (words.change_guide_now(), words.change_guide_new());
            (Sort::Guide, teller.line(labels), teller.guiding(by.is_some()))
        }
        UnitChange::Merge { .. } => {
            let into = (words.change_into(), teller.unit(plan.other.as_ref()));
            (Sort::Merge, vec![into, teller.month()], teller.merging())
        }
        UnitChange::Close { .. } => (Sort::Close, vec![teller.month()], teller.closing()),
    };
    Confirmation {
        changes,
        effects,
        warnings: match sort {
            Sort::Merge | Sort::Close => teller.last_words(),
            Sort::Move | Sort::Guide => vec![words.change_no_earlier(&teller.from)],
            Sort::Rename => vec![words.change_no_earlier_name().to_owned()],
        },
        version: plan.version,
        confirm: words.change_confirm(sort.title(words)),
    }
}

/// What the sentences are made of.
struct Teller<'a> {
    words: Words,
    plan: &'a Plan,
    from: String,
}

impl Teller<'_> {
    /// Both units of a line that changes, and since when.
    fn line(&self, (now, new): (&'static str, &'static str)) -> Vec<(&'static str, String)> {
        let Plan { present, other, .. } = self.plan;
        vec![(now, self.unit(present.as_ref())), (new, self.unit(other.as_ref())), self.month()]
    }

    fn month(&self) -> (&'static str, String) {
        (self.words.change_from(), self.from.clone())
    }

    fn unit(&self, unit: Option<&UnitView>) -> String {
        let words = self.words;
        unit.map_or(words.change_none().to_owned(), |unit| words.change_unit(&unit.name, &unit.code))
    }

    fn other(&self) -> &str {
        self.plan.other.as_ref().map_or("", |other| other.name.as_str())
    }

    /// What becomes of the line in force: it gives way, or ends.
    fn ending(&self, ended: impl FnOnce(&str) -> String) -> Option<String> {
        let present = self.plan.present.as_ref();
        if self.plan.replaces {
            Some(self.words.change_move_replaces(&self.from))
        } else {
            present.map(|present| ended(&present.name))
        }
    }

    fn moving(&self) -> Vec<String> {
        let (words, from) = (self.words, &self.from);
        let mut effects = Vec::from_iter(self.ending(|old| words.change_move_history(from, old)));
        effects.push(words.change_move_future(from, self.other()));
        if self.plan.below > 0 {
            effects.push(words.change_move_below(words.count(self.plan.below)));
        }
        effects.push(words.change_city_same().to_owned());
        effects
    }

    fn guiding(&self, begins: bool) -> Vec<String> {
        let (words, from) = (self.words, &self.from);
        let mut effects = Vec::from_iter(self.ending(|old| words.change_guide_stop(from, old)));
        if begins {
            effects.push(words.change_guide_begin(from, self.other()));
        }
        effects.push(words.change_city_same().to_owned());
        effects
    }

    fn merging(&self) -> Vec<String> {
        let (words, from) = (self.words, &self.from);
        let mut effects = vec![
            words.change_merge_end(&self.plan.unit.name, from),
            words.change_merge_adds(from, self.other()),
        ];
        if self.plan.below > 0 {
            effects.push(words.change_merge_below(words.count(self.plan.below), self.other()));
        }
        effects.push(words.change_city_same().to_owned());
        effects
    }

    fn closing(&self) -> Vec<String> {
        let words = self.words;
        let teams = (self.plan.below > 0).then(|| words.change_close_teams(words.count(self.plan.below)));
        std::iter::once(words.change_close_end(&self.plan.unit.name, &self.from)).chain(teams).collect()
    }

    /// What to think about before a unit ends.
    fn last_words(&self) -> Vec<String> {
        let (words, later) = (self.words, self.plan.later_facts);
        let facts = (later > 0).then(|| words.change_later_facts(words.count(later), &self.from));
        facts.into_iter().chain([words.change_no_return().to_owned()]).collect()
    }
}
