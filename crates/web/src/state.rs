//! What every handler is given.

use std::sync::Arc;

use app::App;

/// How the server is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether people reach it by https: cookies are then marked `Secure`.
    pub is_https: bool,
    /// The largest file that may be uploaded, in bytes.
    pub largest_upload: usize,
    /// Accounts shown on the sign-in page of a demonstration.
    pub demonstration_accounts: Vec<DemonstrationAccount>,
}

impl Default for Options {
    fn default() -> Self {
        Self { is_https: false, largest_upload: 64 << 20, demonstration_accounts: Vec::new() }
    }
}

/// An account that everybody may try.
#[derive(Debug, Clone)]
pub struct DemonstrationAccount {
    /// What to type as user name.
    pub login: String,
    /// What to type as password.
    pub password: String,
    /// What the person is.
    pub role: app::Role,
    /// The name of the person's unit.
    pub unit: String,
}

/// What every handler is given.
pub struct WebState {
    /// The region that is open.
    pub app: Arc<App>,
    /// How the server is run.
    pub options: Options,
}
