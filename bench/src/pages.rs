//! Every page that a person can open, of a full city.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use app::{
    Context, attachments,
    audit_trail::{self, TrailQuery},
    imports::{self, Submission},
    persons::PersonKey,
    records, transitions,
};
use campaign::definition::{Campaign, FormIdx};
use ledger::{fact::Fact, hierarchy::Line};
use model::{
    ids::{RecordId, UnitId},
    month::Month,
};
use store::new_id;
use web::routes::ROUTES;

use crate::{
    city::City,
    http::{Server, send_request},
    prepared,
    report::{Report, ms, percentile},
};

/// How often each page is opened.
const ASKED: usize = 5;
/// The limit of the slowest answer.
const LIMIT: Duration = Duration::from_secs(1);
/// A picture.
const PNG: &[u8] = &[
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 2, 0, 0, 0, 2, 8, 2, 0, 0, 0, 253,
    212, 154, 115, 0, 0, 0, 16, 73, 68, 65, 84, 120, 218, 99, 56, 193, 192, 0, 68, 12, 16, 10, 0, 25, 14, 3,
    33, 148, 100, 205, 122, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];

/// Opens every page and reports the slowest.
pub(crate) async fn measure(city: &City, engine: &str, report: &mut Report) -> Result<()> {
    let server = Server::start(city).await?;
    let samples = Samples::find(city, &server, engine, report).await?;
    let mut slowest: Vec<(Duration, String)> = Vec::new();
    let mut all = Vec::new();
    wait_for_indexes(&server, &samples).await?;
    let mut stream = server.connect().await?;
    for route in ROUTES.iter().filter(|route| route.method == "GET") {
        for path in samples.addresses(route.path)? {
            let mut worst = Duration::ZERO;
            for _ in 0..ASKED {
                let start = Instant::now();
                let answer = send_request(&mut stream, &server.request(&path)).await;
                answer.with_context(|| path.clone())?;
                let time = start.elapsed();
                all.push(time);
                worst = worst.max(time);
                // It has broken the limit: opening it again would only take long.
                if worst > LIMIT {
                    break;
                }
            }
            slowest.push((worst, path));
        }
    }
    server.stop().await?;
    slowest.sort();
    let (worst, path) = slowest.last().context("no pages")?;
    report.limit(
        &format!("{} pages of {engine}, each opened {ASKED} times, first included", slowest.len()),
        "each < 1 s",
        &format!(
            "p50 {}, p95 {}, slowest {} (`{path}`)",
            ms(percentile(&mut all, 50)),
            ms(percentile(&mut all, 95)),
            ms(*worst)
        ),
        *worst < LIMIT,
    );
    for (time, path) in slowest.iter().rev().skip(1).take(4) {
        report.note(&format!("the next slowest of {engine}: `{path}`"), &ms(*time));
    }
    Ok(())
}

