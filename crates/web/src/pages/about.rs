//! What runs here, under which definition, and whose work it stands on.

use std::sync::Arc;

use app::about::{About, about};
use askama::Template;
use axum::{extract::State, response::Html};

use crate::{
    Error, WebState,
    error::print,
    layout::{Area, Layout, VERSION},
    parts::number::label,
    visit::SignedIn,
};

/// The work of others that is delivered with the program: name, licence, and
/// the file of ours that asks for it. What these build on in turn stands in the
/// lock files beside them.
pub(crate) const NOTICES: [(&str, &str, &str); 24] = [
    ("bootstrap", "MIT", PACKAGES),
    ("echarts", "Apache-2.0", PACKAGES),
    ("htmx.org", "0BSD", PACKAGES),
    ("argon2", "MIT / Apache-2.0", CRATES),
    ("askama", "MIT / Apache-2.0", CRATES),
    ("axum", "MIT", CRATES),
    ("clap", "MIT / Apache-2.0", CRATES),
    ("csv", "MIT / Unlicense", CRATES),
    ("encoding_rs", "(Apache-2.0 / MIT) + BSD-3-Clause", CRATES),
    ("image", "MIT / Apache-2.0", CRATES),
    ("indicatif", "MIT", CRATES),
    ("infer", "MIT", CRATES),
    ("jiff", "MIT / Unlicense", CRATES),
    ("quick-xml", "MIT", CRATES),
    ("rand", "MIT / Apache-2.0", CRATES),
    ("rust_xlsxwriter", "MIT / Apache-2.0", CRATES),
    ("serde", "MIT / Apache-2.0", CRATES),
    ("sha2", "MIT / Apache-2.0", CRATES),
    ("sqlx", "MIT / Apache-2.0", CRATES),
    ("tokio", "MIT", CRATES),
    ("toml", "MIT / Apache-2.0", CRATES),
    ("tower-http", "MIT", CRATES),
    ("tracing", "MIT", CRATES),
    ("zip", "MIT", CRATES),
];

const PACKAGES: &str = "assets/package.json";
const CRATES: &str = "Cargo.toml";

#[derive(Template)]
#[template(path = "about.html")]
struct AboutPage {
    layout: Layout,
    version: &'static str,
    campaign: String,
    document: String,
    period: String,
    hash: String,
    since: Option<String>,
    region: Option<String>,
    through: Option<String>,
    pending: i64,
    engine: &'static str,
    notices: Vec<(&'static str, &'static str)>,
}

/// GET `/about`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
) -> Result<Html<String>, Error> {
    print(&page(&person, &about(&state.app, &person.ctx).await?))
}

fn page(person: &SignedIn, found: &About) -> AboutPage {
    let words = person.words();
    let snapshot = &found.snapshot;
    let campaign = &snapshot.campaign;
    AboutPage {
        layout: Layout::new(person, snapshot, Area::Own, words.about_title()),
        version: VERSION,
        campaign: label(words, &campaign.title).to_owned(),
        document: label(words, &campaign.document).to_owned(),
        period: words.about_years(campaign.period.first, campaign.period.last),
        hash: campaign.hash.clone(),
        since: found.in_force_since.map(|moment| words.moment(moment)),
        region: snapshot.root().and_then(|root| snapshot.view(root)).map(|root| root.name),
        through: found.through.map(|month| words.month(month)),
        pending: found.reach.pending,
        engine: found.engine,
        notices: NOTICES.iter().map(|(name, licence, _)| (*name, *licence)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever drops or adds a library thinks of its notice.
    #[test]
    fn notices_are_of_what_is_used() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for (name, _, file) in NOTICES {
            let text = std::fs::read_to_string(root.join(file)).unwrap_or_default();
            let is_named = text.lines().any(|line| {
                let line = line.trim_start().trim_start_matches('"');
                line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '"']))
            });
            assert!(is_named, "{file} does not name {name}");
        }
    }
}
