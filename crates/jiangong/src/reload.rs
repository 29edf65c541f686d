//! Reading the configuration anew while a server runs (SIGHUP): what can be put in force is, the rest is named in
//! the log. A configuration with a mistake changes nothing.

use app::{App, attachments::AttachmentLimits};
use tracing_subscriber::{EnvFilter, Registry, reload::Handle};

use crate::{
    cli::{self, Command, Limits, Options, Serve},
    config,
};

/// Changes what is logged.
pub(crate) type LogHandle = Handle<EnvFilter, Registry>;

/// What is in force.
pub(crate) struct Settings {
    log: LogHandle,
    options: Options,
    serve: Option<Serve>,
}

impl Settings {
    /// What a program was started with.
    pub(crate) fn new(log: LogHandle, options: &Options, serve: Option<&Serve>) -> Self {
        Self { log, options: options.clone(), serve: serve.cloned() }
    }

    /// Reads the configuration anew and puts it in force.
    pub(crate) fn reload(&mut self, app: &App) {
        let words = self.options.words();
        let (options, serve) = match cli::read(std::env::args_os().collect()) {
            Ok(cli) => match cli.command {
                Command::Serve(serve) => (cli.options, Some(serve)),
                _ => (cli.options, None),
            },
            Err(fault) => {
                let fault = crate::output::config_fault(&fault, words);
                tracing::error!(fault, "the configuration has a mistake: everything stays as it was");
                return;
            }
        };
        let fixed = |options: &Options, serve: Option<&Serve>| -> Vec<(&'static str, String)> {
            let Limits { db_connections, db_reserved, drain_seconds, lease_seconds, .. } = options.limits;
            let mut all = vec![
                ("database", format!("{:?}", options.database)),
                ("data", options.data.display().to_string()),
                ("region", options.region.to_string()),
                ("secret-file", format!("{:?}", options.secret_file)),
                ("campaign", format!("{:?}", options.campaign)),
                ("access-log-days", options.access_log_days.to_string()),
                ("language", options.language().to_string()),
                ("db-connections", db_connections.to_string()),
                ("db-reserved", db_reserved.to_string()),
                ("drain-seconds", drain_seconds.to_string()),
                ("lease-seconds", lease_seconds.to_string()),
            ];
            if let Some(serve) = serve {
                all.extend([
                    ("listen", serve.listen.to_string()),
                    ("public-url", format!("{:?}", serve.public_url)),
                    ("trusted-proxy", format!("{:?}", serve.trusted_proxies)),
                    ("proxy-header", format!("{:?}", serve.proxy_header)),
                    ("no-tasks", serve.no_tasks.to_string()),
                ]);
            }
            all
        };
        let (before, after) = (fixed(&self.options, self.serve.as_ref()), fixed(&options, serve.as_ref()));
        for ((name, _), _) in before.iter().zip(&after).filter(|(one, other)| one != other) {
            tracing::warn!(setting = name, "this setting holds from the next start on");
        }
        if let Err(error) = self.log.reload(config::log_filter(&options)) {
            tracing::error!("what is logged stays as it was: {error}");
        }
        let attachments = serve.as_ref().map_or_else(AttachmentLimits::default, config::attachment_limits);
        let (reading, limits) = (config::reading_limits(&options), &options.limits);
        app.set_limits(reading, attachments, limits.disk(), limits.db());
        (self.options, self.serve) = (options, serve);
        tracing::info!("the configuration was read anew: what is logged and the limits are in force");
    }
}
