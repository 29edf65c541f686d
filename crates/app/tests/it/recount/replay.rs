//! What was known at the end of each day, put together from the entries of the audit from the first one on, and compared
//! with what is shown as known on that day. The program goes another way: from what there is now back.

use std::collections::{BTreeMap, BTreeSet};

use app::{App, Error, MissingPeriod, Snapshot, figures::show, records};
use jiff::{Timestamp, civil::Date};
use ledger::{
    classes::{Classes, ROSTER_YEAR, class_statement},
    fact::Fact,
    hierarchy::{Affiliation, Line},
};
use model::{
    clock::day_of,
    ids::{RecordId, UnitId},
    month::Month,
};
use serde_json::Value as Json;
use store::{
    audit::{self, AuditRow, StoredEntry},
    units::{Unit, UnitKind},
};
use testkit::TestDb;

use super::{agreement::assert_shown, office};

/// The days that passed, and of which form and unit the records were, which the audit does not say.
#[derive(Default)]
pub(super) struct Replay {
    days: Vec<Date>,
    records: BTreeMap<RecordId, (String, UnitId)>,
}

/// So many days of one history are compared.
const MOST_DAYS: usize = 4;

/// All entries of the audit.
struct Audit {
    /// Of units, in their order.
    units: Vec<StoredEntry>,
    /// Of each record, in their order.
    records: BTreeMap<i64, Vec<AuditRow>>,
}

impl Replay {
    /// Of days that are over.
    pub(super) fn new(days: Vec<Date>) -> Self {
        Self { days, records: BTreeMap::new() }
    }

    /// Ends a day.
    pub(super) async fn end_day(&mut self, test: &TestDb, app: &App) {
        self.days.push(office(app).clock.calendar_day());
        self.note_records(test).await;
    }

    /// Notes the records that there are.
    pub(super) async fn note_records(&mut self, test: &TestDb) {
        let mut tx = test.db.read(test.region).await.unwrap();
        let note = |row: store::records::RecordRow| {
            let known = self.records.entry(row.id).or_insert((row.form.clone(), row.unit));
            assert_eq!(*known, (row.form, row.unit), "a record stays of its form and unit");
            Ok(())
        };
        store::records::for_each(&mut tx, note).await.unwrap();
    }

    /// Compares figures, rankings, lists of records and records of days. Returns how many of them had any.
    pub(super) async fn assert_known(&self, test: &TestDb, app: &App) -> usize {
        let now = app.current(&office(app)).await.unwrap();
        let audit = self.audit(test).await;
        let mut compared = 0;
        // Each day is recounted for every unit: some of many are enough.
        let each = self.days.len().div_ceil(MOST_DAYS);
        let last = self.days.len().saturating_sub(1);
        let some = self.days.iter().enumerate().filter(|(number, _)| (last - number).is_multiple_of(each));
        for (number, day) in some {
            let (snapshot, facts) = self.on(&now, &audit, *day);
            if is_before_all(app, *day).await {
                let postings = facts
                    .iter()
                    .flat_map(|fact| ledger::post::postings(&snapshot.definition, fact, &snapshot.classes));
                assert_eq!(postings.count(), 0, "{day} is before anything was known");
                continue;
            }
            let counted: Vec<Fact> = facts.iter().map(|fact| snapshot.counted(fact).into_owned()).collect();
            assert_shown(app, &snapshot, &counted, Some(*day), number + self.records.len()).await;
            self.assert_records(app, *day, &facts).await;
            compared += 1;
        }
        compared
    }

    async fn audit(&self, test: &TestDb) -> Audit {
        let mut tx = test.db.read(test.region).await.unwrap();
        let mut units = Vec::new();
        let take = |entry: StoredEntry| {
            if entry.subject == "unit" {
                units.push(entry);
            }
        };
        audit::for_each(&mut tx, take).await.unwrap();
        let ids: Vec<i64> = self.records.keys().map(|id| id.0).collect();
        Audit { units, records: audit::list_of_all(&mut tx, audit::RECORD, &ids).await.unwrap() }
    }

    /// The region and its records at the end of a day.
    fn on(&self, now: &Snapshot, audit: &Audit, day: Date) -> (Snapshot, Vec<Fact>) {
        let facts: Vec<Fact> = self
            .records
            .iter()
            .filter_map(|(id, place)| {
                fact_on(now, day, (*id, place), audit.records.get(&id.0).map_or(&[], Vec::as_slice))
            })
            .collect();
        let (units, affiliations) = units_on(audit, day);
        let mut classes = Classes::default();
        let roster = &now.definition.forms[now.definition.roster];
        for unit in &units {
            let values = now.codecs[now.definition.roster].decode(&unit.attributes).unwrap();
            let stated: campaign::definition::Values =
                roster.classifying.iter().map(|field| values[*field].clone()).collect();
            if stated.iter().any(Option::is_some) {
                classes.state(unit.id, ROSTER_YEAR, now.definition.classification.classify(&stated));
            }
        }
        for fact in &facts {
            if let Some((year, class)) = class_statement(&now.definition, fact) {
                classes.state(fact.unit, year, class);
            }
        }
        let region = (now.region_id, now.region.clone());
        let (definition, vault) = (now.definition.clone(), now.vault.clone());
        (Snapshot::new(region, definition, vault, (units, affiliations), classes), facts)
    }

