//! Who asks, when, and in which language.

use std::{net::IpAddr, sync::Arc};

use jiff::Timestamp;
use model::{
    clock::Clock,
    ids::{RegionId, UnitId, UserId},
};
use words::Language;

use crate::{Action, Error, Result, Role};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person who has signed in.
    User {
        /// Account.
        id: UserId,
        /// What the person signed in as; written into the audit.
        login: String,
        /// The person's name.
        name: String,
        /// What the person is.
        role: Role,
        /// For which unit and everything under it.
        unit: UnitId,
    },
    /// A program with a token of its own. No token can be issued yet; what one may do
    /// is decided by the same table.
    Token {
        /// What the token is called; written into the audit.
        name: String,
        /// What the program may do.
        role: Role,
        /// For which unit and everything under it.
        unit: UnitId,
    },
    /// The program itself: the command line on the machine, and background tasks. It has every right.
    System,
}

/// Where a request comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestOrigin {
    /// The address of the person's machine, as far as it is known.
    pub address: Option<IpAddr>,
    /// What the browser calls itself.
    pub browser: Option<String>,
    /// The session, for a person who has signed in.
    pub session: Option<PresentSession>,
}

/// The session that a request belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PresentSession {
    /// Its id.
    pub id: i64,
    /// When its use was last noted.
    pub seen_at: Timestamp,
    /// When it ends in any case.
    pub expires_at: Timestamp,
    /// Whether it outlives the browser.
    pub is_kept: bool,
}

/// The first parameter of every use case.
#[derive(Clone)]
pub struct Context {
    /// The region: what somebody asks for is looked for there and nowhere else.
    pub region: RegionId,
    /// Who asks.
    pub actor: Actor,
    /// Whose now it is.
    pub clock: Arc<dyn Clock>,
    /// The language of messages.
    pub language: Language,
    /// Where the request comes from.
    pub origin: RequestOrigin,
}

impl Context {
    /// The context of the program itself.
    pub fn system(region: RegionId, clock: Arc<dyn Clock>, language: Language) -> Self {
        Self { region, actor: Actor::System, clock, language, origin: RequestOrigin::default() }
    }

    /// The role of a person or a token; the system has none and may do everything.
    pub fn role(&self) -> Option<&Role> {
        match &self.actor {
            Actor::User { role, .. } | Actor::Token { role, .. } => Some(role),
            Actor::System => None,
        }
    }

    /// Whether the role allows `action`, for whichever unit.
    pub fn allows(&self, action: Action) -> bool {
        self.role().is_none_or(|role| role.allows(action))
    }

    /// The account of somebody who has signed in: what is kept per person is kept under it.
    ///
    /// # Errors
    /// [`Error::NotSignedIn`] for a token and for the system, which have none.
    pub fn user(&self) -> Result<UserId> {
        match &self.actor {
            Actor::User { id, .. } => Ok(*id),
            Actor::Token { .. } | Actor::System => Err(Error::NotSignedIn),
        }
    }

    /// The unit whose subtree the person may touch; `None` for everything.
    pub fn unit(&self) -> Option<UnitId> {
        match &self.actor {
            Actor::User { unit, .. } | Actor::Token { unit, .. } => Some(*unit),
            Actor::System => None,
        }
    }

    /// The name that is written into the audit.
    pub fn audit_name(&self) -> &str {
        match &self.actor {
            Actor::User { login: name, .. } | Actor::Token { name, .. } => name,
            Actor::System => "console",
        }
    }
}
