//! A register as a file: the template to fill in, and the records themselves.

use std::{io::Seek, sync::Arc};

use app::{
    register_export::{self, Format, Which},
    registers, units,
};
use axum::{extract::State, response::Response};

use model::ids::UnitId;

use crate::{
    Error, WebState,
    address::{Params, Path},
    list_query::{ListQuery, SORT},
    parts::{
        download::{self, CSV, XLSX},
        filter::Filters,
    },
    request_context::SignedIn,
    urls,
};

/// GET `/units/{code}/registers/{form}/template.xlsx`.
pub(crate) async fn template(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((code, form)): Path<(String, String)>,
) -> Result<Response, Error> {
    let snapshot = state.app.current(&person.ctx).await?;
    let unit = units::resolve(&person.ctx, &snapshot, Some(&code))?;
    let (made, bytes) = register_export::template(&state.app, &person.ctx, unit, &form).await?;
    download::bytes(&made.name, XLSX, bytes)
}

/// GET `/units/{code}/registers/{form}/export.xlsx`: what the list with the same parameters shows.
pub(crate) async fn xlsx(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((code, form)): Path<(String, String)>,
    params: Params,
) -> Result<Response, Error> {
    export(&state, &person, (&code, &form), &params, Format::Xlsx).await
}

/// GET `/units/{code}/registers/{form}/export.csv`: as the workbook.
pub(crate) async fn csv(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((code, form)): Path<(String, String)>,
    params: Params,
) -> Result<Response, Error> {
    export(&state, &person, (&code, &form), &params, Format::Csv).await
}

/// The records that a list with these parameters shows, in its order.
async fn which(
    state: &WebState,
    person: &SignedIn,
    unit: UnitId,
    form: &str,
    params: &Params,
) -> Result<Which, Error> {
    let (words, snapshot) = (person.words(), state.app.current(&person.ctx).await?);
    let position = registers::to_see(&person.ctx, &snapshot, unit, form)?;
    let selected = ListQuery::read(words, &person.ctx, &snapshot, position, params)?;
    if let Some((name, _)) = selected.faults.first() {
        return Err(Error::BadAddress(name.clone()));
    }
    if !selected.is_narrowed() && selected.typed(SORT).is_empty() {
        return Ok(Which::All);
    }
    let definition = &snapshot.definition.forms[position];
    let filters = Filters { words, snapshot: &snapshot, form: definition, selected: &selected };
    let chips = filters.chips(&urls::register("", form));
    let chosen: Vec<String> = chips.into_iter().map(|chip| chip.message).collect();
    let ids = registers::ids(&state.app, &person.ctx, &selected.selection(definition, unit)).await?.ids;
    Ok(Which::Ids { ids, selection: chosen.join(words.list_and()) })
}

/// Written to a file without a name first: a workbook is put together from its
/// parts at the end, and a fault on the way still becomes an error page.
async fn export(
    state: &WebState,
    person: &SignedIn,
    (code, form): (&str, &str),
    params: &Params,
    format: Format,
) -> Result<Response, Error> {
    let snapshot = state.app.current(&person.ctx).await?;
    let unit = units::resolve(&person.ctx, &snapshot, Some(code))?;
    let which = which(state, person, unit, form, params).await?;
    let mut file = tempfile::tempfile().map_err(app::Error::internal)?;
    let out = file.try_clone().map_err(app::Error::internal)?;
    let made = register_export::export(&state.app, &person.ctx, unit, form, which, format, out).await?;
    file.rewind().map_err(app::Error::internal)?;
    let kind = match format {
        Format::Xlsx => XLSX,
        Format::Csv => CSV,
    };
    download::file(&made.name, kind, file)
}
