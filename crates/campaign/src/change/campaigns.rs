//! What a version changes of campaigns and their indicators.

use std::collections::BTreeMap;

use super::{Change, ChangeKind, ChangedPart, compare, measure_numbers};
use crate::{
    definition::{Campaign, Definition, Direction, Indicator, MeasureIdx, Years},
    history::Continuity,
};

/// Compares all campaigns.
pub(super) fn compare_all(
    (old, new): (&Definition, &Definition),
    continuity: &Continuity,
    found: &mut Vec<Change>,
) {
    let mut pairs = Vec::new();
    compare(
        (old.campaigns.as_slice(), new.campaigns.as_slice()),
        |campaign: &Campaign| campaign.id.as_str(),
        |campaign| Some(campaign.id.clone()),
        |id, kind| found.push(Change { part: ChangedPart::Campaign(id.to_owned()), kind }),
        |former, now| pairs.push((former, now)),
    );
    let numbers = measure_numbers(old, new, continuity);
    for (former, now) in pairs {
        indicators(former, now, &numbers, found);
        let part = || ChangedPart::Campaign(now.id.clone());
        found.extend(general(former, now).into_iter().map(|kind| Change { part: part(), kind }));
    }
}

/// What is changed of a campaign itself.
fn general(former: &Campaign, now: &Campaign) -> Vec<ChangeKind> {
    let mut kinds = Vec::new();
    let loses_years = |before: Years, after: Years| before.first < after.first || before.last > after.last;
    if loses_years(former.period, now.period) || loses_years(former.baseline, now.baseline) {
        let years = |years: Years| format!("{}–{}", years.first, years.last);
        let both = |campaign: &Campaign| format!("{} ({})", years(campaign.period), years(campaign.baseline));
        kinds.push(ChangeKind::Shortened { was: both(former), now: both(now) });
    } else if (former.period, former.baseline) != (now.period, now.baseline)
        || readings(former) != readings(now)
    {
        kinds.push(ChangeKind::Redefined);
    }
    if former.coverage_threshold.to_bits() != now.coverage_threshold.to_bits() {
        let share = |campaign: &Campaign| campaign.coverage_threshold.to_string();
        kinds.push(ChangeKind::Threshold { was: share(former), now: share(now) });
    }
    kinds
}

/// The readings of a campaign with their options, the default of each first.
fn readings(campaign: &Campaign) -> Vec<(&str, Vec<&str>)> {
    let of_campaign = campaign.readings.iter().map(|reading| {
        let options = reading.options.iter().map(|option| option.id.as_str());
        (reading.id.as_str(), options.collect())
    });
    of_campaign.collect()
}

fn indicators(
    former: &Campaign,
    now: &Campaign,
    numbers: &BTreeMap<MeasureIdx, MeasureIdx>,
    found: &mut Vec<Change>,
) {
    let campaign = &now.id;
    let part = |id: &str| ChangedPart::Indicator(campaign.clone(), id.to_owned());
    let mut redefined = Vec::new();
    compare(
        (former.indicators.as_slice(), now.indicators.as_slice()),
        |indicator: &Indicator| indicator.id.as_str(),
        |indicator| Some(indicator.id.clone()),
        |id, kind| found.push(Change { part: part(id), kind }),
        |former, now| {
            let (was, is) = (target(former), target(now));
            if was != is {
                redefined.push(Change { part: part(&now.id), kind: ChangeKind::Retargeted { was, now: is } });
            }
            if !asks_the_same(former, now, numbers) {
                redefined.push(Change { part: part(&now.id), kind: ChangeKind::Redefined });
            }
        },
    );
    found.extend(redefined);
}

/// What is to be reached, or not to be passed.
fn target(indicator: &Indicator) -> String {
    let sign = match indicator.direction {
        Direction::AtLeast => "≥",
        Direction::AtMost => "≤",
    };
    format!("{sign} {}", indicator.target)
}

/// Whether an indicator asks for the same as before, its target aside: the same formulas over the same measures.
fn asks_the_same(former: &Indicator, now: &Indicator, numbers: &BTreeMap<MeasureIdx, MeasureIdx>) -> bool {
    if !now.measures().iter().all(|measure| numbers.contains_key(measure)) {
        return false;
    }
    let mut now = now.clone();
    now.replace_measures(numbers);
    let formulas = |indicator: &Indicator| {
        let variants = indicator
            .variants
            .iter()
            .map(|variant| (variant.kind, variant.numerator.clone(), variant.denominator.clone()));
        (indicator.formula.clone(), variants.collect::<Vec<_>>(), indicator.unconfirmed.clone())
    };
    former.goal == now.goal && formulas(former) == formulas(&now) && former.explain == now.explain
}
