//! Accounts from a sheet: one row for each person, with the unit by code or name, and where it is known the login,
//! the name, the role and the telephone number. If one row is wrong, no account is made, and every fault is told with
//! its row.

use std::collections::{BTreeMap, BTreeSet};

use boxed_async::boxed_async;
use exchange::{
    normalise::{excerpt, header_key},
    reading::UnitLookup,
};
use model::{ids::UnitId, problem::Problem};
use sheet::{
    workbook::{self, Limits, SheetRow},
    write::{Heading, Output, XlsxTable},
};
use store::{
    Personal, account_list,
    account_list::{AccountFilter, AccountRow},
};
use words::{Language, Words};

use super::{Issued, Target, Wanted, account, end_of_codes, free_login, put_codes};
use crate::{
    Action, App, Context, Error, Result, Role, Snapshot,
    accounts::{
        deputies::require_self,
        manage::{login_fault, name_fault},
        scope::{self, grantable_roles},
    },
    imports::blocking,
    transact::transact,
};

/// Rows in which the titles of the columns are looked for.
const HEAD: usize = 10;
/// Most rows of a sheet.
const MOST_ROWS: usize = 100_000;
/// Faults that are told; how many there are is told of all.
const MOST_FAULTS: usize = 500;

/// A sheet of people who are to have accounts.
#[derive(Debug, Clone)]
pub struct CodeSheet {
    /// One-time key of the page: the same form sent twice makes accounts once.
    pub key: String,
    /// Name of the file.
    pub file_name: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// What people are whose row does not say it.
    pub role: Role,
    /// Days until the codes end.
    pub days: i64,
}

/// What came of a sheet.
pub enum SheetOutcome {
    /// Accounts were made, and these are their codes.
    Issued(Issued),
    /// No account was made.
    Refused {
        /// What is wrong, from top to bottom: as many as are told.
        faults: Vec<RowFault>,
        /// How many there are.
        total: usize,
    },
}

/// What is wrong with a row of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    /// The row as Excel counts it.
    pub row: u32,
    /// Which column.
    pub column: PeopleColumn,
    /// What the cell holds, shortened.
    pub found: String,
    /// What is wrong.
    pub problem: Problem,
}

/// A column of such a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PeopleColumn {
    /// Code of the unit.
    Code,
    /// Name of the unit, or its code.
    Unit,
    /// What the person types to sign in.
    Login,
    /// The person's name.
    Name,
    /// What the person is.
    Role,
    /// The telephone number.
    Telephone,
}

impl PeopleColumn {
    const ALL: [Self; 6] = [Self::Code, Self::Unit, Self::Login, Self::Name, Self::Role, Self::Telephone];

    /// Its title.
    pub fn title(self, words: Words) -> &'static str {
        match self {
            Self::Code => words.codes_column_code(),
            Self::Unit => words.codes_column_unit(),
            Self::Login => words.accounts_user_name(),
            Self::Name => words.accounts_name(),
            Self::Role => words.accounts_role(),
            Self::Telephone => words.codes_column_telephone(),
        }
    }

    /// What else clerks call it.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Code => &["单位代码", "单位编码", "组织代码", "工会代码", "统计代码", "code"],
            Self::Unit => &["单位", "工会名称", "填报单位", "单位代码或名称", "所属单位", "工会"],
            Self::Login => &["登录名", "账号", "帐号", "用户", "login"],
            Self::Name => &["工会干部", "联系人", "干部姓名", "经办人", "名字"],
            Self::Role => &["职务", "权限"],
            Self::Telephone => &["联系电话", "手机", "手机号", "手机号码", "电话号码"],
        }
    }

    fn of_title(title: &str) -> Option<Self> {
        let key = header_key(title);
        let languages = || [Language::Chinese, Language::English].map(Words::new);
        Self::ALL.into_iter().find(|column| {
            let is_title = languages().iter().any(|words| header_key(column.title(*words)) == key);
            is_title || column.names().iter().any(|name| header_key(name) == key)
        })
    }
}

