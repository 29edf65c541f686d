//! `jiangong serve`: pages and API.

use std::{
    io::{self, ErrorKind},
    sync::Arc,
};

use anyhow::{Result, anyhow};
use app::{
    tasks::{Scope, Supervisor, list_tasks},
    upgrade::UpgradeProgress,
};
use tokio::{net::TcpListener, sync::oneshot};
use words::Words;

use super::{close, console, signals::Signals, until_ended};
use crate::{
    cli::{Options, ProxyHeaderArg, Serve},
    config::{self, DEMONSTRATION_PASSWORD},
    output::{DONE, line},
    reload::{LogHandle, Settings},
};

pub(super) async fn run(options: &Options, args: &Serve, log: LogHandle) -> Result<u8> {
    let words = options.words();
    let mut signals = Signals::listen()?;
    let limits = config::attachment_limits(args);
    let listener =
        TcpListener::bind(args.listen).await.map_err(|error| anyhow!("{}", unbound(words, args, &error)))?;
    let (listener, progress) = (Arc::new(listener), UpgradeProgress::default());
    // A task of its own: opening counts for seconds at a time without waiting for anything.
    let (opened, is_opened) = oneshot::channel::<()>();
    let answering = tokio::spawn(web::serve_starting(words, progress.clone(), listener.clone(), async {
        // The other end is dropped.
        let _ = is_opened.await;
    }));
    let app = tokio::select! {
        app = config::open_all(options, limits, progress) => Arc::new(app?),
        () = signals.ended() => return Ok(DONE),
    };
    drop(opened);
    answering.await?;
    let listener = Arc::into_inner(listener).ok_or_else(|| anyhow!("{}", words.starting_title()))?;
    let snapshot = app.current(&console(options)).await?;
    let address = listener.local_addr()?;
    let url = args.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    line(&words.command_serve_listening(&url));
    if snapshot.region.is_demonstration {
        line(&words.command_serve_demo(DEMONSTRATION_PASSWORD));
    } else if snapshot.units.is_empty() {
        line(words.command_serve_empty());
    }
    for warning in config::warnings(options) {
        tracing::warn!("{warning}");
    }
    let is_https = url.starts_with("https:");
    // The indexes are this server's own: no worker keeps them.
    let scopes: &[Scope] = if args.no_tasks {
        &[Scope::Pages, Scope::Process]
    } else {
        &[Scope::Region, Scope::Pages, Scope::Process]
    };
    let tasks = Supervisor::start(app.clone(), &list_tasks(&app, scopes));
    let header = match args.proxy_header {
        ProxyHeaderArg::XForwardedFor => web::ProxyHeader::XForwardedFor,
        ProxyHeaderArg::Forwarded => web::ProxyHeader::Forwarded,
    };
    let web_options = web::Options {
        is_https,
        demonstration_password: DEMONSTRATION_PASSWORD.to_owned(),
        proxies: web::Proxies { networks: args.trusted_proxies.clone(), header },
        limits: web::ServerLimits { drain: options.limits.drain(), ..web::ServerLimits::default() },
    };
    let (end, is_ended) = oneshot::channel();
    let ending = async {
        // Should it be dropped, the server is to end too.
        let _ = is_ended.await;
    };
    let served = web::serve(app.clone(), web_options, listener, ending);
    let drain = options.limits.drain();
    let stopped = async {
        until_ended(signals, Settings::new(log, options, Some(args)), &app, drain).await;
        // Nobody listens any more only when the server has ended already.
        let _ = end.send(());
        tasks.stop_within(drain).await
    };
    let (served, stopped) = tokio::join!(served, stopped);
    close(&app).await;
    served?;
    stopped?;
    Ok(DONE)
}

/// Why nobody can be answered at an address, and what to do.
fn unbound(words: Words, args: &Serve, error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => words.command_serve_port_taken(args.listen),
        ErrorKind::PermissionDenied => words.command_serve_port_denied(args.listen),
        ErrorKind::AddrNotAvailable => words.command_serve_no_such_address(args.listen),
        _ => words.command_serve_unbound(args.listen, error),
    }
}
