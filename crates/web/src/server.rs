//! The server: the routes and the layers around them, and the connections to it. A client that does
//! not go on sending or reading is left behind; it keeps nobody else from being served, nor the
//! server from ending.

use std::{
    borrow::Borrow, convert::Infallible, future::Future, io, net::SocketAddr, pin::pin, sync::Arc,
    time::Duration,
};

use app::App;
use axum::{
    Router,
    body::Body,
    extract::DefaultBodyLimit,
    http::{Request, Response},
    middleware,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::sleep,
};
use tower::ServiceExt;
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    trace::{DefaultOnResponse, TraceLayer},
};
use tracing::Level;

use crate::{
    Options, WebState, connection::Connection, error_page, former_addresses, priority, returned_form, routes,
    security_headers, slow_bodies, state::LARGEST_FORM,
};

/// What the server bears from its clients.
#[derive(Debug, Clone, Copy)]
pub struct ServerLimits {
    /// How long the head of a request may take, and a connection may rest before the next one.
    pub head: Duration,
    /// How long nothing of a body may come.
    pub body_pause: Duration,
    /// How long a body may come as slowly as it likes.
    pub body_grace: Duration,
    /// How much of it must come in each second after that.
    pub bytes_per_second: u64,
    /// How long a client may take nothing of an answer.
    pub answer_pause: Duration,
    /// Connections at a time; others wait.
    pub connections: usize,
    /// How long requests under way may take when the server is to end.
    pub drain: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(15),
            body_pause: Duration::from_secs(15),
            body_grace: Duration::from_secs(30),
            bytes_per_second: 2 << 10,
            answer_pause: Duration::from_mins(1),
            connections: 4096,
            drain: Duration::from_secs(30),
        }
    }
}

/// The address that a connection comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Every route with everything around it.
pub fn router(state: Arc<WebState>) -> Router {
    let span = |request: &Request<_>| tracing::debug_span!("request", method = %request.method(), path = request.uri().path());
    let trace = TraceLayer::new_for_http()
        .make_span_with(span)
        .on_response(DefaultOnResponse::new().level(Level::DEBUG));
    let is_https = state.options.is_https;
    let pages = routes::router()
        .fallback(error_page::no_such_page)
        .method_not_allowed_fallback(error_page::no_such_method)
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(CatchPanicLayer::custom(error_page::caught))
        .layer(middleware::from_fn(priority::measure))
        .with_state(state.clone());
    // Around the routes: a form that comes back is shown by another route than the one that refused it.
    let present = Router::new()
        .fallback_service(pages)
        .layer(middleware::from_fn_with_state(state.clone(), returned_form::bring_back))
        .layer(middleware::from_fn_with_state(state.clone(), slow_bodies::watch))
        .layer(middleware::from_fn_with_state(state, error_page::answer))
        .layer(middleware::from_fn_with_state(is_https, security_headers::headers))
        .layer(CompressionLayer::new().gzip(true).quality(CompressionLevel::Fastest))
        .layer(trace);
    // Around the routes: an address is led on before it is looked for among them.
    Router::new().fallback_service(present).layer(middleware::from_fn(former_addresses::lead_on))
}

/// Serves until `shutdown` is ready; requests under way are finished, unless their clients take too long.
///
/// # Errors
/// None at present: a connection that cannot be accepted is not the end of the server.
pub async fn serve(
    app: Arc<App>,
    options: Options,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let limits = options.limits;
    answer(router(Arc::new(WebState::new(app, options))), limits, listener, shutdown).await;
    Ok(())
}

/// Answers with a router until `shutdown` is ready, and lets requests under way come to their end.
pub(crate) async fn answer(
    router: Router,
    limits: ServerLimits,
    listener: impl Borrow<TcpListener>,
    shutdown: impl Future<Output = ()>,
) {
    let connections = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut shutdown = pin!(shutdown);
    loop {
        let (stream, peer, place) = tokio::select! {
            accepted = accept(listener.borrow(), &places) => accepted,
            () = &mut shutdown => break,
        };
        let served = connections.watch(connection(router.clone(), limits, stream, peer));
        tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::debug!(%peer, "a connection has ended: {error}");
            }
            drop(place);
        });
    }
    drop(listener);
    tokio::select! {
        () = connections.shutdown() => {}
        () = sleep(limits.drain) => tracing::warn!("ending although some clients have not taken their answers"),
    }
}

/// The next connection, once there is a place for one.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    let place = places.clone().acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
            Err(error) => {
                // The client has gone already, or the process has no more files to open: others will be closed.
                tracing::warn!("a connection could not be accepted: {error}");
                sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

/// Answers the requests of one connection.
fn connection(
    router: Router,
    limits: ServerLimits,
    stream: TcpStream,
    peer: SocketAddr,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + Send {
    // Answers are written whole; waiting for more only delays them.
    let _ = stream.set_nodelay(true);
    let stream = TokioIo::new(Connection::new(stream, limits.answer_pause));
    let service = service_fn(move |request: Request<Incoming>| {
        let router = router.clone();
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            let answered: Result<Response<Body>, Infallible> = router.oneshot(request).await;
            answered
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.head);
    builder.serve_connection(stream, service)
}
