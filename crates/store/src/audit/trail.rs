//! The audit as it is read by whoever audits: newest first, narrowed down by who, what and when.
//!
//! Whatever is asked for, an index gives the entries in the order of their ids: all of them, those of a person, or those
//! of a kind that is not records. Entries about the things of one unit are found by these things.

use boxed_async::boxed_async;
use jiff::Timestamp;

use super::{CONSOLE, RECORD, StoredEntry, fetch_entries, stored_entries};
use crate::{Result, Tx, identity::id_at, query::Builder};

/// Which entries are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrailFilter {
    /// Only those with lower ids.
    pub before: Option<i64>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// By this person.
    pub actor: Option<String>,
    /// About this sort of thing.
    pub subject: Option<String>,
}

/// Entries about some things of one sort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailSubjects {
    /// What sort of thing.
    pub subject: &'static str,
    /// Which of them.
    pub ids: Vec<i64>,
}

/// Things looked for by one statement.
const SUBJECTS: usize = 500;

/// An id is made by a clock that may differ from the one that said when: so much around a day is looked at too.
const SLACK: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);

/// The newest `limit` entries that fit, newest first.
#[boxed_async]
pub async fn list_trail(tx: &mut Tx, filter: &TrailFilter, limit: i64) -> Result<Vec<StoredEntry>> {
    let mut query = tx.build(stored_entries!(head));
    push_bounds(&mut query, "audit_id", filter);
    let is_of_record = filter.subject.as_deref().is_none_or(|subject| subject == RECORD);
    if let Some(actor) = &filter.actor {
        // Of what is not about records there is little: the index of these is taken.
        query.push_and(
            if is_of_record && actor != CONSOLE { "actor = " } else { "actor || '' = " },
            actor.as_str(),
        );
        if is_of_record && actor != CONSOLE {
            // The index is of these alone.
            query.push(" AND actor <> 'console'");
        }
    }
    match &filter.subject {
        Some(subject) if !is_of_record => {
            query.push(" AND version IS NULL").push_and("subject = ", subject.as_str());
        }
        Some(subject) => drop(query.push_and("subject = ", subject.as_str())),
        None => {}
    }
    query.push_order("audit_id DESC", limit).cached(true);
    fetch_entries(tx, query.finish()).await
}

/// The same of entries about some things.
#[boxed_async]
pub async fn list_trail_of(
    tx: &mut Tx,
    filter: &TrailFilter,
    of: &[TrailSubjects],
    limit: i64,
) -> Result<Vec<StoredEntry>> {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found: Vec<StoredEntry> = Vec::new();
    for things in of {
        if filter.subject.as_deref().is_some_and(|subject| subject != things.subject) {
            continue;
        }
        for chunk in things.ids.chunks(SUBJECTS) {
            let mut query = tx.build(stored_entries!(head));
            query.push_in("subject_id", chunk.iter().copied());
            query.push_and("subject = ", things.subject);
            // The sums keep an engine from walking the region backwards until it meets one of the things.
            push_bounds(&mut query, "(audit_id + 0)", filter);
            if let Some(actor) = &filter.actor {
                query.push_and("actor || '' = ", actor.as_str());
            }
            query.push_order("(audit_id + 0) DESC", limit).cached(chunk.len() == SUBJECTS);
            found.extend(fetch_entries(tx, query.finish()).await?);
        }
        found.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.audit_id));
        found.truncate(most);
    }
    Ok(found)
}

fn push_bounds(query: &mut Builder<'_>, id: &str, filter: &TrailFilter) {
    query.push_and(&format!("{id} < "), filter.before.unwrap_or(i64::MAX));
    if let Some(from) = filter.from {
        query.push_and(&format!("{id} >= "), id_at(from.saturating_sub(SLACK).unwrap_or(from)));
        query.push_and("at >= ", from.as_microsecond());
    }
    if let Some(until) = filter.until {
        query.push_and(&format!("{id} < "), id_at(until.saturating_add(SLACK).unwrap_or(until)));
        query.push_and("at < ", until.as_microsecond());
    }
}

/// The first entry about a sort of thing other than records, at a moment or after it.
#[boxed_async]
pub async fn first_since(tx: &mut Tx, subject: &str, moment: Timestamp) -> Result<Option<i64>> {
    let from = id_at(moment.saturating_sub(SLACK).unwrap_or(moment));
    let query = tx.query(FIRST_SINCE).bind(subject).bind(from).bind(moment);
    query.value_optional(tx).await
}

const FIRST_SINCE: &str = "SELECT audit_id FROM audit WHERE region_id = $1 AND version IS NULL AND subject = $2 \
     AND audit_id >= $3 AND at >= $4 ORDER BY audit_id LIMIT 1";

/// The entry with this id.
#[boxed_async]
pub async fn find_entry(tx: &mut Tx, id: i64) -> Result<Option<StoredEntry>> {
    let query = tx.query(stored_entries!(" AND audit_id = $2")).bind(id);
    Ok(fetch_entries(tx, query).await?.pop())
}
