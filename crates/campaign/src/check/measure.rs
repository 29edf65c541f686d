//! Checks of measures, and their slots in a unit's row of balances.

use std::collections::BTreeSet;

use crate::{
    check::{
        files::Files,
        naming::{choose, unique, words},
    },
    definition::{IdxVec, Measure, MeasureKind, Window},
    marker::Marker,
    mistake::say,
    written::measure as written,
};

/// A measure's id with its kind, unless that is mistaken.
type Known = (String, Option<MeasureKind>);

/// Checks all measures.
pub(super) fn check(files: &Files<'_>) -> (IdxVec<Measure>, IdxVec<Measure, Known>) {
    let marker = files.measures.marker;
    let written = &files.measures.value.measure;
    unique(marker, written.iter().map(|measure| &measure.id));
    let mut slots = 0;
    let mut measures = Vec::new();
    let mut known = Vec::new();
    for measure in written {
        words(marker, &measure.id.span, &measure.id.value, '_');
        let kind = kind(marker, measure);
        known.push((measure.id.value.clone(), kind));
        let mut slot = || {
            slots += 1;
            slots - 1
        };
        measures.push(Measure {
            id: measure.id.value.clone(),
            label: measure.label.clone(),
            // The empty value of a kind that has been marked.
            kind: kind.unwrap_or(MeasureKind::Flow),
            unit: measure.unit.clone(),
            has_unlisted: measure.unlisted,
            listed_slot: slot(),
            unlisted_slot: measure.unlisted.then(&mut slot),
        });
    }
    posted(files);
    (measures.into(), known.into())
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

/// Marks measures that no form posts to.
fn posted(files: &Files<'_>) {
    let posts = files.forms().flat_map(|(_, page)| &page.value.post);
    let posted: BTreeSet<&str> = posts.map(|post| post.value.measure.value.as_str()).collect();
    for measure in &files.measures.value.measure {
        let id = measure.id.value.as_str();
        if !id.is_empty() && !posted.contains(id) {
            files.measures.marker.mark(
                &measure.id.span,
                say!("没有任何表计入 `{id}`", "nothing posts to `{id}`"),
                say!("请在某个表中加 [[post]],或删去此项", "add a [[post]] to a form, or delete the measure"),
            );
        }
    }
}
