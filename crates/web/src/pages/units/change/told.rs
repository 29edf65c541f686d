//! What a change would do, in sentences.

use app::units::{Plan, Step};
use model::month::Month;

use crate::visit::SignedIn;

/// The question whether a change is meant, ready to print.
pub(super) struct Told {
    /// What changes: label, value.
    pub(super) changes: Vec<(&'static str, String)>,
    /// What follows from it.
    pub(super) effects: Vec<String>,
    /// What somebody should think about first.
    pub(super) warnings: Vec<String>,
    /// The unit's version, which goes back with the deed.
    pub(super) version: i64,
    /// Words on the button.
    pub(super) confirm: String,
}

/// Tells what `step` would do.
pub(super) fn told(person: &SignedIn, step: &Step, plan: &Plan) -> Told {
    let words = person.words();
    let name = |unit: &Option<app::UnitView>| {
        unit.as_ref()
            .map_or_else(|| words.change_none().to_owned(), |unit| words.change_unit(&unit.name, &unit.code))
    };
    let from = words.month(step.from().unwrap_or(Month::of(person.ctx.clock.today())));
    let (unit, other) = (&plan.unit.name, name_of(plan.other.as_ref()));
    let present = plan.present.as_ref();
    let mut told = Told {
        changes: Vec::new(),
        effects: Vec::new(),
        warnings: Vec::new(),
        version: plan.version,
        confirm: String::new(),
    };
    match step {
        Step::Rename { name, until } => {
            told.changes = vec![
                (words.change_name_now(), unit.clone()),
                (words.change_name_new(), name.trim().to_owned()),
                (words.change_until(), words.date(*until)),
            ];
            told.effects.push(words.change_rename_effect().to_owned());
            told.confirm = words.change_confirm(words.change_rename());
        }
        Step::Move { .. } => {
            told.changes = vec![
                (words.change_parent_now(), name(&plan.present)),
                (words.change_parent_new(), name(&plan.other)),
                (words.change_from(), from.clone()),
            ];
            if plan.replaces {
                told.effects.push(words.change_move_replaces(&from));
            } else {
                told.effects.extend(present.map(|old| words.change_move_history(&from, &old.name)));
            }
            told.effects.push(words.change_move_future(&from, &other));
            if plan.below > 0 {
                told.effects.push(words.change_move_below(words.count(plan.below)));
            }
            told.effects.push(words.change_city_same().to_owned());
            told.confirm = words.change_confirm(words.change_move());
        }
        Step::Guide { by, .. } => {
            told.changes = vec![
                (words.change_guide_now(), name(&plan.present)),
                (words.change_guide_new(), name(&plan.other)),
                (words.change_from(), from.clone()),
            ];
            if plan.replaces {
                told.effects.push(words.change_move_replaces(&from));
            } else {
                told.effects.extend(present.map(|old| words.change_guide_stop(&from, &old.name)));
            }
            told.effects.extend(by.map(|_| words.change_guide_begin(&from, &other)));
            told.effects.push(words.change_city_same().to_owned());
            told.confirm = words.change_confirm(words.change_guide());
        }
        Step::Merge { .. } => {
            told.changes =
                vec![(words.change_into(), name(&plan.other)), (words.change_from(), from.clone())];
            told.effects = vec![words.change_merge_end(&from, unit), words.change_merge_adds(&from, &other)];
            if plan.below > 0 {
                told.effects.push(words.change_merge_below(words.count(plan.below), &other));
            }
            told.effects.push(words.change_city_same().to_owned());
            told.warnings = last_words(person, plan, &from);
            told.confirm = words.change_confirm(words.change_merge());
        }
        Step::Close { .. } => {
            told.changes = vec![(words.change_from(), from.clone())];
            told.effects.push(words.change_close_end(&from, unit));
            if plan.below > 0 {
                told.effects.push(words.change_close_teams(words.count(plan.below)));
            }
            told.warnings = last_words(person, plan, &from);
            told.confirm = words.change_confirm(words.change_close());
        }
    }
    told
}

/// What to think about before a unit ends.
fn last_words(person: &SignedIn, plan: &Plan, from: &str) -> Vec<String> {
    let words = person.words();
    let later = plan.later_facts;
    let facts = (later > 0).then(|| words.change_later_facts(words.count(later), from));
    facts.into_iter().chain([words.change_no_return().to_owned()]).collect()
}

fn name_of(unit: Option<&app::UnitView>) -> String {
    unit.map(|unit| unit.name.clone()).unwrap_or_default()
}
