//! The file of an import with its faults written into its cells.

use std::sync::Arc;

use app::imports;
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use model::ids::ImportId;

use crate::{Error, WebState, address::Path, urls::Url, visit::SignedIn};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// GET `/imports/{id}/faults.xlsx`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, Error> {
    let (name, bytes) = imports::annotated(&state.app, &person.ctx, ImportId(id)).await?;
    let disposition =
        format!("attachment; filename=\"faults.xlsx\"; filename*=UTF-8''{}", Url::new("{}", &[&name]));
    let disposition = HeaderValue::from_str(&disposition).map_err(app::Error::internal)?;
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(XLSX)), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, bytes).into_response())
}
