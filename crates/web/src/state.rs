//! The state that every handler receives.

use std::sync::Arc;

use app::App;

/// The largest file that may be uploaded, in bytes.
pub(crate) const LARGEST_UPLOAD: usize = 64 << 20;
/// The most that may be attached to a record in one go, in bytes.
pub(crate) const LARGEST_ATTACHMENTS: usize = 256 << 20;
/// The largest form without files, in bytes.
pub(crate) const LARGEST_FORM: usize = 1 << 20;

/// How the server is run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether people reach it by https: cookies are then marked `Secure`.
    pub is_https: bool,
    /// The password of all accounts of a demonstration region, shown on its sign-in page.
    pub demonstration_password: String,
}

/// What every handler is given.
pub struct WebState {
    /// The server: its database and the federations that are open.
    pub app: Arc<App>,
    /// How the server is run.
    pub options: Options,
}
