//! Checks of measures, and their slots in a unit's row of balances.

use std::collections::{BTreeMap, BTreeSet};

use model::month::Month;

use crate::{
    check::{
        files::{CampaignFiles, Files},
        naming::{choose, unique, words},
    },
    definition::{IdxVec, Measure, MeasureGrains, MeasureIdx, MeasureKind, MeasureScale, Window},
    marker::Marker,
    mistake::say,
    written::{measure as written, read::Located},
};

/// A measure's id with its kind, unless that is mistaken.
type Known = (String, Option<MeasureKind>);

/// Checks all measures, those of the first campaign before what others bring.
pub(super) fn check(files: &Files<'_>) -> (IdxVec<Measure>, IdxVec<Measure, Known>) {
    let mut slots = Slots::default();
    let mut measures = Vec::new();
    let mut known = Vec::new();
    for campaign in &files.campaigns {
        let marker = campaign.measures.marker;
        let written = &campaign.measures.value.measure;
        unique(marker, written.iter().map(|measure| &measure.id));
        let since = Month::january(campaign.campaign.value.period.value.first_year);
        for measure in written {
            words(marker, &measure.id.span, &measure.id.value, '_');
            let kind = kind(marker, measure);
            known.push((measure.id.value.clone(), kind));
            measures.push(Measure {
                id: measure.id.value.clone(),
                was: measure.was.as_ref().map(|was| was.value.clone()),
                // Known when the version follows those before it.
                former: Vec::new(),
                label: measure.label.clone(),
                // The empty value of a kind that has been marked.
                kind: kind.unwrap_or(MeasureKind::Flow),
                unit: measure.unit.clone(),
                scale: scale(marker, measure),
                since,
                has_unlisted: measure.unlisted,
                listed_slot: slots.next(),
                unlisted_slot: measure.unlisted.then(|| slots.next()),
                grains: MeasureGrains::default(),
                // Found when the forms have been checked.
                answers: None,
            });
        }
        posted(files, campaign);
    }
    (measures.into(), known.into())
}

/// The slots of a row of balances, given out one after the other.
#[derive(Default)]
pub(super) struct Slots(usize);

impl Slots {
    /// Goes on behind those that measures have.
    pub(super) fn following(measures: &IdxVec<Measure>) -> Self {
        Self(measures.iter().map(Measure::slots_end).max().unwrap_or(0))
    }

    pub(super) fn next(&mut self) -> usize {
        self.0 += 1;
        self.0 - 1
    }
}

/// Adds measures that count the same over the years of another campaign, and returns where they are, by position.
pub(super) fn over_other_years(
    measures: &mut IdxVec<Measure>,
    used: impl IntoIterator<Item = MeasureIdx>,
    since: Month,
) -> BTreeMap<MeasureIdx, MeasureIdx> {
    let mut slots = Slots::following(measures);
    let mut others = BTreeMap::new();
    for position in used {
        let measure = &measures[position];
        let depends =
            matches!(measure.kind, MeasureKind::Distinct(Window::Campaign) | MeasureKind::Statement);
        if !depends || measure.since == since || others.contains_key(&position) {
            continue;
        }
        if let Some(known) = measures.position(|other| other.id == measure.id && other.since == since) {
            others.insert(position, known);
            continue;
        }
        let other = Measure {
            since,
            listed_slot: slots.next(),
            unlisted_slot: measure.has_unlisted.then(|| slots.next()),
            ..measure.clone()
        };
        others.insert(position, measures.push(other));
    }
    others
}

fn kind(marker: Marker<'_>, measure: &written::Measure) -> Option<MeasureKind> {
    let window = match &measure.per {
        Some(per) => choose(marker, per, &[("campaign", Window::Campaign), ("year", Window::Year)])?,
        None => Window::Campaign,
    };
    let kinds = [
        ("flow", MeasureKind::Flow),
        ("stock", MeasureKind::Stock),
        ("level", MeasureKind::Level),
        ("distinct", MeasureKind::Distinct(window)),
        ("statement", MeasureKind::Statement),
    ];
    let kind = choose(marker, &measure.kind, &kinds)?;
    if let Some(per) = measure.per.as_ref().filter(|_| !matches!(kind, MeasureKind::Distinct(_))) {
        let name = &measure.kind.value;
        marker.mark(
            &per.span,
            say!("{name} 类统计项没有 `per`", "`per` means nothing for a {name} measure"),
            say!("请删去,或把 kind 改为 distinct", "leave it out, or make the measure distinct"),
        );
    }
    Some(kind)
}

/// Most decimals of a measure: with more, the sums of a region would not be exact any more.
const MOST_DECIMALS: i64 = 6;

/// In what a measure counts.
fn scale(marker: Marker<'_>, measure: &written::Measure) -> MeasureScale {
    let units = [("yuan", 100), ("wan", 1_000_000), ("yi", 10_000_000_000)];
    match (&measure.scale, &measure.decimals) {
        (None, None) => MeasureScale::Whole,
        (Some(scale), None) => choose(marker, scale, &units)
            .map_or(MeasureScale::Whole, |fen_per_unit| MeasureScale::Money { fen_per_unit }),
        (None, Some(Located { value, span })) => {
            if !(0..=MOST_DECIMALS).contains(value) {
                marker.mark(
                    span,
                    say!("小数位数须在 0 到 6 之间", "a measure has 0 to 6 decimals"),
                    say!("请改正 decimals", "correct `decimals`"),
                );
            }
            let digits = u8::try_from((*value).clamp(0, MOST_DECIMALS)).unwrap_or(0);
            MeasureScale::Decimal { digits }
        }
        (Some(_), Some(decimals)) => {
            marker.mark(
                &decimals.span,
                say!("金额按分累计,没有 `decimals`", "money is summed in fen: `decimals` means nothing"),
                say!("请在 scale 和 decimals 中只留一个", "keep either `scale` or `decimals`"),
            );
            MeasureScale::Whole
        }
    }
}

/// Marks measures of a campaign that no form posts to.
fn posted(files: &Files<'_>, campaign: &CampaignFiles<'_>) {
    let posts = files.forms.iter().flat_map(|form| &form.page.value.post);
    let uses = campaign.uses.iter().flat_map(|page| &page.value.post);
    let posted: BTreeSet<&str> = posts.chain(uses).map(|post| post.value.measure.value.as_str()).collect();
    for measure in &campaign.measures.value.measure {
        let id = measure.id.value.as_str();
        if !id.is_empty() && !posted.contains(id) {
            campaign.measures.marker.mark(
                &measure.id.span,
                say!("没有任何表计入 `{id}`", "nothing posts to `{id}`"),
                say!("请在某个表中加 [[post]],或删去此项", "add a [[post]] to a form, or delete the measure"),
            );
        }
    }
}
