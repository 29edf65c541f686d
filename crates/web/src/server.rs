//! The server: the routes and the layers around them.

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

use crate::{Options, WebState, error_page, former_addresses, routes, security_headers, state::LARGEST_FORM};

/// Every route with everything around it.
pub fn router(state: Arc<WebState>) -> Router {
    let span = |request: &Request<_>| tracing::debug_span!("request", method = %request.method(), path = request.uri().path());
    let trace = TraceLayer::new_for_http()
        .make_span_with(span)
        .on_response(DefaultOnResponse::new().level(Level::DEBUG));
    let present = routes::router()
        .fallback(error_page::no_such_page)
        .method_not_allowed_fallback(error_page::no_such_method)
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(CatchPanicLayer::custom(error_page::caught))
        .layer(middleware::from_fn_with_state(state.clone(), error_page::answer))
        .layer(middleware::from_fn(security_headers::headers))
        .layer(CompressionLayer::new().gzip(true).quality(CompressionLevel::Fastest))
        .layer(trace)
        .with_state(state);
    // Around the routes: an address is led on before it is looked for among them.
    Router::new().fallback_service(present).layer(middleware::from_fn(former_addresses::lead_on))
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
    let router = router(Arc::new(WebState { app, options }));
    axum::serve(listener, router).with_graceful_shutdown(shutdown).await
}
