//! The body of a request that can be read again: when the handler has refused it unread, or after its first
//! piece. Of a body that is read on and on, such as a large file, nothing is held.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request},
    http::{HeaderValue, header},
};
use futures::{StreamExt, stream};
use hyper::body::{Frame, SizeHint};

use crate::state::{LARGEST_FORM, LARGEST_UPLOAD};

/// The most that is held of what a handler has read. A form without files is no larger.
const MOST_HELD: usize = 2 * LARGEST_FORM;

/// What has been read, and the rest.
struct Held {
    body: Body,
    pieces: Vec<Bytes>,
    size: usize,
}

/// A body that a handler reads through [`HeldBody::reader`].
pub(super) struct HeldBody(Arc<Mutex<Held>>);

/// What a form states: its fields, and the names of the files that came with it.
pub(super) type SentFields = (Vec<(String, String)>, Vec<String>);

impl HeldBody {
    pub(super) fn new(body: Body) -> Self {
        Self(Arc::new(Mutex::new(Held { body, pieces: Vec::new(), size: 0 })))
    }

    /// The body as the handler reads it.
    pub(super) fn reader(&self) -> Body {
        Body::new(Reader(self.0.clone()))
    }

    /// The fields of the form, once the handler is done with it; `None` when it was none, or too large.
    pub(super) async fn fields(self, media_type: Option<&HeaderValue>) -> Option<SentFields> {
        let body = {
            let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if held.size > MOST_HELD {
                return None;
            }
            let pieces = std::mem::take(&mut held.pieces).into_iter().map(Ok);
            let rest = std::mem::replace(&mut held.body, Body::empty());
            Body::from_stream(stream::iter(pieces).chain(rest.into_data_stream()))
        };
        let media_type = media_type?;
        let is_multipart = media_type.as_bytes().starts_with(b"multipart/form-data");
        let mut request = Request::post("/").header(header::CONTENT_TYPE, media_type).body(body).ok()?;
        if is_multipart {
            DefaultBodyLimit::max(4 * LARGEST_UPLOAD).apply(&mut request);
            return of_multipart(Multipart::from_request(request, &()).await.ok()?).await;
        }
        DefaultBodyLimit::max(MOST_HELD).apply(&mut request);
        let form = axum::Form::<Vec<(String, String)>>::from_request(request, &()).await.ok()?;
        Some((form.0, Vec::new()))
    }
}

/// Reads a form to its end, also where the files in it are not needed: a browser takes no answer before it
/// has sent everything.
async fn of_multipart(mut form: Multipart) -> Option<SentFields> {
    let (mut fields, mut files, mut size) = (Vec::new(), Vec::new(), 0);
    while let Some(mut field) = form.next_field().await.ok()? {
        let name = field.name().unwrap_or_default().to_owned();
        if let Some(file) = field.file_name().map(ToOwned::to_owned) {
            while field.chunk().await.ok()?.is_some() {}
            files.extend(Some(file).filter(|file| !file.is_empty()));
            continue;
        }
        let mut text = Vec::new();
        while let Some(chunk) = field.chunk().await.ok()? {
            size += chunk.len();
            if size > MOST_HELD {
                return None;
            }
            text.extend_from_slice(&chunk);
        }
        fields.push((name, String::from_utf8(text).ok()?));
    }
    Some((fields, files))
}

struct Reader(Arc<Mutex<Held>>);

impl HttpBody for Reader {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let polled = Pin::new(&mut held.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            held.size = held.size.saturating_add(data.len());
            if held.size > MOST_HELD {
                held.pieces = Vec::new();
            } else {
                held.pieces.push(data.clone());
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).body.size_hint()
    }
}
