//! Who did something, as people read it: by name and unit, never by login.

use app::{
    accounts::{self, ActorNames, CONSOLE},
    parse_audit_name,
};
use words::Words;

use crate::{WebState, request_context::SignedIn};

/// The persons that a page names.
#[derive(Debug, Clone)]
pub(crate) struct Actors {
    words: Words,
    names: ActorNames,
}

impl Actors {
    /// Finds out who is behind these names in the audit.
    pub(crate) async fn load<'n>(
        state: &WebState,
        person: &SignedIn,
        audit_names: impl IntoIterator<Item = &'n str>,
    ) -> Result<Self, app::Error> {
        let audit_names: Vec<&str> = audit_names.into_iter().collect();
        let names = accounts::actor_names(&state.app, &person.ctx, &audit_names).await?;
        Ok(Self { words: person.words(), names })
    }

    /// The person in words; of a deputy with whom the deputy acted for.
    pub(crate) fn name(&self, audit_name: &str) -> String {
        match parse_audit_name(audit_name) {
            (acting, Some(principal)) => {
                self.words.deputy_acted(self.person(acting), self.bare_name(principal))
            }
            (acting, None) => self.person(acting),
        }
    }

    fn person(&self, login: &str) -> String {
        match self.names.get(login) {
            _ if login == CONSOLE => self.words.actor_console().to_owned(),
            Some((name, unit)) if unit.is_empty() || unit == name => name.to_owned(),
            Some((name, unit)) => self.words.actor_person(name, unit),
            // An account that is no more, or a login that there never was.
            None => login.to_owned(),
        }
    }

    fn bare_name<'n>(&'n self, login: &'n str) -> &'n str {
        self.names.get(login).map_or(login, |(name, _)| name)
    }
}