/// A row as it was read.
#[derive(Default)]
struct SheetPerson {
    row: u32,
    cells: BTreeMap<PeopleColumn, String>,
}

impl SheetPerson {
    fn get(&self, column: PeopleColumn) -> &str {
        self.cells.get(&column).map_or("", |text| text.trim())
    }

    /// Whether it says nothing but a unit: such rows of the template were not filled in.
    fn names_nobody(&self) -> bool {
        [PeopleColumn::Login, PeopleColumn::Name, PeopleColumn::Telephone]
            .iter()
            .all(|column| self.get(*column).is_empty())
    }
}

/// Makes accounts for everybody on a sheet, or none.
///
/// # Errors
/// As [`super::issue`]; [`Error::File`] for a file that cannot be read.
#[boxed_async]
pub async fn codes_of_sheet(app: &App, ctx: &Context, sheet: CodeSheet) -> Result<SheetOutcome> {
    let snapshot = app.current(ctx).await?;
    ctx.require_managing()?;
    require_self(ctx)?;
    let expires_at = end_of_codes(ctx, sheet.days)?;
    let CodeSheet { key, file_name, bytes, role, .. } = sheet;
    let reading = app.readers.begin(app.readers.budget()).await?;
    let (people, left_out) = reading.run(move |limits| read(&file_name, &bytes, limits)).await?;
    let unit = ctx.unit().or_else(|| snapshot.root()).unwrap_or(UnitId(0));
    transact!(app, ctx.region, |tx| {
        let wanted = AccountFilter {
            units: None,
            text: None,
            text_units: &[],
            role: None,
            state: None,
            now: ctx.clock.now(),
        };
        let known = account_list::search(tx, &wanted, 0, i64::MAX).await?;
        let judged = blocking(|| Judge::new(ctx, &snapshot, &role, &known).judge(&people));
        let targets = match judged {
            Ok(targets) => targets,
            Err(mut faults) => {
                let total = faults.len();
                faults.truncate(MOST_FAULTS);
                return Ok(SheetOutcome::Refused { faults, total });
            }
        };
        let issued = put_codes(tx, ctx, &snapshot, Wanted { key: &key, unit, expires_at }, targets).await?;
        Ok(SheetOutcome::Issued(Issued { left_out, ..issued }))
    })
}

/// The rows below the titles, and how many say nothing or are hidden.
fn read(file_name: &str, bytes: &[u8], limits: &Limits) -> Result<(Vec<SheetPerson>, usize)> {
    let table = workbook::read(file_name, bytes, None, limits)?;
    let columns = |row: &SheetRow| -> BTreeMap<usize, PeopleColumn> {
        let titles = row.cells.iter().enumerate();
        titles.filter_map(|(place, cell)| Some((place, PeopleColumn::of_title(&cell.text())?))).collect()
    };
    let head = table.rows.iter().take(HEAD).map(columns).enumerate().find(|(_, columns)| {
        columns.len() > 1 && columns.values().any(|c| matches!(c, PeopleColumn::Code | PeopleColumn::Unit))
    });
    let (position, columns) = head.ok_or_else(|| Error::Invalid(vec![Problem::NoColumnOfUnits]))?;
    let (mut people, mut left_out) = (Vec::new(), 0);
    for row in &table.rows[position + 1..] {
        limits.budget.check()?;
        let cells =
            columns.iter().filter_map(|(place, column)| Some((*column, row.cells.get(*place)?.text())));
        let person = SheetPerson { row: row.number, cells: cells.collect() };
        if person.names_nobody() || table.hidden_rows.contains(&row.number) {
            left_out += 1;
        } else {
            people.push(person);
        }
    }
    if people.len() > MOST_ROWS {
        return Err(Error::Invalid(vec![Problem::RowsTooMany { found: people.len(), max: MOST_ROWS }]));
    }
    Ok((people, left_out))
}