/// When pages alone are measured, the indexes are still being built: a page that asks all of them says so.
async fn wait_for_indexes(server: &Server, samples: &Samples) -> Result<()> {
    for path in samples.addresses("/units/{code}/duplicates")? {
        for _ in 0..MOST_SECONDS {
            let mut stream = server.connect().await?;
            if send_request(&mut stream, &server.request(&path)).await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
    Ok(())
}

/// How long indexes may take to be built.
const MOST_SECONDS: usize = 600;

/// What the variable parts of addresses are replaced by.
struct Samples {
    /// The root, the largest district, the largest unit with members of its own, and an enterprise.
    units: Vec<String>,
    /// All registers, that with most records first.
    forms: Vec<String>,
    indicators: Vec<String>,
    /// The other campaigns, with their indicators.
    others: Vec<(String, Vec<String>)>,
    /// A whole year, and a year up to its middle; on today's tree; of every further campaign.
    periods: Vec<String>,
    record: String,
    /// A record and a transition that it can take.
    transition: (String, String),
    /// A transition of many records of that register.
    bulk: String,
    /// A form, and a field of it that refers to records.
    reference: (String, String),
    attachment: String,
    person: String,
    import: String,
    /// An import that can be taken back.
    taken: String,
    /// The login of an enterprise.
    login: String,
    /// A version of the campaign that was handed in.
    version: String,
    /// An entry of the audit.
    entry: String,
    asset: String,
}

impl Samples {
    async fn find(city: &City, server: &Server, engine: &str, report: &mut Report) -> Result<Self> {
        let snapshot = city.app.current(&city.ctx).await?;
        let ctx = server.context(city).await?;
        let root = city.root().await?;
        let registers = city.registers().await?;
        let form_of = |form: FormIdx| &snapshot.definition.forms[form];
        let all = registers.iter().flat_map(|(_, page)| &page.rows).map(|row| &row.fact);
        let largest = registers.first().context("no registers")?.0;
        let record = correctable(city, &ctx, all.clone()).await?;
        let workflow = form_of(largest).workflow.as_ref().context("no workflow")?;
        let later = workflow.transitions.iter().find(|transition| !transition.from.is_empty());
        let person = all.clone().find_map(|fact| {
            let fields = form_of(fact.form).persons.first()?;
            PersonKey::from_record(&snapshot, fact, *fields)
        });
        let period = snapshot.definition.first_campaign().period;
        let middle = i16::midpoint(period.first, period.last);
        Ok(Self {
            units: units(&snapshot, root)?,
            forms: registers.iter().map(|(form, _)| form_of(*form).id.clone()).collect(),
            indicators: snapshot
                .definition
                .first_campaign()
                .indicators
                .iter()
                .map(|indicator| indicator.id.clone())
                .collect(),
            others: others(&snapshot),
            periods: periods(&snapshot, middle),
            record: record.to_string(),
            transition: transition(city, &ctx, all).await?,
            bulk: later.context("no transition")?.id.clone(),
            reference: reference(&snapshot).context("nothing refers to records")?,
            attachment: attachment(city, &ctx, record).await?,
            person: person.context("no person")?.to_string(),
            import: import(city, &ctx, largest).await?,
            taken: prepared::import(city, &ctx, engine, largest, report).await?,
            login: prepared::accounts(city, &ctx, engine, report).await?,
            version: prepared::version(city, &ctx, engine, report).await?,
            entry: entry(city, &ctx).await?,
            asset: asset(server).await?,
        })
    }

    /// The addresses of a route about one indicator, in every period, of the campaign that the period belongs to.
    fn of_indicators(&self, route: &str) -> Vec<String> {
        let paths = each(&format!("{route}{{period}}"), "{period}", &self.periods);
        let indicators = |path: &String| {
            let of_other = self.others.iter().find(|(id, _)| path.contains(&format!("campaign={id}&")));
            of_other.map_or(&self.indicators, |(_, own)| own)
        };
        paths.iter().flat_map(|path| each(path, "{indicator}", indicators(path))).collect()
    }

    /// The addresses of a route.
    fn addresses(&self, route: &str) -> Result<Vec<String>> {
        let (smallest, largest) = (self.units.last().context("no units")?, &self.forms[0]);
        let of_units = |path: &str| each(path, "{code}", &self.units);
        Ok(match route {
            "/assets/{file}" => vec![route.replace("{file}", &self.asset)],
            "/" => vec![route.to_owned()],
            // What is overdue below is the longest list, and is counted by unit.
            "/todo" | "/todo/export.xlsx" => {
                vec![route.to_owned(), format!("{route}?of=below&due=overdue")]
            }
            "/imports/{id}/take-back" => vec![route.replace("{id}", &self.taken)],
            "/accounts/{login}" | "/accounts/{login}/hand-over" => {
                vec![route.replace("{login}", &self.login)]
            }
            "/units/{code}/figures/{indicator}" => {
                self.of_indicators(route).iter().flat_map(|path| of_units(path)).collect()
            }
            "/units/{code}/figures"
            | "/units/{code}/ranking"
            | "/units/{code}/grid"
            | "/units/{code}/comparison"
            | "/api/v1/units/{code}/figures" => {
                let paths = each(&format!("{route}{{period}}"), "{period}", &self.periods);
                paths.iter().flat_map(|path| of_units(path)).collect()
            }
            // Its file holds all records behind a figure, where the page holds some of them.
            "/units/{code}/figures/{indicator}/export.xlsx" => {
                let path = route.replace("{code}", smallest);
                each(&path, "{indicator}", &self.indicators)
            }
            "/units/{code}/figures/{indicator}/history.svg"
            | "/units/{code}/figures/{indicator}/months.svg" => {
                let indicator = self.indicators.first().context("no indicators")?;
                of_units(&route.replace("{indicator}", indicator))
            }
            "/units/search" => {
                vec!["/units/search?q=%E5%8E%82".to_owned(), "/units/search?q=2102".to_owned()]
            }
            "/unit-options" => vec!["/unit-options?unit=%E5%8E%82".to_owned()],
            "/units/{code}/person-lookup" => of_units("/units/{code}/person-lookup?q=%E7%8E%8B"),
            "/units/{code}/changes/{change}" => of_units("/units/{code}/changes/rename"),
            "/units/{code}/registers/{form}" => {
                each(route, "{form}", &self.forms).iter().flat_map(|path| of_units(path)).collect()
            }
            // All of a city is measured apart: it is a file of some hundred megabytes.
            "/units/{code}/registers/{form}/export.xlsx" | "/units/{code}/registers/{form}/export.csv" => {
                vec![route.replace("{code}", smallest).replace("{form}", largest)]
            }
            "/units/{code}/registers/{form}/transitions/{step}" => {
                of_units(&route.replace("{form}", largest).replace("{step}", &self.bulk))
            }
            "/units/{code}/registers/{form}/references/{field}" => {
                let path = route.replace("{form}", &self.reference.0).replace("{field}", &self.reference.1);
                of_units(&format!("{path}?q=%E5%A4%A7"))
            }
            "/records/{id}/transitions/{step}" => {
                vec![route.replace("{id}", &self.transition.0).replace("{step}", &self.transition.1)]
            }
            "/attachments/{id}" | "/attachments/{id}/thumbnail" => {
                vec![route.replace("{id}", &self.attachment)]
            }
            "/imports/{id}" | "/imports/{id}/faults.xlsx" => vec![route.replace("{id}", &self.import)],
            _ if route.contains("{version}") => vec![route.replace("{version}", &self.version)],
            _ if route.contains("{entry}") => vec![route.replace("{entry}", &self.entry)],
            // The whole audit is a file of a gigabyte: of one day.
            "/audit-trail/export.csv" | "/audit-trail/export.xlsx" => {
                vec![format!("{route}?from=2011-01-01&to=2011-01-02")]
            }
            "/persons/{key}" | "/persons/{key}/export.xlsx" => vec![route.replace("{key}", &self.person)],
            _ => {
                let paths = of_units(&route.replace("{id}", &self.record).replace("{form}", largest));
                if let Some(unknown) = paths.iter().find(|path| path.contains('{')) {
                    bail!("{unknown}: say in bench/src/pages.rs what it is opened with");
                }
                paths
            }
        })
    }
}

/// What pages of figures are asked for in the first campaign's year, and of further campaigns in the year that they share
/// with it or begin with.
fn periods(snapshot: &app::Snapshot, year: i16) -> Vec<String> {
    let own = [
        format!("?year={year}"),
        format!("?year={year}&through={year}-06"),
        format!("?year={year}&restated=1"),
    ];
    let others = snapshot.definition.campaigns.iter().skip(1).map(|campaign| {
        let year = year.clamp(campaign.period.first, campaign.period.last);
        format!("?campaign={}&year={year}", campaign.id)
    });
    own.into_iter().chain(others).collect()
}

/// The campaigns beside the first, with their indicators.
fn others(snapshot: &app::Snapshot) -> Vec<(String, Vec<String>)> {
    let others = snapshot.definition.campaigns.iter().skip(1);
    let own = |campaign: &Campaign| {
        campaign.indicators.iter().map(|indicator| indicator.id.clone()).collect::<Vec<_>>()
    };
    others.map(|campaign| (campaign.id.clone(), own(campaign))).collect()
}

/// The first field of a register that refers to records.
fn reference(snapshot: &app::Snapshot) -> Option<(String, String)> {
    let forms = snapshot.definition.forms.iter().filter(|form| form.kind.is_register());
    let mut fields = forms.filter_map(|form| {
        let (field, _) = form.references().next()?;
        Some((form.id.clone(), form.fields[field].id.clone()))
    });
    fields.next()
}

/// A path with each of `values` for a part of it; the path itself when it has no such part.
fn each(path: &str, part: &str, values: &[String]) -> Vec<String> {
    if !path.contains(part) {
        return vec![path.to_owned()];
    }
    values.iter().map(|value| path.replace(part, value)).collect()
}

/// Codes of units of every size, the largest first.
fn units(snapshot: &app::Snapshot, root: UnitId) -> Result<Vec<String>> {
    let month = Month::december(snapshot.definition.first_campaign().period.last);
    let below =
        |unit: UnitId| snapshot.tree.children(unit, month).filter(|(_, line)| *line == Line::Subordination);
    let size = |unit: &UnitId| snapshot.tree.ever_below(*unit).len();
    let district = below(root).map(|(unit, _)| unit).max_by_key(size).context("no districts")?;
    let widest =
        snapshot.units.keys().copied().max_by_key(|unit| below(*unit).count()).context("no units")?;
    let enterprise = below(widest).map(|(unit, _)| unit).next().context("no enterprises")?;
    let chosen: BTreeSet<UnitId> = [root, district, widest, enterprise].into();
    let mut chosen: Vec<UnitId> = chosen.into_iter().collect();
    chosen.sort_by_key(|unit| std::cmp::Reverse(size(unit)));
    Ok(chosen.iter().map(|unit| snapshot.units[unit].code.clone()).collect())
}

/// A record whose fields may be corrected.
async fn correctable(city: &City, ctx: &Context, facts: impl Iterator<Item = &Fact>) -> Result<RecordId> {
    for fact in facts {
        let found = records::find(&city.app, ctx, fact.id).await?;
        if records::locked(ctx, &found.snapshot, &found.fact, found.state).is_none() {
            return Ok(fact.id);
        }
    }
    bail!("no record can be corrected")
}

/// A record that can take a transition, and which.
async fn transition(
    city: &City,
    ctx: &Context,
    facts: impl Iterator<Item = &Fact>,
) -> Result<(String, String)> {
    for fact in facts {
        let found = records::find(&city.app, ctx, fact.id).await?;
        let workflow = found.snapshot.definition.forms[fact.form].workflow.as_ref();
        if let (Some(workflow), Some(offered)) = (workflow, transitions::offers(ctx, &found).own.first()) {
            return Ok((fact.id.to_string(), workflow.transitions[*offered].id.clone()));
        }
    }
    bail!("no record can take a transition")
}

/// The picture that is attached to the record; one that an earlier run attached is refused and serves as well.
async fn attachment(city: &City, ctx: &Context, record: RecordId) -> Result<String> {
    attachments::attach(&city.app, ctx, record, "bench.png", PNG.to_vec()).await?;
    let attached = attachments::list(&city.app, ctx, record).await?;
    Ok(attached.present.first().context("nothing could be attached")?.id.to_string())
}

/// A checked file with faults.
async fn import(city: &City, ctx: &Context, form: FormIdx) -> Result<String> {
    let snapshot = city.app.current(ctx).await?;
    let titles: Vec<&str> =
        snapshot.definition.forms[form].fields.iter().map(|field| field.label.zh.as_str()).collect();
    let rows = vec![vec!["?"; titles.len()].join(","); 1_000].join("\n");
    let submission = Submission {
        key: new_id(ctx.clock.now()).to_string(),
        file_name: "bench.csv".to_owned(),
        bytes: format!("{}\n{rows}\n", titles.join(",")).into_bytes(),
        kind: Some(imports::kind_of_form(&snapshot, form)),
    };
    let id = imports::submit(&city.app, ctx, submission).await?;
    imports::run_waiting(&city.app, ctx).await?;
    Ok(id.to_string())
}

/// The newest entry of the audit.
async fn entry(city: &City, ctx: &Context) -> Result<String> {
    let trail = audit_trail::list(&city.app, ctx, &TrailQuery::default(), None, 1).await?;
    Ok(trail.entries.first().context("no entry of the audit")?.id.to_string())
}

/// A file that pages load.
async fn asset(server: &Server) -> Result<String> {
    let mut stream = server.connect().await?;
    let answer = send_request(&mut stream, &server.request("/about")).await?;
    let text = String::from_utf8_lossy(&answer);
    let name = text.split("/assets/").nth(1).and_then(|rest| rest.split('"').next());
    let name = name.context("a page without files")?;
    ensure!(!name.is_empty());
    Ok(name.to_owned())
}
