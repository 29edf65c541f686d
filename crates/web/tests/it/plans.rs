//! No statement walks through a table, an index or a region, unless it is listed here with the
//! reason why it must.
//!
//! The program is used through all its routes, tasks and commands on a city that is large enough
//! for plans to matter, while `store::plans` asks the engine how it carries out each statement.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::Arc,
};

use app::{
    App, Context,
    figures::{FigureRequest, TraceRequest, trace},
    records, units,
};
use model::{
    ids::{ImportId, RecordId, UnitId, UserId},
    month::Month,
    value::Value,
};
use store::{
    Engine, Vault,
    plans::{Site as StatementSite, StatementPlan},
};
use testkit::{OwnPostgres, TestDb, console};

use crate::{
    rights::{Persona, column},
    site::{CITY, DISTRICT, REGISTER, STEPPED, Site, WORKS, YARD, action_of, idea},
};

/// Enterprises beside the small city; each has ten records.
const CROWD: usize = 1_500;

/// Everything the city office can do on a server, and what runs beside it.
async fn use_everything(site: &Site) {
    let ctx = console(&site.app);
    let snapshot = site.app.current(&ctx).await.unwrap();
    let role = snapshot.definition.role("city-office").cloned();
    column(site, &Persona { login: "city", role, units: [Some(CITY), Some(DISTRICT), None] }).await;
    trace_pages(site, &ctx).await;
    change_records(site, &ctx).await;
    ask_storage(site).await;
    run_tasks(&site.app, &ctx, site.test.db.engine()).await;
    app::rebuild::verify(&site.app, &ctx).await.unwrap();
    app::rebuild::rebuild(&site.app, &ctx).await.unwrap();
}

/// What storage offers and no page of the city office asks for.
async fn ask_storage(site: &Site) {
    let mut tx = site.test.db.write(site.test.region).await.unwrap();
    let record = site.facts[&WORKS];
    store::records::units_of(&mut tx, REGISTER, &[record]).await.unwrap();
    store::records::list_of_unit(&mut tx, WORKS, REGISTER).await.unwrap();
    ask_for_references(&mut tx, record).await;
    store::changes::origin(&mut tx).await.unwrap();
    for _ in 0..2 {
        store::changes::prune(&mut tx, REGISTER, 1).await.unwrap();
    }
    let years = ["2021".to_owned(), "2022".to_owned()];
    for identities in [None, Some(&years[..])] {
        let units = [WORKS, YARD];
        store::records::for_each_of_units(&mut tx, REGISTER, &units, identities, |_| {}).await.unwrap();
    }
    store::records::units_with_any(&mut tx, REGISTER, &[WORKS, YARD]).await.unwrap();
    ask_for_all_records(&mut tx, record).await;
    store::records::lock_numbers_of(&mut tx, &BTreeSet::from([WORKS, YARD])).await.unwrap();
    store::listing::acts(&mut tx, &[record]).await.unwrap();
    store::audit::list_of_all(&mut tx, "fact", &[record.0]).await.unwrap();
    let texts = store::audit::texts_of(&mut tx, "fact", record.0).await.unwrap();
    let vault = Arc::new(Vault::new(&testkit::secret()));
    store::audit::put_texts(&mut tx, &vault, texts).await.unwrap();
    store::import_records::has_any(&mut tx, ImportId(1)).await.unwrap();
    store::folder::oldest_pending(&mut tx).await.unwrap();
    store::balances::any(&mut tx).await.unwrap();
    ask_for_days(&mut tx).await;
    ask_for_the_past(&mut tx, record, site.app.now()).await;
    store::attachments::needed(&mut tx, &["hash".to_owned()], site.app.now()).await.unwrap();
    store::access_log::list_of_block(&mut tx, 1).await.unwrap();
    store::access_log::blocks_after(&mut tx, 0, 1).await.unwrap();
    store::access_log::count_open(&mut tx).await.unwrap();
    store::access_log::subjects_of(&mut tx, "remove entries").await.unwrap();
    store::access_log::remove_through(&mut tx, 1).await.unwrap();
    store::changes::list_pending(&mut tx, REGISTER).await.unwrap();
    ask_for_the_audit(&mut tx, record.0, site.app.now()).await;
    ask_for_accounts(&mut tx, site.app.now()).await;
    store::imports::set_progress(&mut tx, ImportId(1), 1, 2).await.unwrap();
    let titles = BTreeMap::from([("名称".to_owned(), "title".to_owned())]);
    store::imports::remember_columns(&mut tx, WORKS, REGISTER, &titles, ImportId(1)).await.unwrap();
    let title = ["名称".to_owned()];
    store::imports::confirm_columns(&mut tx, WORKS, REGISTER, &title, ImportId(2)).await.unwrap();
    store::imports::forget_columns_of(&mut tx, WORKS, REGISTER, ImportId(1)).await.unwrap();
    store::imports::forget_columns(&mut tx, WORKS, REGISTER).await.unwrap();
    tx.rollback().await.unwrap();
}

