//! All figures of a unit and year as JSON, the same as `jiangong figures`.

use std::sync::Arc;

use app::figures::{self, FiguresJson};
use axum::{Json, extract::State};

use crate::{Error, WebState, figures_query::FiguresQuery};

/// GET `/api/v1/units/{code}/figures`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    query: FiguresQuery,
) -> Result<Json<FiguresJson>, Error> {
    let shown = figures::show(&state.app, &query.person.ctx, query.unit.id, &query.ask).await?;
    Ok(Json(FiguresJson::from(&shown)))
}
