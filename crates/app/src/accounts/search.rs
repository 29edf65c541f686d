//! The accounts that somebody manages: found by text, district, role and state, also those that nobody uses; as a
//! sheet, and locked many at once.

use std::collections::BTreeSet;

use boxed_async::boxed_async;
use jiff::{SignedDuration, Timestamp};
use model::{
    codes::mask_phone,
    ids::{UnitId, UserId},
};
use sheet::write::{Heading, Output, SheetFrame, XlsxTable};
use store::{
    Personal, Tx,
    account_list::{self, AccountFilter, AccountRow, AccountState},
    accounts::{self, Account},
};
use words::Words;

use super::{
    deputies::{PersonName, require_self},
    entry, save, scope,
};
use crate::{
    Action, App, Context, Error, Result, Role, Snapshot, Thing, UnitView,
    access_log::{self, AccessAction, note_reading},
    audit::append_audit,
    imports::blocking,
    transact::transact,
};

/// Which accounts.
#[derive(Debug, Clone, Default)]
pub struct AccountQuery {
    /// Only those whose login, name or unit holds this text.
    pub text: Option<String>,
    /// Only those of this unit and of everything under it.
    pub unit: Option<UnitId>,
    /// Only those with this role, by its id.
    pub role: Option<String>,
    /// Only those in this state.
    pub state: Option<StateFilter>,
}

/// How an account is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateFilter {
    /// It has a password and is not locked.
    Active,
    /// Its owner has a code and has not used it yet.
    Waiting,
    /// It has neither a password nor a code that can still be used.
    Expired,
    /// Signing in is refused.
    Disabled,
    /// Nobody has ever signed in.
    NeverUsed,
    /// Nobody has signed in for so many days.
    Unused(u16),
}

impl StateFilter {
    /// Whether it is one of those that nobody uses: such accounts are locked many at once.
    pub fn is_unused(self) -> bool {
        matches!(self, Self::NeverUsed | Self::Unused(_) | Self::Expired)
    }

    fn stored(self, now: Timestamp) -> AccountState {
        match self {
            Self::Active => AccountState::Active,
            Self::Waiting => AccountState::Waiting,
            Self::Expired => AccountState::Expired,
            Self::Disabled => AccountState::Disabled,
            Self::NeverUsed => AccountState::NeverUsed,
            Self::Unused(days) => {
                AccountState::UnusedSince(now - SignedDuration::from_hours(24 * i64::from(days)))
            }
        }
    }
}

/// An account, for showing.
#[expect(clippy::struct_excessive_bools, reason = "a row of the page, each of whose columns is one of these")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    /// What the person types to sign in.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What the person is.
    pub role: Role,
    /// For which unit.
    pub unit: Option<UnitView>,
    /// Whether signing in is refused.
    pub is_disabled: bool,
    /// Whether it has a password.
    pub has_password: bool,
    /// When its code ends, if it has one.
    pub code_expires_at: Option<Timestamp>,
    /// When the person signed in last.
    pub last_sign_in_at: Option<Timestamp>,
    /// The telephone number, masked.
    pub telephone: Option<String>,
    /// Whether a code is asked for beside the password.
    pub has_second_factor: bool,
    /// Whether whoever asks may change it.
    pub is_managed: bool,
    /// Who has taken it over; read for one account only.
    pub successor: Option<PersonName>,
}

/// A page of accounts.
pub struct AccountPage {
    /// The region as it was.
    pub snapshot: std::sync::Arc<Snapshot>,
    /// The accounts, by login.
    pub accounts: Vec<AccountView>,
    /// How many there are in all.
    pub total: usize,
}

/// A page of the accounts that somebody manages.
///
/// # Errors
/// [`Error::Forbidden`] for whoever manages none; [`Error::NotFound`] for a unit elsewhere.
#[boxed_async]
pub async fn search(
    app: &App,
    ctx: &Context,
    query: &AccountQuery,
    skip: usize,
    limit: usize,
) -> Result<AccountPage> {
    ctx.require_managing()?;
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let prepared = Prepared::new(ctx, &snapshot, query)?;
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let filter = prepared.filter(query);
    let rows = account_list::search(&mut tx, &filter, number(skip), number(limit)).await?;
    let total = usize::try_from(account_list::count(&mut tx, &filter).await?).unwrap_or(0);
    let accounts = rows.into_iter().map(|row| view(ctx, &snapshot, row)).collect::<Result<_>>()?;
    Ok(AccountPage { snapshot, accounts, total })
}