/// What figures of earlier days are made of, and what traces look up of their rows.
async fn ask_for_days(tx: &mut store::Tx) {
    use store::{balances, known_days};
    let day = jiff::civil::date(2026, 3, 1);
    known_days::first(tx, CITY).await.unwrap();
    for units in [&[WORKS][..], &[WORKS, YARD]] {
        known_days::changes_after(tx, units, day).await.unwrap();
    }
    let hash = known_days::definition(tx).await.unwrap().unwrap();
    known_days::renumber(tx, &BTreeMap::from([(0, 0)])).await.unwrap();
    known_days::insert(tx, day, BTreeMap::from([(WORKS, ledger::known::DayChange::default())]))
        .await
        .unwrap();
    known_days::clear(tx).await.unwrap();
    known_days::put_definition(tx, &hash).await.unwrap();
    balances::statements_of(tx, &BTreeSet::from([WORKS, DISTRICT])).await.unwrap();
    let key = ledger::spread::TallyKey {
        unit: WORKS,
        measure: campaign::definition::MeasureIdx::new(0),
        key: [0; 16],
    };
    balances::tallies(tx, &[key]).await.unwrap();
}

/// What traces of earlier days look up.
async fn ask_for_the_past(tx: &mut store::Tx, record: RecordId, now: jiff::Timestamp) {
    use campaign::definition::MeasureIdx;
    use store::former::{self, FormerQuery};
    let (measure, day) = (MeasureIdx::new(0), jiff::civil::date(2026, 3, 1));
    let (from, to) = (model::month::Month::january(2021), model::month::Month::december(2021));
    let is_wanted = |_, _| true;
    let query = FormerQuery { measure, months: from..=to, after: None, day, is_wanted: &is_wanted, limit: 5 };
    former::page(tx, &query).await.unwrap();
    former::removed(tx, &[record]).await.unwrap();
    former::removed_of_units(tx, REGISTER, &[WORKS, YARD]).await.unwrap();
    former::recomputed_after(tx, day).await.unwrap();
    former::note_definition(tx, "hash", now).await.unwrap();
    former::definition_before(tx, now).await.unwrap();
    let numbers = BTreeMap::from([(measure, None), (MeasureIdx::new(1), Some(measure))]);
    former::renumber(tx, &numbers).await.unwrap();
    store::audit::first_since(tx, "unit", now).await.unwrap();
    store::balances::tallies_of_units(tx, &[WORKS, YARD]).await.unwrap();
}

/// What an upgrade, a check and a change of the definition read.
async fn ask_for_all_records(tx: &mut store::Tx, record: RecordId) {
    store::records::count(tx).await.unwrap();
    store::records::for_each(tx, |_| Ok(())).await.unwrap();
    store::records::list_after(tx, record, 10).await.unwrap();
    store::records::find_all_or_blank(tx, &[record]).await.unwrap();
    store::records::find_heads(tx, &[record]).await.unwrap();
}

