//! What pages show agrees with the records: figures through any month, and the records behind them.

use std::collections::BTreeMap;

use app::{
    App, Snapshot,
    figures::{FigureRequest, TraceRequest, rank, rank_by, show, trace},
};
use campaign::{
    definition::{Campaign, MeasureIdx, MeasureKind},
    formula::{Over, Term},
};
use ledger::{
    fact::Fact,
    figure::{Balances, Figure, Question, Readings, figure, formula_in_force},
    hierarchy::Line,
    owed::UnitCount,
    post::{Posting, postings},
    recount::{Recount, Units},
};
use model::{
    ids::{RecordId, UnitId},
    month::Month,
};
use testkit::{TestDb, console};

/// Figures of every unit through a month within a year equal those of a recount that keeps all
/// months, and the records behind them are those that a look at every record finds.
pub(super) async fn assert_agreement(test: &TestDb, app: &App, number: usize) {
    let snapshot = app.current(&console(app)).await.unwrap();
    let facts = facts(test, &snapshot).await;
    for (campaign, of) in snapshot.definition.campaigns.entries() {
        let year = (of.period.first + (number % 3) as i16).min(of.period.last);
        let through = Month::new(year, 1 + (number % 12) as i8).unwrap();
        let ask = FigureRequest { campaign, year, through: Some(through), ..FigureRequest::default() };
        assert_months(app, &snapshot, &facts, &ask).await;
        assert_traces(app, &snapshot, &facts, (&ask, through), number).await;
    }
}

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

async fn assert_months(app: &App, snapshot: &Snapshot, facts: &[Fact], ask: &FigureRequest) {
    let (campaign, through) = (&snapshot.definition.campaigns[ask.campaign], ask.through.unwrap());
    let keeps_months = |_| true;
    let owes = |unit| snapshot.is_single(unit);
    let units = Units {
        affiliations: &snapshot.affiliations,
        classes: &snapshot.classes,
        keeps_months: &keeps_months,
        owes: &owes,
    };
    let mut recount = Recount::new(&snapshot.definition, &units);
    for fact in facts {
        recount.count(fact);
    }
    let mut rows: BTreeMap<UnitId, Vec<_>> = BTreeMap::new();
    for (key, row) in recount.finish().cells {
        rows.entry(key.unit).or_default().push((key.period, row));
    }
    let mut figures: BTreeMap<UnitId, Vec<Figure>> = BTreeMap::new();
    for unit in snapshot.units.keys() {
        let balances: Balances = rows.remove(unit).into_iter().flatten().collect();
        let question = Question {
            definition: &snapshot.definition,
            campaign,
            readings: &ask.readings,
            through,
            is_running: is_running(app, snapshot, through),
            owed: &owed(snapshot, *unit),
            is_region: snapshot.root() == Some(*unit),
            targets: &snapshot.targets,
            is_reported: snapshot.is_reported(*unit, through.year()),
            is_single: snapshot.is_single(*unit),
        };
        let shown = show(app, &console(app), *unit, ask).await.unwrap();
        for entry in shown.entries {
            let recounted = figure(&question, &campaign.indicators[entry.indicator], &balances);
            assert_eq!(entry.figure, recounted, "unit {unit} through {through}");
            figures.entry(*unit).or_default().push(entry.figure);
        }
    }
    assert_rankings(app, snapshot, &figures, ask).await;
}

fn is_running(app: &App, snapshot: &Snapshot, through: Month) -> bool {
    !through.is_december() || console(app).today(snapshot).month().year() <= through.year()
}

/// How many grass-roots units are below a unit, asked month by month.
fn owed(snapshot: &Snapshot, unit: UnitId) -> UnitCount {
    let is_below = |below: &UnitId, month: Month| {
        let spans = snapshot.tree.spans(*below).iter();
        let mut above = spans.filter(|span| span.ancestor != *below && span.contains(month));
        above.any(|span| span.ancestor == unit || *below == unit)
    };
    let months = std::iter::successors(Some(Month::january(2000)), |month| Some(month.next()));
    let single = || snapshot.units.keys().filter(|unit| snapshot.is_single(**unit));
    let count = |month| single().filter(|below| is_below(below, month)).count() as i64;
    months.take_while(|month| month.year() < 2030).map(|month| (month, count(month))).collect()
}

