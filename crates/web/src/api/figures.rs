//! All figures of a unit and year as JSON, the same as `jiangong figures`.

use std::sync::Arc;

use app::figures::{self, FiguresJson};
use axum::{Json, extract::State};

use crate::{Error, WebState, asked::Asked};

/// GET `/api/v1/units/{code}/figures`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    asked: Asked,
) -> Result<Json<FiguresJson>, Error> {
    let shown = figures::show(&state.app, &asked.person.ctx, asked.unit.id, &asked.ask).await?;
    Ok(Json(FiguresJson::from(&shown)))
}
