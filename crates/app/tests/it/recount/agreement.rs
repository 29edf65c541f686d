//! What pages show agrees with the records: figures through any month, and the records behind them.

use std::collections::BTreeMap;

use app::{
    App, Snapshot,
    figures::{FigureRequest, TraceRequest, TraceRow, rank, rank_by, show, trace},
};
use campaign::definition::{Campaign, Idx, MeasureIdx};
use jiff::civil::Date;
use ledger::{
    balance::Period,
    fact::Fact,
    figure::{Balances, Figure, Question, figure},
    hierarchy::{Affiliation, Hierarchy, Line},
    post::{Posting, postings},
    recount::{Recount, Recounted, Units},
    restated::restated_baseline,
};
use model::{
    ids::{RecordId, UnitId},
    month::Month,
    period::{Grain, ReportingPeriod},
};
use testkit::TestDb;

use super::office;
use crate::trace_sums::{Counted, is_running, owed, terms};

/// Figures of every unit through a month within a year equal those of a recount that keeps all
/// months, and the records behind them are those that a look at every record finds.
pub(super) async fn assert_agreement(test: &TestDb, app: &App, number: usize) {
    let snapshot = app.current(&office(app)).await.unwrap();
    let facts = facts(test, &snapshot).await;
    assert_shown(app, &snapshot, &facts, None, number).await;
    for (campaign, of) in snapshot.definition.campaigns.entries() {
        let through = month_within(of, number);
        let (year, through) = (through.year(), Some(through));
        let ask = FigureRequest { campaign, year, through, ..FigureRequest::default() };
        assert_restated(app, &snapshot, &facts, (&ask, number)).await;
    }
}

/// A month of the first three years of a campaign.
fn month_within(campaign: &Campaign, number: usize) -> Month {
    let year = (campaign.period.first + (number % 3) as i16).min(campaign.period.last);
    Month::new(year, 1 + (number % 12) as i8).unwrap()
}

/// The same of what is shown now, or as known on an earlier day: `snapshot` and `facts` are those of that day.
pub(super) async fn assert_shown(
    app: &App,
    snapshot: &Snapshot,
    facts: &[Fact],
    as_of: Option<Date>,
    number: usize,
) {
    for (campaign, of) in snapshot.definition.campaigns.entries() {
        let through = month_within(of, number);
        let year = through.year();
        let ask = FigureRequest { campaign, year, through: Some(through), as_of, ..FigureRequest::default() };
        // The campaign year, and another calendar.
        let other = match PARTS.get(number % (PARTS.len() + 1)) {
            Some(grain) => ReportingPeriod::containing(through, *grain),
            // At either end of the campaign it lies in it with a part.
            None => ReportingPeriod::union_year(year + (number / 4 % 2) as i16),
        };
        let (present, end) = (Month::containing(present(app, &ask)), other.last().min(of.last_month()));
        let until = if other.first() <= present { end.min(present) } else { end };
        let asks = [(ask.clone(), through), (ask.in_period(other), until)];
        for (ask, through) in &asks {
            assert_months(app, snapshot, facts, (ask, *through)).await;
            assert_traces(app, snapshot, facts, (ask, *through), number).await;
        }
    }
}

/// The day on which it is asked, or as known on which.
fn present(app: &App, ask: &FigureRequest) -> Date {
    ask.as_of.unwrap_or_else(|| office(app).clock.calendar_day())
}

/// Parts of a year.
const PARTS: [Grain; 3] = [Grain::Quarter, Grain::Half, Grain::Month];

async fn facts(test: &TestDb, snapshot: &Snapshot) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut tx = test.db.read(test.region).await.unwrap();
    store::records::for_each(&mut tx, |row| {
        let (form, definition) = snapshot.definition.form(&row.form).unwrap();
        let state = definition.workflow.as_ref().and_then(|workflow| workflow.state(row.state.as_ref()?));
        let values = snapshot.codecs[form].decode(&row.content).unwrap();
        let fact = Fact { id: row.id, form, unit: row.unit, values, state };
        facts.push(snapshot.counted(&fact).into_owned());
        Ok(())
    })
    .await
    .unwrap();
    tx.rollback().await.unwrap();
    facts
}

