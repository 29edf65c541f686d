//! A register as a file: the template to fill in, and the records themselves.

use std::{io::Seek, sync::Arc};

use app::{
    sheets::{self, Format, Which},
    units,
};
use axum::{extract::State, response::Response};

use crate::{
    Error, WebState,
    address::Path,
    parts::download::{self, CSV, XLSX},
    visit::SignedIn,
};

/// GET `/units/{code}/registers/{form}/template.xlsx`.
pub(crate) async fn template(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((code, form)): Path<(String, String)>,
) -> Result<Response, Error> {
    let snapshot = state.app.current().await?;
    let unit = units::resolve(&person.ctx, &snapshot, Some(&code))?;
    let (made, bytes) = sheets::template(&state.app, &person.ctx, unit, &form).await?;
    download::bytes(&made.name, XLSX, bytes)
}

/// GET `/units/{code}/registers/{form}/export.xlsx`.
pub(crate) async fn xlsx(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((code, form)): Path<(String, String)>,
) -> Result<Response, Error> {
    export(&state, &person, &code, &form, Which::All, Format::Xlsx).await
}

/// GET `/units/{code}/registers/{form}/export.csv`.
pub(crate) async fn csv(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((code, form)): Path<(String, String)>,
) -> Result<Response, Error> {
    export(&state, &person, &code, &form, Which::All, Format::Csv).await
}

/// Written to a file without a name first: a workbook is put together from its
/// parts at the end, and a fault on the way is still told as one.
async fn export(
    state: &WebState,
    person: &SignedIn,
    code: &str,
    form: &str,
    which: Which,
    format: Format,
) -> Result<Response, Error> {
    let snapshot = state.app.current().await?;
    let unit = units::resolve(&person.ctx, &snapshot, Some(code))?;
    let mut file = tempfile::tempfile().map_err(app::Error::internal)?;
    let out = file.try_clone().map_err(app::Error::internal)?;
    let made = sheets::export(&state.app, &person.ctx, unit, form, which, format, out).await?;
    file.rewind().map_err(app::Error::internal)?;
    let kind = match format {
        Format::Xlsx => XLSX,
        Format::Csv => CSV,
    };
    download::file(&made.name, kind, file)
}
