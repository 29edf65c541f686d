//! The targets of a city that is smaller than the document's: counts are scaled, but not below what means something,
//! and not at all where they do not depend on the size of the city.

use std::collections::BTreeMap;

use campaign::definition::{Definition, Indicator, IndicatorKind};

use super::shares::{number, whole_part};
use crate::recipe::{FormRecipe, Recipe};

/// The counts that are the city's own, by indicator.
pub(super) fn own_targets(definition: &Definition, recipe: &Recipe, scale: f64) -> BTreeMap<String, i64> {
    if scale >= 1.0 {
        return BTreeMap::new();
    }
    let counts = definition
        .first_campaign()
        .indicators
        .iter()
        .filter(|indicator| indicator.formula.kind == IndicatorKind::Count);
    let own = counts.filter_map(|indicator| {
        let target = target(recipe, indicator, scale);
        let is_own = target > 0.0 && (target - indicator.target * scale).abs() >= 1.0;
        is_own.then(|| (indicator.id.clone(), i64::try_from(whole_part(target)).unwrap_or(i64::MAX)))
    });
    own.collect()
}

/// A count to reach in a city of this scale.
fn target(recipe: &Recipe, indicator: &Indicator, scale: f64) -> f64 {
    let targets = &recipe.city.targets;
    if targets.unscaled.iter().any(|id| *id.get_ref() == indicator.id) {
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
    let scaled = target(recipe, indicator, scale);
    // Rounding alone changes nothing.
    if scaled > number(whole_part(indicator.target * scale)) + 1.0 {
        scaled / indicator.target
    } else {
        scale
    }
}