/// Units side by side have the figures that each has on its own page.
async fn assert_rankings(
    app: &App,
    snapshot: &Snapshot,
    figures: &BTreeMap<UnitId, Vec<Figure>>,
    ask: &FigureRequest,
) {
    let indicators = &snapshot.definition.campaigns[ask.campaign].indicators;
    let indicator = indicators.positions().nth(indicators.len() / 2).unwrap();
    for unit in snapshot.units.keys() {
        for line in [Line::Subordination, Line::Guidance] {
            let ranking = rank(app, &console(app), *unit, line, ask).await.unwrap();
            let by = rank_by(app, &console(app), *unit, line, ask, indicator).await.unwrap();
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
    for (position, indicator) in campaign.indicators.entries() {
        // Some of many indicators, others every time.
        if campaign.indicators.len() > 10 && !(position.number() + number).is_multiple_of(5) {
            continue;
        }
        let formula = formula_in_force(indicator, &Readings::default());
        let mut terms = Vec::new();
        formula.numerator.terms(&mut terms);
        formula.denominator.into_iter().for_each(|formula| formula.terms(&mut terms));
        for unit in snapshot.units.keys() {
            let mut expected: Vec<Row> = posted
                .iter()
                .filter(|(_, posting)| {
                    terms.iter().any(|term| {
                        let carried = is_carried(app, snapshot, through, *term, posting);
                        let at = carried.then_some(through);
                        is_above(snapshot, *unit, through, posting, at)
                            && (carried || covers(app, (snapshot, campaign), through, *term, posting))
                    })
                })
                .map(|(fact, posting)| (posting.measure, posting.month, posting.unit, *fact, posting.amount))
                .collect();
            let mut found = all_pages(app, *unit, &indicator.id, ask, 1 + number % 7).await;
            expected.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, expected, "{} of {unit} through {through}", indicator.id);
        }
    }
}

async fn all_pages(app: &App, unit: UnitId, indicator: &str, ask: &FigureRequest, limit: usize) -> Vec<Row> {
    let ask = ask.clone();
    let mut request = TraceRequest { indicator: indicator.to_owned(), ask, after: None, limit };
    let mut rows = Vec::new();
    loop {
        let page = trace(app, &console(app), unit, &request).await.unwrap();
        assert!(page.next.is_none() || page.rows.len() >= limit, "a page before the last one is full");
        let row = |row: &app::figures::TraceRow| (row.measure, row.month, row.unit, row.fact.id, row.amount);
        rows.extend(page.rows.iter().map(row));
        match page.next {
            Some(next) => request.after = Some(next),
            None => return rows,
        }
    }
}

fn is_above(
    snapshot: &Snapshot,
    unit: UnitId,
    through: Month,
    posting: &Posting,
    carried_to: Option<Month>,
) -> bool {
    let measure = &snapshot.definition.measures[posting.measure];
    let at = carried_to.unwrap_or(match measure.kind {
        MeasureKind::Stock => through,
        MeasureKind::Statement => measure.since,
        _ => posting.month,
    });
    snapshot.tree.is_within(posting.unit, unit, at)
}

/// Whether a running year takes this statement of a level as the last one of its unit.
fn is_carried(app: &App, snapshot: &Snapshot, through: Month, term: Term, posting: &Posting) -> bool {
    let measure = &snapshot.definition.measures[term.measure];
    let is_asked = posting.measure == term.measure
        && matches!(term.over, Over::Year | Over::Years)
        && measure.answers.is_some_and(|answers| answers.last_statement.is_some());
    let later = (posting.month.year() + 1)..=through.year();
    is_asked
        && is_running(app, snapshot, through)
        && posting.month.year() <= through.year()
        && snapshot.classes.has_return(posting.unit, posting.month.year())
        && !later.into_iter().any(|year| snapshot.classes.has_return(posting.unit, year))
}

fn covers(
    app: &App,
    (snapshot, campaign): (&Snapshot, &Campaign),
    through: Month,
    term: Term,
    posting: &Posting,
) -> bool {
    let definition = &snapshot.definition;
    let (month, year, first) = (posting.month, through.year(), campaign.period.first);
    let measure = &definition.measures[posting.measure];
    let is_level = measure.kind == MeasureKind::Level;
    // What enters as a last statement is looked for in `is_carried`.
    let enters = measure.answers.is_some_and(|answers| answers.last_statement.is_some())
        && is_running(app, snapshot, through);
    let until = if is_level { Month::december(year) } else { through };
    match term.over {
        Over::Previous(base) if year == first => posting.measure == base,
        _ if posting.measure != term.measure => false,
        Over::Year | Over::Years if enters && month.year() == year => false,
        Over::Year => month.year() == year && month <= until,
        Over::Previous(_) => month.year() == year - 1 && month <= until.year_before(),
        Over::ToDate | Over::Years => month >= campaign.first_month() && month <= until,
        Over::AtEnd => month <= until,
        Over::Base => true,
    }
}
