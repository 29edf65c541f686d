//! Reads and writes the cookies of this site. Under https their names begin with `__Host-`: browsers then
//! take them from this site alone, by https, and no neighbouring site can plant one.

use axum::http::{HeaderMap, HeaderValue, header};

/// The session of somebody who has signed in.
pub(crate) const SESSION: &str = "session";
/// Tells visitors apart before they sign in, so that forms can be guarded.
pub(crate) const VISITOR: &str = "visit";
/// The chosen language.
pub(crate) const LANGUAGE: &str = "language";

/// The chosen campaign.
pub(crate) const CAMPAIGN: &str = "campaign";

/// How long a cookie is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Until the browser is closed.
    UntilClosed,
    /// So many seconds; with none it goes at once.
    Seconds(i64),
}

/// A year, for what somebody has chosen.
pub(crate) const YEAR: Keep = Keep::Seconds(365 * 24 * 3600);

/// The name of a cookie as browsers know it.
fn full_name(name: &str, is_https: bool) -> String {
    if is_https { format!("__Host-{name}") } else { name.to_owned() }
}

/// The value of one cookie of a request.
pub(crate) fn read<'a>(headers: &'a HeaderMap, name: &str, is_https: bool) -> Option<&'a str> {
    let name = full_name(name, is_https);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value)
}

/// A `Set-Cookie` header; nothing for a value of other characters than letters, digits, `.` and `-`. Out of
/// reach of scripts and of other sites' forms.
pub(crate) fn write(name: &str, value: &str, keep: Keep, is_https: bool) -> Option<HeaderValue> {
    if !value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)) {
        return None;
    }
    let secure = if is_https { "; Secure" } else { "" };
    let age = match keep {
        Keep::UntilClosed => String::new(),
        Keep::Seconds(seconds) => format!("; Max-Age={seconds}"),
    };
    let name = full_name(name, is_https);
    let text = format!("{name}={value}; Path=/{age}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_this_sites_alone() {
        let check = |keep, is_https, expected: &str| {
            let cookie = write(SESSION, "1.abc", keep, is_https).expect("a cookie");
            assert_eq!(cookie.to_str().expect("ASCII"), expected);
        };
        check(Keep::UntilClosed, false, "session=1.abc; Path=/; HttpOnly; SameSite=Lax");
        check(Keep::UntilClosed, true, "__Host-session=1.abc; Path=/; HttpOnly; SameSite=Lax; Secure");
        check(
            Keep::Seconds(60),
            true,
            "__Host-session=1.abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure",
        );
        check(Keep::Seconds(0), false, "session=1.abc; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
        for value in ["a;b", "a b", "a\r\nb", "甲", "a\u{1}", "a=b"] {
            assert_eq!(write(SESSION, value, Keep::UntilClosed, false), None, "{value:?}");
        }
    }

    #[test]
    fn under_https_a_planted_cookie_is_not_read() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("session=planted; __Host-session=own"));
        assert_eq!(read(&headers, SESSION, true), Some("own"));
        assert_eq!(read(&headers, SESSION, false), Some("planted"));
        headers.insert(header::COOKIE, HeaderValue::from_static("session=planted"));
        assert_eq!(read(&headers, SESSION, true), None);
    }
}
