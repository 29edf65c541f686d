//! Saving a view of a register, and deleting it.

use std::sync::Arc;

use app::{
    registers::{self, views::View},
    units,
};
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::list;
use crate::{
    Error, WebState,
    address::{Params, Path},
    form::Form,
    request_context::SignedIn,
    urls,
};

/// What is kept.
#[derive(Deserialize)]
pub(crate) struct SaveView {
    name: String,
    /// The parameters in the address of the list.
    #[serde(default)]
    query: String,
}

/// POST `/units/{code}/registers/{form}/views`: keeps what the list shows under a name.
pub(crate) async fn save(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((code, form)): Path<(String, String)>,
    Form(sent): Form<SaveView>,
) -> Result<Response, Error> {
    let snapshot = state.app.current(&person.ctx).await?;
    let id = units::resolve(&person.ctx, &snapshot, Some(&code))?;
    registers::to_see(&person.ctx, &snapshot, id, &form)?;
    let params = Params::of_query(&sent.query);
    let view = View { name: sent.name.clone(), query: sent.query };
    match registers::views::save(&state.app, &person.ctx, &form, view).await {
        Ok(()) => {
            let pairs: Vec<(String, String)> =
                params.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let url = urls::register(&code, &form).with_all(&pairs).with_param("done", "view");
            Ok(Redirect::to(&url.to_string()).into_response())
        }
        Err(app::Error::Invalid(problems)) => {
            let message: Vec<String> =
                problems.iter().map(|problem| person.words().problem(problem)).collect();
            list::answer(&state, &person, &code, &form, &params, Some((sent.name, message.concat()))).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Which view goes.
#[derive(Deserialize)]
pub(crate) struct Forget {
    name: String,
}

/// POST `/units/{code}/registers/{form}/forget`.
pub(crate) async fn forget(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((code, form)): Path<(String, String)>,
    Form(sent): Form<Forget>,
) -> Result<Redirect, Error> {
    let snapshot = state.app.current(&person.ctx).await?;
    let id = units::resolve(&person.ctx, &snapshot, Some(&code))?;
    registers::to_see(&person.ctx, &snapshot, id, &form)?;
    registers::views::forget(&state.app, &person.ctx, &form, &sent.name).await?;
    Ok(Redirect::to(&urls::register(&code, &form).with_param("done", "forget").to_string()))
}
