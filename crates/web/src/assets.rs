//! Style sheets, scripts and pictures, embedded in the binary. Their names
//! contain a digest of their content, so that a browser may cache them for ever.

use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::Error;

/// One embedded file.
pub(crate) struct Asset {
    file: &'static str,
    /// Where it is served.
    pub(crate) url: &'static str,
    content: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// GET `/favicon.ico`: the address that browsers ask for by themselves.
pub(crate) async fn favicon() -> Response {
    let keep = [
        (header::CACHE_CONTROL, "public, max-age=86400"),
        (header::CONTENT_TYPE, media_type(FAVICON_ICO.file)),
    ];
    (keep, FAVICON_ICO.content).into_response()
}

/// GET `/assets/{file}`.
pub(crate) async fn show(Path(file): Path<String>, headers: HeaderMap) -> Result<Response, Error> {
    let asset = ALL.iter().find(|asset| asset.file == file).ok_or(Error::NoSuchPage)?;
    let tag = format!("\"{}\"", asset.file);
    let keep = [
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned()),
        (header::ETAG, tag.clone()),
    ];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, keep).into_response());
    }
    Ok((keep, [(header::CONTENT_TYPE, media_type(asset.file))], asset.content).into_response())
}

fn media_type(file: &str) -> &'static str {
    match file.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("ico") => "image/x-icon",
        _ => "application/octet-stream",
    }
}
