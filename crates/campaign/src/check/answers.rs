//! Finds what units answer in the statements that they owe, and gives the numbers of those who did their slots.
//!
//! A measure is answered in statements when one form of returns or baselines posts to it and nothing else does.

use std::collections::BTreeMap;

use crate::{
    check::measure::Slots,
    definition::{
        AnswerPair, AnswerSlots, Campaign, Form, FormIdx, IdxVec, Indicator, LastStatementSlots, Measure,
        MeasureIdx, MeasureKind, PairSlots,
    },
    formula::{Formula, Over},
};

/// Gives measures and forms their answers; the pairs that indicators divide by each other, and the slots that are left.
pub(super) fn find(
    measures: &mut IdxVec<Measure>,
    forms: &mut IdxVec<Form>,
    campaigns: &IdxVec<Campaign>,
) -> (Vec<AnswerPair>, Slots) {
    let mut slots = Slots::following(measures);
    let mut stating: BTreeMap<MeasureIdx, Vec<FormIdx>> = BTreeMap::new();
    for (position, form) in forms.entries() {
        for post in &form.posts {
            let known = stating.entry(post.measure).or_default();
            if !known.contains(&position) {
                known.push(position);
            }
        }
    }
    let mut form_of = BTreeMap::new();
    for (position, forms_here) in stating {
        let [form] = forms_here[..] else { continue };
        let kind = measures[position].kind;
        let is_stated = match kind {
            MeasureKind::Level => forms[form].kind.states_classes(),
            MeasureKind::Statement => forms[form].kind.states_baselines(),
            MeasureKind::Flow | MeasureKind::Stock | MeasureKind::Distinct(_) => false,
        };
        if is_stated {
            // Which return of a unit is its last is known of those that say what the unit is.
            let is_carried = kind == MeasureKind::Level && !forms[form].classifying.is_empty();
            let answered = slots.next();
            let last_statement =
                is_carried.then(|| LastStatementSlots { value: slots.next(), answered: slots.next() });
            measures[position].answers = Some(AnswerSlots { answered, last_statement });
            forms[form].answers.push(position);
            form_of.insert(position, form);
        }
    }
    let pairs = pairs(measures, campaigns, &form_of, &mut slots);
    (pairs, slots)
}

/// The pairs of one form and one year: only of them it is known who answered both.
fn pairs(
    measures: &IdxVec<Measure>,
    campaigns: &IdxVec<Campaign>,
    form_of: &BTreeMap<MeasureIdx, FormIdx>,
    slots: &mut Slots,
) -> Vec<AnswerPair> {
    let mut pairs: Vec<AnswerPair> = Vec::new();
    let divided = campaigns.iter().flat_map(|campaign| &campaign.indicators).flat_map(divided);
    for (above, below) in divided {
        let is_known = pairs.iter().any(|pair| (pair.above, pair.below) == (above, below));
        let Some(form) = form_of.get(&above).copied() else { continue };
        if is_known || form_of.get(&below) != Some(&form) {
            continue;
        }
        let mut next = || PairSlots { answered: slots.next(), above: slots.next(), below: slots.next() };
        let is_carried = measures[above].answers.is_some_and(|answers| answers.last_statement.is_some());
        let own = next();
        let last_statement = is_carried.then(next);
        pairs.push(AnswerPair { above, below, form, slots: own, last_statement });
    }
    pairs
}

/// Levels that an indicator divides by each other in some reading, over the same years.
fn divided(indicator: &Indicator) -> Vec<(MeasureIdx, MeasureIdx)> {
    let level = |formula: &Formula| match formula {
        Formula::Term(term) if matches!(term.over, Over::Year | Over::Years) => Some(*term),
        _ => None,
    };
    let own = &indicator.formula;
    let variants = indicator.variants.iter().map(|variant| {
        let above = variant.numerator.as_ref().unwrap_or(&own.numerator);
        (above, variant.denominator.as_ref().or(own.denominator.as_ref()))
    });
    std::iter::once((&own.numerator, own.denominator.as_ref()))
        .chain(variants)
        .filter_map(|(above, below)| Some((level(above)?, level(below?)?)))
        .filter(|(above, below)| above.over == below.over)
        .map(|(above, below)| (above.measure, below.measure))
        .collect()
}
