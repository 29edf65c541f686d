//! Accounts of people who sign in.

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::ids::{UnitId, UserId};

use crate::{Error, Result, Tx, bulk};

/// An account as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Account {
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
    /// Digest of the password (argon2id, PHC string).
    pub password_hash: String,
    /// Whether signing in is refused.
    pub is_disabled: bool,
    /// Chosen language.
    pub language: Option<String>,
    /// Whether the password was given by somebody else: its owner chooses another before anything else.
    pub must_change_password: bool,
}

impl Account {
    /// Its id.
    pub fn id(&self) -> UserId {
        UserId(self.user_id)
    }

    /// The unit it acts for.
    pub fn unit(&self) -> UnitId {
        UnitId(self.unit_id)
    }
}

/// The columns of [`Account`].
macro_rules! accounts {
    ($rest:literal) => {
        concat!(
            "SELECT a.user_id, a.login, a.name, a.role, a.unit_id, a.password_hash, a.is_disabled, a.language, \
             a.must_change_password FROM account a ",
            $rest
        )
    };
}

/// Every account, by login.
#[boxed_async]
pub async fn list(tx: &mut Tx) -> Result<Vec<Account>> {
    tx.query(accounts!("WHERE a.region_id = $1 ORDER BY a.login")).fetch_all(tx).await
}

/// The account with this login.
#[boxed_async]
pub async fn find(tx: &mut Tx, login: &str) -> Result<Option<Account>> {
    let text = accounts!("WHERE a.region_id = $1 AND a.login = $2");
    tx.query(text).bind(login).fetch_optional(tx).await
}

/// The account with this id.
#[boxed_async]
pub async fn find_by_id(tx: &mut Tx, user: UserId) -> Result<Option<Account>> {
    let text = accounts!("WHERE a.region_id = $1 AND a.user_id = $2");
    tx.query(text).bind(user).fetch_optional(tx).await
}

/// Login, name and unit of the accounts with these logins.
#[boxed_async]
pub async fn list_names(tx: &mut Tx, logins: &[String]) -> Result<Vec<(String, String, i64)>> {
    let mut query = tx.build("SELECT a.login, a.name, a.unit_id FROM account a WHERE a.region_id = ");
    query.push_in("a.login", logins.iter().map(String::as_str));
    query.fetch_all(tx).await
}

/// Adds an account.
///
/// # Errors
/// A duplicate login ([`Error::is_duplicate`]).
#[boxed_async]
pub async fn insert(tx: &mut Tx, account: &Account) -> Result<()> {
    let query = tx.query(INSERT).bind(account.user_id).bind(&account.login).bind(&account.name);
    let query = query.bind(&account.role).bind(account.unit_id).bind(&account.password_hash);
    let query = query.bind(account.is_disabled).bind(&account.language);
    query.bind(account.must_change_password).execute(tx).await?;
    Ok(())
}

/// Columns `failures` and `locked_until` are of an earlier version; failures are in `sign_in_failure`.
const INSERT: &str = "INSERT INTO account (region_id, user_id, login, name, role, unit_id, password_hash, \
     is_disabled, language, must_change_password, failures, locked_until) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0)";

/// Replaces everything but the login of an account.
#[boxed_async]
pub async fn update(tx: &mut Tx, account: &Account) -> Result<()> {
    let query = tx.query(UPDATE).bind(account.user_id).bind(&account.name).bind(&account.role);
    let query = query.bind(account.unit_id).bind(&account.password_hash).bind(account.is_disabled);
    let query = query.bind(&account.language).bind(account.must_change_password);
    let affected = query.execute(tx).await?;
    if affected == 1 { Ok(()) } else { Err(Error::Conflict { table: "account", key: account.login.clone() }) }
}

const UPDATE: &str = "UPDATE account SET name = $3, role = $4, unit_id = $5, password_hash = $6, is_disabled = $7, \
     language = $8, must_change_password = $9 WHERE region_id = $1 AND user_id = $2";

