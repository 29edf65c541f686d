//! Accounts from a sheet of people.

use std::sync::Arc;

use app::accounts::{self, CodeSheet, DEFAULT_DAYS, SheetOutcome};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};

use super::{Notices, page, refused, slips};
use crate::{
    Error, WebState,
    form::{Upload, of_multipart},
    pages::accounts::role_named,
    request_context::SignedIn,
    state::LARGEST_UPLOAD,
    uploaded_file::UploadedFile,
};

/// POST `/activation-codes/sheet`.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    headers: HeaderMap,
    Upload(mut form): Upload,
) -> Result<Response, Error> {
    // Asked before anything is taken in: whoever may not, costs no disk.
    accounts::batches(&state.app, &person.ctx).await?;
    let (mut key, mut role, mut output, mut days) =
        (String::new(), String::new(), String::new(), DEFAULT_DAYS);
    let mut sent: Option<(String, UploadedFile)> = None;
    while let Some(field) = form.next_field().await.map_err(|error| of_multipart(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            let name = field.file_name().unwrap_or_default().to_owned();
            sent = Some((name, UploadedFile::take(field, LARGEST_UPLOAD as u64).await?));
            continue;
        }
        let text = field.text().await.map_err(|error| of_multipart(&error))?;
        match name.as_str() {
            "key" => key = text,
            "role" => role = text,
            "output" => output = text,
            "days" => days = text.trim().parse().map_err(|_| Error::BadForm("days".to_owned()))?,
            _ => {}
        }
    }
    let words = person.words();
    let Some((file_name, file)) = sent.filter(|(name, _)| !name.is_empty()) else {
        let faults = vec![words.upload_none_chosen().to_owned()];
        let page = page(&state, &person, Notices { faults, ..Notices::default() }).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    if file.size() > LARGEST_UPLOAD as u64 {
        return Err(Error::TooLarge);
    }
    let role = role_named(&person.snapshot, &role)?;
    let mut content = file.read(&state).await?;
    let bytes = std::mem::take(&mut content.bytes);
    let sheet = CodeSheet { key, file_name, bytes, role, days };
    match accounts::codes_of_sheet(&state.app, &person.ctx, sheet).await {
        Ok(SheetOutcome::Issued(issued)) if issued.batch.is_none() => {
            let notice = Some(words.codes_nobody().to_owned());
            Ok(page(&state, &person, Notices { notice, ..Notices::default() }).await?.into_response())
        }
        Ok(SheetOutcome::Issued(issued)) => slips::answer(&state, &person, &headers, issued, &output),
        Ok(SheetOutcome::Refused { faults, total }) => {
            let text = if faults.len() < total {
                words.codes_faults_shown(words.count(total), words.count(faults.len()))
            } else {
                words.codes_faults(words.count(total))
            };
            let rows = faults.into_iter().map(|fault| {
                (fault.row, fault.column.title(words), fault.found, words.problem(&fault.problem))
            });
            let notices = Notices { notice: None, faults: vec![text], sheet_faults: rows.collect() };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&state, &person, notices).await?).into_response())
        }
        Err(error) => refused(&state, &person, error).await,
    }
}
