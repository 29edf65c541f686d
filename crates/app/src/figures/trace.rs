//! The records behind a figure, page by page.

use std::{collections::BTreeSet, sync::Arc};

use boxed_async::boxed_async;
use campaign::{
    definition::{Indicator, IndicatorIdx, MeasureIdx, MeasureKind, Part},
    formula::{Over, Term},
};
use ledger::{fact::Fact, figure::formula_in_force, post::postings};
use model::{
    ids::{RecordId, UnitId},
    month::Month,
};
use store::records;

use super::show::{FigureRequest, last_month};
use crate::{Action, App, Context, Error, Result, Snapshot, Thing, record::read_record};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct TraceRequest {
    /// Id of the indicator.
    pub indicator: String,
    /// Year, month and readings.
    pub ask: FigureRequest,
    /// Where the page before ended; `None` for the first page.
    pub after: Option<Cursor>,
    /// Most rows on a page.
    pub limit: usize,
}

/// Where a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// The unit the last row counts at.
    pub unit: UnitId,
    /// The record of the last row.
    pub fact: RecordId,
    /// Number of the posting within the record.
    pub posting: usize,
}

/// One posting behind a figure, with the record it comes from.
#[derive(Debug, Clone)]
pub struct TraceRow {
    /// The record.
    pub fact: Fact,
    /// Version of the record.
    pub version: i64,
    /// The campaign version it was written under.
    pub definition_hash: String,
    /// Position of the measure it counts towards.
    pub measure: MeasureIdx,
    /// Itemised or supplementary.
    pub part: Part,
    /// The unit it counts at.
    pub unit: UnitId,
    /// The month it counts in.
    pub month: Month,
    /// How much it adds.
    pub amount: i64,
    /// Where a page that ends with this row ended.
    pub cursor: Cursor,
}

/// One page of rows.
pub struct TracePage {
    /// The region as it was when they were read.
    pub snapshot: Arc<Snapshot>,
    /// Position of the indicator.
    pub indicator: IndicatorIdx,
    /// The last month that counts.
    pub through: Month,
    /// The rows.
    pub rows: Vec<TraceRow>,
    /// Where to go on; `None` on the last page.
    pub next: Option<Cursor>,
}

/// Units whose records are looked for by one statement.
const MOST_UNITS: usize = 1_000;

/// The postings behind an indicator of `unit`, in the order of units and facts.
///
/// # Errors
/// [`Error::Forbidden`] for viewers; [`Error::NotFound`] for an unknown indicator.
#[boxed_async]
pub async fn trace(app: &App, ctx: &Context, unit: UnitId, ask: &TraceRequest) -> Result<TracePage> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require(Action::ReadRecords, &snapshot, unit)?;
    let campaign = &snapshot.campaign;
    let position = campaign.indicators.position(|indicator| indicator.id == ask.indicator);
    let position =
        position.ok_or_else(|| Error::NotFound { what: Thing::Indicator, key: ask.indicator.clone() })?;
    let through = last_month(ctx, &snapshot, &ask.ask)?;
    let behind = Behind::new(&snapshot, &campaign.indicators[position], ask, unit, through);

    let mut rows = Vec::new();
    let first = ask.after.map_or(UnitId(i64::MIN), |cursor| cursor.unit);
    let sources: Vec<UnitId> = snapshot.tree.ever_below(unit).range(first..).copied().collect();
    let (mut sources, mut most) = (sources.as_slice(), 1);
    while !sources.is_empty() && rows.len() <= ask.limit {
        // Many units have none of a rare record, and few have all that a page shows of a common one.
        let (asked, rest) = sources.split_at(most.min(sources.len()));
        for (source, row) in records::list_touching_any(&mut tx, asked, &behind.forms).await? {
            let fact = read_record(&snapshot, &row)?;
            rows.extend(behind.rows(&fact, row.version, &row.definition_hash, source, ask.after));
        }
        (sources, most) = (rest, (most * 2).min(MOST_UNITS));
    }
    rows.sort_by_key(|row| row.cursor);
    let more = rows.len() > ask.limit;
    rows.truncate(ask.limit);
    let next = rows.last().filter(|_| more).map(|row| row.cursor);
    Ok(TracePage { snapshot, indicator: position, through, rows, next })
}

