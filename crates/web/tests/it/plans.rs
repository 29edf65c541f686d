//! No statement walks through a table, an index or a region, unless it is listed here with the
//! reason why it must.
//!
//! The program is used through all its routes, tasks and commands on a city that is large enough
//! for plans to matter, while `store::plans` asks the engine how it carries out each statement.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use app::{App, Context};
use store::{
    Engine,
    plans::{Plan, Site as StatementSite},
};
use testkit::{OwnPostgres, TestDb, console};

use crate::{
    rights::{Persona, column},
    site::{CITY, DISTRICT, Site},
};

/// Enterprises beside the small city; each has ten records.
const CROWD: usize = 1_500;

/// Everything the city office can do on a server, and what runs beside it.
async fn use_everything(site: &Site) {
    let ctx = console(&site.app);
    let snapshot = site.app.current(&ctx).await.unwrap();
    let role = snapshot.campaign.role("city-office").cloned();
    column(site, &Persona { login: "city", role, units: [Some(CITY), Some(DISTRICT), None] }).await;
    run_tasks(&site.app, &ctx, site.test.db.engine()).await;
    app::rebuild::verify(&site.app, &ctx).await.unwrap();
    app::rebuild::rebuild(&site.app, &ctx).await.unwrap();
}

async fn run_tasks(app: &App, ctx: &Context, engine: Engine) {
    for task in app::tasks::TASKS {
        if task.engine.is_none_or(|only| only == engine) {
            (task.run)(app, ctx).await.unwrap();
        }
    }
}

async fn plans(test: TestDb, is_analyzed: bool) -> Vec<Plan> {
    let site = Site::with_crowd(test, &testkit::small_campaign(), CROWD).await;
    if is_analyzed {
        testkit::analyze(&site.test).await;
    }
    store::plans::record();
    use_everything(&site).await;
    let plans = store::plans::take();
    site.app.close().await;
    plans
}

/// Tables that hold much in this city. Of the others PostgreSQL rightly reads all, so that SQLite
/// alone, whose plans do not depend on the size, tells whether they would be walked when they are large.
const LARGE: [&str; 10] = [
    "fact", "audit", "unit", "affiliation", "class_statement", "cell", "tally", "posting", "awaited", "unit_name",
];
/// Tables with one row for each region.
const ONE_ROW: [&str; 2] = ["region", "fold_state"];
/// Columns that divide a table into a few large parts.
const WIDE: [&str; 5] = ["region_id", "form", "kind", "subject", "measure"];

/// The first line of a plan that walks; `None` when there is none.
fn walk(plan: &Plan) -> Option<&str> {
    let lines = plan.lines.iter().enumerate();
    let mut walks = lines.filter(|(number, line)| {
        let conditions = plan.lines.get(number + 1).map_or("", String::as_str).trim();
        is_walk_of_sqlite(&plan.text, line) || is_walk_of_postgres(line.trim(), conditions)
    });
    walks.next().map(|(_, line)| line.trim())
}

/// `SCAN` is a walk, but for lists of values in the statement itself; `SEARCH` is one when it
/// looks up nothing but wide columns.
fn is_walk_of_sqlite(text: &str, line: &str) -> bool {
    if let Some(scanned) = line.strip_prefix("SCAN ") {
        let name = scanned.split(' ').next().unwrap_or_default();
        let is_of_statement = ["w", "fresh", "present", "found", "nearest"].contains(&name);
        return !(is_of_statement || scanned.ends_with("CONSTANT ROW") || scanned.ends_with("VALUES CLAUSE"));
    }
    let Some(searched) = line.strip_prefix("SEARCH ") else { return false };
    let of_one_row = |table: &&str| text.contains(&format!(" {table} "));
    let conditions = searched.rsplit_once(" (").map_or("", |(_, conditions)| conditions);
    are_wide(conditions) && !ONE_ROW.iter().any(|table| of_one_row(&table))
}

