//! Handing an account over to a successor: drafts and saved views go to the successor's account, the former one is
//! locked and its sessions end. What waits follows from role and unit and needs no handing over. Records and audit keep
//! the former name.

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::problem::Problem;
use std::sync::Arc;
use store::{
    Tx,
    accounts::{self, Account},
    drafts as draft_rows, views as view_rows,
};

use super::{
    deputies::{PersonName, require_self, require_todo},
    issue::{Slip, single},
    manage::{LONGEST_NAME, login_fault, name_fault},
    note, note_with,
    own::own,
    save, scope,
    throttle::{self, Attempt, Decision},
};
use crate::{
    Action, App, Context, Denied, Error, Result, Snapshot, Thing,
    access_log::{self, AccessAction},
    todo::{self, Counts},
    transact::transact,
};

/// Who takes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Successor {
    /// Somebody with an account of the same unit and role, by login.
    Existing(String),
    /// Somebody without one: an account is made, with an activation code.
    New {
        /// What the person will sign in as; empty for one that is made up.
        login: String,
        /// The person's name.
        name: String,
    },
}

/// What is to be handed over to whom.
#[derive(Debug, Clone)]
pub struct HandOver {
    /// The account; `None` for the person's own.
    pub login: Option<String>,
    /// Who takes over.
    pub successor: Successor,
    /// The person's password, for the own account: who finds a desk where somebody has signed in cannot lock the
    /// account or make another one.
    pub password: String,
}

/// A form in which something is handed over, with its name there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedForm {
    /// Id of the form.
    pub form: String,
    /// Unit of a draft, by name; name of a view.
    pub name: String,
}

/// What would be handed over.
pub struct HandOverView {
    /// The region as it was.
    pub snapshot: Arc<Snapshot>,
    /// Whose account.
    pub person: PersonName,
    /// Whether it is the own one.
    pub is_own: bool,
    /// What waits for the person; `None` for a role that nothing waits for.
    pub todo: Option<Counts>,
    /// The latest drafts.
    pub drafts: Vec<HandedForm>,
    /// How many drafts there are.
    pub draft_count: i64,
    /// Saved views.
    pub views: Vec<HandedForm>,
    /// Who can take over: accounts in use of the same unit and role.
    pub candidates: Vec<PersonName>,
    /// Whether an account can be made for somebody who has none.
    pub may_add: bool,
}

/// What was handed over.
pub struct HandedOver {
    /// The successor.
    pub successor: PersonName,
    /// The code of an account that was made.
    pub slip: Option<(Slip, Timestamp)>,
    /// How many drafts went to the successor.
    pub drafts: u64,
    /// How many stay, because the successor has begun the same form.
    pub drafts_left: i64,
    /// How many views went to the successor.
    pub views: usize,
}

/// Drafts that are shown by name.
const DRAFTS: i64 = 50;

/// What would be handed over.
///
/// # Errors
/// As for every change of the account; [`Error::Forbidden`] while the person acts for somebody else.
#[boxed_async]
pub async fn hand_over_view(app: &App, ctx: &Context, login: Option<&str>) -> Result<HandOverView> {
    require_self(ctx)?;
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let account = leaving(&mut tx, ctx, &snapshot, login).await?;
    let candidates = candidates(&mut tx, &account).await?;
    let role = super::role_of(&snapshot, &account)?;
    let todo = if role.allows(Action::ReadTodo) {
        Some(todo::counts_of(&mut tx, &snapshot, &role, account.unit(), ctx.today(&snapshot)).await?)
    } else {
        None
    };
    let drafts = draft_rows::list_of(&mut tx, account.id(), DRAFTS).await?;
    let drafts = drafts.into_iter().map(|draft| {
        let unit = snapshot.units.get(&model::ids::UnitId(draft.unit_id));
        HandedForm { form: draft.form, name: unit.map(|unit| unit.name.clone()).unwrap_or_default() }
    });
    let views = view_rows::list_all(&mut tx, account.id()).await?;
    let views = views.into_iter().map(|view| HandedForm { form: view.form, name: view.name });
    Ok(HandOverView {
        person: PersonName::new(&snapshot, &account),
        is_own: ctx.is_own_account(&account.login),
        todo,
        drafts: drafts.collect(),
        draft_count: draft_rows::count_of(&mut tx, account.id()).await?,
        views: views.collect(),
        candidates: candidates.iter().map(|account| PersonName::new(&snapshot, account)).collect(),
        may_add: may_add(ctx, &snapshot, &account),
        snapshot,
    })
}

/// The account that is handed over.
async fn leaving(tx: &mut Tx, ctx: &Context, snapshot: &Snapshot, login: Option<&str>) -> Result<Account> {
    match login {
        Some(login) if !ctx.is_own_account(login) => {
            ctx.require_managing()?;
            scope::managed(tx, ctx, snapshot, login).await
        }
        _ => {
            require_todo(ctx)?;
            own(tx, ctx).await
        }
    }
}

/// Accounts of the same unit and role that are in use.
async fn candidates(tx: &mut Tx, leaving: &Account) -> Result<Vec<Account>> {
    let all = accounts::list_of_unit(tx, leaving.unit()).await?;
    let suits = |other: &Account| {
        other.user_id != leaving.user_id
            && other.role == leaving.role
            && !other.is_disabled
            && !other.password_hash.is_empty()
    };
    Ok(all.into_iter().filter(suits).collect())
}

/// Whether an account can be made for a successor: by whoever may give that role at that unit, and by the leaving
/// officer himself, for one account takes the place of another. An administrator is followed by whom the office gives
/// that role to.
fn may_add(ctx: &Context, snapshot: &Snapshot, leaving: &Account) -> bool {
    let Some(role) = snapshot.definition.role(&leaving.role) else { return false };
    let is_own = ctx.is_own_account(&leaving.login);
    scope::require_grant(ctx, snapshot, role, leaving.unit()).is_ok()
        || (is_own && role.allows(Action::ReadTodo) && !role.allows(Action::ManageAccounts))
}

