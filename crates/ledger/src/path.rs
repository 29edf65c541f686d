//! The value that a target should have reached at a given month.

use campaign::definition::{Campaign, Goal, Path};
use model::month::{Month, Year};

/// What should have been reached of `target` by the end of `month`.
pub fn expected(campaign: &Campaign, goal: &Goal, target: f64, month: Month) -> f64 {
    target * expected_share(campaign, goal, month)
}

/// What share of a target (0–1) should have been reached by the end of `month`.
pub fn expected_share(campaign: &Campaign, goal: &Goal, month: Month) -> f64 {
    match goal {
        Goal::EachYear | Goal::Throughout => 1.0,
        Goal::ByEnd(path) => share(campaign, path, month),
    }
}

/// The share (0–1) of a path that lies behind at the end of `month`.
fn share(campaign: &Campaign, path: &Path, month: Month) -> f64 {
    if month < campaign.first_month() {
        return 0.0;
    }
    if month >= campaign.last_month() {
        return 1.0;
    }
    let years = campaign.period.count();
    let whole = i32::from(month.year()) - i32::from(campaign.period.first);
    let part = f64::from(month.of_year()) / 12.0;
    match path {
        Path::Linear => (f64::from(whole) + part) / f64::from(years),
        Path::Compound(growth) => {
            let amount = |year: i32| (1.0 + growth).powi(year);
            let sum = |count: i32| (0..count).map(amount).sum::<f64>();
            (sum(whole) + amount(whole) * part) / sum(years)
        }
        Path::Plan(shares) => {
            let at = |year: Year| shares.get(&year).copied().unwrap_or(0.0);
            let before = if whole == 0 { 0.0 } else { at(month.year() - 1) };
            before + (at(month.year()) - before) * part
        }
    }
}
