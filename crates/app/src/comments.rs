//! What people say about a record: beside its fields, counted nowhere.

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::{ids::RecordId, problem::Problem};
use store::{Tx, comments, new_id};

use crate::{
    Action, App, Context, Error, Result, Thing, record::authorised, transact::transact,
    typed_text::no_numbers,
};

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

/// A comment with its personal numbers masked, for whoever chooses that.
pub fn masked(text: &str) -> String {
    model::codes::mask_numbers(text).map_or_else(|| text.to_owned(), |(masked, _)| masked)
}

/// Adds a comment, by somebody who may see the record. Saying the same twice in a row says it once.
///
/// # Errors
/// As [`crate::records::find`]; [`Error::Invalid`] for no text, too much, or one with a personal number.
#[boxed_async]
pub async fn add(app: &App, ctx: &Context, fact: RecordId, text: &str) -> Result<()> {
    transact!(app, ctx.region, |tx| {
        authorised(app, ctx, tx, Action::WriteComments, fact).await?;
        let text = text.replace("\r\n", "\n");
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 || length > LONGEST {
            return Err(Error::Invalid(vec![Problem::CommentLength { found: length, max: LONGEST }]));
        }
        no_numbers(text)?;
        let last = comments::list(tx, fact).await?.pop();
        if last.is_some_and(|last| last.actor == ctx.audit_name() && last.content == text) {
            return Ok(());
        }
        let now = ctx.clock.now();
        comments::insert(tx, fact, new_id(now), now, ctx.audit_name(), text).await?;
        Ok(())
    })
}

/// Takes back one's own comment; taking it back twice changes nothing.
///
/// # Errors
/// As [`crate::records::find`]; [`Error::NotFound`] for a comment of somebody else.
#[boxed_async]
pub async fn withdraw(app: &App, ctx: &Context, fact: RecordId, comment: i64) -> Result<()> {
    transact!(app, ctx.region, |tx| {
        authorised(app, ctx, tx, Action::WriteComments, fact).await?;
        let all = comments::list(tx, fact).await?;
        let is_own = all.iter().any(|said| said.comment_id == comment && ctx.is_person(&said.actor));
        if !is_own {
            return Err(Error::NotFound { what: Thing::Comment, key: comment.to_string() });
        }
        comments::withdraw(tx, fact, comment).await?;
        Ok(())
    })
}

/// The comments on a record, oldest first; the caller has authorised.
pub(crate) async fn list(tx: &mut Tx, ctx: &Context, fact: RecordId) -> Result<Vec<Comment>> {
    let all = comments::list(tx, fact).await?;
    let comment = |said: comments::CommentRow| {
        Ok(Comment {
            id: said.comment_id,
            at: Timestamp::from_microsecond(said.at).map_err(Error::internal)?,
            is_own: ctx.is_person(&said.actor),
            actor: said.actor,
            text: (!said.is_withdrawn).then_some(said.content),
        })
    };
    all.into_iter().map(comment).collect()
}
