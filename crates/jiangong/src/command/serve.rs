//! `jiangong serve`: pages and API.

use std::sync::Arc;

use anyhow::{Context as _, Result};

use app::attachments::Limits;

use super::demo::PASSWORD;
use crate::{
    cli::{Options, Serve},
    config,
    output::{DONE, line},
};

pub(super) async fn run(options: &Options, args: &Serve) -> Result<u8> {
    let words = options.words();
    let limits = Limits { file: args.attachment_mb << 20, record: args.record_mb << 20 };
    let app = Arc::new(config::open(options, false).await?.with_cabinet(config::cabinet(options, limits)));
    let snapshot = app.current().await?;
    let listener =
        tokio::net::TcpListener::bind(args.listen).await.with_context(|| args.listen.to_string())?;
    let address = listener.local_addr()?;
    let url = args.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    line(&words.command_serve_listening(&url));
    if snapshot.region.is_demonstration {
        line(&words.command_serve_demo(PASSWORD));
    } else if snapshot.units.is_empty() {
        line(words.command_serve_empty());
    }
    let is_https = url.starts_with("https:");
    web::serve(
        app,
        web::Options { is_https, demonstration_password: PASSWORD.to_owned() },
        listener,
        ended(),
    )
    .await?;
    Ok(DONE)
}

/// Waits for Ctrl-C or the service manager's signal to end.
async fn ended() {
    let interrupted = tokio::signal::ctrl_c();
    let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
        let _ = interrupted.await;
        return;
    };
    tokio::select! {
        _ = interrupted => {}
        _ = terminated.recv() => {}
    }
}