/// What refers to records, and what they are called.
async fn ask_for_references(tx: &mut store::Tx, record: RecordId) {
    use store::references::{self, NameRow, ReferenceRow};
    let (form, field) = (REGISTER.to_owned(), "follows".to_owned());
    let row = ReferenceRow { referred: record, form: form.clone(), field, record: RecordId(1) };
    references::insert(tx, std::slice::from_ref(&row)).await.unwrap();
    let name = NameRow { form, name: "name".to_owned(), record, unit: WORKS };
    references::insert_names(tx, std::slice::from_ref(&name)).await.unwrap();
    references::find_names(tx, REGISTER, &["name".to_owned()]).await.unwrap();
    references::names_beginning(tx, REGISTER, "na", 5).await.unwrap();
    references::list_to(tx, &[record]).await.unwrap();
    references::list_by(tx, record, (REGISTER, "follows"), 5).await.unwrap();
    references::count_to(tx, &[record]).await.unwrap();
    references::lock(tx, &[record]).await.unwrap();
    references::delete(tx, &[row]).await.unwrap();
    references::delete_names(tx, &[name]).await.unwrap();
}

/// The audit in every way in which it can be narrowed down.
async fn ask_for_the_audit(tx: &mut store::Tx, record: i64, now: jiff::Timestamp) {
    use store::audit::{TrailFilter, TrailSubjects, find_entry, list_trail, list_trail_of};
    let text = |text: &str| Some(text.to_owned());
    let of = [TrailSubjects { subject: "fact", ids: vec![record] }];
    for actor in [None, text("city")] {
        for subject in [None, text("fact"), text("account")] {
            for (before, from, until) in [(None, None, None), (Some(i64::MAX), Some(now), Some(now))] {
                let (actor, subject) = (actor.clone(), subject.clone());
                let filter = TrailFilter { before, from, until, actor, subject };
                list_trail(tx, &filter, 51).await.unwrap();
                list_trail_of(tx, &filter, &of, 51).await.unwrap();
            }
        }
    }
    find_entry(tx, 1).await.unwrap();
    store::records::newest_of_unit(tx, WORKS, 10).await.unwrap();
}

/// Accounts in every state, and what is done to few of them at a time.
async fn ask_for_accounts(tx: &mut store::Tx, now: jiff::Timestamp) {
    use store::{account_list::*, accounts, activations, deputies, drafts, sessions};
    let states = [
        AccountState::Active,
        AccountState::NotBegun,
        AccountState::Waiting,
        AccountState::Expired,
        AccountState::Disabled,
        AccountState::NeverUsed,
        AccountState::UnusedSince(now),
    ];
    let (units, user) = ([DISTRICT, WORKS], UserId(20_002));
    for state in states.map(Some).into_iter().chain([None]) {
        for units in [None, Some(&units[..])] {
            let all = AccountFilter { units, text: None, text_units: &[], role: None, state, now };
            let named = AccountFilter { text: Some("x"), text_units: &[WORKS], role: Some("viewer"), ..all };
            for wanted in [all, named] {
                search(tx, &wanted, 0, 50).await.unwrap();
                count(tx, &wanted).await.unwrap();
            }
        }
    }
    activations::note_try(tx, user).await.unwrap();
    activations::delete(tx, user).await.unwrap();
    activations::batches(tx, Some(&units), 30).await.unwrap();
    activations::accounts_of(tx, 1).await.unwrap();
    deputies::end_all_of(tx, user, now).await.unwrap();
    deputies::end(tx, 1, now).await.unwrap();
    drafts::hand_over(tx, user, UserId(20_003)).await.unwrap();
    accounts::list_of_unit(tx, WORKS).await.unwrap();
    accounts::set_successor(tx, user, user).await.unwrap();
    sessions::set_deputy(tx, user, 1, None).await.unwrap();
    sessions::owner(tx, "digest").await.unwrap();
    store::imports::set_deputy(tx, ImportId(1), 1).await.unwrap();
    store::imports::deputy_of(tx, ImportId(1)).await.unwrap();
}

/// The second page of the records behind a figure, of many units and of few.
async fn trace_pages(site: &Site, ctx: &Context) {
    for (unit, limit) in [(CITY, 50), (UnitId(20_001), 2)] {
        let ask = FigureRequest { year: 2022, ..FigureRequest::default() };
        let mut request = TraceRequest { indicator: "2.1".to_owned(), ask, after: None, limit };
        for _ in 0..2 {
            let page = trace(&site.app, ctx, unit, &request).await.unwrap();
            assert!(!page.rows.is_empty());
            request.after = page.next;
        }
    }
}

