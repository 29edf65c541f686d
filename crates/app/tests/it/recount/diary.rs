//! What figures said on each day, and whether they say it again when that day is asked for.

use std::collections::BTreeMap;

use app::{
    App, Error, MissingPeriod,
    figures::{FigureRequest, TraceRequest, TraceRow, rank, show, trace, trace_all},
};
use campaign::definition::CampaignIdx;
use jiff::civil::Date;
use ledger::{figure::Figure, hierarchy::Line};
use model::{
    ids::{RecordId, UnitId},
    month::Month,
};
use store::units::UnitKind;

use super::office;

/// Figures of all units in each campaign, through a month within a year and through its end.
type Page = BTreeMap<(CampaignIdx, UnitId, Month), Vec<Figure>>;

/// A row of a trace: measure, month, unit, record, version, amount, and why it is not counted.
type Row = (usize, Month, UnitId, RecordId, i64, i64, Option<&'static str>);

/// The rows behind some indicators of all units.
type Traces = BTreeMap<(CampaignIdx, UnitId, Month, String), Vec<Row>>;

/// The units right below each unit on each line, by code and name.
type Tree = BTreeMap<(UnitId, Line), Vec<(String, String)>>;

/// What was shown on a day.
struct Shown {
    figures: Page,
    traces: Traces,
    tree: Tree,
}

/// What was shown on each day.
#[derive(Default)]
pub(super) struct Diary(BTreeMap<Date, Shown>);

impl Diary {
    /// Writes what is known today.
    pub(super) async fn write(&mut self, app: &App) {
        app.fold(&office(app)).await.unwrap();
        let today = office(app).clock.calendar_day();
        let shown = Shown {
            figures: figures(app, None).await.unwrap(),
            traces: traces(app, self.0.len()).await,
            tree: tree(app, None).await,
        };
        self.0.insert(today, shown);
    }

    /// Asks for each day. Returns how many figures were compared.
    pub(super) async fn assert_known(&self, app: &App) -> usize {
        let mut compared = 0;
        for (number, (day, shown)) in self.0.iter().enumerate() {
            let page = &shown.figures;
            match figures(app, Some(*day)).await {
                Ok(known) => {
                    for (place, figures) in page {
                        assert_eq!(&known[place], figures, "{place:?} as known on {day}");
                        compared += figures.len();
                    }
                    assert_rankings(app, *day, page).await;
                    assert_traces(app, *day, &shown.traces, 1 + number % 5).await;
                    assert_eq!(tree(app, Some(*day)).await, shown.tree, "tree as known on {day}");
                }
                // Nothing had been entered yet.
                Err(Error::NoSuchPeriod(MissingPeriod::DayBefore { .. })) => {
                    let counted = page.values().flatten().filter_map(|figure| figure.listed);
                    assert_eq!(counted.filter(|listed| *listed != 0.0).count(), 0, "{day}");
                }
                Err(other) => panic!("{day}: {other:?}"),
            }
        }
        compared
    }
}

async fn figures(app: &App, as_of: Option<Date>) -> Result<Page, Error> {
    let snapshot = app.current(&office(app)).await?;
    let mut page = Page::new();
    for (campaign, of) in snapshot.definition.campaigns.entries() {
        let year = of.period.first + 1;
        for through in months(year) {
            for unit in snapshot.units.keys() {
                let ask = FigureRequest { as_of, ..ask(campaign, through) };
                let shown = show(app, &office(app), *unit, &ask).await?;
                let figures = shown.entries.into_iter().map(|entry| entry.figure);
                page.insert((campaign, *unit, through), figures.collect());
            }
        }
    }
    Ok(page)
}

/// What is asked of a campaign up to a month.
fn ask(campaign: CampaignIdx, through: Month) -> FigureRequest {
    let year = through.year();
    FigureRequest { campaign, year, through: Some(through), ..FigureRequest::default() }
}

/// The month that is looked at, of two.
fn months(app_year: i16) -> [Month; 2] {
    [Month::new(app_year, 6).unwrap(), Month::december(app_year)]
}

/// The rows behind some indicators of all units, as they are now. Which indicators depends on `number`.
async fn traces(app: &App, number: usize) -> Traces {
    let snapshot = app.current(&office(app)).await.unwrap();
    let mut traces = Traces::new();
    for (campaign, of) in snapshot.definition.campaigns.entries() {
        let through = months(of.period.first + 1)[number % 2];
        for (position, indicator) in of.indicators.entries() {
            if of.indicators.len() > 10 && !(position.number() + number).is_multiple_of(9) {
                continue;
            }
            for unit in snapshot.units.keys() {
                let ask = ask(campaign, through);
                let request = TraceRequest { indicator: indicator.id.clone(), ask, after: None, limit: 0 };
                let mut rows = Vec::new();
                trace_all(app, &office(app), *unit, &request, &mut |_, found| rows.push(row(found)))
                    .await
                    .unwrap();
                traces.insert((campaign, *unit, through, indicator.id.clone()), rows);
            }
        }
    }
    traces
}

fn row(row: &TraceRow) -> Row {
    let why = row.not_counted.map(ledger::traced::NotCounted::name);
    (row.measure.number(), row.month, row.unit, row.fact.id, row.version, row.amount, why)
}

/// What was listed on a day is listed again when that day is asked for, all at once and by pages of `limit` rows.
async fn assert_traces(app: &App, day: Date, traces: &Traces, limit: usize) {
    for ((campaign, unit, through, indicator), expected) in traces {
        let ask = FigureRequest { as_of: Some(day), ..ask(*campaign, *through) };
        let mut request = TraceRequest { indicator: indicator.clone(), ask, after: None, limit };
        let place = format!("{indicator} of {unit} through {through} as known on {day}");
        let mut rows = Vec::new();
        let end = trace_all(app, &office(app), *unit, &request, &mut |_, found| rows.push(row(found)))
            .await
            .unwrap();
        assert_eq!(&rows, expected, "{place}");
        assert_eq!(end.rows, rows.len() as u64, "{place}");
        let mut paged = Vec::new();
        loop {
            let page = trace(app, &office(app), *unit, &request).await.unwrap();
            assert!(!page.is_too_long && page.known.day == day, "{place}");
            assert!(
                page.next.is_none() || page.rows.len() >= limit,
                "{place}: a page before the last is full"
            );
            paged.extend(page.rows.iter().map(row));
            request.after = page.next;
            if page.next.is_none() {
                break;
            }
        }
        assert_eq!(&paged, expected, "{place}, by pages of {limit}");
    }
}

/// The units right below each union in a month of the year that figures are asked for.
async fn tree(app: &App, as_of: Option<Date>) -> Tree {
    let snapshot = app.current(&office(app)).await.unwrap();
    let year = snapshot.definition.first_campaign().period.first + 1;
    let through = Some(Month::december(year));
    let mut tree = Tree::new();
    for unit in snapshot.units.values().filter(|unit| unit.kind == UnitKind::Union) {
        for line in [Line::Subordination, Line::Guidance] {
            let ask = FigureRequest { year, through, as_of, ..FigureRequest::default() };
            let ranking = rank(app, &office(app), unit.id, line, &ask).await.unwrap();
            let below = ranking.rows.iter().map(|row| (row.unit.code.clone(), row.unit.name.clone()));
            tree.insert((unit.id, line), below.collect());
        }
    }
    tree
}

/// Units side by side have the same figures as on their own pages.
async fn assert_rankings(app: &App, day: Date, page: &Page) {
    let snapshot = app.current(&office(app)).await.unwrap();
    let Some(root) = snapshot.root() else { return };
    let year = snapshot.definition.first_campaign().period.first + 1;
    let through = Month::december(year);
    let ask = FigureRequest { year, through: Some(through), as_of: Some(day), ..FigureRequest::default() };
    let ranking = rank(app, &office(app), root, Line::Subordination, &ask).await.unwrap();
    for row in &ranking.rows {
        let figures = &page[&(CampaignIdx::FIRST, row.unit.id, through)];
        assert!(row.figures.iter().eq(figures), "{} as known on {day}", row.unit.name);
    }
}
