//! What figures said on each day, and whether they say it again when that day is asked for.

use std::collections::BTreeMap;

use app::{
    App, Error, MissingPeriod,
    figures::{FigureRequest, rank, show},
};
use jiff::civil::Date;
use ledger::{figure::Figure, hierarchy::Line};
use model::{ids::UnitId, month::Month};

use super::office;

/// What is computed from balances. Whether a unit has reported, and what it is called, is said as it is now.
#[derive(Debug, Clone, PartialEq)]
struct Numbers {
    value: Option<f64>,
    numerator: Option<f64>,
    denominator: Option<f64>,
    listed: Option<f64>,
    unlisted: Option<f64>,
}

impl From<&Figure> for Numbers {
    fn from(figure: &Figure) -> Self {
        Self {
            value: figure.value,
            numerator: figure.numerator,
            denominator: figure.denominator,
            listed: figure.listed,
            unlisted: figure.unlisted,
        }
    }
}

/// Figures of all units, through a month within a year and through its end.
type Page = BTreeMap<(UnitId, Month), Vec<Numbers>>;

/// A page for each day.
#[derive(Default)]
pub(super) struct Diary(BTreeMap<Date, Page>);

impl Diary {
    /// Writes what is known today.
    pub(super) async fn write(&mut self, app: &App) {
        app.fold(&office(app)).await.unwrap();
        let today = office(app).clock.calendar_day();
        let page = figures(app, None).await.unwrap();
        self.0.insert(today, page);
    }

    /// Asks for each day. Returns how many figures were compared.
    pub(super) async fn assert_known(&self, app: &App) -> usize {
        let mut compared = 0;
        for (day, page) in &self.0 {
            match figures(app, Some(*day)).await {
                Ok(known) => {
                    for (place, numbers) in page {
                        assert_eq!(&known[place], numbers, "{place:?} as known on {day}");
                        compared += numbers.len();
                    }
                    assert_rankings(app, *day, page).await;
                }
                // Nothing had been entered yet.
                Err(Error::NoSuchPeriod(MissingPeriod::DayBefore { .. })) => {
                    let counted = page.values().flatten().filter_map(|numbers| numbers.listed);
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
    let year = snapshot.definition.first_campaign().period.first + 1;
    let mut page = Page::new();
    for through in [Month::new(year, 6).unwrap(), Month::december(year)] {
        for unit in snapshot.units.keys() {
            let ask = FigureRequest { year, through: Some(through), as_of, ..FigureRequest::default() };
            let shown = show(app, &office(app), *unit, &ask).await?;
            page.insert((*unit, through), shown.entries.iter().map(|entry| (&entry.figure).into()).collect());
        }
    }
    Ok(page)
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
        let numbers: Vec<Numbers> = row.figures.iter().map(Numbers::from).collect();
        assert_eq!(&numbers, &page[&(row.unit.id, through)], "{} as known on {day}", row.unit.name);
    }
}