/// Records that concern other units or the class of their own, entered, corrected and removed; a unit that moves.
async fn change_records(site: &Site, ctx: &Context) {
    let app = &site.app;
    let year = |year| ("year".to_owned(), Value::Integer(year));
    let stated = BTreeMap::from([year(2020), ("ideas".to_owned(), Value::Integer(3))]);
    records::create(app, ctx, "before", DISTRICT, stated).await.unwrap();
    let registration = |code: &str| {
        let number = |field: &str| (field.to_owned(), Value::Integer(3));
        BTreeMap::from([
            year(2022),
            ("registration".to_owned(), Value::Code(code.to_owned())),
            number("workers"),
        ])
    };
    let snapshot = app.current(ctx).await.unwrap();
    let codes = snapshot.definition.dictionaries.iter().find(|list| list.id == "registration").unwrap();
    let [first, .., last] = &codes.codes[..] else { panic!("no codes") };
    let annual = records::create(app, ctx, "annual", WORKS, registration(&first.code)).await.unwrap();
    records::correct(app, ctx, annual, 1, registration(&last.code)).await.unwrap();
    records::delete(app, ctx, annual, 2).await.unwrap();
    let mut stated = action_of(&snapshot.definition, "with a partner", jiff::civil::date(2022, 5, 5));
    stated.insert("partner".to_owned(), Value::Unit(YARD));
    let action = records::create(app, ctx, STEPPED, WORKS, stated).await.unwrap();
    let of_yard = records::create(app, ctx, REGISTER, YARD, idea("nobody else's")).await.unwrap();
    let change = units::UnitChange::Move { parent: DISTRICT, from: Month::january(2022) };
    units::carry_out(app, ctx, &units::Command { unit: YARD, seen: None, change }).await.unwrap();
    for (id, version) in [(action, 1), (of_yard, 1)] {
        records::delete(app, ctx, id, version).await.unwrap();
    }
}

async fn run_tasks(app: &App, ctx: &Context, engine: Engine) {
    for task in app::tasks::TASKS {
        if task.engine.is_none_or(|only| only == engine) {
            (task.run)(app, ctx).await.unwrap();
        }
    }
}

async fn plans(test: TestDb, is_analyzed: bool) -> Vec<StatementPlan> {
    // How a region is set up is of no size; on PostgreSQL plans of empty tables say nothing.
    if test.db.engine() == Engine::Sqlite {
        store::plans::record();
    }
    let site = Site::with_crowd(test, &testkit::small_campaign(), CROWD).await;
    if is_analyzed {
        testkit::analyze(&site.test).await;
        store::plans::record();
    }
    use_everything(&site).await;
    let plans = store::plans::take();
    site.app.close().await;
    plans
}

/// Tables that hold much in this city. Of the others PostgreSQL takes any index, or none: SQLite alone,
/// whose plans do not depend on the size, tells whether they would be walked when they are large.
const LARGE: [&str; 8] = ["fact", "audit", "unit", "affiliation", "cell", "tally", "posting", "awaited"];
/// Tables with one row for each region.
const ONE_ROW: [&str; 3] = ["region", "fold_state", "last_change"];
/// Columns that divide a table into a few large parts.
const WIDE: [&str; 5] = ["region_id", "form", "kind", "subject", "measure"];

/// The first line of a plan that walks; `None` when there is none.
fn walk(plan: &StatementPlan) -> Option<&str> {
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
        let is_list =
            ["CONSTANT ROW", "CONSTANT ROWS", "VALUES CLAUSE"].iter().any(|end| scanned.ends_with(end));
        return !(is_of_statement || is_list);
    }
    let Some(searched) = line.strip_prefix("SEARCH ") else { return false };
    let of_one_row = |table: &&str| text.contains(&format!(" {table} "));
    let conditions = searched.rsplit_once(" (").map_or("", |(_, conditions)| conditions);
    are_wide(conditions) && !ONE_ROW.iter().any(of_one_row)
}

