//! The file of an import with its faults written into its cells.

use std::sync::Arc;

use app::imports;
use axum::{extract::State, response::Response};
use model::ids::ImportId;

use crate::{
    Error, WebState,
    address::Path,
    parts::download::{self, XLSX},
    request_context::SignedIn,
};

/// GET `/imports/{id}/faults.xlsx`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, Error> {
    let (name, bytes) = imports::annotated(&state.app, &person.ctx, ImportId(id)).await?;
    download::bytes(&name, XLSX, bytes)
}
