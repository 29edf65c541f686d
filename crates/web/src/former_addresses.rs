//! Addresses that pages had in earlier versions. A bookmark is redirected; a
//! form that was opened under the old address can still be sent.

use axum::{
    extract::Request,
    http::{Method, Uri},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

/// Leads a request for a former address to the present one.
pub(crate) async fn lead_on(mut request: Request, next: Next) -> Response {
    let Some(path) = present_path(request.uri().path()) else { return next.run(request).await };
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let address = format!("{path}{query}");
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Redirect::permanent(&address).into_response();
    }
    // A redirect would make the browser ask before it sends a form once more.
    if let Ok(uri) = address.parse::<Uri>() {
        *request.uri_mut() = uri;
    }
    next.run(request).await
}

/// The present path of a page; `None` for one that has not changed.
fn present_path(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    let present = match parts.as_slice() {
        ["facts", id, "steps", transition] => vec!["records", id, "transitions", transition],
        ["facts", rest @ ..] => [&["records"], rest].concat(),
        ["units", code, "registers", form, "steps", transition] => {
            vec!["units", code, "registers", form, "transitions", transition]
        }
        ["units", code, "people"] => vec!["units", code, "person-lookup"],
        ["privacy", "log"] => vec!["unmask-log"],
        ["users", rest @ ..] => [&["accounts"], rest].concat(),
        _ => return None,
    };
    Some(format!("/{}", present.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn former_paths_have_a_present_one() {
        let check =
            |path, present: Option<&str>| assert_eq!(present_path(path).as_deref(), present, "{path}");
        check("/facts/12", Some("/records/12"));
        check("/facts/12/correct", Some("/records/12/correct"));
        check("/facts/12/steps/adopt", Some("/records/12/transitions/adopt"));
        check(
            "/units/210/registers/proposal/steps/adopt",
            Some("/units/210/registers/proposal/transitions/adopt"),
        );
        check("/units/210/people", Some("/units/210/person-lookup"));
        check("/privacy/log", Some("/unmask-log"));
        check("/users/zhang/password", Some("/accounts/zhang/password"));
        check("/users", Some("/accounts"));
        check("/units/210/registers/proposal", None);
        check("/", None);
    }
}
