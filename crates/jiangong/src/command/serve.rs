//! `jiangong serve`: pages and API.

use std::sync::Arc;

use anyhow::{Context as _, Result};

use app::{
    attachments::AttachmentLimits,
    tasks::{Scope, Supervisor, list_tasks},
};

use super::{console, ended};
use crate::{
    cli::{Options, ProxyHeaderArg, Serve},
    config::{self, DEMONSTRATION_PASSWORD},
    output::{DONE, line},
};

pub(super) async fn run(options: &Options, args: &Serve) -> Result<u8> {
    let words = options.words();
    let limits = AttachmentLimits { file: args.attachment_mb << 20, record: args.record_mb << 20 };
    let app = Arc::new(config::open_all(options, limits).await?);
    let snapshot = app.current(&console(options)).await?;
    let listener =
        tokio::net::TcpListener::bind(args.listen).await.with_context(|| args.listen.to_string())?;
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
        limits: web::ServerLimits::default(),
    };
    let served = web::serve(app, web_options, listener, ended()).await;
    tasks.stop().await?;
    served?;
    Ok(DONE)
}
