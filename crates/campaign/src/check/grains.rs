//! Finds for what periods measures are posted, and gives what is posted for periods of several grains a slot for each.
//!
//! The first grain of a part has the slot that the part always had, so that a campaign that posts by one grain keeps the
//! rows that are stored. Further ones come behind all others.

use std::collections::BTreeSet;

use super::measure::Slots;
use crate::definition::{Form, FurtherSlot, IdxVec, Measure, MeasureIdx, Part};

/// Gives every measure its grains.
pub(super) fn find(measures: &mut IdxVec<Measure>, forms: &IdxVec<Form>, mut slots: Slots) {
    let mut known: BTreeSet<(MeasureIdx, Part)> = BTreeSet::new();
    for post in forms.iter().flat_map(|form| &form.posts) {
        let measure = &mut measures[post.measure];
        if !measure.has_grains() {
            continue;
        }
        if known.insert((post.measure, post.part)) {
            match post.part {
                Part::Listed => measure.grains.listed = post.grain,
                Part::Unlisted => measure.grains.unlisted = post.grain,
            }
        } else if measure.slots_of(post.part).all(|(grain, _)| grain != post.grain) {
            let further = FurtherSlot { part: post.part, grain: post.grain, slot: slots.next() };
            measure.grains.further.push(further);
        }
    }
}
