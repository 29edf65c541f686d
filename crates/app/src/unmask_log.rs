//! Personal numbers shown on request, and the log of everything that was
//! asked for and done about personal data.

use boxed_async::boxed_async;
use campaign::definition::FieldIdx;
use jiff::Timestamp;
use model::{
    alias::is_alias,
    ids::{RecordId, UnitId},
    problem::Problem,
    value::Value,
};
use store::{
    Personal,
    unmask_log::{self, UnmaskEntry},
};

use crate::{
    Action, App, Context, Error, Result, UnitView,
    access_log::{self, AccessAction},
    record::authorised,
    transact::transact,
    typed_text::number_fault,
};

/// Most characters of a reason.
pub const LONGEST_REASON: usize = 200;

/// An entry of the log, for showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its id, where the next page goes on.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What was done.
    pub action: UnmaskAction,
    /// At which unit.
    pub unit: Option<UnitView>,
    /// On which record.
    pub fact: Option<RecordId>,
    /// Why.
    pub reason: String,
    /// How many records it was about, where that was noted.
    pub records: Option<usize>,
}

/// What can be done about personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnmaskAction {
    /// The numbers of a record were shown.
    Unmask,
    /// A person was looked for.
    Find,
    /// A person's data was corrected.
    Correct,
    /// A person's data was removed.
    Remove,
}

impl UnmaskAction {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Unmask, Self::Find, Self::Correct, Self::Remove];

    /// Its name in storage.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unmask => "unmask",
            Self::Find => "find",
            Self::Correct => "correct",
            Self::Remove => "remove",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == text)
    }
}

/// A reason as it is kept.
///
/// # Errors
/// [`Error::Invalid`] without one, with one that is too long, or that holds a personal number.
pub(crate) fn reason(text: &str) -> Result<String> {
    let text = text.trim();
    let length = text.chars().count();
    let problem = match length {
        0 => Problem::Missing,
        length if length > LONGEST_REASON => Problem::TooLong { found: length, max: LONGEST_REASON },
        _ => match number_fault(text) {
            Some(problem) => problem,
            None => return Ok(text.to_owned()),
        },
    };
    Err(Error::Invalid(vec![problem]))
}

/// The personal numbers of a record, by position of the field. That they were
/// shown, to whom and why, is noted first.
///
/// # Errors
/// [`Error::NotFound`] for a record that is not the person's; [`Error::Invalid`] without a reason.
#[boxed_async]
pub async fn unmask(app: &App, ctx: &Context, id: RecordId, why: &str) -> Result<Vec<(FieldIdx, String)>> {
    transact!(app, ctx.region, |tx| {
        let (snapshot, stored) = authorised(app, ctx, tx, Action::UnmaskNumbers, id).await?;
        let reason = reason(why)?;
        let fact = stored.fact;
        let form = &snapshot.definition.forms[fact.form];
        let numbers = form.fields.entries().filter_map(|(position, field)| {
            Personal::of_kind(&field.kind)?;
            match fact.value(position)? {
                Value::Text(text) if !is_alias(text) => Some((position, text.clone())),
                _ => None,
            }
        });
        let numbers: Vec<_> = numbers.collect();
        let entry = UnmaskEntry {
            action: UnmaskAction::Unmask.name(),
            unit: Some(fact.unit),
            fact: Some(id),
            reason,
            ..UnmaskEntry::default()
        };
        unmask_log::append(tx, ctx.audit_name(), ctx.clock.now(), &entry).await?;
        let record = id.to_string();
        access_log::note(tx, ctx, AccessAction::Unmask, Some(fact.unit), &record, "").await?;
        Ok(numbers)
    })
}

/// A page of the log, newest first; and where the next one goes on.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but the city office.
#[boxed_async]
pub async fn log(
    app: &App,
    ctx: &Context,
    before: Option<i64>,
    limit: usize,
) -> Result<(Vec<LogEntry>, Option<i64>)> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require_for_region(Action::ReadUnmaskLog, &snapshot)?;
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut rows = unmask_log::list(&mut tx, before, most).await?;
    drop(tx);
    if before.is_none() {
        // Once for all its pages.
        access_log::note_reading(app, ctx, AccessAction::ReadUnmaskLog, None, "", "").await?;
    }
    let is_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| is_more).map(|row| row.entry_id);
    let shown = rows.into_iter().filter_map(|row| logged(&snapshot, row));
    Ok((shown.collect(), next))
}

/// A stored entry, for showing.
pub(crate) fn logged(snapshot: &crate::Snapshot, row: unmask_log::UnmaskLogRow) -> Option<LogEntry> {
    Some(LogEntry {
        id: row.entry_id,
        at: Timestamp::from_microsecond(row.at).ok()?,
        action: UnmaskAction::parse(&row.action)?,
        actor: row.actor,
        unit: row.unit_id.and_then(|unit| snapshot.view(UnitId(unit))),
        fact: row.fact_id.map(RecordId),
        reason: row.reason,
        records: row.detail.parse().ok(),
    })
}
