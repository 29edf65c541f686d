//! `campaign check`, `show`, `load`.

use std::path::Path;

use crate::Office;

fn small() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../campaign/tests/small").to_string_lossy().into_owned()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { std::fs::copy(&path, &target).map(|_| ()).unwrap() }
    }
}

#[test]
fn a_sound_campaign_passes_its_check() {
    assert_eq!(Office::new().say(&["campaign", "check", &small()]).code, 0);
}

#[test]
fn the_campaign_of_a_region_is_shown() {
    let shown = Office::new().say(&["campaign", "show"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(shown.out.lines().count() > 50);
}

#[test]
fn every_mistake_is_named_with_file_line_and_remedy() {
    let office = Office::new();
    let dir = office.dir.path().join("broken");
    copy(Path::new(&small()), &dir);
    let measures = dir.join("measures.toml");
    let text = std::fs::read_to_string(&measures).unwrap();
    std::fs::write(&measures, text.replacen("kind = \"flow\"", "kind = \"flood\"", 1) + "\nnonsense = 1\n")
        .unwrap();
    for language in ["zh", "en"] {
        let said = office.say(&["campaign", "check", &dir.to_string_lossy(), "--language", language]);
        assert_eq!(said.code, 1, "{}", said.err);
        assert!(said.out.lines().count() >= 2, "{}", said.out);
        assert!(
            said.out.lines().any(|line| line.starts_with("measures.toml:") && line.contains("flood")),
            "{}",
            said.out
        );
    }
}

#[test]
fn a_region_runs_under_the_campaign_it_was_given() {
    let office = Office::new();
    let loaded = office.say(&["campaign", "load", &small()]);
    assert_eq!(loaded.code, 0, "{}", loaded.err);
    let config = office.say(&["config"]);
    assert!(config.out.contains("sqlite:"), "{}", config.out);
    let path = office.file("x.csv", b"a,b\n1,2\n");
    assert_eq!(
        office.say(&["import", &path, "--as", "register:proposal"]).code,
        2,
        "the other campaign's register"
    );
}

#[test]
fn a_second_federation_has_a_secret_of_its_own() {
    let office = Office::new();
    let loaded = office.say(&["campaign", "load", &small(), "--region", "2"]);
    assert_eq!(loaded.code, 0, "{}", loaded.err);
    let data = office.dir.path().join("data");
    assert!(data.join("secret-2.key").exists() && !data.join("secret.key").exists());
    let path = office.file("x.csv", b"a,b\n1,2\n");
    let form = ["import", &path, "--as", "register:proposal"];
    assert_eq!(
        office.say(&[&form[..], &["--region", "2"]].concat()).code,
        2,
        "the other campaign's register"
    );
    let first = office.say(&["config"]);
    assert!(first.out.contains("region = 1\n"), "{}", first.out);
}