/// One account that somebody manages.
///
/// # Errors
/// As for every change of the account.
#[boxed_async]
pub async fn account(app: &App, ctx: &Context, login: &str) -> Result<AccountView> {
    ctx.require_managing()?;
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let found = scope::managed(&mut tx, ctx, &snapshot, login).await?;
    let filter = AccountFilter {
        units: Some(&[found.unit()]),
        text: None,
        text_units: &[],
        role: None,
        state: None,
        now: ctx.clock.now(),
    };
    let rows = account_list::search(&mut tx, &filter, 0, i64::MAX).await?;
    let row = rows.into_iter().find(|row| row.user_id == found.user_id);
    let row = row.ok_or_else(|| Error::NotFound { what: Thing::Account, key: login.to_owned() })?;
    let successor = match row.successor_id {
        Some(id) => accounts::find_by_id(&mut tx, UserId(id)).await?,
        None => None,
    };
    let successor = successor.map(|account| PersonName::new(&snapshot, &account));
    Ok(AccountView { successor, ..view(ctx, &snapshot, row)? })
}

/// A question with the units that it concerns.
struct Prepared {
    units: Option<Vec<UnitId>>,
    text_units: Vec<UnitId>,
    now: Timestamp,
}

impl Prepared {
    fn new(ctx: &Context, snapshot: &Snapshot, query: &AccountQuery) -> Result<Self> {
        let today = ctx.today(snapshot);
        let own = ctx.unit().or_else(|| snapshot.root());
        if let Some(unit) = query.unit {
            ctx.require(Action::ManageAccounts, snapshot, unit)?;
        }
        let units = query.unit.or(own).and_then(|unit| snapshot.units_within(unit, today));
        let text = query.text.as_deref().unwrap_or_default();
        let text_units =
            if text.is_empty() { Vec::new() } else { units_named(snapshot, units.as_deref(), text) };
        Ok(Self { units, text_units, now: ctx.clock.now() })
    }

    fn filter<'a>(&'a self, query: &'a AccountQuery) -> AccountFilter<'a> {
        AccountFilter {
            units: self.units.as_deref(),
            text: query.text.as_deref().filter(|text| !text.is_empty()),
            text_units: &self.text_units,
            role: query.role.as_deref(),
            state: query.state.map(|state| state.stored(self.now)),
            now: self.now,
        }
    }
}

/// The units among `within` whose name or code holds a text.
fn units_named(snapshot: &Snapshot, within: Option<&[UnitId]>, text: &str) -> Vec<UnitId> {
    let within: Option<BTreeSet<&UnitId>> = within.map(|units| units.iter().collect());
    let named = snapshot.units.values().filter(|unit| unit.name.contains(text) || unit.code.contains(text));
    let theirs = named.filter(|unit| within.as_ref().is_none_or(|within| within.contains(&unit.id)));
    theirs.map(|unit| unit.id).collect()
}

fn view(ctx: &Context, snapshot: &Snapshot, row: AccountRow) -> Result<AccountView> {
    let moment = |micros: Option<i64>| {
        micros.map(|micros| Timestamp::from_microsecond(micros).map_err(Error::internal)).transpose()
    };
    let account = stored(&row);
    let telephone = row.telephone.as_deref().and_then(|sealed| snapshot.vault.open(Personal::Phone, sealed));
    Ok(AccountView {
        role: super::role_of(snapshot, &account)?,
        unit: snapshot.view(account.unit()),
        code_expires_at: moment(row.code_expires_at)?,
        last_sign_in_at: moment(row.last_sign_in_at)?,
        telephone: telephone.as_deref().map(mask_phone),
        is_managed: scope::may_manage(ctx, snapshot, &account),
        successor: None,
        login: row.login,
        name: row.name,
        is_disabled: row.is_disabled,
        has_password: row.has_password,
        has_second_factor: row.has_second_factor,
    })
}

/// What of an account decides who may change it.
fn stored(row: &AccountRow) -> Account {
    Account {
        user_id: row.user_id,
        login: row.login.clone(),
        name: row.name.clone(),
        role: row.role.clone(),
        unit_id: row.unit_id,
        password_hash: String::new(),
        is_disabled: row.is_disabled,
        language: None,
        must_change_password: false,
    }
}