/// Adds many accounts.
///
/// # Errors
/// A duplicate login ([`Error::is_duplicate`]).
#[boxed_async]
pub async fn insert_all(tx: &mut Tx, accounts: &[(Account, Option<String>)]) -> Result<()> {
    let region = tx.region;
    let columns = [
        "region_id",
        "user_id",
        "login",
        "name",
        "role",
        "unit_id",
        "password_hash",
        "is_disabled",
        "language",
        "must_change_password",
        "failures",
        "locked_until",
        "telephone",
    ];
    let rows = accounts.iter().map(|(account, telephone)| {
        [
            region.into(),
            account.user_id.into(),
            (&account.login).into(),
            (&account.name).into(),
            (&account.role).into(),
            account.unit_id.into(),
            (&account.password_hash).into(),
            account.is_disabled.into(),
            (&account.language).into(),
            account.must_change_password.into(),
            0.into(),
            0.into(),
            telephone.into(),
        ]
    });
    bulk::insert(tx, "account", columns, "", rows).await?;
    Ok(())
}

/// Accounts of one unit, by login.
#[boxed_async]
pub async fn list_of_unit(tx: &mut Tx, unit: UnitId) -> Result<Vec<Account>> {
    let text = accounts!("WHERE a.region_id = $1 AND a.unit_id = $2");
    let mut found: Vec<Account> = tx.query(text).bind(unit).fetch_all(tx).await?;
    // Sorted here: SQLite would read all logins of the region in their order instead of the few of the unit.
    found.sort_by(|a, b| a.login.cmp(&b.login));
    Ok(found)
}

/// Accounts with these ids, in no order.
#[boxed_async]
pub async fn list_by_ids(tx: &mut Tx, users: &[i64]) -> Result<Vec<Account>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = tx.build(accounts!("WHERE a.region_id = "));
    query.push_in("a.user_id", users.iter().copied());
    query.fetch_all(tx).await
}

/// Gives an account another login.
///
/// # Errors
/// A duplicate login ([`Error::is_duplicate`]).
#[boxed_async]
pub async fn rename(tx: &mut Tx, user: UserId, login: &str) -> Result<()> {
    let text = "UPDATE account SET login = $3 WHERE region_id = $1 AND user_id = $2";
    tx.query(text).bind(user).bind(login).execute(tx).await?;
    Ok(())
}

/// Notes that somebody has signed in, and when that was the time before.
#[boxed_async]
pub async fn note_sign_in(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<()> {
    let text = "UPDATE account SET previous_sign_in_at = last_sign_in_at, last_sign_in_at = $3 \
         WHERE region_id = $1 AND user_id = $2";
    tx.query(text).bind(user).bind(now).execute(tx).await?;
    Ok(())
}

/// When somebody signed in the time before the last, microseconds since 1970.
#[boxed_async]
pub async fn previous_sign_in(tx: &mut Tx, user: UserId) -> Result<Option<i64>> {
    let text = "SELECT previous_sign_in_at FROM account WHERE region_id = $1 AND user_id = $2";
    let found: Option<Option<i64>> = tx.query(text).bind(user).value_optional(tx).await?;
    Ok(found.flatten())
}

/// When somebody signed in last, microseconds since 1970.
#[boxed_async]
pub async fn last_sign_in(tx: &mut Tx, user: UserId) -> Result<Option<i64>> {
    let text = "SELECT last_sign_in_at FROM account WHERE region_id = $1 AND user_id = $2";
    let found: Option<Option<i64>> = tx.query(text).bind(user).value_optional(tx).await?;
    Ok(found.flatten())
}

/// Notes to whom an account was handed over.
#[boxed_async]
pub async fn set_successor(tx: &mut Tx, user: UserId, successor: UserId) -> Result<()> {
    let text = "UPDATE account SET successor_id = $3 WHERE region_id = $1 AND user_id = $2";
    tx.query(text).bind(user).bind(successor).execute(tx).await?;
    Ok(())
}
