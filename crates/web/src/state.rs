//! The state that every handler receives.

use std::sync::Arc;

use app::App;
use tokio::sync::Semaphore;

use crate::{client_address::Proxies, server::ServerLimits};

/// The largest file that may be uploaded, in bytes.
pub(crate) const LARGEST_UPLOAD: usize = 64 << 20;
/// The largest zip of a campaign's directory that may be handed in, in bytes.
pub(crate) const LARGEST_DEFINITION: usize = 16 << 20;
/// The most that may be attached to a record in one go, in bytes.
pub(crate) const LARGEST_ATTACHMENTS: usize = 256 << 20;
/// The largest form without files, in bytes.
pub(crate) const LARGEST_FORM: usize = 1 << 20;
/// Uploaded files that are in memory at a time.
const FILES_IN_MEMORY: usize = 2;

/// How the server is run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether people reach it by https: cookies are then sent by https only, and browsers are told to
    /// come by https only.
    pub is_https: bool,
    /// The password of all accounts of a demonstration region, shown on its sign-in page.
    pub demonstration_password: String,
    /// The proxies in front of it.
    pub proxies: Proxies,
    /// What it bears from its clients.
    pub limits: ServerLimits,
}

/// What every handler is given.
pub struct WebState {
    /// The server: its database and the federations that are open.
    pub app: Arc<App>,
    /// How the server is run.
    pub options: Options,
    /// Uploaded files are read from disk when it is their turn.
    pub(crate) files_in_memory: Semaphore,
}

impl WebState {
    /// The state of a server.
    pub fn new(app: Arc<App>, options: Options) -> Self {
        Self { app, options, files_in_memory: Semaphore::new(FILES_IN_MEMORY) }
    }
}
