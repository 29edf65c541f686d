//! `user add`, `list`, `reset`.

use crate::Office;

#[test]
fn people_are_added_listed_and_reset() {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    let add = |login: &str, role: &str, password: &str| {
        office.say_with_input(
            &["user", "add", login, "--name", "张三", "--role", role, "--unit", "210201000"],
            password,
        )
    };
    assert_eq!(add("zhang", "level-2-officer", "long enough\n").code, 0);
    assert_eq!(add("zhang", "viewer", "long enough\n").code, 2, "a login stands once");
    assert_eq!(add("li", "viewer", "short\n").code, 1);
    assert_ne!(add("li", "emperor", "long enough\n").code, 0);
    let listed = office.say(&["user", "list", "--format", "json"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!((listed[0]["login"].as_str(), listed[0]["unit"].as_str()), (Some("zhang"), Some("210201000")));
    assert_eq!(office.say_with_input(&["user", "reset", "zhang"], "another one\n").code, 0);
    assert_eq!(office.say_with_input(&["user", "reset", "nobody"], "another one\n").code, 2);
}
