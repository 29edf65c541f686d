//! The server: routes, what wraps them, and what runs beside them.

use std::{future::Future, io, sync::Arc};

use app::App;
use axum::{Router, extract::DefaultBodyLimit, http::Request, middleware};
use tokio::net::TcpListener;
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    trace::{DefaultOnResponse, TraceLayer},
};
use tracing::Level;

use crate::{Options, WebState, background, failure, guard, routes, state::LARGEST_FORM};

/// Every route with everything around it.
pub fn router(state: Arc<WebState>) -> Router {
    let span = |request: &Request<_>| tracing::debug_span!("request", method = %request.method(), path = request.uri().path());
    let trace = TraceLayer::new_for_http()
        .make_span_with(span)
        .on_response(DefaultOnResponse::new().level(Level::DEBUG));
    routes::router()
        .fallback(failure::no_such_page)
        .method_not_allowed_fallback(failure::no_such_method)
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(CatchPanicLayer::custom(failure::caught))
        .layer(middleware::from_fn_with_state(state.clone(), failure::answer))
        .layer(middleware::from_fn(guard::headers))
        .layer(CompressionLayer::new().gzip(true).quality(CompressionLevel::Fastest))
        .layer(trace)
        .with_state(state)
}

/// Serves until `shutdown` is ready; requests under way are finished.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    app: Arc<App>,
    options: Options,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let tasks = [
        tokio::spawn(background::fold(app.clone())),
        tokio::spawn(background::import(app.clone())),
        tokio::spawn(background::sweep(app.clone())),
        tokio::spawn(background::index(app.clone())),
    ];
    let router = router(Arc::new(WebState { app, options }));
    let served = axum::serve(listener, router).with_graceful_shutdown(shutdown).await;
    for task in tasks {
        task.abort();
    }
    served
}
