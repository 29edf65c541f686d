//! Reads and writes the cookies of this site.

use axum::http::{HeaderMap, HeaderValue, header};

/// The session of somebody who has signed in.
pub(crate) const SESSION: &str = "session";
/// Tells visitors apart before they sign in, so that forms can be guarded.
pub(crate) const VISITOR: &str = "visit";
/// The chosen language.
pub(crate) const LANGUAGE: &str = "language";

/// The value of one cookie of a request.
pub(crate) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value)
}

/// A `Set-Cookie` header; values are made of letters and digits. Out of reach
/// of scripts and of other sites' forms.
pub(crate) fn write(name: &str, value: &str, seconds: i64, is_https: bool) -> Option<HeaderValue> {
    let secure = if is_https { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).ok()
}
