//! Mistakes in a recipe are told with file, line and key.

#![expect(clippy::unwrap_used, reason = "what a test cannot read fails it")]

mod common;

use campaign::source::Source;
use demo::Recipe;

/// What is said of the recipe when `from` in one file is replaced by `to`.
fn told(file: &str, from: &str, to: &str) -> Vec<String> {
    let (source, (campaign, _)) = (common::source(), common::read());
    let path = format!("demonstration/{file}");
    let mut files = source.files().to_vec();
    let changed = files.iter_mut().find(|known| known.path == path).unwrap();
    assert!(changed.text.contains(from), "{from} does not stand in {path}");
    changed.text = changed.text.replacen(from, to, 1);
    match Recipe::read(&Source::from_files(files), &campaign) {
        Ok(_) => Vec::new(),
        Err(mistakes) => mistakes.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn mistakes_name_file_and_key() {
    let field = r#"{ id = "title","#;
    for (file, from, to, expected) in [
        ("registers/proposal.toml", field, r#"{ id = "titel","#, "`id` names `titel`"),
        ("registers/proposal.toml", field, r#"{ let = "other","#, "the form requires `title`"),
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
        (
            "registers/training-class.toml",
            r#"with = "training-base""#,
            r#"with = "base""#,
            "`with` names `base`",
        ),
        ("registers/project.toml", "private = 0.38", "privat = 0.38", "`groups` names `privat`"),
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
        ("city.toml", r#"region = "210202""#, r#"region = "219999""#, "`region` names `219999`"),
        (
            "city.toml",
            r#"sectors = ["machinery", "#,
            r#"sectors = ["machines", "#,
            "`sectors` names `machines`",
        ),
        ("city.toml", r#"until = "2016-03-31""#, r#"until = "March""#, "not a day"),
        ("city.toml", r#"province = "99""#, r#"province = "Liaoning""#, "two digits"),
        ("words.toml", "[list]", "[lists]", "unknown field `lists`"),
    ] {
        let told = told(file, from, to);
        let path = format!("demonstration/{file}:");
        assert!(
            told.iter().any(|line| line.starts_with(&path) && line.contains(expected)),
            "{from} → {to}: no “{expected}” in {told:#?}"
        );
    }
}

#[test]
fn files_that_belong_to_nothing_are_told() {
    let (source, (campaign, _)) = (common::source(), common::read());
    let mut files = source.files().to_vec();
    for file in &mut files {
        file.path =
            file.path.replace("demonstration/registers/master.toml", "demonstration/returns/master.toml");
    }
    let mistakes = Recipe::read(&Source::from_files(files), &campaign).unwrap_err();
    assert_eq!(mistakes.len(), 1);
    assert!(mistakes[0].to_chinese().contains("这个文件不对应任何表"), "{}", mistakes[0]);
    let mistakes = Recipe::read(&Source::default(), &campaign).unwrap_err();
    assert!(mistakes[0].to_string().contains("the file is missing"), "{}", mistakes[0]);
}
