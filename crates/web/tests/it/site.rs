//! A small city with its site: units of three levels, one person of every
//! role, one record in every enterprise.
//!
//! ```text
//! City ─┬─ District ── Street ── Mill
//!       │           └─ Works
//!       └─ Other ───── Yard
//! ```

use std::{collections::BTreeMap, sync::Arc};

use app::{
    Actor, App, Context, Setup,
    attachments::{self, AttachmentLimits, Cabinet, Outcome},
    imports,
    load::{LoadRecord, LoadUnit, load},
    records,
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use campaign::{
    definition::{Definition, Form, FormIdx, Values},
    source::Source,
};
use jiff::{
    SignedDuration,
    civil::{Date, date},
};
use model::{
    clock::{BusinessDay, FixedClock},
    ids::{AttachmentId, ImportId, RecordId, UnitId, UserId},
    value::Value,
};
use serde_json::json;
use store::{
    Files, Vault,
    accounts::Account,
    audit::{self, AuditEntry},
    definitions::{self, DemonstrationRegion},
    units::UnitKind,
};
use tempfile::TempDir;
use testkit::{TestDb, console};
use tower::ServiceExt;

use crate::page::{self, Element};

pub(crate) use testkit::PASSWORD;
pub(crate) const CITY: UnitId = UnitId(10_001);
pub(crate) const DISTRICT: UnitId = UnitId(10_002);
pub(crate) const OTHER: UnitId = UnitId(10_003);
pub(crate) const STREET: UnitId = UnitId(10_004);
pub(crate) const MILL: UnitId = UnitId(10_005);
pub(crate) const WORKS: UnitId = UnitId(10_006);
pub(crate) const YARD: UnitId = UnitId(10_007);

/// Id, name, whether it is a union above the grass roots, the unit above.
const UNITS: [(UnitId, &str, bool, Option<UnitId>); 7] = [
    (CITY, "City", true, None),
    (DISTRICT, "District", true, Some(CITY)),
    (OTHER, "Other", true, Some(CITY)),
    (STREET, "Street", true, Some(DISTRICT)),
    (MILL, "Mill", false, Some(STREET)),
    (WORKS, "Works", false, Some(DISTRICT)),
    (YARD, "Yard", false, Some(OTHER)),
];

/// The code of a unit.
pub(crate) fn code(unit: UnitId) -> String {
    format!("{:09}", unit.0)
}

/// Login, role, unit.
pub(crate) const PEOPLE: [(&str, &str, UnitId); 4] = [
    ("city", "city-office", CITY),
    ("district", "level-2-officer", DISTRICT),
    ("mill", "enterprise-officer", MILL),
    ("viewer", "viewer", DISTRICT),
];

/// The site over its database.
pub(crate) struct Site {
    pub(crate) app: Arc<App>,
    router: Router,
    /// One record of every enterprise.
    pub(crate) facts: BTreeMap<UnitId, RecordId>,
    pub(crate) test: TestDb,
    pub(crate) files: TempDir,
}

/// How much may be attached: little, so that too much is soon there.
const LIMITS: AttachmentLimits = AttachmentLimits { file: 1 << 20, record: 2 << 20 };

/// The first register of the small campaign, which the tests fill in.
pub(crate) const REGISTER: &str = "workshop-idea";

impl Site {
    pub(crate) async fn new() -> Self {
        Self::under(&testkit::small_campaign()).await
    }

    pub(crate) async fn under(source: &Source) -> Self {
        Self::with_crowd(testkit::sqlite().await, source, 0).await
    }

    /// The same city in any database, with so many enterprises more, each with ten records, in the Other district.
    pub(crate) async fn with_crowd(test: TestDb, source: &Source, crowd: usize) -> Self {
        let files = tempfile::tempdir().unwrap();
        let cabinet = Cabinet::new(Files::new(files.path(), test.region), LIMITS);
        let app = testkit::with_places(testkit::open(&test, source).await, Some(cabinet), None).await;
        let snapshot = app.current(&console(&app)).await.unwrap();
        let fields = snapshot.definition.forms[snapshot.definition.roster].fields.len();
        let roster = &snapshot.definition.forms[snapshot.definition.roster];
        let kind_of_union = roster.field("kind_of_union");
        let values = |id: UnitId| {
            let mut values: Values = vec![None; fields].into();
            let kind = [(DISTRICT, "district"), (OTHER, "zone")].into_iter().find(|(unit, _)| *unit == id);
            if let Some((field, (_, kind))) = kind_of_union.zip(kind) {
                values[field] = Some(Value::Code(kind.to_owned()));
            }
            values
        };
        let units = UNITS.map(|(id, name, is_union, parent)| LoadUnit {
            id,
            code: code(id),
            name: name.to_owned(),
            kind: if is_union { UnitKind::Union } else { UnitKind::Grassroots },
            parent,
            guidance: None,
            closed_from: None,
            values: values(id),
        });
        let more = (0..crowd).map(|number| {
            let id = UnitId(20_001 + i64::try_from(number).unwrap());
            let (code, name) = (code(id), format!("Enterprise {number}"));
            LoadUnit { id, code, name, kind: UnitKind::Grassroots, parent: Some(OTHER), ..units[4].clone() }
        });
        let all: Vec<LoadUnit> = units.iter().cloned().chain(more).collect();
        let records = crowd_records(&snapshot.definition, &all[units.len()..]);
        load(&app, &console(&app), all, records.into_iter(), &|_| {}).await.unwrap();
        add_people(&test).await;
        let mut site =
            Self { router: Router::new(), app: Arc::new(app), facts: BTreeMap::new(), test, files };
        for unit in [MILL, WORKS, YARD] {
            let id =
                records::create(&site.app, &console(&site.app), REGISTER, unit, idea("first")).await.unwrap();
            site.facts.insert(unit, id);
        }
        let state = web::WebState::new(site.app.clone(), web::Options::default());
        site.router = web::router(Arc::new(state));
        site
    }

    /// The same site, served by another server over its database and its files.
    pub(crate) async fn served_by(mut self, app: App) -> Self {
        let cabinet = Cabinet::new(Files::new(self.files.path(), self.test.region), LIMITS);
        let setup = Setup { cabinet: Some(cabinet), ..Setup::new(testkit::secret()) };
        app.open_region(self.test.region, setup).await.unwrap();
        self.app = Arc::new(app);
        let state = web::WebState::new(self.app.clone(), web::Options::default());
        self.router = web::router(Arc::new(state));
        self
    }

    /// The same region, which stops at a business day.
    pub(crate) async fn stop_at(&self, day: Date) {
        let region = DemonstrationRegion {
            target_ppm: 1_000_000,
            own_targets: BTreeMap::new(),
            business_day: BusinessDay::new(day),
        };
        let mut tx = self.test.db.write(self.test.region).await.unwrap();
        definitions::make_demonstration(&mut tx, region).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Another server on the same database, so much later.
    pub(crate) async fn another_server(&self, later: SignedDuration) -> App {
        testkit::open_again(&self.test, Arc::new(FixedClock(self.app.now() + later))).await
    }

    /// Somebody who has signed in.
    pub(crate) async fn visitor(&self, login: &str) -> Visitor<'_> {
        let mut visitor = self.stranger().await;
        let answer = visitor.post("/login", &[("user", login), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{login} signs in");
        visitor.get("/account").await;
        visitor
    }

    /// Somebody who has not.
    pub(crate) async fn stranger(&self) -> Visitor<'_> {
        let mut visitor = Visitor { site: self, cookies: BTreeMap::new(), token: String::new() };
        visitor.get("/login").await;
        visitor
    }

    /// An attachment of the record that stands for `unit`, with this text in it.
    pub(crate) async fn attachment_of(&self, unit: UnitId, text: &str) -> AttachmentId {
        let bytes = text.as_bytes().to_vec();
        let outcome =
            attachments::attach(&self.app, &console(&self.app), self.facts[&unit], "a.txt", bytes).await;
        match outcome.unwrap() {
            Outcome::Attached(id) => id,
            other => panic!("{text} was not attached: {other:?}"),
        }
    }

    /// The import of a file handed in by an officer of `unit`.
    pub(crate) async fn import_of(&self, unit: UnitId, key: &str, bytes: &[u8]) -> ImportId {
        let ctx = Context {
            actor: Actor::User {
                id: UserId(1),
                login: "officer".to_owned(),
                name: "Officer".to_owned(),
                role: testkit::role("enterprise-officer"),
                unit,
            },
            ..console(&self.app)
        };
        let file_name = "ideas.csv".to_owned();
        let submission =
            imports::Submission { key: key.to_owned(), file_name, bytes: bytes.to_vec(), kind: None };
        imports::submit(&self.app, &ctx, submission).await.unwrap()
    }

    /// An import of somebody that has made a record.
    pub(crate) async fn done_import_of(&self, ctx: Context, title: &str) -> ImportId {
        let enterprise = match ctx.unit() {
            Some(unit) if [MILL, WORKS, YARD].contains(&unit) => unit,
            Some(OTHER) => YARD,
            _ => MILL,
        };
        let row = format!("{},{},Li,2021-05-01", code(enterprise), title.replace(',', " "));
        let rows = format!("Unit code,Idea,Author,Told on\n{row}\n");
        let request = imports::Request {
            file_name: "ideas.csv".to_owned(),
            bytes: Arc::new(rows.into_bytes()),
            kind: format!("register:{REGISTER}"),
            ..imports::Request::default()
        };
        let report = imports::import(&self.app, &ctx, request, &|_, _| {}).await.unwrap();
        ImportId(report.import.unwrap_or_else(|| panic!("{title}: {:?}", report.refused)))
    }
}

/// Gives everybody of [`PEOPLE`] an account.
async fn add_people(test: &TestDb) {
    let mut tx = test.db.write(test.region).await.unwrap();
    for (position, (login, role, unit)) in PEOPLE.into_iter().enumerate() {
        let account = Account {
            user_id: 20_001 + i64::try_from(position).unwrap(),
            login: login.to_owned(),
            name: format!("Name of {login}"),
            role: role.to_owned(),
            unit_id: unit.0,
            password_hash: testkit::PASSWORD_DIGEST.to_owned(),
            is_disabled: false,
            language: None,
            must_change_password: false,
        };
        store::accounts::insert(&mut tx, &account).await.unwrap();
        let state = json!({"login": login, "role": role, "is_disabled": false});
        let entry = AuditEntry {
            action: "create",
            subject: "account",
            subject_id: account.user_id,
            before: None,
            after: Some(state.to_string()),
            detail: None,
            record: None,
        };
        let vault = Arc::new(Vault::new(&testkit::secret()));
        audit::append(&mut tx, &vault, "console", "", testkit::clock().now(), vec![entry]).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Ten records of every enterprise of a crowd, of two registers, in every month of some years.
fn crowd_records(definition: &Definition, crowd: &[LoadUnit]) -> Vec<LoadRecord> {
    let (ideas, idea_form) = definition.form(REGISTER).unwrap();
    let (actions, action_form) = definition.form(STEPPED).unwrap();
    let values = |form: &Form, stated: BTreeMap<String, Value>| {
        let mut values = form.no_values();
        for (field, value) in stated {
            values[form.field(&field).unwrap()] = Some(value);
        }
        values
    };
    let records = |unit: &LoadUnit| {
        let of_unit = (0..10_usize).map(|number| {
            let day = date(2021 + i16::try_from(number % 3).unwrap(), 1 + i8::try_from(number).unwrap(), 5);
            let subject = format!("{} {number}", unit.name);
            if number % 5 == 0 {
                let mut stated = action_of(definition, &subject, day);
                stated.insert("serial".to_owned(), Value::Text(subject));
                let values = values(action_form, stated);
                return load_record(actions, unit.id, values);
            }
            let mut stated = idea(&subject);
            stated.insert("told_on".to_owned(), Value::Date(day));
            load_record(ideas, unit.id, values(idea_form, stated))
        });
        of_unit.collect::<Vec<_>>()
    };
    crowd.iter().flat_map(records).collect()
}

/// What a record of [`STEPPED`] states.
pub(crate) fn action_of(definition: &Definition, subject: &str, started_on: Date) -> BTreeMap<String, Value> {
    let form = definition.form(STEPPED).unwrap().1;
    let kind = form.fields.iter().find_map(|field| match &field.kind {
        campaign::definition::FieldKind::Code { dictionary } => {
            Some((field.id.clone(), definition.dictionaries[*dictionary].codes[0].code.clone()))
        }
        _ => None,
    });
    let (kind, code) = kind.unwrap();
    BTreeMap::from([
        ("subject".to_owned(), Value::Text(subject.to_owned())),
        (kind, Value::Code(code)),
        ("started_on".to_owned(), Value::Date(started_on)),
    ])
}

/// What a record of [`REGISTER`] states.
pub(crate) fn idea(title: &str) -> BTreeMap<String, Value> {
    let text = |text: &str| Value::Text(text.to_owned());
    BTreeMap::from([
        ("title".to_owned(), text(title)),
        ("author".to_owned(), text("Li")),
        ("told_on".to_owned(), Value::Date(date(2021, 3, 1))),
    ])
}

/// The same, with the number of the person whose idea it was.
pub(crate) fn idea_of(title: &str, number: &str) -> BTreeMap<String, Value> {
    let mut values = idea(title);
    values.insert("id_number".to_owned(), Value::Text(number.to_owned()));
    values
}

/// A record that takes transitions.
pub(crate) async fn action(site: &Site, unit: UnitId, subject: &str) -> RecordId {
    let snapshot = site.app.current(&console(&site.app)).await.unwrap();
    let stated = action_of(&snapshot.definition, subject, date(2026, 1, 5));
    records::create(&site.app, &console(&site.app), STEPPED, unit, stated).await.unwrap()
}

/// The register of the small campaign whose records take transitions.
pub(crate) const STEPPED: &str = "green-action";

/// Somebody with a browser.
pub(crate) struct Visitor<'s> {
    site: &'s Site,
    pub(crate) cookies: BTreeMap<String, String>,
    token: String,
}

/// What the site answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The whole document.
    pub(crate) fn document(&self) -> Element {
        page::parse(&self.text())
    }

    /// What the page itself says, between head and foot; all of an answer that is only a part of a page.
    pub(crate) fn page(&self) -> Element {
        let document = self.document();
        document.all("main").first().map_or_else(|| document.clone(), |main| (*main).clone())
    }
}

const BOUNDARY: &str = "----boundary";

impl Visitor<'_> {
    pub(crate) fn reads(&mut self, language: &str) {
        self.cookies.insert("language".to_owned(), language.to_owned());
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path), Vec::new()).await
    }

    /// Sends a form as a page of the site would.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token.clone();
        let pairs = std::iter::once(("token", token.as_str())).chain(fields.iter().copied());
        let body: Vec<String> =
            pairs.map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, body.join("&").into_bytes()).await
    }

    /// Sends a form of a page that was opened before, as a browser does: its token is that of then.
    pub(crate) async fn post_later(&mut self, path: &str, token: &str, fields: &[(&str, &str)]) -> Answer {
        let pairs = std::iter::once(("token", token)).chain(fields.iter().copied());
        let body: Vec<String> =
            pairs.map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.header("sec-fetch-site", "same-origin"), body.join("&").into_bytes()).await
    }

    /// Closes the browser: what it kept of its session is no more.
    pub(crate) fn forget_session(&mut self) {
        self.cookies.remove("session");
    }

    /// Sends an empty form as another site would.
    pub(crate) async fn post_without_token(&mut self, path: &str) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Vec::new()).await
    }

    /// Hands files in, each a name and its content.
    pub(crate) async fn upload(&mut self, key: &str, kind: &str, files: &[(&str, &[u8])]) -> Answer {
        self.send_files("/imports", &[("key", key), ("kind", kind)], files).await
    }

    /// Sends a form with files as a page of the site would.
    pub(crate) async fn send_files(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &[u8])],
    ) -> Answer {
        let mut body = Vec::new();
        let token = self.token.clone();
        for (name, value) in std::iter::once(("token", token.as_str())).chain(fields.iter().copied()) {
            let part =
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(part.as_bytes());
        }
        for (name, bytes) in files {
            let part = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
            );
            body.extend(part.as_bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
        let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
        self.send(Request::post(path).header(header::CONTENT_TYPE, media_type), body).await
    }

    /// Sends a file as a browser does whose session has ended.
    pub(crate) async fn send_file_later(&mut self, path: &str, token: &str, name: &str) -> Answer {
        let part = |head: &str, content: &str| {
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n")
        };
        let file = part(&format!("name=\"file\"; filename=\"{name}\""), "text");
        let body = format!("{}{file}--{BOUNDARY}--\r\n", part("name=\"token\"", token));
        let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
        let request = Request::post(path).header("sec-fetch-site", "same-origin");
        self.send(request.header(header::CONTENT_TYPE, media_type), body.into_bytes()).await
    }

    pub(crate) async fn send(&mut self, request: axum::http::request::Builder, body: Vec<u8>) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, cookies.join("; ")).body(Body::from(body)).unwrap();
        let response = self.site.router.clone().oneshot(request).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let status = response.status();
        let location = response.headers().get(header::LOCATION).map(|url| url.to_str().unwrap().to_owned());
        let headers = response.headers().clone();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec();
        let answer = Answer { status, location: location.unwrap_or_default(), headers, bytes };
        if let Some(token) = between(&answer.text(), "name=\"token\" value=\"", "\"") {
            token.clone_into(&mut self.token);
        }
        answer
    }
}

/// What is between two texts.
pub(crate) fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    Some(text.split_once(before)?.1.split_once(after)?.0)
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}

/// A record that is entered now and refers to nothing.
fn load_record(form: FormIdx, unit: UnitId, values: Values) -> LoadRecord {
    LoadRecord { form, unit, values, history: Vec::new(), key: None, referred: Vec::new() }
}