/// What is behind an indicator: terms, and the forms that post to their measures.
struct Behind<'a> {
    snapshot: &'a Snapshot,
    terms: Vec<Term>,
    forms: Vec<&'a str>,
    unit: UnitId,
    through: Month,
}

impl<'a> Behind<'a> {
    fn new(
        snapshot: &'a Snapshot,
        indicator: &Indicator,
        ask: &TraceRequest,
        unit: UnitId,
        through: Month,
    ) -> Self {
        let formula = formula_in_force(indicator, &ask.ask.readings);
        let mut terms = Vec::new();
        formula.numerator.terms(&mut terms);
        if let Some(denominator) = formula.denominator {
            denominator.terms(&mut terms);
        }
        let measures: BTreeSet<MeasureIdx> = terms
            .iter()
            .flat_map(|term| match term.over {
                Over::Previous(base) => vec![term.measure, base],
                _ => vec![term.measure],
            })
            .collect();
        let posts_to = |form: &&campaign::definition::Form| {
            form.posts.iter().any(|post| measures.contains(&post.measure))
        };
        let forms = snapshot.campaign.forms.iter().filter(posts_to).map(|form| form.id.as_str()).collect();
        Self { snapshot, terms, forms, unit, through }
    }

    /// The postings of one record, at one unit, that count in the figure.
    fn rows(
        &self,
        fact: &Fact,
        version: i64,
        definition_hash: &str,
        source: UnitId,
        after: Option<Cursor>,
    ) -> Vec<TraceRow> {
        let all = postings(&self.snapshot.campaign, fact, &self.snapshot.classes);
        all.into_iter()
            .enumerate()
            .filter(|(_, posting)| posting.unit == source)
            .map(|(number, posting)| (Cursor { unit: source, fact: fact.id, posting: number }, posting))
            .filter(|(cursor, posting)| {
                after.is_none_or(|after| *cursor > after)
                    && self.is_above(posting.unit, posting.month, posting.measure)
                    && self.terms.iter().any(|term| self.covers(*term, posting.measure, posting.month))
            })
            .map(|(cursor, posting)| TraceRow {
                fact: fact.clone(),
                version,
                definition_hash: definition_hash.to_owned(),
                measure: posting.measure,
                part: posting.part,
                unit: posting.unit,
                month: posting.month,
                amount: posting.amount,
                cursor,
            })
            .collect()
    }

    /// Whether the figure's unit was above the posting's when it counted; a
    /// stock goes with its unit, and a baseline stays where the campaign began.
    fn is_above(&self, unit: UnitId, month: Month, measure: MeasureIdx) -> bool {
        let at = match self.snapshot.campaign.measures[measure].kind {
            MeasureKind::Stock => self.through,
            MeasureKind::Statement => self.snapshot.campaign.first_month(),
            _ => month,
        };
        self.snapshot.tree.is_within(unit, self.unit, at)
    }

    fn covers(&self, term: Term, measure: MeasureIdx, month: Month) -> bool {
        let year = self.through.year();
        let first = self.snapshot.campaign.period.first;
        let is_level = self.snapshot.campaign.measures[measure].kind == MeasureKind::Level;
        let until = if is_level { Month::december(year) } else { self.through };
        let before = until.year_before();
        match term.over {
            Over::Previous(base) if year == first => measure == base,
            _ if measure != term.measure => false,
            Over::Year => month.year() == year && month <= until,
            Over::Previous(_) => month.year() == year - 1 && month <= before,
            Over::ToDate | Over::Years => month >= self.snapshot.campaign.first_month() && month <= until,
            Over::AtEnd => month <= until,
            Over::Base => true,
        }
    }
}