/// Judges the rows of a sheet.
struct Judge<'a> {
    ctx: &'a Context,
    snapshot: &'a Snapshot,
    default: &'a Role,
    roles: Vec<Role>,
    /// Every login, of accounts that are locked too.
    logins: BTreeSet<String>,
    /// The login of each person who has an account in use, by unit and name.
    persons: BTreeMap<(i64, &'a str), &'a str>,
    /// The row in which a login or a person came first.
    seen: BTreeMap<String, u32>,
    faults: Vec<RowFault>,
}

impl<'a> Judge<'a> {
    fn new(ctx: &'a Context, snapshot: &'a Snapshot, default: &'a Role, known: &'a [AccountRow]) -> Self {
        let persons = known.iter().filter(|account| !account.is_disabled);
        Self {
            ctx,
            snapshot,
            default,
            roles: grantable_roles(ctx, snapshot),
            logins: known.iter().map(|account| account.login.clone()).collect(),
            persons: persons.map(|a| ((a.unit_id, a.name.as_str()), a.login.as_str())).collect(),
            seen: BTreeMap::new(),
            faults: Vec::new(),
        }
    }

    fn judge(mut self, people: &[SheetPerson]) -> std::result::Result<Vec<Target>, Vec<RowFault>> {
        // Logins that are stated go first: one that is made up must not take them.
        let stated = people.iter().map(|person| person.get(PeopleColumn::Login).to_owned());
        let mut taken: BTreeSet<String> = stated.chain(self.logins.iter().cloned()).collect();
        let mut targets = Vec::with_capacity(people.len());
        for person in people {
            targets.extend(self.target(person, &mut taken));
        }
        if self.faults.is_empty() { Ok(targets) } else { Err(self.faults) }
    }

    fn fault(&mut self, person: &SheetPerson, column: PeopleColumn, problem: Problem) {
        let found = excerpt(person.get(column));
        self.faults.push(RowFault { row: person.row, column, found, problem });
    }

