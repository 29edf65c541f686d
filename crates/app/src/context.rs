//! Who asks, when, and in which language.

use std::{net::IpAddr, sync::Arc};

use jiff::Timestamp;
use model::{
    clock::{BusinessDay, Clock},
    ids::{RegionId, UnitId, UserId},
};
use words::Language;

use crate::{Action, Error, Result, Role, Snapshot};

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

/// For whom somebody acts during that person's absence: with the role and the unit of the other, and under
/// both names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// What makes the one a deputy of the other.
    pub deputy: i64,
    /// The account of who is absent.
    pub id: UserId,
    /// What that person signs in as.
    pub login: String,
    /// That person's name.
    pub name: String,
    /// Who acts for whom, as it is written into the audit.
    audit_name: String,
}

/// What stands between the two logins in the audit. No login holds a space.
const ACTS_FOR: &str = " for ";

impl Principal {
    /// The person whose deputy `login` is.
    pub(crate) fn new(deputy: i64, id: UserId, login: String, name: String, acting: &str) -> Self {
        let audit_name = format!("{acting}{ACTS_FOR}{login}");
        Self { deputy, id, login, name, audit_name }
    }
}

/// Who did something, by the name in the audit: the login of who acted, and for whom.
pub fn parse_audit_name(text: &str) -> (&str, Option<&str>) {
    match text.split_once(ACTS_FOR) {
        Some((acting, principal)) => (acting, Some(principal)),
        None => (text, None),
    }
}

/// The first parameter of every use case.
#[derive(Clone)]
pub struct Context {
    /// The region: what somebody asks for is looked for there and nowhere else.
    pub region: RegionId,
    /// Who asks.
    pub actor: Actor,
    /// What time it really is: for sessions, the audit, leases. By what records are judged, [`Context::today`] says.
    pub clock: Arc<dyn Clock>,
    /// The language of messages.
    pub language: Language,
    /// Where the request comes from.
    pub origin: RequestOrigin,
    /// For whom a person acts: role and unit of the actor are that person's.
    pub acting_for: Option<Principal>,
}

impl Context {
    /// The context of the program itself.
    pub fn system(region: RegionId, clock: Arc<dyn Clock>, language: Language) -> Self {
        Self {
            region,
            actor: Actor::System,
            clock,
            language,
            origin: RequestOrigin::default(),
            acting_for: None,
        }
    }

    /// The day by which the records of a region are judged.
    pub fn today(&self, snapshot: &Snapshot) -> BusinessDay {
        snapshot.region.business_day.unwrap_or_else(|| BusinessDay::new(self.clock.calendar_day()))
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

    /// The name that is written into the audit: for a deputy both, as [`parse_audit_name`] reads them. To
    /// find out whether somebody did something himself, ask [`Context::is_person`].
    pub fn audit_name(&self) -> &str {
        self.acting_for.as_ref().map_or_else(|| self.person(), |principal| &principal.audit_name)
    }

    /// Whether this very person did what stands under this name in the audit, for whomever.
    pub fn is_person(&self, audit_name: &str) -> bool {
        parse_audit_name(audit_name).0 == self.person()
    }

    /// Whether an account is the person's own, or that of whom the person acts for.
    pub fn is_own_account(&self, login: &str) -> bool {
        login == self.person() || self.acting_for.as_ref().is_some_and(|principal| principal.login == login)
    }

    /// The login of whoever acts, for whomever.
    pub fn person(&self) -> &str {
        match &self.actor {
            Actor::User { login: name, .. } | Actor::Token { name, .. } => name,
            Actor::System => crate::accounts::CONSOLE,
        }
    }
}
