//! How long a request may wait for the database: as long as a person waits for a page. Signing in, and saying
//! whether the server is well, have connections of their own: they work when all others wait for each other.

use app::{Priority, with_priority};
use axum::{extract::Request, middleware::Next, response::Response};

/// Addresses that are there when nothing else is.
const ENTRIES: [&str; 3] = ["/login", "/logout", "/readyz"];

/// Lets the request wait no longer than its kind may.
pub(crate) async fn measure(request: Request, next: Next) -> Response {
    let is_entry = ENTRIES.contains(&request.uri().path());
    let priority = if is_entry { Priority::Entry } else { Priority::Page };
    with_priority(priority, next.run(request)).await
}
