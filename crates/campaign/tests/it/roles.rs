//! Roles: those of every federation, and what a campaign's `roles.toml` adds.

#![expect(clippy::unwrap_used, reason = "what a test cannot read fails it")]

use std::{fmt::Write as _, path::Path};

use campaign::{
    check::check,
    definition::{Action, Definition, Role, RoleLevel},
    mistake::Mistake,
    source::{Source, SourceFile},
};

/// The small campaign with this `roles.toml`.
fn with_roles(text: &str) -> Result<Definition, Vec<Mistake>> {
    let small = Source::read_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/small")).unwrap();
    let roles = SourceFile { path: "roles.toml".to_owned(), text: text.to_owned() };
    check(&Source::from_files(small.files().iter().cloned().chain([roles]).collect()))
}

const OBSERVER: &str = r#"
[[role]]
id = "party-observer"
label = { zh = "党委观察员", en = "Party observer" }
help = { zh = "查看数据和记录", en = "Looks at figures and records" }
level = "any"
actions = ["read-figures", "read-records"]
"#;

#[test]
fn every_federation_has_the_roles_of_today() {
    let definition = with_roles("").unwrap();
    let mut table = String::new();
    for role in &definition.roles {
        let actions: Vec<_> = role.actions().iter().map(|action| action.name()).collect();
        writeln!(table, "{} ({:?}): {}", role.id(), role.level(), actions.join(" ")).unwrap();
    }
    let officer = "read-figures read-records write-records transition-records read-attachments \
                   write-attachments write-comments write-drafts read-duplicates read-todo import-files";
    let persons = "look-up-persons read-persons change-persons unmask-numbers";
    let files = "download-templates export-registers";
    let office = "read-unmask-log read-access-log read-audit manage-units manage-accounts read-digests read-tasks recount-figures load-regions";
    let expected = format!(
        "city-office (City): {officer} import-rosters {files} {persons} {office}\n\
         level-2-officer (LevelTwo): {officer} {files} {persons} manage-accounts\n\
         enterprise-officer (Grassroots): {officer} {files} {persons}\n\
         viewer (Any): read-figures\n\
         system-administrator (City): read-figures read-tasks recount-figures load-regions\n\
         security-administrator (City): read-figures manage-accounts\n\
         audit-administrator (City): read-figures read-unmask-log read-access-log read-audit\n"
    );
    assert_eq!(table, expected);
}

#[test]
fn a_campaign_adds_a_role() {
    let definition = with_roles(OBSERVER).unwrap();
    let ids: Vec<_> = definition.roles.iter().map(Role::id).collect();
    assert_eq!(ids[..4], ["city-office", "level-2-officer", "enterprise-officer", "viewer"]);
    assert_eq!(ids.last(), Some(&"party-observer"));
    let observer = definition.role("party-observer").unwrap();
    assert_eq!((observer.level(), observer.label().en.as_str()), (RoleLevel::Any, "Party observer"));
    assert!(observer.allows(Action::ReadRecords) && !observer.allows(Action::WriteRecords));
}

#[test]
fn a_campaign_replaces_a_role() {
    let definition = with_roles(&OBSERVER.replace("party-observer", "viewer")).unwrap();
    assert_eq!(definition.roles.len(), with_roles("").unwrap().roles.len());
    assert!(definition.role("viewer").unwrap().allows(Action::ReadRecords));
}

#[test]
fn mistakes_in_roles_name_line_and_remedy() {
    let check = |from: &str, to: &str, expected: &str| {
        assert!(OBSERVER.contains(from), "{from}");
        let mistakes = with_roles(&OBSERVER.replacen(from, to, 1)).err().unwrap_or_default();
        let mistakes: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(mistakes, [expected], "{to}");
    };
    check(
        "\"read-records\"",
        "\"read-record\"",
        "roles.toml:7:28: `read-record` is not possible here (did you mean `read-records`?)",
    );
    check(
        "\"any\"",
        "\"town\"",
        "roles.toml:6:9: `town` is not possible here (one of: city, level-2, grassroots, any)",
    );
    check(
        "\"read-figures\", ",
        "",
        "roles.toml:7:11: every role needs `read-figures` (add read-figures to actions)",
    );
    check(
        "\"party-observer\"",
        "\"Party\"",
        "roles.toml:3:6: `Party` is not an id (use lower-case words and digits joined by `-`, beginning with a letter)",
    );
}

#[test]
fn who_names_only_roles_that_take_steps() {
    let small = Source::read_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/small")).unwrap();
    let reviewer = OBSERVER
        .replace("party-observer", "reviewer")
        .replace("\"read-records\"", "\"read-records\", \"transition-records\"");
    let named = |roles: &str, role: &str| {
        let patch = |file: &SourceFile| SourceFile {
            path: file.path.clone(),
            text: file.text.replacen("who = [\"level-2-officer\"]", &format!("who = [\"{role}\"]"), 1),
        };
        let roles = SourceFile { path: "roles.toml".to_owned(), text: roles.to_owned() };
        check(&Source::from_files(small.files().iter().map(patch).chain([roles]).collect()))
    };
    named(&reviewer, "reviewer").unwrap();
    assert!(named(OBSERVER, "party-observer").is_err());
}

#[test]
fn administrators_that_are_to_be_separate_are_so() {
    let role = |actions: &str| {
        let text = OBSERVER.replace(r#""read-figures", "read-records""#, actions);
        with_roles(&format!("separate_administrators = true\n{text}"))
    };
    let mistakes = role(r#""read-figures", "manage-accounts", "read-access-log""#).unwrap_err();
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    assert!(mistakes[0].message.en.contains("administrators are separate"), "{mistakes:?}");
    let mistakes = role(r#""read-figures", "manage-accounts", "write-records""#).unwrap_err();
    assert!(mistakes[0].message.en.contains("no business"), "{mistakes:?}");
    let definition = role(r#""read-figures", "manage-accounts""#).unwrap();
    assert!(definition.role("party-observer").unwrap().needs_second_factor());
    assert!(role(r#""read-figures", "read-records""#).is_ok());
}
