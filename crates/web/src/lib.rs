//! Pages and JSON answers over HTTP.
//!
//! [`routes`] is the one list of all addresses. A page is one file under
//! `pages/`, with its handler, a page struct whose fields can be printed as they
//! are, and the functions that fill it. Its template has the same path under
//! `templates/`. Handlers take our own extractors
//! ([`request_context::SignedIn`], [`address::Params`], [`form::Form`]), call one use
//! case of `app`, and return the page or an [`Error`], which becomes a page or
//! problem details in one place ([`error_page`]).
//!
//! This crate contains no SQL, no counting, no decisions about who may do what, and
//! no visible text that does not come from `words` or from a campaign's labels.

mod address;
mod api;
mod assets;
mod browser_name;
mod client_address;
mod connection;
mod cookies;
mod error;
mod error_page;
mod figures_query;
mod form;
mod former_addresses;
mod layout;
mod list_query;
mod pages;
mod parts;
mod priority;
mod request_context;
mod returned_form;
pub mod routes;
mod security_headers;
mod server;
mod slow_bodies;
mod starting;
mod state;
mod uploaded_file;
mod urls;

pub use client_address::{Network, Proxies, ProxyHeader};
pub use error::Error;
pub use server::{ServerLimits, router, serve};
pub use starting::serve_starting;
pub use state::{Options, WebState};