/// Hands an account over, all in one transaction.
///
/// # Errors
/// As [`hand_over_view`]; [`Error::SignInRefused`] and [`Error::TooManyAttempts`] for a wrong password;
/// [`Error::Invalid`] for somebody who cannot take over.
#[boxed_async]
pub async fn hand_over(app: &App, ctx: &Context, request: HandOver) -> Result<HandedOver> {
    require_self(ctx)?;
    let snapshot = app.current(ctx).await?;
    let mut tx = app.read(ctx.region).await?;
    let account = leaving(&mut tx, ctx, &snapshot, request.login.as_deref()).await?;
    drop(tx);
    if ctx.is_own_account(&account.login) {
        require_password(app, ctx, &account, request.password.clone()).await?;
    }
    let handed = transact!(app, ctx.region, |tx| {
        let account = leaving(tx, ctx, &snapshot, request.login.as_deref()).await?;
        let (successor, slip) = successor(tx, ctx, &snapshot, &account, &request.successor).await?;
        let drafts = draft_rows::hand_over(tx, account.id(), successor.id()).await?;
        let drafts_left = draft_rows::count_of(tx, account.id()).await?;
        let views = hand_views(tx, &account, &successor).await?;
        let locked = Account { is_disabled: true, ..account.clone() };
        save(tx, &account, &locked, ctx.clock.now()).await?;
        accounts::set_successor(tx, account.id(), successor.id()).await?;
        note(tx, ctx, &snapshot, "disable", Some(&account), &locked).await?;
        let detail = serde_json::json!({"successor": successor.login, "drafts": drafts, "views": views});
        note_with(tx, ctx, &snapshot, "hand over", &locked, Some(detail.to_string())).await?;
        let (action, unit) = (AccessAction::HandOver, Some(account.unit()));
        access_log::note(tx, ctx, action, unit, &account.login, &successor.login).await?;
        let successor = PersonName::new(&snapshot, &successor);
        Ok(HandedOver { successor, slip, drafts, drafts_left, views })
    });
    match handed {
        // Somebody has taken the login in this moment.
        Err(Error::Stale { what: Thing::Login }) => match request.successor {
            Successor::New { login, .. } => Err(Error::Invalid(vec![Problem::LoginTaken { login }])),
            Successor::Existing(_) => Err(Error::Stale { what: Thing::Login }),
        },
        other => other,
    }
}

/// That the person knows the password. Wrong ones count as at signing in.
async fn require_password(app: &App, ctx: &Context, account: &Account, password: String) -> Result<()> {
    let attempt = Attempt::new(&account.login, ctx.origin.address);
    throttle::check(app, &attempt).await?;
    let is_right = app.hashing.verify(account.password_hash.clone(), password).await?;
    let decision = throttle::decide(app, &attempt, is_right).await?;
    if let Decision::Wrong { is_locked } = decision {
        let action = if is_locked { AccessAction::Lock } else { AccessAction::FailPassword };
        transact!(app, ctx.region, |tx| {
            access_log::note(tx, ctx, action, None, &account.login, "").await?;
            Ok(())
        })?;
    }
    decision.into_result()
}

/// The account that takes over, made if there is none.
async fn successor(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    leaving: &Account,
    wanted: &Successor,
) -> Result<(Account, Option<(Slip, Timestamp)>)> {
    match wanted {
        Successor::Existing(login) => {
            let found = candidates(tx, leaving).await?.into_iter().find(|account| account.login == *login);
            let unsuited = || Error::Invalid(vec![Problem::NoSuccessor { name: login.clone() }]);
            Ok((found.ok_or_else(unsuited)?, None))
        }
        Successor::New { login, name } => {
            if !may_add(ctx, snapshot, leaving) {
                return Err(Error::Forbidden(Denied::HigherRole));
            }
            let (login, name) = (login.trim(), name.trim());
            let mut problems: Vec<Problem> = name_fault(name).into_iter().collect();
            if !login.is_empty() {
                problems.extend(login_fault(login));
                if accounts::find(tx, login).await?.is_some() {
                    problems.push(Problem::LoginTaken { login: login.to_owned() });
                }
            }
            if !problems.is_empty() {
                return Err(Error::Invalid(problems));
            }
            let (account, slip, end) = single(tx, ctx, snapshot, leaving, login, name).await?;
            Ok((account, Some((slip, end))))
        }
    }
}

/// Hands all views over; one whose name the successor has used gets the former owner's name behind its own.
async fn hand_views(tx: &mut Tx, from: &Account, to: &Account) -> Result<usize> {
    let theirs = view_rows::list_all(tx, to.id()).await?;
    let views = view_rows::list_all(tx, from.id()).await?;
    let count = views.len();
    for view in views {
        view_rows::delete(tx, from.id(), &view.form, &view.name).await?;
        let is_taken = |name: &str| {
            theirs
                .iter()
                .any(|other| other.form == view.form && other.name == name && other.query != view.query)
        };
        let numbered = (2..).map(|number| format!("{}（{} {number}）", view.name, from.name));
        let names =
            [view.name.clone(), format!("{}（{}）", view.name, from.name)].into_iter().chain(numbered);
        let short = |name: String| name.chars().take(2 * LONGEST_NAME).collect::<String>();
        let Some(name) = names.map(short).find(|name| !is_taken(name)) else { continue };
        view_rows::put(tx, to.id(), &view.form, &view_rows::View { name, query: view.query.clone() }).await?;
    }
    Ok(count)
}
