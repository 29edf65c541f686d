//! Campaigns side by side: what the second one brings, what it may repeat, and what it must not say otherwise.

#![expect(clippy::unwrap_used, reason = "what a test cannot read fails it")]

use std::path::Path;

use campaign::{
    check::{Age, Directory, check_all},
    definition::{CampaignIdx, Definition, MeasureKind},
    source::{Source, SourceFile},
};
use model::month::Month;

fn read(path: &str) -> Source {
    Source::read_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)).unwrap()
}

fn together(second: &Source) -> Result<Definition, Vec<String>> {
    let first = read("small");
    let directories =
        [Directory { source: &first, age: Age::Stored }, Directory { source: second, age: Age::New }];
    let mistakes = |mistakes: Vec<_>| mistakes.iter().map(ToString::to_string).collect();
    check_all(&directories).map_err(mistakes)
}

/// The second campaign with other files in the place of its own, or beside them.
fn second_with(files: &[(&str, String)]) -> Source {
    let own = read("second");
    let is_replaced = |file: &&SourceFile| !files.iter().any(|(path, _)| *path == file.path);
    let others = files.iter().map(|(path, text)| SourceFile { path: (*path).to_owned(), text: text.clone() });
    Source::from_files(own.files().iter().filter(is_replaced).cloned().chain(others).collect())
}

fn text_of(dir: &str, path: &str) -> String {
    read(dir).file(path).unwrap().text.clone()
}

#[test]
fn the_second_campaign_stands_beside_the_first() {
    let definition = together(&read("second")).unwrap();
    let alone = check_all(&[Directory { source: &read("small"), age: Age::New }]).unwrap();
    let ids: Vec<_> = definition.campaigns.iter().map(|campaign| campaign.id.as_str()).collect();
    assert_eq!(ids, ["five-creations-2021-23", "ideas-2022-24"]);
    assert_eq!(definition.first_campaign().hash, alone.hash, "a campaign keeps the name of its version");
    assert_ne!(definition.hash, alone.hash, "together they are another version");
    for (form, known) in alone.forms.iter().zip(definition.forms.iter()) {
        assert_eq!(form.id, known.id, "what the first one has stays where it was");
    }
    let slots = |definition: &Definition| -> Vec<usize> {
        definition.measures.iter().map(|measure| measure.listed_slot).collect()
    };
    assert!(slots(&definition).starts_with(&slots(&alone)));

    let (_, second) = definition.campaign("ideas-2022-24").unwrap();
    let clause = |form: &str| second.clause_of(definition.form(form).unwrap().0);
    assert_eq!(
        (clause("visit"), clause("workshop-idea"), clause("green-action")),
        (Some("2"), Some("1"), None)
    );
    let first = definition.first_campaign();
    assert_eq!(first.clause_of(definition.form("workshop-idea").unwrap().0), Some("2"));
    assert_eq!(first.clause_of(definition.form("visit").unwrap().0), None);
    assert_eq!((definition.years().first, definition.period().last), (2018, 2024));

    let role = definition.role("visit-officer").unwrap();
    assert!(role.is_for("ideas-2022-24") && !role.is_for("five-creations-2021-23"));
    assert!(definition.role("city-office").unwrap().covers_campaigns_of(role));
    assert!(!role.covers_campaigns_of(definition.role("city-office").unwrap()));
}

/// Enterprises count once in each campaign, from its own first month on; baselines stand on its own first tree.
#[test]
fn what_counts_once_in_a_campaign_is_counted_for_each_of_them() {
    let definition = together(&read("second")).unwrap();
    let since = |id: &str| -> Vec<(Month, MeasureKind)> {
        let all = definition.measures.iter().filter(|measure| measure.id == id);
        all.map(|measure| (measure.since, measure.kind)).collect()
    };
    let (old, new) = (Month::january(2021), Month::january(2022));
    let months = |id: &str| since(id).iter().map(|(month, _)| *month).collect::<Vec<_>>();
    assert_eq!(months("idea_units"), [old, new]);
    assert_eq!(months("base_ideas_2020"), [old, new]);
    assert_eq!(months("ideas"), [old], "a flow is the same for all");
    assert_eq!(months("idea_authors"), [old], "once in each year is the same for all");
    assert_eq!(months("visitors"), [new], "what only one campaign counts is there once");

    let second = &definition.campaigns[CampaignIdx::new(1)];
    let mut terms = Vec::new();
    second.indicator("1.2").unwrap().formula.numerator.terms(&mut terms);
    assert_eq!(definition.measures[terms[0].measure].since, new);
    let (_, form) = definition.form("workshop-idea").unwrap();
    let posted =
        form.posts.iter().filter(|post| definition.measures[post.measure].id == "idea_units").count();
    assert_eq!(posted, 2, "the form posts to both");
    let slots: Vec<usize> = definition.measures.iter().map(|measure| measure.listed_slot).collect();
    let mut unique = slots.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), slots.len(), "no two measures share a slot");
}

