//! Fields and posts of periods.

#![expect(clippy::unwrap_used, reason = "what a test cannot read fails it")]

use std::path::Path;

use campaign::{
    change::{ChangeKind, ChangedPart, changes},
    check::{check, check_dir},
    definition::{AnswerPair, Definition, Measure, Part},
};
use model::period::Grain;

use crate::mistakes::{patched, small};

fn shipped(campaign: &str) -> Definition {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../campaigns").join(campaign);
    check_dir(&dir).unwrap().unwrap()
}

/// What is posted for periods of several grains is kept apart, behind everything else.
#[test]
fn each_grain_of_a_measure_has_a_slot() {
    let definition = check(&small()).unwrap();
    let ideas = &definition.measures[definition.measure("ideas").unwrap().0];
    let listed: Vec<_> = ideas.slots_of(Part::Listed).collect();
    assert_eq!(listed, [(Grain::Month, ideas.listed_slot)]);
    let unlisted: Vec<_> = ideas.slots_of(Part::Unlisted).collect();
    let grains: Vec<Grain> = unlisted.iter().map(|(grain, _)| *grain).collect();
    assert_eq!(grains, [Grain::Year, Grain::Quarter, Grain::UnionYear]);
    assert_eq!(Some(unlisted[0].1), ideas.unlisted_slot, "the first one stays where it was");
    let further =
        |measure: &Measure| measure.grains.further.iter().map(|further| further.slot).collect::<Vec<_>>();
    let others = definition.measures.iter().filter(|measure| measure.id != "ideas");
    let last = others.flat_map(Measure::slots).flatten().max().unwrap();
    let pairs = definition.answer_pairs.iter().flat_map(AnswerPair::all_slots).flatten().max();
    let last = last.max(pairs.unwrap_or(0));
    assert_eq!(further(ideas), [last + 1, last + 2]);
    assert_eq!(ideas.slots().into_iter().flatten().count(), 4);
}

/// Stored rows of the campaigns that we ship mean what they meant.
#[test]
fn a_measure_of_one_grain_keeps_its_slots() {
    for campaign in ["dalian-2011-23", "wuchuang-wubi-2011"] {
        let definition = shipped(campaign);
        for measure in &definition.measures {
            assert!(measure.grains.further.is_empty(), "{campaign} {}", measure.id);
        }
    }
}

/// A quarter is never read as a month: the definition has to say that it is another kind of value.
#[test]
fn another_grain_is_another_kind() {
    let old = check(&small()).unwrap();
    let change = |to: &str| {
        let source = patched(&small(), "returns/quarterly.toml", "grain = \"month\"", to);
        changes(&old, &check(&source).unwrap())
    };
    let retyped = |is_declared| {
        let kind = ChangeKind::Retyped { from: "period".to_owned(), to: "period".to_owned(), is_declared };
        (ChangedPart::Field("quarterly".to_owned(), "until".to_owned()), kind)
    };
    for (to, is_declared) in [("grain = \"half\"", false), ("grain = \"half\"\nfrom = \"period\"", true)] {
        let found: Vec<_> = change(to).into_iter().map(|change| (change.part, change.kind)).collect();
        assert_eq!(found, [retyped(is_declared)]);
    }
}
