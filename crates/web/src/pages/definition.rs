//! The definition: the campaigns in force, versions that somebody has handed in, and what one of them would do.

pub(crate) mod candidate;
pub(crate) mod list;

use app::campaigns::CandidateState;
use words::Words;

use crate::{parts::chip::Chip, urls::Url};

/// A version that was handed in.
fn address(id: i64) -> Url {
    Url::new("/definition/versions/{}", &[&id.to_string()])
}

/// What is done with one: `agree`, `withdraw`, `export.xlsx`.
fn address_of(id: i64, what: &str) -> String {
    Url::new("/definition/versions/{}/{}", &[&id.to_string(), what]).into()
}

/// The state of a version.
fn state_chip(words: Words, state: CandidateState) -> Chip {
    let (name, label) = match state {
        CandidateState::Planning => ("no-target", words.version_planning()),
        CandidateState::Planned => ("on-track", words.version_planned()),
        CandidateState::Loading => ("no-target", words.version_loading()),
        CandidateState::InForce => ("met", words.version_in_force()),
        CandidateState::Failed => ("behind", words.version_failed()),
        CandidateState::Withdrawn => ("no-value", words.version_withdrawn()),
    };
    Chip { name, label }
}
