//! Codes as they are handed out: slips to be printed and cut, by district, or a sheet. Shown once.

use app::accounts::{self, Issued, Slip};
use askama::Template;
use axum::{
    body::Body,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use futures::stream;
use model::clock::day_of;
use words::Words;

use crate::{
    Error, WebState,
    parts::download::{self, XLSX},
    request_context::SignedIn,
};

/// What is above the slips.
#[derive(Template)]
#[template(path = "accounts/slips_top.html")]
struct SlipsTop {
    words: Words,
    tag: &'static str,
    count: String,
    left_out: Option<String>,
    /// Where the slips of each district are, its name, and how many they are.
    districts: Vec<(String, String, String)>,
}

/// The slips of a district.
#[derive(Template)]
#[template(path = "accounts/slips_district.html")]
struct District {
    words: Words,
    anchor: String,
    name: String,
    slips: Vec<Slip>,
    site: String,
    until: String,
}

#[derive(Template)]
#[template(path = "accounts/slips_bottom.html")]
struct SlipsBottom {}

/// The codes as what was asked for: `xlsx`, or pages to print.
pub(super) fn answer(
    state: &WebState,
    person: &SignedIn,
    headers: &HeaderMap,
    issued: Issued,
    output: &str,
) -> Result<Response, Error> {
    let words = person.words();
    if output == "xlsx" {
        let name = format!("{}-{}.xlsx", words.codes_slips(), person.ctx.clock.calendar_day());
        return download::bytes(
            &name,
            XLSX,
            accounts::slips_sheet(words.language(), &site(state, headers), &issued)?,
        );
    }
    let day = words.date(day_of(issued.expires_at));
    let left_out = Some(issued.left_out).filter(|left_out| *left_out > 0);
    let count = words.codes_slips_count(words.count(issued.slips.len()), &day);
    let districts = districts(words, issued.slips, &site(state, headers), &day);
    let part = |district: &District| {
        (district.anchor.clone(), district.name.clone(), words.count(district.slips.len()))
    };
    let top = SlipsTop {
        words,
        tag: words.pick("zh-CN", "en"),
        count,
        left_out: left_out.map(|count| words.codes_slips_left_out(words.count(count))),
        districts: districts.iter().map(part).collect(),
    };
    // A district at a time: the slips of a whole city are never one text.
    let pieces = std::iter::once(top.render())
        .chain(districts.into_iter().map(|district| district.render()))
        .chain(std::iter::once_with(|| SlipsBottom {}.render()));
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    Ok((kind, Body::from_stream(stream::iter(pieces))).into_response())
}

/// The address that people type, as this browser knows it.
fn site(state: &WebState, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let scheme = if state.options.is_https { "https" } else { "http" };
    format!("{scheme}://{host}/activate")
}

/// Slips come by district.
fn districts(words: Words, slips: Vec<Slip>, site: &str, until: &str) -> Vec<District> {
    let mut districts: Vec<District> = Vec::new();
    for slip in slips {
        let name = slip.district.as_ref().map(|district| district.name.clone()).unwrap_or_default();
        match districts.last_mut() {
            Some(last) if last.name == name => last.slips.push(slip),
            _ => districts.push(District {
                words,
                anchor: format!("district-{}", districts.len() + 1),
                name,
                slips: vec![slip],
                site: site.to_owned(),
                until: until.to_owned(),
            }),
        }
    }
    districts
}