    fn target(&mut self, person: &SheetPerson, taken: &mut BTreeSet<String>) -> Option<Target> {
        let before = self.faults.len();
        let unit = self.unit(person);
        let role = self.role(person, unit);
        let name = person.get(PeopleColumn::Name).to_owned();
        if let Some(problem) = name_fault(&name) {
            self.fault(person, PeopleColumn::Name, problem);
        }
        let telephone = person.get(PeopleColumn::Telephone);
        let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit() || " +-()".contains(c));
        if telephone.chars().count() > 30 || !is_number(telephone) {
            let problem = Problem::NotNumber { found: excerpt(telephone) };
            self.fault(person, PeopleColumn::Telephone, problem);
        }
        self.check_login(person);
        let (unit, role) = (unit?, role?);
        if let Some(login) = self.persons.get(&(unit.0, name.as_str())) {
            let login = (*login).to_owned();
            self.fault(person, PeopleColumn::Name, Problem::PersonHasAccount { login });
        }
        let whom = format!("{unit} {name}");
        if let Some(first) = self.seen.insert(whom, person.row) {
            self.fault(person, PeopleColumn::Name, Problem::RepeatedInFile { first });
        }
        if self.faults.len() > before {
            return None;
        }
        let code = self.snapshot.code(unit).unwrap_or_default();
        let login = match person.get(PeopleColumn::Login) {
            "" => free_login(code, taken),
            login => login.to_owned(),
        };
        let telephone = Some(telephone).filter(|telephone| !telephone.is_empty());
        let telephone = telephone.map(|telephone| self.snapshot.vault.seal(Personal::Phone, telephone));
        Some(Target { account: account(self.ctx, login, name, &role, unit), telephone, is_new: true })
    }

    fn unit(&mut self, person: &SheetPerson) -> Option<UnitId> {
        let code = person.get(PeopleColumn::Code);
        let column = if code.is_empty() { PeopleColumn::Unit } else { PeopleColumn::Code };
        let text = person.get(column);
        let by_code: Vec<UnitId> = self.snapshot.by_code(text).into_iter().collect();
        let mut found = if by_code.is_empty() { self.snapshot.by_name(text) } else { by_code };
        found.retain(|unit| self.ctx.may(Action::ManageAccounts, self.snapshot, *unit));
        let problem = match found.as_slice() {
            [unit] => return Some(*unit),
            [] if text.is_empty() => Problem::Missing,
            [] => Problem::UnknownUnit { found: excerpt(text) },
            several => {
                let codes: Vec<&str> = several.iter().filter_map(|unit| self.snapshot.code(*unit)).collect();
                Problem::AmbiguousUnit { name: excerpt(text), codes: codes.join("、") }
            }
        };
        self.fault(person, column, problem);
        None
    }

    fn role(&mut self, person: &SheetPerson, unit: Option<UnitId>) -> Option<Role> {
        let text = person.get(PeopleColumn::Role);
        let is_named = |role: &&Role| [role.id(), &role.label().zh, &role.label().en].contains(&text);
        let role = if text.is_empty() {
            Some(self.default.clone())
        } else {
            self.roles.iter().find(is_named).cloned()
        };
        let Some(role) = role else {
            let roles: Vec<&str> = self.roles.iter().map(|role| role.label().zh.as_str()).collect();
            let problem = Problem::UnknownRole { found: excerpt(text), roles: roles.join("、") };
            self.fault(person, PeopleColumn::Role, problem);
            return None;
        };
        if unit.is_some_and(|unit| !scope::may_grant(self.ctx, self.snapshot, &role, unit)) {
            let label = role.label();
            let role = model::label::Label { zh: label.zh.clone(), en: label.en.clone() };
            self.fault(person, PeopleColumn::Role, Problem::RoleTooHigh { role });
            return None;
        }
        Some(role)
    }

    fn check_login(&mut self, person: &SheetPerson) {
        let login = person.get(PeopleColumn::Login);
        if login.is_empty() {
            return;
        }
        let problem = match login_fault(login) {
            Some(problem) => Some(problem),
            None if self.logins.contains(login) => Some(Problem::LoginTaken { login: login.to_owned() }),
            None => {
                let first = self.seen.insert(format!("login {login}"), person.row);
                first.map(|first| Problem::RepeatedInFile { first })
            }
        };
        if let Some(problem) = problem {
            self.fault(person, PeopleColumn::Login, problem);
        }
    }
}

/// A sheet to be filled in: a row for every unit of the person's that has no account.
///
/// # Errors
/// [`Error::Forbidden`] for whoever manages no accounts.
#[boxed_async]
pub async fn sheet_template(app: &App, ctx: &Context) -> Result<Vec<u8>> {
    ctx.require_managing()?;
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let with: BTreeSet<i64> = account_list::units_with_accounts(&mut tx).await?.into_iter().collect();
    drop(tx);
    let today = ctx.today(&snapshot);
    let own = ctx.unit().and_then(|own| snapshot.units_within(own, today));
    let own: Option<BTreeSet<UnitId>> = own.map(|units| units.into_iter().collect());
    let month = today.month();
    let words = Words::new(ctx.language);
    blocking(|| {
        let headings =
            PeopleColumn::ALL.map(|column| Heading { title: column.title(words), width: width(column) });
        let mut book = XlsxTable::new(words.codes_sheet(), &headings)?;
        for (id, unit) in &snapshot.units {
            let is_meant = unit.kind != store::units::UnitKind::Team
                && unit.closed_from.is_none_or(|from| month < from)
                && own.as_ref().is_none_or(|own| own.contains(id))
                && !with.contains(&id.0);
            if is_meant {
                book.row(&[Output::Text(&unit.code), Output::Text(&unit.name)])?;
            }
        }
        Ok(book.finish()?)
    })
}

fn width(column: PeopleColumn) -> u16 {
    match column {
        PeopleColumn::Unit => 44,
        PeopleColumn::Code | PeopleColumn::Telephone => 18,
        PeopleColumn::Login | PeopleColumn::Name | PeopleColumn::Role => 16,
    }
}
