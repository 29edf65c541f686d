//! The page about the program: its version, the definition in use, and the libraries it contains.

use std::{collections::BTreeMap, sync::Arc};

use app::about::{About, about_program};
use askama::Template;
use axum::{extract::State, response::Html};
use campaign::definition::Campaign;

use crate::{
    Error, WebState,
    error::print,
    layout::{Area, Layout, VERSION},
    parts::number::label,
    request_context::SignedIn,
};

/// The work of others that is delivered with the program: name, version and
/// licence on each line. `cargo xtask notices` writes it from the lock files;
/// `cargo xtask tidy` compares.
const NOTICES: &str = include_str!("about/notices.txt");

#[derive(Template)]
#[template(path = "about.html")]
struct AboutPage {
    layout: Layout,
    version: &'static str,
    campaigns: Vec<CampaignRow>,
    hash: String,
    since: Option<String>,
    region: Option<String>,
    through: Option<String>,
    pending: i64,
    engine: &'static str,
    /// Licences, and the packages under each.
    notices: BTreeMap<&'static str, Vec<String>>,
}

/// A campaign of the federation.
struct CampaignRow {
    title: String,
    document: String,
    period: String,
}

/// GET `/about`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
) -> Result<Html<String>, Error> {
    print(&page(&person, &about_program(&state.app, &person.ctx).await?))
}

fn page(person: &SignedIn, found: &About) -> AboutPage {
    let words = person.words();
    let snapshot = &found.snapshot;
    let definition = &snapshot.definition;
    let campaign = |campaign: &Campaign| CampaignRow {
        title: label(words, &campaign.title).to_owned(),
        document: label(words, &campaign.document).to_owned(),
        period: words.about_years(campaign.period.first, campaign.period.last),
    };
    AboutPage {
        layout: Layout::new(person, snapshot, Area::Own, words.about_title()),
        version: VERSION,
        campaigns: definition.campaigns.iter().map(campaign).collect(),
        hash: definition.hash.clone(),
        since: found.in_force_since.map(|moment| words.moment(moment)),
        region: snapshot.root().and_then(|root| snapshot.view(root)).map(|root| root.name),
        through: found.through.map(|month| words.month(month)),
        pending: found.reach.pending,
        engine: found.engine,
        notices: notices(),
    }
}

fn notices() -> BTreeMap<&'static str, Vec<String>> {
    let mut notices = BTreeMap::<_, Vec<String>>::new();
    for line in NOTICES.lines() {
        let mut columns = line.splitn(3, '\t');
        if let (Some(name), Some(version), Some(licence)) = (columns.next(), columns.next(), columns.next()) {
            notices.entry(licence).or_default().push(format!("{name} {version}"));
        }
    }
    notices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_shown() {
        let shown: usize = notices().values().map(Vec::len).sum();
        assert_eq!(shown, NOTICES.lines().count());
        assert!(shown > 100, "{shown}");
    }
}
