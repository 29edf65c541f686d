//! The demonstration city is there whole or not at all, and marked as one.

use std::process::Stdio;

use testkit::eventually_blocking;

use crate::Office;

/// What a small city is made by.
const DEMO: [&str; 6] = ["demo", "--enterprises", "12", "--records", "1500", "--seed"];

fn count(office: &Office, table: &str) -> u64 {
    // There may be no database yet.
    let found = office.query(10_000, &format!("SELECT count(*) FROM {table};"));
    found.ok().and_then(|count| count.parse().ok()).unwrap_or_default()
}

/// How many accounts the city has, one for each role that finds its unit in it.
const ACCOUNTS: u64 = 4;

#[track_caller]
fn assert_whole(office: &Office) {
    assert_eq!(count(office, "account"), ACCOUNTS);
    assert!(count(office, "fact") > 1_000);
    let region = office.query(10_000, "SELECT is_demonstration, target_ppm < 1000000 FROM region;").unwrap();
    assert_eq!(region, "1|1", "it is marked, and its targets fit its size");
    let verified = office.say(&["verify"]);
    assert_eq!(verified.code, 0, "{}", verified.out);
}

#[test]
fn killed_at_any_moment_nothing_is_there_and_the_next_one_is_whole() {
    let office = Office::new();
    let begun = std::time::Instant::now();
    let whole = Office::new();
    assert_eq!(whole.say(&[&DEMO[..], &["7"]].concat()).code, 0);
    let takes = begun.elapsed();
    assert_whole(&whole);
    let mut killed = 0;
    for moment in 1..=8_u32 {
        let mut command = office.command(&DEMO);
        let command = command.arg("7").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let end = std::time::Instant::now() + takes * moment / 9;
        eventually_blocking("the moment", || {
            std::time::Instant::now() >= end || child.try_wait().unwrap().is_some()
        });
        child.kill().unwrap();
        let status = child.wait().unwrap();
        if status.success() {
            break;
        }
        killed += 1;
        let (units, accounts) = (count(&office, "unit"), count(&office, "account"));
        assert!((units == 0 && accounts == 0) || accounts == ACCOUNTS, "{units} units, {accounts} accounts");
        if accounts == ACCOUNTS {
            break;
        }
    }
    assert!(killed > 0, "it was never killed");
    if count(&office, "account") == 0 {
        let said = office.say(&[&DEMO[..], &["7"]].concat());
        assert_eq!(said.code, 0, "{}", said.err);
    }
    assert_whole(&office);
}

#[test]
fn a_campaign_that_was_loaded_before_becomes_a_demonstration() {
    let office = Office::new();
    assert_eq!(office.say(&["campaign", "load"]).code, 0);
    let said = office.say(&[&DEMO[..], &["7"]].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    assert_whole(&office);
}

#[test]
fn units_of_somebody_are_no_demonstration() {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    let said = office.say(&[&DEMO[..], &["7"]].concat());
    assert!(said.code != 0 && said.err.contains("--data"), "{}", said.err);
    assert_eq!(office.query(10_000, "SELECT is_demonstration FROM region;").unwrap(), "0");
}

/// One proposal that is implemented counts in both campaigns of the demonstration: in the first among all proposals that
/// were, in the second among those of low carbon.
#[test]
fn one_proposal_that_is_implemented_moves_both_campaigns() {
    let office = Office::new();
    assert_eq!(office.say(&[&DEMO[..], &["7"]].concat()).code, 0);
    let code = office.query(10_000, "SELECT code FROM unit ORDER BY code DESC LIMIT 1;").unwrap();
    let value = |campaign: &str, id: &str| {
        let asked =
            ["figures", "--unit", &code, "--year", "2014", "--campaign", campaign, "--format", "json"];
        let figures = office.say(&asked);
        assert_eq!(figures.code, 0, "{}", figures.err);
        let figures = figures.json();
        let all = figures["indicators"].as_array().unwrap().clone();
        let found = all.into_iter().find(|figure| figure["id"] == id).unwrap();
        found["value"].as_i64().unwrap_or_default()
    };
    let both = || [value("dalian-2011-23", "1.6"), value("wuchuang-wubi-2011", "2.1")];
    let before = both();
    let file = office.dir.path().join("proposal.csv");
    let titles = "统计编码,编号,建议名称,提出日期,措施,涉及节能减排,审查结论,审查日期,实施完成日期";
    let row = format!("{code},X-1,余热回收,2014-03-01,回收冷却水余热,是,采纳,2014-04-01,2014-06-01");
    std::fs::write(&file, format!("{titles}\n{row}\n")).unwrap();
    let taken = office.say(&["import", &file.to_string_lossy(), "--as", "register:proposal"]);
    assert_eq!(taken.code, 0, "{} {}", taken.out, taken.err);
    assert_eq!(both(), before.map(|value| value + 1));
}
