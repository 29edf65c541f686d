//! The targets of a city that is smaller than the document's: counts are scaled, but not below what means something,
//! and not at all where they do not depend on the size of the city.

use std::collections::BTreeMap;

use campaign::definition::{CampaignIdx, Definition, Direction, Indicator, IndicatorKind, MeasureScale};

use super::shares::{number, whole_part};
use crate::recipe::{FormRecipe, Recipe};

/// The counts that are the city's own, by the keys of their indicators.
pub(super) fn own_targets(definition: &Definition, recipe: &Recipe, scale: f64) -> BTreeMap<String, i64> {
    if scale >= 1.0 {
        return BTreeMap::new();
    }
    let mut own = BTreeMap::new();
    for (position, campaign) in definition.campaigns.entries() {
        // Amounts of money, decimals, and limits are what they are in a small city.
        let is_count = |indicator: &&Indicator| {
            indicator.formula.kind == IndicatorKind::Count
                && indicator.direction == Direction::AtLeast
                && indicator.counted_scale(definition) == MeasureScale::Whole
        };
        for indicator in campaign.indicators.iter().filter(is_count) {
            let target = target(recipe, position, indicator, scale);
            if target > 0.0 && (target - indicator.target * scale).abs() >= 1.0 {
                let whole = i64::try_from(whole_part(target)).unwrap_or(i64::MAX);
                own.insert(campaign.key_of(indicator), whole);
            }
        }
    }
    own
}

/// A count to reach in a city of this scale. Which counts do not depend on it is said of the first campaign.
fn target(recipe: &Recipe, campaign: CampaignIdx, indicator: &Indicator, scale: f64) -> f64 {
    let targets = &recipe.city.targets;
    let is_first = campaign == CampaignIdx::FIRST;
    if is_first && targets.unscaled.iter().any(|id| *id.get_ref() == indicator.id) {
        return indicator.target;
    }
    (indicator.target * scale).round().max(targets.least.min(indicator.target))
}

/// By what the totals of a register are multiplied in a city of this scale.
pub(super) fn scale_of(definition: &Definition, recipe: &Recipe, form: &FormRecipe, scale: f64) -> f64 {
    let Some(indicator) = form.toward.map(|toward| &definition.first_campaign().indicators[toward]) else {
        return scale;
    };
    if scale >= 1.0 || indicator.target < 1.0 {
        return scale;
    }
    let scaled = target(recipe, CampaignIdx::FIRST, indicator, scale);
    // Rounding alone changes nothing.
    if scaled > number(whole_part(indicator.target * scale)) + 1.0 {
        scaled / indicator.target
    } else {
        scale
    }
}
