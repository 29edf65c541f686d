//! All figures of a unit and year as JSON, the same as `jiangong figures`.

use std::sync::Arc;

use app::{
    figures::{self, FiguresJson},
    units,
};
use axum::{Json, extract::State};

use crate::{
    Error, WebState,
    address::{Params, Path},
    pages::figures::ask,
    visit::SignedIn,
};

/// GET `/api/v1/units/{code}/figures`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<FiguresJson>, Error> {
    let snapshot = state.app.current().await?;
    let unit = units::resolve(&person.ctx, &snapshot, Some(&code))?;
    let ask = ask(&person, &snapshot, &params)?;
    let shown = figures::show(&state.app, &person.ctx, unit, &ask).await?;
    Ok(Json(FiguresJson::from(&shown)))
}
