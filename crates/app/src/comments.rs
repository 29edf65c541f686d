//! What people say about a record: beside its fields, counted nowhere.

use jiff::Timestamp;
use model::{
    ids::FactId,
    problem::{Problem, ProblemKind},
};
use store::{Tx, comments, new_id};

use crate::{Action, App, Context, Error, Result, record::authorised};

/// Most characters of a comment.
pub const LONGEST: usize = 2_000;

/// A comment on a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its id.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What is said; `None` when it was taken back.
    pub text: Option<String>,
    /// Whether the person who asks has said it.
    pub is_own: bool,
}

/// Adds a comment, by somebody who may see the record. Saying the same twice in a row says it once.
///
/// # Errors
/// As [`crate::facts::find`]; [`Error::Invalid`] for no text, or too much.
pub async fn add(app: &App, ctx: &Context, fact: FactId, text: &str) -> Result<()> {
    let mut tx = app.db.write(app.region).await?;
    authorised(app, ctx, &mut tx, Action::SeeFacts, fact).await?;
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > LONGEST {
        let args = [length.to_string(), LONGEST.to_string()];
        return Err(Error::Invalid(vec![Problem::error(ProblemKind::CommentLength, args)]));
    }
    let last = comments::list(&mut tx, fact).await?.pop();
    if last.is_some_and(|last| last.actor == ctx.audit_name() && last.content == text) {
        return Ok(());
    }
    let now = ctx.clock.now();
    comments::insert(&mut tx, fact, new_id(now), now, ctx.audit_name(), text).await?;
    Ok(tx.commit().await?)
}

/// Takes back one's own comment; taking it back twice changes nothing.
///
/// # Errors
/// As [`crate::facts::find`]; [`Error::NotFound`] for a comment of somebody else.
pub async fn withdraw(app: &App, ctx: &Context, fact: FactId, comment: i64) -> Result<()> {
    let mut tx = app.db.write(app.region).await?;
    authorised(app, ctx, &mut tx, Action::SeeFacts, fact).await?;
    let all = comments::list(&mut tx, fact).await?;
    let is_own = all.iter().any(|said| said.comment_id == comment && said.actor == ctx.audit_name());
    if !is_own {
        return Err(Error::NotFound { what: "comment", key: comment.to_string() });
    }
    comments::withdraw(&mut tx, fact, comment).await?;
    Ok(tx.commit().await?)
}

/// The comments on a record, oldest first; the caller has authorised.
pub(crate) async fn list(tx: &mut Tx, ctx: &Context, fact: FactId) -> Result<Vec<Comment>> {
    let all = comments::list(tx, fact).await?;
    let comment = |said: comments::Comment| {
        Ok(Comment {
            id: said.comment_id,
            at: Timestamp::from_microsecond(said.at).map_err(Error::internal)?,
            is_own: said.actor == ctx.audit_name(),
            actor: said.actor,
            text: (!said.is_withdrawn).then_some(said.content),
        })
    };
    all.into_iter().map(comment).collect()
}