    /// The pages of records that are still there state what the records did.
    async fn assert_records(&self, app: &App, day: Date, facts: &[Fact]) {
        let known: BTreeMap<RecordId, &Fact> = facts.iter().map(|fact| (fact.id, fact)).collect();
        let today = office(app).clock.calendar_day();
        for id in self.records.keys() {
            let found = match records::find(app, &office(app), *id).await {
                Ok(found) => found,
                Err(Error::NotFound { .. }) => continue,
                Err(other) => panic!("{id}: {other:?}"),
            };
            let shown = found.on_day(day, today).ok();
            assert_eq!(shown, known.get(id).map(|fact| &fact.values), "{id} as known on {day}");
        }
    }
}

/// Whether nothing had changed any balance yet.
async fn is_before_all(app: &App, day: Date) -> bool {
    let snapshot = app.current(&office(app)).await.unwrap();
    let year = snapshot.definition.first_campaign().period.first;
    let ask = app::figures::FigureRequest { year, as_of: Some(day), ..Default::default() };
    match show(app, &office(app), snapshot.root().unwrap(), &ask).await {
        Ok(_) => false,
        Err(Error::NoSuchPeriod(MissingPeriod::DayBefore { .. })) => true,
        Err(other) => panic!("{day}: {other:?}"),
    }
}

fn is_by_then(at: i64, day: Date) -> bool {
    day_of(Timestamp::from_microsecond(at).unwrap()) <= day
}

/// What a record stated after all its entries up to a day.
fn fact_on(
    now: &Snapshot,
    day: Date,
    (id, (form, unit)): (RecordId, &(String, UnitId)),
    entries: &[AuditRow],
) -> Option<Fact> {
    let (form, definition) = now.definition.form(form).unwrap();
    let (mut content, mut state): (Option<String>, Option<String>) = (None, None);
    for entry in entries.iter().filter(|entry| is_by_then(entry.at, day)) {
        content.clone_from(&entry.after);
        let detail: Json = entry.detail.as_deref().map_or(Json::Null, |text| {
            // Some details are words and no object.
            serde_json::from_str(text).unwrap_or_default()
        });
        state = detail["to"].as_str().map(str::to_owned).or(state);
    }
    let workflow = definition.workflow.as_ref();
    let state = state.and_then(|state| workflow?.state(&state));
    Some(Fact { id, form, unit: *unit, values: now.codecs[form].decode(&content?).unwrap(), state })
}

/// Units and their affiliations after all entries up to a day.
fn units_on(audit: &Audit, day: Date) -> (Vec<Unit>, Vec<Affiliation>) {
    let mut last: BTreeMap<i64, Json> = BTreeMap::new();
    for entry in audit.units.iter().filter(|entry| is_by_then(entry.at, day)) {
        let after = entry.after.as_deref().unwrap();
        last.insert(entry.subject_id, serde_json::from_str(after).unwrap());
    }
    let ids: BTreeMap<&str, UnitId> =
        last.iter().map(|(id, unit)| (unit["code"].as_str().unwrap(), UnitId(*id))).collect();
    let mut units = Vec::new();
    let mut links = BTreeSet::new();
    let month = |text: &Json| text.as_str().map(|text| Month::parse(text).unwrap());
    for (id, stated) in &last {
        let id = UnitId(*id);
        let kinds = [UnitKind::Union, UnitKind::Grassroots, UnitKind::Team];
        units.push(Unit {
            id,
            code: stated["code"].as_str().unwrap().to_owned(),
            name: stated["name"].as_str().unwrap().to_owned(),
            kind: kinds.into_iter().find(|kind| Some(kind.name()) == stated["kind"].as_str()).unwrap(),
            attributes: stated["attributes"].to_string(),
            closed_from: month(&stated["closed_from"]),
            merged_into: stated["merged_into"].as_str().map(|code| ids[code]),
            version: 1,
        });
        for link in stated["affiliations"].as_array().unwrap() {
            links.insert(Affiliation {
                unit: id,
                line: match link["line"].as_str().unwrap() {
                    "subordination" => Line::Subordination,
                    "guidance" => Line::Guidance,
                    other => panic!("line {other}"),
                },
                from: month(&link["from"]).unwrap_or(Month::ALWAYS),
                to: month(&link["to"]).unwrap_or(Month::NEVER),
                parent: ids[link["parent"].as_str().unwrap()],
            });
        }
    }
    (units, links.into_iter().collect())
}