/// The balances of every unit by a recount that keeps all months.
fn recounted(
    snapshot: &Snapshot,
    affiliations: &[Affiliation],
    facts: &[Fact],
    fixed: Option<&Hierarchy>,
) -> BTreeMap<UnitId, Balances> {
    let keeps_months = |_| true;
    let owes = |unit| snapshot.is_single(unit);
    let closed_from = |unit| snapshot.units[&unit].closed_from;
    let classes = &snapshot.classes;
    let units =
        Units { affiliations, classes, keeps_months: &keeps_months, owes: &owes, closed_from: &closed_from };
    let mut recount = Recount::new(&snapshot.definition, &units);
    for fact in facts {
        recount.count(fact);
    }
    let mut rows: BTreeMap<UnitId, Vec<_>> = BTreeMap::new();
    let Recounted { cells, statements, .. } = recount.finish();
    for (key, row) in cells.into_iter().filter(|(key, _)| fixed.is_none() || key.period != Period::BASELINE) {
        rows.entry(key.unit).or_default().push((key.period, row));
    }
    // Which baselines hide each other is said by the tree under which they were stated.
    for (fixed, unit) in
        fixed.into_iter().flat_map(|fixed| snapshot.units.keys().map(move |unit| (fixed, *unit)))
    {
        let (definition, trees) = (&snapshot.definition, (&snapshot.tree, fixed));
        let until = |unit| snapshot.owes_until(unit);
        let baseline = restated_baseline(definition, &statements, trees, &until, unit);
        rows.entry(unit).or_default().push((Period::BASELINE, baseline));
    }
    rows.into_iter().map(|(unit, rows)| (unit, rows.into_iter().collect())).collect()
}

async fn assert_months(
    app: &App,
    snapshot: &Snapshot,
    facts: &[Fact],
    (ask, through): (&FigureRequest, Month),
) {
    let campaign = &snapshot.definition.campaigns[ask.campaign];
    let mut balances = recounted(snapshot, &snapshot.affiliations, facts, None);
    let mut figures: BTreeMap<UnitId, Vec<Figure>> = BTreeMap::new();
    for unit in snapshot.units.keys() {
        let balances = balances.remove(unit).unwrap_or_default();
        let question = Question {
            definition: &snapshot.definition,
            campaign,
            readings: &ask.readings,
            through,
            period: ask.period,
            has_begun: ask.whole_period().first() <= Month::containing(present(app, ask)),
            is_running: is_running(present(app, ask), through),
            owed: &owed(snapshot, *unit),
            is_region: snapshot.root() == Some(*unit),
            targets: &snapshot.targets,
            is_reported: snapshot.is_reported(*unit, through.year()),
            is_single: snapshot.is_single(*unit),
        };
        let shown = show(app, &office(app), *unit, ask).await.unwrap();
        for entry in shown.entries {
            let recounted = figure(&question, &campaign.indicators[entry.indicator], &balances);
            let indicator = &campaign.indicators[entry.indicator].id;
            assert_eq!(entry.figure, recounted, "{indicator} of {unit} through {through}, {:?}", ask.as_of);
            figures.entry(*unit).or_default().push(entry.figure);
        }
    }
    let units: Vec<UnitId> = snapshot.units.keys().copied().collect();
    assert_rankings(app, &units, &figures, ask).await;
}

/// Figures re-stated on today's tree equal those of a recount in which every unit has always been where it is today.
async fn assert_restated(
    app: &App,
    snapshot: &Snapshot,
    facts: &[Fact],
    (ask, number): (&FigureRequest, usize),
) {
    let (campaign, through) = (&snapshot.definition.campaigns[ask.campaign], ask.through.unwrap());
    let tree = snapshot.tree.as_in(office(app).today(snapshot).month());
    let affiliations: Vec<Affiliation> =
        tree.units().flat_map(|unit| tree.affiliations(unit).to_vec()).collect();
    let mut balances = recounted(snapshot, &affiliations, facts, Some(&tree));
    let ask = FigureRequest { is_restated: true, ..ask.clone() };
    let mut figures: BTreeMap<UnitId, Vec<Figure>> = BTreeMap::new();
    for unit in snapshot.units.keys() {
        let balances = balances.remove(unit).unwrap_or_default();
        let owes = |below: &UnitId, month: Month| {
            let mut above = tree.spans(*below).iter().map(|span| span.ancestor);
            let is_open = snapshot.units[below].closed_from.is_none_or(|closed| month < closed);
            snapshot.is_single(*below)
                && is_open
                && above.any(|above| above != *below && (above == *unit || *below == *unit))
        };
        let count = |month| tree.units().filter(|below| owes(below, month)).count() as i64;
        let months = std::iter::successors(Some(Month::january(2000)), |month| Some(month.next()));
        let owed =
            months.take_while(|month| month.year() < 2030).map(|month| (month, count(month))).collect();
        let question = Question {
            definition: &snapshot.definition,
            campaign,
            readings: &ask.readings,
            through,
            period: None,
            has_begun: Month::january(through.year()) <= Month::containing(present(app, &ask)),
            is_running: is_running(present(app, &ask), through),
            owed: &owed,
            is_region: snapshot.root() == Some(*unit),
            targets: &snapshot.targets,
            is_reported: snapshot.is_reported(*unit, through.year()),
            is_single: snapshot.is_single(*unit),
        };
        let shown = show(app, &office(app), *unit, &ask).await.unwrap();
        for entry in shown.entries {
            let indicator = &campaign.indicators[entry.indicator];
            let recounted = figure(&question, indicator, &balances);
            assert_eq!(entry.figure, recounted, "{} of {unit} through {through}, re-stated", indicator.id);
            figures.entry(*unit).or_default().push(entry.figure);
        }
        // What has moved is looked for anew for each of them.
        if !(unit.0 as usize + number).is_multiple_of(6) {
            continue;
        }
        let present = present(app, &ask);
        let counted = Counted { present, snapshot, campaign, unit: *unit, through, period: None };
        for indicator in campaign.indicators.iter().skip(number % 8).step_by(8) {
            let rows = all_pages(app, *unit, &indicator.id, &ask, 500).await;
            counted.assert_sums(indicator, &balances, &rows);
        }
    }
    // Some of many: each is a question of its own for every unit.
    let units: Vec<UnitId> = snapshot.units.keys().copied().skip(number % 4).step_by(4).collect();
    assert_rankings(app, &units, &figures, &ask).await;
}

