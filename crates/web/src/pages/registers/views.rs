//! Keeping a way of looking at a register, and forgetting it.

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
    urls,
    visit::SignedIn,
};

/// What is kept.
#[derive(Deserialize)]
pub(crate) struct Keep {
    name: String,
    /// What stands in the address of the list.
    #[serde(default)]
    query: String,
}

/// POST `/units/{code}/registers/{form}/views`: keeps what the list shows under a name.
pub(crate) async fn keep(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((code, form)): Path<(String, String)>,
    Form(sent): Form<Keep>,
) -> Result<Response, Error> {
    let snapshot = state.app.current().await?;
    let id = units::resolve(&person.ctx, &snapshot, Some(&code))?;
    registers::to_see(&person.ctx, &snapshot, id, &form)?;
    let params = Params::of_query(&sent.query);
    let view = View { name: sent.name.clone(), query: sent.query };
    match registers::views::keep(&state.app, &person.ctx, &form, view).await {
        Ok(()) => {
            let pairs: Vec<(String, String)> =
                params.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let url = urls::register(&code, &form).with_all(&pairs).with("done", "view");
            Ok(Redirect::to(&url.to_string()).into_response())
        }
        Err(app::Error::Invalid(problems)) => {
            let said: Vec<String> = problems.iter().map(|problem| person.words().problem(problem)).collect();
            list::answer(&state, &person, &code, &form, &params, Some((sent.name, said.concat()))).await
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
    let snapshot = state.app.current().await?;
    let id = units::resolve(&person.ctx, &snapshot, Some(&code))?;
    registers::to_see(&person.ctx, &snapshot, id, &form)?;
    registers::views::forget(&state.app, &person.ctx, &form, &sent.name).await?;
    Ok(Redirect::to(&urls::register(&code, &form).with("done", "forget").to_string()))
}
