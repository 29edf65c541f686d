//! Whether the server answers. Touches nothing, so that it can be asked often.

/// GET `/healthz`.
pub(crate) async fn show() -> &'static str {
    "ok"
}