/// Units side by side have the figures that each has on its own page.
async fn assert_rankings(
    app: &App,
    units: &[UnitId],
    figures: &BTreeMap<UnitId, Vec<Figure>>,
    ask: &FigureRequest,
) {
    let count = figures.values().map(Vec::len).max().unwrap_or(0);
    let indicator = Idx::new(count / 2);
    for unit in units {
        for line in [Line::Subordination, Line::Guidance] {
            let ranking = rank(app, &office(app), *unit, line, ask).await.unwrap();
            let by = rank_by(app, &office(app), *unit, line, ask, indicator).await.unwrap();
            assert_eq!(ranking.rows.len(), by.len());
            for (row, by) in ranking.rows.iter().zip(by) {
                assert!(row.figures.iter().eq(&figures[&row.unit.id]), "{} below {unit}", row.unit.id);
                assert_eq!((by.unit.id, &by.figure), (row.unit.id, &row.figures[indicator]), "below {unit}");
            }
        }
    }
}

/// Measure, month, unit, record and amount of a row of a trace.
type Row = (MeasureIdx, Month, UnitId, RecordId, i64);

async fn assert_traces(
    app: &App,
    snapshot: &Snapshot,
    facts: &[Fact],
    (ask, through): (&FigureRequest, Month),
    number: usize,
) {
    let definition = &snapshot.definition;
    let campaign = &definition.campaigns[ask.campaign];
    let posted: Vec<(RecordId, Posting)> = facts
        .iter()
        .flat_map(|fact| {
            let all = postings(definition, fact, &snapshot.classes);
            all.into_iter().map(|posting| (fact.id, posting))
        })
        .collect();
    let balances = recounted(snapshot, &snapshot.affiliations, facts, None);
    for (position, indicator) in campaign.indicators.entries() {
        // Some of many indicators, others every time.
        if campaign.indicators.len() > 10 && !(position.number() + number).is_multiple_of(5) {
            continue;
        }
        let terms = terms(indicator);
        for unit in snapshot.units.keys() {
            // Of each of many days some.
            if ask.as_of.is_some() && !(unit.0 as usize + position.number() + number).is_multiple_of(3) {
                continue;
            }
            let present = present(app, ask);
            let counted = Counted { present, snapshot, campaign, unit: *unit, through, period: ask.period };
            let mut expected: Vec<Row> = posted
                .iter()
                .filter_map(|(fact, posting)| {
                    let times = terms.iter().map(|term| counted.times(*term, posting)).max().unwrap_or(0);
                    let amount = posting.amount * times;
                    (times > 0).then_some((posting.measure, posting.month, posting.unit, *fact, amount))
                })
                .collect();
            let found = all_pages(app, *unit, &indicator.id, ask, 1 + number % 7).await;
            let none = Balances::default();
            counted.assert_sums(indicator, balances.get(unit).unwrap_or(&none), &found);
            let row = |row: &TraceRow| (row.measure, row.month, row.unit, row.fact.id, row.amount);
            let mut found: Vec<Row> = found.iter().map(row).collect();
            expected.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, expected, "{} of {unit} through {through}, {:?}", indicator.id, ask.as_of);
        }
    }
}

async fn all_pages(
    app: &App,
    unit: UnitId,
    indicator: &str,
    ask: &FigureRequest,
    limit: usize,
) -> Vec<TraceRow> {
    let indicator = indicator.to_owned();
    let mut request = TraceRequest { indicator, ask: ask.clone(), after: None, limit };
    let mut rows = Vec::new();
    loop {
        let page = trace(app, &office(app), unit, &request).await.unwrap();
        assert!(page.next.is_none() || page.rows.len() >= limit, "a page before the last one is full");
        let total = page.total;
        rows.extend(page.rows);
        request.after = page.next;
        if page.next.is_none() {
            // Of an earlier day they are not counted before they are listed.
            let is_known = ask.as_of.is_some() || total.is_exact && total.rows == rows.len() as u64;
            assert!(is_known, "{total:?} of {}", rows.len());
            return rows;
        }
    }
}
