//! Who asks, when, and in which language.

use std::sync::Arc;

use model::{
    clock::Clock,
    ids::{UnitId, UserId},
};
use words::Language;

use crate::{Error, Result, Role};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person who has signed in.
    User {
        /// Account.
        id: UserId,
        /// What the person signed in as; stands in the audit.
        login: String,
        /// The person's name.
        name: String,
        /// What the person is.
        role: Role,
        /// For which unit and everything under it.
        unit: UnitId,
    },
    /// The command line on the machine itself, with every right.
    Console,
}

/// The first parameter of every use case.
#[derive(Clone)]
pub struct Context {
    /// Who asks.
    pub actor: Actor,
    /// Whose now it is.
    pub clock: Arc<dyn Clock>,
    /// The language of messages.
    pub language: Language,
}

impl Context {
    /// The command line's context.
    pub fn console(clock: Arc<dyn Clock>, language: Language) -> Self {
        Self { actor: Actor::Console, clock, language }
    }

    /// What the person is; the console is a city office.
    pub fn role(&self) -> Role {
        match &self.actor {
            Actor::User { role, .. } => *role,
            Actor::Console => Role::CityOffice,
        }
    }

    /// The account of somebody who has signed in: what is kept per person is kept under it.
    ///
    /// # Errors
    /// [`Error::NotSignedIn`] for the console, which has none.
    pub fn user(&self) -> Result<UserId> {
        match &self.actor {
            Actor::User { id, .. } => Ok(*id),
            Actor::Console => Err(Error::NotSignedIn),
        }
    }

    /// The unit whose subtree the person may touch; `None` for everything.
    pub fn unit(&self) -> Option<UnitId> {
        match &self.actor {
            Actor::User { unit, .. } => Some(*unit),
            Actor::Console => None,
        }
    }

    /// The name that stands in the audit.
    pub fn audit_name(&self) -> &str {
        match &self.actor {
            Actor::User { login, .. } => login,
            Actor::Console => "console",
        }
    }
}
