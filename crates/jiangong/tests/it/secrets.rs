//! `secret rotate`: another secret key, also when the first try was interrupted.

use std::{fs, path::PathBuf};

use crate::Office;

/// An office with the sample roster and an account.
fn office() -> (Office, PathBuf) {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    let args = ["user", "add", "zhang", "--name", "张三", "--role", "viewer", "--unit", "210201000"];
    assert_eq!(office.say_with_input(&args, "brass kettle on the shelf\n").code, 0);
    let secret = office.database().with_file_name("secret.key");
    (office, secret)
}

#[test]
fn the_secret_is_exchanged_and_the_former_one_is_kept_for_old_backups() {
    let (office, path) = office();
    let former = fs::read_to_string(&path).unwrap();
    let done = office.say(&["secret", "rotate"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let new = fs::read_to_string(&path).unwrap();
    assert_ne!(new, former);
    let names = fs::read_dir(path.parent().unwrap()).unwrap();
    let kept =
        names.map(|entry| entry.unwrap().path()).find(|path| path.to_string_lossy().contains(".former-"));
    assert_eq!(fs::read_to_string(kept.expect("the former one")).unwrap(), former);
    assert_eq!(office.say(&["verify"]).code, 0);
    // With the former one nothing opens.
    fs::write(&path, &former).unwrap();
    let refused = office.say(&["user", "list"]);
    assert_ne!(refused.code, 0);
    assert!(refused.err.contains("密钥"), "{}", refused.err);
}

#[test]
fn an_exchange_of_the_secret_that_was_interrupted_goes_on() {
    let (office, path) = office();
    let former = fs::read_to_string(&path).unwrap();
    let next = path.with_added_extension("new");
    // Killed before the database was changed: the key that was made is taken.
    let made = "ab".repeat(32);
    fs::write(&next, &made).unwrap();
    assert_eq!(office.say(&["user", "list"]).code, 0, "until then everything is as it was");
    assert_eq!(office.say(&["secret", "rotate"]).code, 0);
    assert_eq!(fs::read_to_string(&path).unwrap().trim(), made);
    // Killed after the database was changed, before the keys changed places.
    fs::rename(&path, &next).unwrap();
    fs::write(&path, &former).unwrap();
    let refused = office.say(&["user", "list"]);
    assert!(refused.code != 0 && refused.err.contains("secret rotate"), "{}", refused.err);
    let done = office.say(&["secret", "rotate"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(fs::read_to_string(&path).unwrap().trim(), made);
    assert!(!next.exists());
    assert_eq!(office.say(&["user", "list"]).code, 0);
    assert_eq!(office.say(&["verify"]).code, 0);
}
