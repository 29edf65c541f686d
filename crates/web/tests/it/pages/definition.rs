//! Pages about the definition: the campaigns in force, and versions that somebody has handed in.

use app::{accounts, campaigns};
use campaign::source::{Source, SourceFile};
use model::ids::UserId;

use crate::{
    site::{Site, Visitor},
    snapshots::{check, check_answers},
};

/// The small campaign with one file changed.
fn changed(path: &str, changes: &[(&str, &str)]) -> Source {
    let file = |file: &SourceFile| {
        let mut file = file.clone();
        for (from, to) in changes.iter().filter(|_| file.path == path) {
            assert!(file.text.contains(from), "{path} has no {from}");
            file.text = file.text.replace(from, to);
        }
        file
    };
    Source::from_files(testkit::small_campaign().files().iter().map(file).collect())
}

/// Another formula for an indicator.
fn other_formula() -> Source {
    changed("indicators/1.3.toml", &[("at_end(actions_running)", "to_date(ideas)")])
}

async fn hand_in(visitor: &mut Visitor<'_>, source: &Source) -> String {
    let zip = testkit::zip_of(source);
    visitor.send_files("/definition", &[("key", "of a page")], &[("campaign.zip", &zip)]).await.location
}

async fn work_off(site: &Site) {
    campaigns::run_waiting(&site.app, &testkit::console(&site.app)).await.unwrap();
}

#[tokio::test]
async fn definition_in_force() {
    check("definition", &Site::new().await, "city", "/definition").await;
}

#[tokio::test]
async fn version_with_mistakes() {
    let site = Site::new().await;
    let zip = testkit::zip_of(&changed("indicators/1.3.toml", &[("actions_running", "no_such")]));
    let ask = async |city: &mut Visitor<'_>| {
        city.send_files("/definition", &[("key", "of a page")], &[("campaign.zip", &zip)]).await
    };
    check_answers("version_with_mistakes", &site, "city", ask).await;
}

#[tokio::test]
async fn version_that_is_no_zip() {
    let site = Site::new().await;
    let ask = async |city: &mut Visitor<'_>| {
        city.send_files("/definition", &[("key", "of a page")], &[("campaign.zip", b"a,b\n1,2\n")]).await
    };
    check_answers("version_that_is_no_zip", &site, "city", ask).await;
}

#[tokio::test]
async fn version_being_checked_and_what_it_would_do() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let path = hand_in(&mut city, &other_formula()).await;
    check("version_being_checked", &site, "city", &path).await;
    work_off(&site).await;
    check("version_planned", &site, "city", &path).await;
}

#[tokio::test]
async fn version_that_would_lose_something() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let author = "names = [\"提出人\"]\n";
    let changes = [
        (&*format!("{author}kind = \"text\"\nmax = 40"), &*format!("{author}kind = \"integer\"")),
        ("by_name_only = { name = \"author\", id_number = \"id_number\" }\n", ""),
        ("person(id_number, author)", "field(author)"),
    ];
    let retyped = changed("registers/workshop-idea.toml", &changes);
    let path = hand_in(&mut city, &retyped).await;
    work_off(&site).await;
    check("version_refused", &site, "city", &path).await;
}

#[tokio::test]
async fn version_whose_person_has_left() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let path = hand_in(&mut city, &other_formula()).await;
    let mut tx = site.test.db.write(site.test.region).await.unwrap();
    let account = store::accounts::find(&mut tx, "city").await.unwrap().unwrap();
    let disabled = store::accounts::Account { is_disabled: true, ..account.clone() };
    store::accounts::update(&mut tx, &disabled).await.unwrap();
    tx.commit().await.unwrap();
    work_off(&site).await;
    let mut tx = site.test.db.write(site.test.region).await.unwrap();
    store::accounts::update(&mut tx, &account).await.unwrap();
    tx.commit().await.unwrap();
    check("version_failed", &site, "city", &path).await;
    let region = testkit::console(&site.app).region;
    assert!(accounts::context_of_user(&site.app, region, UserId(20_001)).await.unwrap().is_some());
}
