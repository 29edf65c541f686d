//! Versions of campaigns that somebody has handed in: what they would do is found out in the background, and they are put in
//! force when somebody agrees to it.

use boxed_async::boxed_async;

use crate::{Error, Result, Tx};

/// A version that was handed in.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CandidateRow {
    /// Its id.
    pub candidate_id: i64,
    /// The account that has handed it in, or agreed to it.
    pub user_id: i64,
    /// As whose deputy.
    pub deputy_id: Option<i64>,
    /// Who has handed it in.
    pub created_by: String,
    /// When, microseconds since 1970.
    pub created_at: i64,
    /// The name of the file.
    pub file_name: String,
    /// The campaign that it is a version of.
    pub campaign_id: String,
    /// Its state: see `app::campaigns::CandidateState`.
    pub state: String,
    /// What it would do, as JSON, once that is known.
    pub plan: Option<String>,
    /// Who has agreed to it, or withdrawn it.
    pub decided_by: Option<String>,
    /// Why it could not be done, as JSON.
    pub error: Option<String>,
}

/// A statement that reads [`CandidateRow`]s.
macro_rules! candidates {
    ($rest:literal) => {
        concat!(
            "SELECT candidate_id, user_id, deputy_id, created_by, created_at, file_name, campaign_id, state, plan, \
             decided_by, error FROM candidate_version WHERE region_id = $1 ",
            $rest
        )
    };
}

/// Adds a version with its files, as JSON.
///
/// # Errors
/// One that [`Error::is_duplicate`] when it was handed in already.
#[boxed_async]
pub async fn insert(tx: &mut Tx, candidate: &CandidateRow, files: &str) -> Result<()> {
    let query =
        tx.query(INSERT).bind(candidate.candidate_id).bind(candidate.user_id).bind(candidate.deputy_id);
    let query = query.bind(&candidate.created_by).bind(candidate.created_at).bind(&candidate.file_name);
    query.bind(&candidate.campaign_id).bind(files).bind(&candidate.state).execute(tx).await?;
    Ok(())
}

const INSERT: &str = "INSERT INTO candidate_version (region_id, candidate_id, user_id, deputy_id, created_by, \
     created_at, file_name, campaign_id, files, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// Replaces all that changes in the life of a version, provided that it is still in the state `from`.
///
/// # Errors
/// [`Error::Conflict`] when it is in another state.
#[boxed_async]
pub async fn advance(tx: &mut Tx, candidate: &CandidateRow, from: &str) -> Result<()> {
    let query = tx.query(ADVANCE).bind(candidate.candidate_id).bind(from).bind(candidate.user_id);
    let query = query.bind(candidate.deputy_id).bind(&candidate.state).bind(&candidate.plan);
    match query.bind(&candidate.decided_by).bind(&candidate.error).execute(tx).await? {
        1 => Ok(()),
        _ => Err(Error::Conflict { table: "candidate_version", key: candidate.candidate_id.to_string() }),
    }
}

const ADVANCE: &str = "UPDATE candidate_version SET user_id = $4, deputy_id = $5, state = $6, plan = $7, \
     decided_by = $8, error = $9 WHERE region_id = $1 AND candidate_id = $2 AND state = $3";

/// The version with this id.
#[boxed_async]
pub async fn find(tx: &mut Tx, id: i64) -> Result<Option<CandidateRow>> {
    tx.query(candidates!("AND candidate_id = $2")).bind(id).fetch_optional(tx).await
}

/// The files of a version, as JSON.
#[boxed_async]
pub async fn files(tx: &mut Tx, id: i64) -> Result<Option<String>> {
    let text = "SELECT files FROM candidate_version WHERE region_id = $1 AND candidate_id = $2";
    tx.query(text).bind(id).value_optional(tx).await
}

/// The versions that were handed in, newest first; at most `limit`.
#[boxed_async]
pub async fn list(tx: &mut Tx, limit: i64) -> Result<Vec<CandidateRow>> {
    let text = candidates!("ORDER BY created_at DESC, candidate_id DESC LIMIT $2");
    tx.query(text).bind(limit).fetch_all(tx).await
}