#[test]
fn what_is_repeated_must_be_the_same() {
    let idea = || text_of("small", "registers/workshop-idea.toml");
    let measures = || text_of("small", "measures.toml") + &text_of("second", "measures.toml");
    // The forms, dictionaries and measures of the first one word by word: nothing is wrong.
    let same = second_with(&[
        ("registers/workshop-idea.toml", idea().replace("clause = \"2\"", "clause = \"1\"")),
        ("measures.toml", measures()),
        ("roster.toml", text_of("small", "roster.toml")),
    ]);
    let files = same.files().iter().filter(|file| file.path != "forms/workshop-idea.toml").cloned().collect();
    let without = together(&Source::from_files(files));
    let expected = "measures.toml:71:6: nothing posts to `ideas_used`";
    let found = without.unwrap_err();
    assert!(found[0].starts_with(expected), "the post to the own measure was in the other file: {found:#?}");

    let check = |path: &str, text: String, expected: &[&str]| {
        let found = together(&second_with(&[(path, text)])).unwrap_err();
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found}\n{expected}");
        }
    };
    check(
        "registers/workshop-idea.toml",
        idea().replace("max = 40", "max = 41").replace("clause = \"2\"", "clause = \"1\""),
        &["registers/workshop-idea.toml:27:7: `41` is otherwise in the catalogue"],
    );
    check(
        "registers/workshop-idea.toml",
        idea().replace("on = \"told_on\"\nkey", "on = \"used_on\"\nkey").replace("clause = \"2\"\n", ""),
        &["a post to `idea_authors` that the catalogue has is missing", "which does not count this"],
    );
    check(
        "measures.toml",
        measures().replacen("kind = \"flow\"", "kind = \"stock\"", 1),
        &["measures.toml:4:8: `\"stock\"` is otherwise in the catalogue"],
    );
    check(
        "dictionaries/idea-outcome.toml",
        text_of("small", "dictionaries/idea-outcome.toml")
            + "\n[[code]]\ncode = \"9\"\nlabel = { zh = \"九\", en = \"Nine\" }\n",
        &["is otherwise in the catalogue"],
    );
    check(
        "roles.toml",
        text_of("second", "roles.toml").replace("ideas-2022-24", "ideas-2022-25"),
        &["roles.toml:6:14: there is no campaign called `ideas-2022-25`"],
    );
}

#[test]
fn what_the_catalogue_has_not_is_a_mistake() {
    let found = together(&second_with(&[("forms/walk.toml", "clause = \"1\"\n".to_owned())])).unwrap_err();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("forms/walk.toml:1:1: there is no form called `walk`"), "{}", found[0]);

    let clause = second_with(&[("forms/annual.toml", "clause = \"3\"\n".to_owned())]);
    assert!(
        together(&clause).unwrap_err()[0]
            .starts_with("forms/annual.toml:1:10: there is no clause called `3`")
    );

    let same_id = second_with(&[(
        "campaign.toml",
        text_of("second", "campaign.toml")
            .replace("id = \"ideas-2022-24\"", "id = \"five-creations-2021-23\""),
    )]);
    let found = together(&same_id).unwrap_err();
    assert!(found.iter().any(|found| found.contains("there are two campaigns")), "{found:#?}");

    let backwards = second_with(&[(
        "campaign.toml",
        text_of("second", "campaign.toml").replace("last_year = 2024", "last_year = 2021"),
    )]);
    let found = together(&backwards).unwrap_err();
    assert!(found.iter().any(|found| found.contains("the first year is after the last")), "{found:#?}");
}

/// Somebody who puts one campaign in force must know whose files do not agree with it.
#[test]
fn a_mistake_in_the_files_of_another_campaign_names_that() {
    let path = "indicators/1.1.toml";
    let second = second_with(&[(path, text_of("second", path).replace("ideas_used", "ideas_gone"))]);
    let first = read("small");
    let directories =
        [Directory { source: &first, age: Age::New }, Directory { source: &second, age: Age::Stored }];
    let found: Vec<String> = check_all(&directories).unwrap_err().iter().map(ToString::to_string).collect();
    let expected = "ideas-2022-24/indicators/1.1.toml:5:";
    assert!(found.iter().any(|found| found.starts_with(expected)), "{found:#?}");
}

/// What a campaign repeated when it was put in force is not held against what the others say since.
#[test]
fn what_was_repeated_before_does_not_keep_the_others_as_they_were() {
    let path = "registers/green-action.toml";
    let second = second_with(&[(path, text_of("small", path))]);
    let now = text_of("small", path).replace("Remarks", "Notes");
    let replaced = |file: &SourceFile| {
        let text = if file.path == path { now.clone() } else { file.text.clone() };
        SourceFile { path: file.path.clone(), text }
    };
    let first = Source::from_files(read("small").files().iter().map(replaced).collect());
    let of = |ages: [Age; 2]| {
        let directories =
            [Directory { source: &first, age: ages[0] }, Directory { source: &second, age: ages[1] }];
        check_all(&directories)
    };
    let definition = of([Age::New, Age::Stored]).unwrap();
    let form = definition.form("green-action").unwrap().1;
    assert!(form.fields.iter().any(|field| field.label.en == "Notes"));
    let mistakes = of([Age::Stored, Age::New]).unwrap_err();
    assert!(mistakes.iter().all(|mistake| mistake.file == path), "{mistakes:?}");
    assert!(!mistakes.is_empty());
}
