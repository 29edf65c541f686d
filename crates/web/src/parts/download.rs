//! Files to download: the browser saves them and does not show them.

use std::{fs::File, io::Read};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures::stream;

use crate::{Error, urls::Url};

/// The type of a workbook.
pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// The type of a csv.
pub(crate) const CSV: &str = "text/csv; charset=utf-8";

/// Bytes sent at a time.
const PIECE: usize = 256 << 10;

/// A file that is in memory.
pub(crate) fn bytes(name: &str, kind: &'static str, bytes: Vec<u8>) -> Result<Response, Error> {
    Ok((headers(name, kind)?, bytes).into_response())
}

/// A file on disk, however large, from its beginning.
pub(crate) fn file(name: &str, kind: &'static str, file: File) -> Result<Response, Error> {
    let length = file.metadata().map_err(app::Error::internal)?.len();
    let content = pieces(file);
    let mut headers = headers(name, kind)?;
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Ok((headers, content).into_response())
}

/// What is made while it is being sent.
pub(crate) fn stream(name: &str, kind: &'static str, content: Body) -> Result<Response, Error> {
    Ok((headers(name, kind)?, content).into_response())
}

/// What `source` gives, a piece at a time.
pub(crate) fn pieces(source: impl Read + Send + 'static) -> Body {
    Body::from_stream(stream::try_unfold(source, |source| async move {
        let read = move || {
            let mut source = source;
            let mut piece = vec![0; PIECE];
            let count = source.read(&mut piece)?;
            piece.truncate(count);
            Ok::<_, std::io::Error>((piece, source))
        };
        let (piece, source) = tokio::task::spawn_blocking(read).await.map_err(std::io::Error::other)??;
        Ok::<_, std::io::Error>((!piece.is_empty()).then(|| (Bytes::from(piece), source)))
    }))
}

/// The name in ASCII for browsers that know no other, then as it is.
fn headers(name: &str, kind: &'static str) -> Result<HeaderMap, Error> {
    // A name can hold what somebody has called a unit or a file: no header takes all of that.
    let extension = name.rsplit_once('.').map_or("bin", |(_, extension)| extension);
    let extension: String = extension.chars().filter(char::is_ascii_alphanumeric).collect();
    let disposition = format!(
        "attachment; filename=\"jiangong.{extension}\"; filename*=UTF-8''{}",
        Url::new("{}", &[name])
    );
    let disposition = HeaderValue::from_str(&disposition).map_err(app::Error::internal)?;
    let pairs: [(HeaderName, HeaderValue); 2] =
        [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, disposition)];
    Ok(pairs.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_fits_into_the_header() {
        for name in ["台账.xlsx", "a.甲\u{1}", "a\r\nb.c\r\nd: e", "", ".", "a.\"; x=\"", "\u{7f}.\u{7f}"]
        {
            let headers = headers(name, CSV).expect(name);
            let disposition = headers[header::CONTENT_DISPOSITION].to_str().expect("ASCII");
            assert!(disposition.starts_with("attachment; filename=\"jiangong."), "{disposition}");
            assert_eq!(disposition.matches('"').count(), 2, "{disposition}");
        }
    }
}
