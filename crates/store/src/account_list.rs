//! Accounts as the office looks for them: by text, unit, role and state, a page at a time.

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::ids::UnitId;

use crate::{Result, Tx, id_at, query::Builder};

/// How an account is used, for a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// It has a password and is not locked.
    Active,
    /// It has no password.
    NotBegun,
    /// Its owner has a code and has not used it yet.
    Waiting,
    /// It has neither a password nor a code that can still be used.
    Expired,
    /// Signing in is refused.
    Disabled,
    /// Nobody has ever signed in, and it is not locked.
    NeverUsed,
    /// Nobody has signed in since this moment, nor was it made since, and it is not locked.
    UnusedSince(Timestamp),
}

/// Which accounts.
#[derive(Debug, Clone, Copy)]
pub struct AccountFilter<'a> {
    /// Only those of these units; `None` for all of the region.
    pub units: Option<&'a [UnitId]>,
    /// Only those whose login or name holds this text, or whose unit is one of `text_units`.
    pub text: Option<&'a str>,
    /// The units whose name or code holds the text.
    pub text_units: &'a [UnitId],
    /// Only those with this role.
    pub role: Option<&'a str>,
    /// Only those in this state.
    pub state: Option<AccountState>,
    /// The present moment: codes end by it.
    pub now: Timestamp,
}

/// An account in a list.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AccountRow {
    /// Its id.
    pub user_id: i64,
    /// What the person types to sign in.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What the person may do.
    pub role: String,
    /// For which unit and everything under it.
    pub unit_id: i64,
    /// Whether signing in is refused.
    pub is_disabled: bool,
    /// Whether it has a password.
    pub has_password: bool,
    /// When its owner signed in last, microseconds since 1970.
    pub last_sign_in_at: Option<i64>,
    /// The sealed telephone number.
    pub telephone: Option<String>,
    /// The account it was handed over to.
    pub successor_id: Option<i64>,
    /// When its code ends, microseconds since 1970.
    pub code_expires_at: Option<i64>,
    /// Whether a code is asked for beside the password.
    pub has_second_factor: bool,
}

/// What is read of an account in a list; the region is bound at its end.
const LIST: &str = "SELECT a.user_id, a.login, a.name, a.role, a.unit_id, a.is_disabled, \
     a.password_hash <> '' AS has_password, a.last_sign_in_at, a.telephone, a.successor_id, \
     v.expires_at AS code_expires_at, s.user_id IS NOT NULL AS has_second_factor FROM account a \
     LEFT JOIN activation v ON v.region_id = a.region_id AND v.user_id = a.user_id \
     LEFT JOIN second_factor s ON s.region_id = a.region_id AND s.user_id = a.user_id AND s.is_confirmed \
     WHERE a.region_id = ";

/// A page of accounts, by login.
#[boxed_async]
pub async fn search(
    tx: &mut Tx,
    wanted: &AccountFilter<'_>,
    skip: i64,
    limit: i64,
) -> Result<Vec<AccountRow>> {
    let mut query = tx.build(LIST);
    filter(&mut query, wanted);
    query.push_order("a.login", limit).push(" OFFSET ").push_value(skip);
    query.fetch_all(tx).await
}

/// How many accounts there are.
#[boxed_async]
pub async fn count(tx: &mut Tx, wanted: &AccountFilter<'_>) -> Result<i64> {
    let mut query = tx.build(
        "SELECT count(*) FROM account a \
         LEFT JOIN activation v ON v.region_id = a.region_id AND v.user_id = a.user_id WHERE a.region_id = ",
    );
    filter(&mut query, wanted);
    query.finish().value(tx).await
}

/// The units that have an account which is not locked, each once.
#[boxed_async]
pub async fn units_with_accounts(tx: &mut Tx) -> Result<Vec<i64>> {
    let text = "SELECT DISTINCT unit_id FROM account WHERE region_id = $1 AND NOT is_disabled";
    tx.query(text).values(tx).await
}

/// All logins.
#[boxed_async]
pub async fn logins(tx: &mut Tx) -> Result<Vec<String>> {
    tx.query("SELECT login FROM account WHERE region_id = $1").values(tx).await
}

fn filter<'q>(query: &mut Builder<'q>, wanted: &AccountFilter<'q>) {
    if let Some(units) = wanted.units {
        query.push_in("a.unit_id", units.iter().copied());
    }
    if let Some(text) = wanted.text {
        // The signs that LIKE gives a meaning are looked for as they are.
        let text = text.to_lowercase();
        let pattern = format!("%{}%", text.replace('!', "!!").replace('%', "!%").replace('_', "!_"));
        query.push(" AND (lower(a.login) LIKE ").push_value(pattern.clone()).push(" ESCAPE '!'");
        query.push(" OR lower(a.name) LIKE ").push_value(pattern).push(" ESCAPE '!'");
        if let [first, rest @ ..] = wanted.text_units {
            query.push(" OR a.unit_id IN (").push_number(first.0);
            for unit in rest {
                query.push(",").push_number(unit.0);
            }
            query.push(")");
        }
        query.push(")");
    }
    if let Some(role) = wanted.role {
        query.push_and("a.role = ", role);
    }
    let Some(state) = wanted.state else { return };
    if state == AccountState::Disabled {
        query.push(" AND a.is_disabled");
        return;
    }
    query.push(" AND NOT a.is_disabled");
    match state {
        AccountState::Disabled => {}
        AccountState::Active => {
            query.push(" AND a.password_hash <> ''");
        }
        AccountState::NotBegun => {
            query.push(" AND a.password_hash = ''");
        }
        AccountState::Waiting => {
            query.push(" AND a.password_hash = ''").push_and("v.expires_at > ", wanted.now);
        }
        AccountState::Expired => {
            query.push(" AND a.password_hash = '' AND (v.expires_at IS NULL OR v.expires_at <= ");
            query.push_value(wanted.now).push(")");
        }
        AccountState::NeverUsed => {
            query.push(" AND a.last_sign_in_at IS NULL");
        }
        AccountState::UnusedSince(moment) => {
            query.push(" AND (a.last_sign_in_at < ").push_value(moment);
            query
                .push(" OR (a.last_sign_in_at IS NULL AND a.user_id < ")
                .push_value(id_at(moment))
                .push("))");
        }
    }
}
