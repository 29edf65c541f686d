//! `user add`, `list`, `reset`.

use crate::Office;

/// An office with the sample roster.
fn office() -> Office {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    office
}

fn add(office: &Office, login: &str, role: &str, password: &str) -> i32 {
    let args = ["user", "add", login, "--name", "张三", "--role", role, "--unit", "210201000"];
    office.say_with_input(&args, password).code
}

#[test]
fn an_account_that_was_added_is_listed() {
    let office = office();
    assert_eq!(add(&office, "zhang", "level-2-officer", "brass kettle on the shelf\n"), 0);
    let listed = office.say(&["user", "list", "--format", "json"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!((listed[0]["login"].as_str(), listed[0]["unit"].as_str()), (Some("zhang"), Some("210201000")));
}

#[test]
fn an_account_that_cannot_be_is_not_added() {
    let office = office();
    assert_eq!(add(&office, "zhang", "level-2-officer", "brass kettle on the shelf\n"), 0);
    assert_eq!(add(&office, "zhang", "viewer", "brass kettle on the shelf\n"), 2, "a login stands once");
    assert_eq!(add(&office, "li", "viewer", "short\n"), 1);
    assert_ne!(add(&office, "li", "emperor", "brass kettle on the shelf\n"), 0);
    let listed = office.say(&["user", "list", "--format", "json"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

#[test]
fn the_password_of_an_account_that_exists_is_reset() {
    let office = office();
    assert_eq!(add(&office, "zhang", "level-2-officer", "brass kettle on the shelf\n"), 0);
    assert_eq!(office.say_with_input(&["user", "reset", "zhang"], "nine herons over Lushun\n").code, 0);
    assert_eq!(office.say_with_input(&["user", "reset", "nobody"], "nine herons over Lushun\n").code, 2);
}

#[test]
fn a_password_that_anybody_guesses_is_refused_with_its_reason() {
    let office = office();
    let args = ["user", "add", "zhang", "--name", "张三", "--role", "viewer", "--unit", "210201000"];
    for (password, reason) in [("12345678\n", "太常见"), ("zhang-9fKq27xLu\n", "含有“zhang”")] {
        let refused = office.say_with_input(&args, password);
        assert_ne!(refused.code, 0, "{password}");
        assert!(refused.err.contains(reason), "{}", refused.err);
    }
}

#[cfg(unix)]
#[test]
fn what_is_kept_is_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let office = office();
    assert_eq!(add(&office, "zhang", "level-2-officer", "brass kettle on the shelf\n"), 0);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let database = office.database();
    let data = database.parent().unwrap();
    assert_eq!(mode(data), 0o700);
    let mut found = 0;
    for entry in std::fs::read_dir(data).unwrap() {
        let path = entry.unwrap().path();
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), expected, "{}", path.display());
        found += 1;
    }
    assert!(found >= 2, "database and secret");
    // A database of an earlier version is closed to others when it is opened.
    std::fs::set_permissions(&database, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(office.say(&["user", "list"]).code, 0);
    assert_eq!(mode(&database), 0o600);
}

#[test]
fn codes_for_all_units_without_an_account_are_written_once() {
    let office = office();
    let file = office.dir.path().join("codes.xlsx");
    let path = file.to_string_lossy().into_owned();
    let issue = ["account", "issue", "--unit", "210201000", "-o", &path];
    let made = office.say(&issue);
    assert_eq!(made.code, 0, "{}", made.err);
    let bytes = std::fs::read(&file).unwrap();
    assert!(bytes.starts_with(b"PK"), "a workbook");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_ne!(office.say(&issue).code, 0, "a file that is there is not overwritten");
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
    let listed = office.say(&["user", "list", "--format", "json"]).json();
    assert!(!listed.as_array().unwrap().is_empty());
    let second = office.dir.path().join("second.xlsx");
    let none = office.say(&["user", "issue", "--unit", "210201000", "-o", &second.to_string_lossy()]);
    assert!(none.code == 0 && !second.exists(), "there is nobody left: {}", none.out);
}