fn is_walk_of_postgres(line: &str, conditions: &str) -> bool {
    let line = line.trim_start_matches("->").trim();
    if let Some((_, scanned)) = line.split_once("Seq Scan on ") {
        return LARGE.contains(&scanned.split(' ').next().unwrap_or_default());
    }
    let (true, Some((_, index))) = (line.contains("Index"), line.split_once(" Scan ")) else { return false };
    let is_large = LARGE.iter().any(|table| index.split([' ', '_']).any(|word| word == *table));
    is_large && are_wide(conditions.strip_prefix("Index Cond: ").unwrap_or_default())
}

/// Whether conditions name no column but wide ones.
fn are_wide(conditions: &str) -> bool {
    let words = conditions.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let columns = ["region_id", "unit_id", "fact_id", "period", "month", "key", "line", "year", "audit_id"];
    let columns = columns.iter().chain(&WIDE).chain(&MORE_COLUMNS);
    let named: BTreeSet<&str> = words.filter(|word| columns.clone().any(|column| column == word)).collect();
    named.iter().all(|column| WIDE.contains(column))
}

/// Other columns that keys and indexes have.
const MORE_COLUMNS: [&str; 26] = [
    "identity", "subject_id", "role", "due_on", "clock", "code", "user_id", "login", "token_hash", "import_id",
    "header", "attachment_id", "hash", "job_id", "reference", "server", "task", "entry_id", "change_id",
    "comment_id", "name", "until_on", "from_month", "parent_id", "created_at", "number",
];

/// What may walk: the beginning of the statement, and why.
const LISTED: [(&str, &str); 1] = [("", "")];

/// Statements that the city office and its server do not send, and why this test need not.
const UNSENT: [(&str, &str); 1] = [("", "")];

/// Every place in storage where a statement is made: file, line and the line itself.
fn sites() -> BTreeMap<StatementSite, String> {
    let root = testkit::repository("");
    let mut waiting = vec![root.join("crates/store/src")];
    let mut sites = BTreeMap::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let file = path.strip_prefix(&root).unwrap().display().to_string();
        // These build and run what others make, or run before there is anything to query.
        let is_below = ["query.rs", "query/", "bulk.rs", "migrate.rs", "plans.rs"];
        if is_below.iter().any(|name| file.contains(&format!("src/{name}"))) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            let calls = [".query(", ".build(", "Builder::new(", "Query::new(", "bulk::insert(", "bulk::update_texts("];
            if calls.iter().any(|call| line.contains(call)) && !line.trim_start().starts_with("//") {
                sites.insert((file.clone(), u32::try_from(number + 1).unwrap()), line.trim().to_owned());
            }
        }
    }
    sites
}

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_walks_unless_it_is_listed() {
    let mut all = plans(testkit::sqlite().await, false).await;
    // SQLite plans by what it has counted, once somebody has told it to count.
    all.extend(plans(testkit::sqlite().await, true).await);
    if let Some(own) = OwnPostgres::new().await {
        all.extend(plans(own.open().await, true).await);
        own.remove().await;
    }
    let mut used = BTreeSet::new();
    let mut faults = String::new();
    for plan in &all {
        let Some(line) = walk(plan) else { continue };
        let listed = LISTED.iter().position(|(text, _)| !text.is_empty() && plan.text.starts_with(text));
        if let Some(position) = listed {
            used.insert(position);
        } else {
            let (file, number) = &plan.site;
            let steps = plan.lines.join("\n    ");
            writeln!(faults, "{file}:{number} walks ({line}): {}\n    {steps}", plan.text).unwrap();
        }
    }
    for (position, (text, _)) in LISTED.iter().enumerate().filter(|(position, _)| !used.contains(position)) {
        writeln!(faults, "{position}: no longer walks: {text}").unwrap();
    }
    let sent: BTreeSet<&StatementSite> = all.iter().map(|plan| &plan.site).collect();
    for (site, line) in sites().iter().filter(|(site, _)| !sent.contains(site)) {
        if !UNSENT.iter().any(|(place, _)| !place.is_empty() && line.contains(place)) {
            writeln!(faults, "{}:{} is not tried: {line}", site.0, site.1).unwrap();
        }
    }
    assert!(faults.is_empty(), "{faults}");
}