/// The accounts as a sheet, in the language of whoever asks; `frame` is what the sheet says around them.
///
/// # Errors
/// As [`search()`]; [`Error::File`] when it cannot be written.
#[boxed_async]
pub async fn export(
    app: &App,
    ctx: &Context,
    query: &AccountQuery,
    frame: &SheetFrame<'_>,
) -> Result<Vec<u8>> {
    let page = search(app, ctx, query, 0, usize::MAX).await?;
    // Before anything leaves: a download that breaks off is noted too.
    let (unit, count) = (query.unit.or_else(|| ctx.unit()), page.accounts.len().to_string());
    note_reading(app, ctx, AccessAction::Export, unit, "account", &count).await?;
    let words = Words::new(ctx.language);
    let today = ctx.today(&page.snapshot).month();
    blocking(|| {
        let titles = [
            (words.codes_district(), 24),
            (words.codes_column_code(), 18),
            (words.codes_column_unit(), 44),
            (words.accounts_name(), 16),
            (words.accounts_user_name(), 18),
            (words.accounts_role(), 20),
            (words.accounts_state(), 24),
            (words.accounts_last_sign_in(), 18),
        ];
        let headings = titles.map(|(title, width)| Heading { title, width });
        let mut book = XlsxTable::framed(words.accounts_title(), frame, &headings)?;
        for account in &page.accounts {
            let (code, name) = account.unit.as_ref().map_or(("", ""), |unit| (&*unit.code, &*unit.name));
            let district = account.unit.as_ref().map_or_else(String::new, |unit| {
                let districts = scope::districts_of(&page.snapshot, unit.id, today);
                let names = districts.iter().filter_map(|district| page.snapshot.units.get(district));
                names.map(|district| district.name.as_str()).collect::<Vec<_>>().join("、")
            });
            let last = account.last_sign_in_at.map(model::clock::day_of);
            book.row(&[
                Output::Text(&district),
                Output::Text(code),
                Output::Text(name),
                Output::Text(&account.name),
                Output::Text(&account.login),
                Output::Text(words.pick(&account.role.label().zh, &account.role.label().en)),
                Output::Text(state_name(words, account, ctx.clock.now())),
                last.map_or(Output::Empty, Output::Date),
            ])?;
        }
        Ok(book.finish()?)
    })
}

/// In which state an account is, in words.
pub fn state_name(words: Words, account: &AccountView, now: Timestamp) -> &'static str {
    if account.is_disabled {
        words.accounts_disabled()
    } else if account.has_password {
        words.accounts_active()
    } else if account.code_expires_at.is_some_and(|end| end > now) {
        words.accounts_waiting()
    } else {
        words.accounts_expired()
    }
}

/// Locks all accounts that nobody uses, as they were found; returns how many were locked, and how many were not,
/// because they are the own one or have a role above the own one.
///
/// # Errors
/// [`Error::Stale`] when there are not `expected` of them any more; [`Error::NotFound`] for a state in which accounts
/// are used.
#[boxed_async]
pub async fn disable_found(
    app: &App,
    ctx: &Context,
    query: &AccountQuery,
    expected: usize,
) -> Result<(usize, usize)> {
    let snapshot = app.current(ctx).await?;
    ctx.require_managing()?;
    require_self(ctx)?;
    if !query.state.is_some_and(StateFilter::is_unused) {
        return Err(Error::NotFound { what: Thing::Account, key: String::new() });
    }
    let prepared = Prepared::new(ctx, &snapshot, query)?;
    transact!(app, ctx.region, |tx| {
        let rows = account_list::search(tx, &prepared.filter(query), 0, i64::MAX).await?;
        if rows.len() != expected {
            return Err(Error::Stale { what: Thing::Account });
        }
        let ids: Vec<i64> = rows.iter().map(|row| row.user_id).collect();
        let found = accounts::list_by_ids(tx, &ids).await?;
        let total = found.len();
        let may = |account: &Account| {
            scope::may_manage(ctx, &snapshot, account) && !ctx.is_own_account(&account.login)
        };
        let locked: Vec<Account> = found.into_iter().filter(may).collect();
        disable_all(tx, ctx, &snapshot, &locked).await?;
        Ok((locked.len(), total - locked.len()))
    })
}

async fn disable_all(tx: &mut Tx, ctx: &Context, snapshot: &Snapshot, locked: &[Account]) -> Result<()> {
    let now = ctx.clock.now();
    let mut entries = Vec::with_capacity(locked.len());
    for account in locked {
        let changed = Account { is_disabled: true, ..account.clone() };
        save(tx, account, &changed, now).await?;
        entries.push(entry(snapshot, "disable", Some(account), &changed));
        let (action, unit) = (AccessAction::DisableAccount, Some(account.unit()));
        access_log::note(tx, ctx, action, unit, &account.login, "").await?;
    }
    append_audit(tx, snapshot, ctx, entries).await
}