fn is_walk_of_postgres(line: &str, conditions: &str) -> bool {
    let line = line.trim_start_matches("->").trim();
    // "using fact_by_form on fact f" and "on fact_by_form": an index is named after its table.
    let is_large = |scanned: &str| {
        let mut names =
            scanned.split(' ').filter_map(|name| name.split("_by_").next()?.split("_pkey").next());
        names.any(|name| LARGE.contains(&name))
    };
    match (line.split_once("Seq Scan on "), line.split_once(" Scan ")) {
        (Some((_, scanned)), _) => LARGE.contains(&scanned.split(' ').next().unwrap_or_default()),
        (None, Some((scan, index))) if scan.contains("Index") => {
            is_large(index) && are_wide(conditions.strip_prefix("Index Cond: ").unwrap_or_default())
        }
        _ => false,
    }
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
const MORE_COLUMNS: [&str; 35] = [
    "candidate_id",
    "referred_id",
    "day",
    "shard",
    "block",
    "code_hash",
    "batch_id",
    "deputy_id",
    "principal_id",
    "identity",
    "subject_id",
    "role",
    "due_on",
    "clock",
    "code",
    "user_id",
    "login",
    "token_hash",
    "import_id",
    "header",
    "attachment_id",
    "hash",
    "job_id",
    "reference",
    "server",
    "task",
    "entry_id",
    "change_id",
    "comment_id",
    "name",
    "until_on",
    "from_month",
    "parent_id",
    "created_at",
    "number",
];

/// Why postings that were taken back are gone through.
const RENUMBERED: &str = "when a definition that numbers its measures otherwise is put in force";

/// What may walk, and why. A star stands for the rest of the text.
const LISTED: &[(&str, &str)] = &[
    (
        "SELECT candidate_id, user_id, deputy_id, *FROM candidate_version WHERE region_id = 0 ORDER BY created_at DESC, candidate_id DESC LIMIT 0",
        "fifty versions, by their index",
    ),
    (
        "SELECT f.fact_id, *FROM fact f WHERE f.region_id = 0 AND f.form = 0 AND f.unit_id IN (0) AND f.identity IN (0)",
        "the returns of some units for a period, by the index of a form that has few",
    ),
    (
        "SELECT count(*) FROM fact WHERE region_id = 0",
        "an upgrade says how many records it has to go through",
    ),
    ("DELETE FROM awaited WHERE region_id = 0", REBUILD),
    ("DELETE FROM class_statement WHERE region_id = 0", REBUILD),
    ("DELETE FROM fact_link WHERE region_id = 0", REBUILD),
    ("DELETE FROM record_reference WHERE region_id = 0", REBUILD),
    ("DELETE FROM record_name WHERE region_id = 0", REBUILD),
    ("DELETE FROM cell WHERE region_id = 0", REBUILD),
    ("DELETE FROM change_log WHERE region_id = 0", REBUILD),
    ("DELETE FROM posting WHERE region_id = 0", REBUILD),
    ("DELETE FROM balance_day WHERE region_id = 0", "once, when a database gets its days"),
    ("DELETE FROM former_posting WHERE region_id = 0 AND measure = 0", RENUMBERED),
    ("UPDATE former_posting SET measure = 0 WHERE region_id = 0 AND measure = 0", RENUMBERED),
    ("UPDATE former_posting SET measure = -0 - measure WHERE region_id = 0 AND measure < 0", RENUMBERED),
    (
        "SELECT at, hash FROM definition_in_force WHERE region_id = 0 AND at < 0 ORDER BY at DESC LIMIT 0",
        "a row for each version that was put in force",
    ),
    (
        "SELECT at FROM definition_in_force WHERE region_id = 0 ORDER BY at DESC LIMIT 0",
        "the last version that was put in force, by the key",
    ),
    (
        "SELECT hash FROM definition_in_force WHERE region_id = 0 ORDER BY at",
        "a row for each version that was put in force",
    ),
    (
        "SELECT unit_id, CAST(0 AS BIGINT) AS period, slots FROM baseline WHERE region_id = 0",
        "one statement of a unit concerns all above it; few units state one",
    ),
    ("SELECT unit_id, day, changes FROM balance_day WHERE region_id = 0 ORDER BY unit_id, day", RECOUNT),
    ("DELETE FROM statement WHERE region_id = 0", REBUILD),
    ("DELETE FROM tally WHERE region_id = 0", REBUILD),
    ("SELECT f.fact_id, * FROM fact f WHERE f.region_id = 0 AND f.form = 0", REBUILD),
    (
        "DELETE FROM baseline WHERE region_id = 0",
        "one statement of a unit concerns all above it; few units state one",
    ),
    ("SELECT unit_id, slots FROM statement WHERE region_id = 0", "the same"),
    ("SELECT f.fact_id, * FROM fact f WHERE f.region_id = 0", RECOUNT),
    (
        "SELECT fact_id, clock, role, level, unit_id, form, due_on, since_on FROM awaited WHERE region_id = 0",
        RECOUNT,
    ),
    ("SELECT fact_id, unit_id FROM fact_link WHERE region_id = 0", RECOUNT),
    ("SELECT referred_id, form, field, fact_id FROM record_reference WHERE region_id = 0", RECOUNT),
    ("SELECT form, name, fact_id, unit_id FROM record_name WHERE region_id = 0", RECOUNT),
    ("SELECT unit_id, measure, key, month, times FROM tally WHERE region_id = 0", RECOUNT),
    ("SELECT audit_id, at, actor, * FROM audit WHERE region_id = 0 ORDER BY audit_id", RECOUNT),
    ("SELECT shard, entries, digests, digest FROM audit_total WHERE region_id = 0", RECOUNT),
    (
        "SELECT attachment_id, fact_id, name, kind, size, hash, added_by, added_at, removed_at FROM attachment WHERE region_id = 0 AND removed_at IS NULL ORDER BY *",
        RECOUNT,
    ),
    ("SELECT measure, month, unit_id, fact_id, entries FROM posting WHERE region_id = 0 ORDER BY *", RECOUNT),
    ("SELECT unit_id, period, slots FROM cell WHERE region_id = 0 UNION ALL *", RECOUNT),
    ("SELECT unit_id, code, name, kind, * FROM unit WHERE region_id = 0 ORDER BY unit_id", SNAPSHOT),
    (
        "SELECT unit_id, line, from_month, parent_id, to_month FROM affiliation WHERE region_id = 0 ORDER BY *",
        SNAPSHOT,
    ),
    ("SELECT unit_id, year, ownership, is_enterprise FROM class_statement WHERE region_id = 0", SNAPSHOT),
    (
        "SELECT count(*) AS entries, min(at) AS since FROM access_log WHERE region_id = 0 AND block = 0",
        OPEN_ENTRIES,
    ),
    ("DELETE FROM access_log WHERE region_id = 0 AND block > 0 AND block <= 0", UPKEEP),
    (
        "SELECT subject FROM access_log WHERE region_id = 0 AND action = 0",
        "the log is checked from its first to its last entry, and its beginning was removed",
    ),
    ("UPDATE access_log SET block = 0 WHERE region_id = 0 AND block = 0 AND entry_id IN (0)", OPEN_ENTRIES),
    ("DELETE FROM draft WHERE region_id = 0 AND saved_at < 0", UPKEEP),
    ("DELETE FROM known_address WHERE region_id = 0 AND used_at < 0", UPKEEP),
    ("DELETE FROM session WHERE region_id = 0 AND (expires_at <= 0 OR idle_until <= 0)", UPKEEP),
    ("DELETE FROM sign_in_failure WHERE region_id = 0 AND forget_at <= 0 AND refused_until <= 0", UPKEEP),
    ("DELETE FROM sign_in_failure WHERE region_id = 0 AND subject = 0", BY_KEY),
    (
        "DELETE FROM sign_in_failure WHERE region_id = 0 AND subject LIKE 0",
        "failures of the last day, when an office resets a password",
    ),
    (
        "SELECT failures, forget_at, refused_until FROM sign_in_failure WHERE region_id = 0 AND subject = 0",
        BY_KEY,
    ),
    ("SELECT user_id FROM second_factor WHERE region_id = 0 AND is_confirmed", "the page of all accounts"),
    (
        "SELECT form, count(*) AS waiting FROM awaited WHERE region_id = 0 AND role IN (0) AND (level <> 'second' *",
        ACCOUNTS_OF_A_UNIT,
    ),
    (
        "SELECT unit_id, count(*) AS waiting FROM awaited WHERE region_id = 0 AND role IN (0) AND (level <> 'second' *",
        "what is overdue below, by unit: all of it is counted for the office of the city",
    ),
    (
        "SELECT count(*) FROM (SELECT fact_id FROM awaited WHERE region_id = 0 AND role IN (0) AND (level <> 'second' *",
        ACCOUNTS_OF_A_UNIT,
    ),
    (
        "SELECT fact_id, clock, due_on, since_on FROM awaited WHERE region_id = 0 AND role IN (0) AND (level <> 'second' *",
        ACCOUNTS_OF_A_UNIT,
    ),
    (
        "SELECT count(*) FROM (SELECT fact_id FROM awaited WHERE region_id = 0 AND role IN (0) AND unit_id IN (0) AND *",
        ACCOUNTS_OF_A_UNIT,
    ),
    ("DELETE FROM task_run WHERE region_id = 0 AND reported_at < 0", UPKEEP),
    (
        "UPDATE attachment SET removed_at = 0 WHERE region_id = 0 AND removed_at IS NULL AND NOT EXISTS *",
        UPKEEP,
    ),
    ("DELETE FROM job WHERE region_id = 0 AND state = 'failed' AND failed_at < 0", QUEUE),
    ("SELECT COUNT(*) FROM job WHERE region_id = 0 AND kind = 0 *", QUEUE),
    ("SELECT job_id, kind, reference, *", QUEUE),
    ("SELECT kind, state, COUNT(*) AS jobs FROM job WHERE region_id = 0 GROUP BY *", QUEUE),
    ("SELECT server, task, *", "a few rows for each server"),
    (
        "SELECT a.user_id, a.login, * FROM account a WHERE a.region_id = 0 ORDER BY a.login",
        "the page lists all accounts",
    ),
    ("SELECT a.user_id, a.login, a.name, a.role, a.unit_id, a.is_disabled, a.password_hash <> *", ACCOUNTS),
    ("SELECT count(*) FROM account a LEFT JOIN *", ACCOUNTS),
    (
        "SELECT a.login, a.name, a.unit_id FROM account a WHERE a.region_id = 0 AND a.login IN (0)",
        "a handful of accounts here; where there are many, the unique index on the login",
    ),
    ("SELECT DISTINCT unit_id FROM account WHERE region_id = 0 AND NOT is_disabled", ACCOUNTS_IN_BULK),
    ("SELECT login FROM account WHERE region_id = 0", ACCOUNTS_IN_BULK),
    ("SELECT b.batch_id, b.unit_id, *", "the latest lists of codes, of some hundred in all"),
    (
        "SELECT count(*) FROM fact WHERE region_id = 0 AND form = 0",
        "the task that checks the index, not a page",
    ),
    (
        "SELECT fact_id FROM fact WHERE region_id = 0 AND form = 0 ORDER BY fact_id",
        "a whole register handed out",
    ),
    ("SELECT max(audit_id) FROM audit WHERE region_id = 0", "reads the last entry alone"),
    (
        "SELECT number, mark FROM record_change WHERE region_id = 0 AND form = 0 ORDER BY number DESC LIMIT 0",
        "reads the last change alone",
    ),
    (
        "SELECT number FROM record_change WHERE region_id = 0 AND form = 0 ORDER BY number DESC LIMIT 0 OFFSET 0",
        UPKEEP,
    ),
    ("SELECT unit_id FROM cell WHERE region_id = 0 LIMIT 0", "reads one row"),
    ("SELECT min(at) FROM change_log WHERE region_id = 0", "what waits to be folded, for the benchmark"),
    ("SELECT count(*) FROM short_name WHERE region_id = 0", SHORT_NAMES),
    ("SELECT name FROM short_name WHERE region_id = 0 ORDER BY number", SHORT_NAMES),
    ("SELECT region_id FROM fact LIMIT 0", "reads one row"),
    ("SELECT sql FROM sqlite_master WHERE type = 'index' AND name = 0", "the indexes of the database"),
];
const ACCOUNTS_OF_A_UNIT: &str =
    "the accounts of one unit by their index; SQLite reads the few of this city whole";
const OPEN_ENTRIES: &str = "entries that are in no block yet, by their index; here they are all there are";
const ACCOUNTS: &str = "the page of accounts, searched as people search: some ten thousand short rows";
const ACCOUNTS_IN_BULK: &str = "accounts for all units at once";
const REBUILD: &str = "everything is folded anew";
const RECOUNT: &str = "everything is recounted";
const SNAPSHOT: &str = "the units of a region, read once and shared until they change";
const UPKEEP: &str = "a task that runs a few times a day";
const SHORT_NAMES: &str = "names of fields and codes: some hundred rows that grow with the definition alone";
const QUEUE: &str = "finished work leaves the queue, so that it is short";

/// Places whose statements this test does not send, and why it need not. Each is a part of the line.
const UNSENT: &[(&str, &str)] = &[
    ("total.rs: tx.query(PUT)", "everything is sealed anew with another secret while no server runs"),
    ("total.rs: tx.query(\"DELETE FROM audit_total", "the same"),
    ("undigested.rs: ", "a database of an earlier version gets digests once"),
    ("crypto.rs: ", "a database of an earlier version is sealed once"),
    ("definitions.rs: tx.query(text).execute(tx).await?;", "the same"),
    ("definitions.rs: let ids: Vec<i64> = Query::new(", "the list of regions, when a server starts"),
    ("packing.rs: ", "records of an earlier version get their compact form once"),
    ("audit.rs: let query = tx.query(text).bind(after).bind(last)", "the same"),
    (
        "definitions.rs: tx.query(text).bind(was).bind(now).execute(tx)",
        "a form gets another id: all its rows are written, once",
    ),
    ("definitions.rs: tx.query(MAKE_DEMONSTRATION)", "when a demonstration is made"),
    ("records.rs: let query = tx.query(ANY_OF_UNIT)", "one row of a unit and a form, by their index"),
    ("tallies.rs: let query = tx.query(DELETE)", BY_KEY),
    ("queue.rs: let query = tx.query(text).bind(job.job_id)", BY_KEY),
    ("queue.rs: let query = tx.query(GIVE_BACK)", BY_KEY),
    ("queue.rs: let query = tx.query(FAIL)", BY_KEY),
    ("units.rs: let query = tx.query(DELETE_AFFILIATION)", BY_KEY),
    ("queue.rs: tx.query(text).bind(kind).bind(reference)", BY_KEY),
    ("second_factors.rs: Ok(tx.query(text).bind(user).bind(step)", BY_KEY),
    ("sessions.rs: tx.query(text).bind(user).bind(session).bind(seen)", BY_KEY),
    ("sign_in_failures.rs: let query = tx.query(text).bind(subject)", BY_KEY),
    ("sign_in_failures.rs: tx.query(text).bind(user).bind(address)", BY_KEY),
    ("rotation.rs: ", "everything is sealed anew with another secret while no server runs"),
    ("access_log.rs: tx.query(text).bind(block).bind(digest)", "the same"),
    ("task_runs.rs: bulk::insert(", "rows are put in"),
    ("task_runs.rs: tx.query(text).bind(server)", "a few rows for each server"),
];
const BY_KEY: &str = "one row by its key";

/// Whether a text is a listed one.
fn is_listed(text: &str, listed: &str) -> bool {
    match listed.split_once(" *") {
        // What follows the star ends the text.
        Some((start, end)) => text.starts_with(start) && text.ends_with(end),
        None => text == listed || listed.strip_suffix('*').is_some_and(|start| text.starts_with(start)),
    }
}

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
            let calls = [
                ".query(",
                ".build(",
                "Builder::new(",
                "Query::new(",
                "bulk::insert(",
                "bulk::update_texts(",
            ];
            let is_made_elsewhere = line.contains("DirBuilder") || line.trim_start().starts_with("//");
            if calls.iter().any(|call| line.contains(call)) && !is_made_elsewhere {
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
        let listed = LISTED.iter().position(|(text, _)| is_listed(&plan.text, text));
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
        let place = format!("{}: {line}", site.0);
        if !UNSENT.iter().any(|(unsent, _)| place.contains(unsent)) {
            writeln!(faults, "{}:{} is not tried: {line}", site.0, site.1).unwrap();
        }
    }
    assert!(faults.is_empty(), "{faults}");
}
