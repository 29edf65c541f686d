//! Pages about files.

use crate::{
    imports::{FAULTY, GOOD, UNKNOWN, choose, handed_in, run},
    page::Element,
    site::{Site, Visitor},
    snapshots::{check, check_answers},
};

#[tokio::test]
async fn no_imports() {
    check("no_imports", &Site::new().await, "mill", "/imports").await;
}

#[tokio::test]
async fn new_import() {
    check("new_import", &Site::new().await, "city", "/imports/new").await;
}

#[tokio::test]
async fn new_import_refused() {
    let site = Site::new().await;
    let ask = async |mill: &mut Visitor<'_>| {
        mill.upload("refused", "", &[("letter.pdf", b"%PDF-1.4".as_slice()), ("empty.csv", b"")]).await
    };
    check_answers("new_import_refused", &site, "mill", ask).await;
}

/// The page of a file that was handed in by the mill.
async fn check_import(name: &str, content: &str) {
    let site = Site::new().await;
    let path = handed_in(&mut site.visitor("mill").await, "ideas.csv", content).await;
    check(name, &site, "mill", &path).await;
}

#[tokio::test]
async fn import_of_good_rows() {
    check_import("import_of_good_rows", GOOD).await;
}

#[tokio::test]
async fn import_with_faults() {
    check_import("import_with_faults", FAULTY).await;
}

#[tokio::test]
async fn import_with_an_unknown_column() {
    check_import("import_with_an_unknown_column", UNKNOWN).await;
}

#[tokio::test]
async fn import_of_nothing_known() {
    check_import("import_of_nothing_known", "one,two\n1,2\n").await;
}

#[tokio::test]
async fn import_that_changes_a_record() {
    check_import("import_that_changes_a_record", "Idea,Author,Told on\nfirst,Li,2021-04-01\n").await;
}

/// The page of an import that was started, before and after it ran.
#[tokio::test]
async fn import_that_waits_and_is_done() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "ideas.csv", GOOD).await;
    mill.post(&format!("{path}/start"), &[("rows", "all")]).await;
    check("import_that_waits", &site, "mill", &path).await;
    run(&site).await;
    check("import_done", &site, "mill", &path).await;
}

/// The page of an import with faults after it ran.
async fn check_faulty_import(name: &str, rows: &str) {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "ideas.csv", FAULTY).await;
    mill.post(&format!("{path}/start"), &[("rows", rows)]).await;
    run(&site).await;
    check(name, &site, "mill", &path).await;
}

#[tokio::test]
async fn import_of_the_good_rows_done() {
    check_faulty_import("import_of_the_good_rows_done", "good").await;
}

#[tokio::test]
async fn import_failed() {
    check_faulty_import("import_failed", "all").await;
}

#[tokio::test]
async fn imports() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let done = handed_in(&mut mill, "good.csv", GOOD).await;
    mill.post(&format!("{done}/start"), &[("rows", "all")]).await;
    run(&site).await;
    handed_in(&mut mill, "faulty.csv", FAULTY).await;
    let discarded = handed_in(&mut mill, "discarded.csv", UNKNOWN).await;
    mill.post(&format!("{discarded}/discard"), &[]).await;
    check("imports", &site, "mill", "/imports").await;
    check("import_discarded", &site, "mill", &discarded).await;
}

/// What stands for all that a page about taking an import back shows.
fn seen_on(page: &Element) -> String {
    page.hidden().into_iter().find(|(name, _)| name == "seen").unwrap().1
}

/// An import of the mill that has corrected one record and made two, of which somebody has touched one since.
#[tokio::test]
async fn import_that_is_taken_back() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let file = "Idea,Author,Told on\nfirst,Li,2021-04-01\nLamp,Li,2021-05-01\nPump,Wang,2021-06-01\n";
    let path = handed_in(&mut mill, "ideas.csv", file).await;
    choose(&mut mill, &path, &[("correct_stored", "yes")]).await;
    mill.post(&format!("{path}/start"), &[("rows", "all")]).await;
    run(&site).await;
    let back = format!("{path}/take-back");
    let page = mill.get(&back).await.page();
    let seen = seen_on(&page);
    let pump = page.links().into_iter().find(|(text, _)| text.contains("Pump")).unwrap().1;
    mill.post(&format!("{pump}/comments"), &[("text", "why?")]).await;
    check("import_to_take_back", &site, "mill", &back).await;
    let ask = async |mill: &mut Visitor<'_>| mill.post(&back, &[("seen", seen.as_str())]).await;
    check_answers("import_to_take_back_changed", &site, "mill", ask).await;
    let seen = seen_on(&mill.get(&back).await.page());
    assert_eq!(mill.post(&back, &[("seen", seen.as_str())]).await.location, path);
    check("import_being_taken_back", &site, "mill", &path).await;
    run(&site).await;
    check("import_taken_back", &site, "mill", &path).await;
    // What was taken back leads to its page.
    assert_eq!(mill.get(&back).await.location, path);
    assert_eq!(mill.post(&back, &[("seen", seen.as_str())]).await.location, path);
}

#[tokio::test]
async fn import_of_a_roster_is_not_taken_back() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let path = handed_in(&mut city, "units.csv", "Code,Name,Superior\n000010099,New,000010002\n").await;
    city.post(&format!("{path}/choices"), &[("kind", "units")]).await;
    city.post(&format!("{path}/start"), &[("rows", "all")]).await;
    run(&site).await;
    check("import_of_a_roster_done", &site, "city", &path).await;
    assert_eq!(city.get(&format!("{path}/take-back")).await.location, path);
}
