//! Pages and JSON answers over HTTP.
//!
//! [`routes`] is the one list of what is served. A page is one file under
//! `pages/`: handler, page struct ready to print, presentation; its template
//! lies at the same place under `templates/`. Handlers take our own extractors
//! ([`visit::SignedIn`], [`address::Params`], [`form::Form`]), call one use
//! case of `app`, and return the page or an [`Error`], which becomes a page or
//! problem details in one place ([`failure`]).
//!
//! Never here: SQL, counting, decisions about who may do what, a visible text
//! that does not come from `words` or from a campaign's labels.

mod address;
mod api;
mod asked;
mod assets;
mod background;
mod cookies;
mod error;
mod failure;
mod form;
mod guard;
mod layout;
mod pages;
mod parts;
pub mod routes;
mod selected;
mod server;
mod state;
mod urls;
mod visit;

pub use error::Error;
pub use server::{router, serve};
pub use state::{Options, WebState};
