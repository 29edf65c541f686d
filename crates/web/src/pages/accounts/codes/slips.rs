//! Codes as they are handed out: slips to be printed and cut, by district, or a sheet. Shown once.

use app::accounts::{self, Issued, Slip};
use askama::Template;
use axum::{
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use model::clock::day_of;
use words::Words;

use crate::{
    Error, WebState,
    error::print,
    layout::role_name,
    parts::download::{self, XLSX},
    request_context::SignedIn,
};

#[derive(Template)]
#[template(path = "accounts/slips.html")]
struct SlipsPage {
    words: Words,
    tag: &'static str,
    count: String,
    left_out: Option<String>,
    site: String,
    until: String,
    groups: Vec<Group>,
}

/// The slips of a district.
struct Group {
    name: String,
    slips: Vec<SlipView>,
}

/// A slip, ready to print.
struct SlipView {
    unit: String,
    unit_code: String,
    role: String,
    name: String,
    login: String,
    code: String,
}

/// The codes as what was asked for: `xlsx`, or pages to print.
pub(super) fn answer(
    state: &WebState,
    person: &SignedIn,
    headers: &HeaderMap,
    issued: Issued,
    output: &str,
) -> Result<Response, Error> {
    let words = person.words();
    let site = site(state, headers);
    if output == "xlsx" {
        let name = format!("{}-{}.xlsx", words.codes_slips(), person.ctx.clock.today());
        return download::bytes(&name, XLSX, accounts::slips_sheet(words.language(), &site, &issued)?);
    }
    let day = words.date(day_of(issued.expires_at));
    let left_out = Some(issued.left_out).filter(|left_out| *left_out > 0);
    let page = SlipsPage {
        words,
        tag: words.pick("zh-CN", "en"),
        count: words.codes_slips_count(words.count(issued.slips.len()), &day),
        left_out: left_out.map(|count| words.codes_slips_left_out(words.count(count))),
        site,
        until: day,
        groups: groups(words, issued.slips),
    };
    Ok(print(&page)?.into_response())
}

/// The address that people type, as this browser knows it.
fn site(state: &WebState, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let scheme = if state.options.is_https { "https" } else { "http" };
    format!("{scheme}://{host}/activate")
}

/// Slips come by district; those of one become a group.
fn groups(words: Words, slips: Vec<Slip>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for slip in slips {
        let name = slip.district.as_ref().map(|district| district.name.clone()).unwrap_or_default();
        let view = SlipView {
            unit: slip.unit.name,
            unit_code: slip.unit.code,
            role: role_name(words, &slip.role).to_owned(),
            name: slip.name,
            login: slip.login,
            code: slip.code,
        };
        match groups.last_mut() {
            Some(last) if last.name == name => last.slips.push(view),
            _ => groups.push(Group { name, slips: vec![view] }),
        }
    }
    groups
}
