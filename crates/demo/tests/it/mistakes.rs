//! Mistakes in a recipe are reported with file, line and key.

use campaign::source::Source;
use demo::Recipe;

use crate::common;

/// What is said of the recipe when `from` in one file is replaced by `to`.
fn mistakes(file: &str, from: &str, to: &str) -> Vec<String> {
    let (source, (definition, _)) = (common::sources().remove(0), common::read());
    let path = format!("demonstration/{file}");
    let mut files = source.files().to_vec();
    let changed = files.iter_mut().find(|known| known.path == path).unwrap();
    assert!(changed.text.contains(from), "{from} does not stand in {path}");
    changed.text = changed.text.replacen(from, to, 1);
    match Recipe::read(&[Source::from_files(files)], &definition) {
        Ok(_) => Vec::new(),
        Err(mistakes) => mistakes.iter().map(ToString::to_string).collect(),
    }
}

/// A file, a text in it, what the text is replaced by, and what the mistake says.
type Case<'a> = (&'a str, &'a str, &'a str, &'a str);

/// Fails unless each replacement is a mistake that names the file and says what is expected.
fn check<const N: usize>(cases: [Case<'_>; N]) {
    for (file, from, to, expected) in cases {
        let mistakes = mistakes(file, from, to);
        let path = format!("demonstration/{file}:");
        assert!(
            mistakes.iter().any(|line| line.starts_with(&path) && line.contains(expected)),
            "{from} → {to}: no “{expected}” in {mistakes:#?}"
        );
    }
}

#[test]
fn a_mistake_in_the_way_a_field_is_made_names_file_and_key() {
    let field = r#"{ id = "title","#;
    check([
        ("registers/proposal.toml", field, r#"{ id = "titel","#, "`id` names `titel`"),
        ("registers/proposal.toml", field, r#"{ let = "other","#, "the form requires `title`"),
        (
            "registers/proposal.toml",
            r#""proposed_on", event = true"#,
            r#""proposed_on", flag = 1"#,
            "does not suit the field `proposed_on`",
        ),
        (
            "registers/proposal.toml",
            r#""proposed_on", event = true"#,
            r#""proposed_on", event = true, flag = 1"#,
            "exactly one way",
        ),
        (
            "registers/proposal.toml",
            r#"if_stated = "decided_on""#,
            r#"if_stated = "implemented_on""#,
            "needs `implemented_on`, which is made later",
        ),
        (
            "registers/proposal.toml",
            r#"name_of = "proposer""#,
            r#"name_of = "nobody""#,
            "`name_of` names `nobody`",
        ),
    ]);
}

#[test]
fn a_mistake_in_texts_choices_and_totals_names_file_and_key() {
    check([
        ("registers/proposal.toml", "{way:theme}", "{weg:theme}", "`{…:…}` names `weg`"),
        ("registers/proposal.toml", "{way:theme}", "{way:number", "a `{` without its `}`"),
        ("registers/proposal.toml", "adopted = [", "adoptd = [", "`pick` names `adoptd`"),
        (
            "registers/proposal.toml",
            r#"lifted = ["adopted""#,
            r#"lifted = ["other""#,
            "`lifted` names `other`",
        ),
        ("registers/proposal.toml", "months = [6, ", "months = [", "`months` needs 12 numbers"),
        ("registers/proposal.toml", "totals = ", "total = ", "unknown field `total`"),
        (
            "registers/training-class.toml",
            r#"with = "training-base""#,
            r#"with = "base""#,
            "`with` names `base`",
        ),
        ("registers/project.toml", "private = 0.38", "privat = 0.38", "`groups` names `privat`"),
    ]);
}

#[test]
fn a_mistake_in_a_return_names_file_and_key() {
    check([
        (
            "returns/base-return.toml",
            r#"rest_of = "proposal""#,
            r#"rest_of = "proposals""#,
            "`rest_of` names `proposals`",
        ),
        (
            "returns/base-return.toml",
            r#"times = "talent""#,
            r#"times = "talents""#,
            "`times` names `talents`",
        ),
        ("returns/base-return.toml", "first = { pick", "fist = { pick", "`case` names `fist`"),
    ]);
}

#[test]
fn a_mistake_in_the_city_or_its_words_names_file_and_key() {
    check([
        ("city.toml", r#"region = "210202""#, r#"region = "219999""#, "`region` names `219999`"),
        (
            "city.toml",
            r#"sectors = ["machinery", "#,
            r#"sectors = ["machines", "#,
            "`sectors` names `machines`",
        ),
        ("city.toml", r#"business_day = "2015-09-30""#, r#"business_day = "September""#, "not a day"),
        (
            "city.toml",
            r#"business_day = "2015-09-30""#,
            r#"business_day = "2016-01-01""#,
            "not a day of the campaign",
        ),
        ("city.toml", r#"unscaled = ["4.4"]"#, r#"unscaled = ["1.4"]"#, "`unscaled` names `1.4`"),
        ("city.toml", "days = [0, 7]", "days = [7, 0]", "`delay` needs weights"),
        ("registers/studio.toml", r#"take = "review""#, r#"take = "look""#, "`take` names `look`"),
        ("registers/studio.toml", r#"toward = "5.3""#, r#"toward = "5.2""#, "`toward` names `5.2`"),
        ("city.toml", r#"province = "99""#, r#"province = "Liaoning""#, "two digits"),
        ("words.toml", "[list]", "[lists]", "unknown field `lists`"),
    ]);
}

#[test]
fn files_that_belong_to_nothing_are_reported() {
    let (source, (definition, _)) = (common::sources().remove(0), common::read());
    let mut files = source.files().to_vec();
    for file in &mut files {
        file.path =
            file.path.replace("demonstration/registers/drill.toml", "demonstration/returns/drill.toml");
    }
    let mistakes = Recipe::read(&[Source::from_files(files)], &definition).unwrap_err();
    assert_eq!(mistakes.len(), 1);
    assert!(mistakes[0].to_chinese().contains("这个文件不对应任何表"), "{}", mistakes[0]);
}

#[test]
fn a_recipe_without_files_is_reported() {
    let (definition, _) = common::read();
    let mistakes = Recipe::read(&[Source::default()], &definition).unwrap_err();
    assert!(mistakes[0].to_string().contains("the file is missing"), "{}", mistakes[0]);
}
