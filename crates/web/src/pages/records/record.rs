//! One record: its values, what it counts towards, and every change of it.

use std::sync::Arc;

use app::{
    Action,
    records::{self, RecordDetails},
    references, registers, transitions,
};
use askama::Template;
use axum::{extract::State, response::Html};
use campaign::definition::{ClockIdx, Measure, StateKind, TransitionIdx};
use jiff::civil::Date;
use model::{ids::RecordId, problem::Problem};
use words::Words;

use super::{
    attachments::Section,
    comment::RefusedComment,
    side_panel::{self, SidePanel},
    timeline::{Event, events},
};
use crate::{
    Error, WebState,
    address::{Params, Path},
    error::{field_fault, print},
    layout::{Area, Layout, role_name},
    list_query::FIELD,
    pages::{figures::records::part, registers::new::LIKE},
    parts::{
        by_registers::{Difference, differences},
        field::{self, FieldView},
        head::Head,
        number::{Scale, label},
    },
    request_context::SignedIn,
    urls,
};

#[derive(Template)]
#[template(path = "records/record.html")]
pub(super) struct RecordPage {
    layout: Layout,
    head: Head,
    form: String,
    /// What the record is called.
    title: String,
    id: String,
    version: i64,
    /// That it is shown as it was on an earlier day, and the way to what it states now.
    past: Option<(String, String)>,
    /// What has just been done.
    notice: Option<String>,
    /// Whether it has just been entered: often the next one follows.
    is_new: bool,
    /// Why what was asked for has not been done.
    refused: Option<String>,
    /// What somebody should look at.
    warnings: Vec<String>,
    /// Where personal numbers in its texts are masked, when it has some.
    mask: Option<String>,
    /// The register it belongs to.
    list: Option<String>,
    /// Where it is corrected (unless its state forbids) and where it is removed, for those who may.
    actions: Option<(Option<String>, Option<String>)>,
    standing: Option<StateView>,
    /// What it states, under the headings of the paper form.
    sections: Vec<(Option<String>, Vec<FieldView>)>,
    /// The registers whose records refer to it: words, how many, and where they are listed.
    referred_by: Vec<(String, String, Option<String>)>,
    /// Where it states something else than registers count.
    differences: Vec<Difference>,
    /// Where those of the whole unit are listed.
    all_differences: Option<String>,
    postings: Vec<Counted>,
    events: Vec<Event>,
    attachments: Section,
    pub(super) beside: SidePanel,
    /// Where another record is entered that is like it.
    similar: Option<String>,
    /// Where it is printed as on paper.
    print: String,
    /// Where a comment is sent to, by those who may.
    say: Option<String>,
    /// A comment that was not taken.
    pub(super) comment: RefusedComment,
}

/// One thing the record counts towards.
struct Counted {
    measure: String,
    unit: (String, String),
    month: String,
    part: &'static str,
    amount: String,
}

/// The state of a record with a workflow.
struct StateView {
    state: String,
    /// Since when.
    since: String,
    /// Whether anything is still to be done.
    is_open: bool,
    /// What has to be done by whom, until when, and whether that day is past.
    clocks: Vec<(String, bool)>,
    /// The transition that usually comes next: its words, and where it is taken.
    usual: Option<(String, String)>,
    /// The others that the person may take.
    steps: Vec<(String, String)>,
    /// Those after which nothing more is done.
    ends: Vec<(String, String)>,
    /// The transitions that somebody else must take, in sentences.
    others: Vec<String>,
    /// Whether what only a second person decides was entered without one.
    lacks_second_person: bool,
    /// What the unit has stated and somebody else has to confirm.
    pending: Vec<field::FieldView>,
    /// Why the fields are not corrected.
    locked: Option<String>,
}

impl StateView {
    /// Whether the person may take any transition.
    fn has_transitions(&self) -> bool {
        self.usual.is_some() || !self.steps.is_empty() || !self.ends.is_empty()
    }
}

impl RecordPage {
    /// Where the next record is entered, after this one.
    fn next_entry(&self) -> Option<&String> {
        self.similar.as_ref().filter(|_| self.is_new)
    }

    /// Shows what the record stated on an earlier day; nothing is done with it from there.
    fn put_back(
        &mut self,
        person: &SignedIn,
        found: &RecordDetails,
        day: Date,
        today: Date,
    ) -> Result<(), Error> {
        let words = person.words();
        let values = found.on_day(day, today)?;
        let form = &found.snapshot.definition.forms[found.fact.form];
        self.sections = field::in_sections(words, &found.snapshot, form, values);
        self.past = Some((words.known_record(words.date(day)), urls::record(found.fact.id).into()));
        (self.actions, self.standing, self.similar, self.mask) = (None, None, None, None);
        self.differences.clear();
        self.warnings.clear();
        Ok(())
    }

    /// Why the fields are not corrected.
    fn locked(&self) -> Option<&String> {
        self.standing.as_ref()?.locked.as_ref()
    }
}

/// What a record's page says about what was asked for before.
pub(super) enum Notice {
    /// Nothing was.
    Nothing,
    /// It is done.
    Done(String),
    /// It is not done, and why.
    Refused(String),
}

/// GET `/records/{id}`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    params: Params,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let found = records::find(&state.app, &person.ctx, RecordId(id)).await?;
    let groups = side_panel::shared(&state.app, &person, &found).await?;
    let notice = match params.get("done") {
        Some("create") => Notice::Done(words.record_created().to_owned()),
        Some("known") => Notice::Done(words.record_known().to_owned()),
        Some("correct") => Notice::Done(words.record_corrected().to_owned()),
        Some("step") => Notice::Done(words.transition_done().to_owned()),
        _ => Notice::Nothing,
    };
    let attachments = Section::new(&state, &person, &found, params.get("done")).await?;
    let mut page = page(&person, &found, notice, attachments);
    let today = person.ctx.today(&found.snapshot).date();
    if let Some(day) = params.as_of()?.filter(|day| *day != today) {
        page.put_back(&person, &found, day, today)?;
    }
    page.is_new = matches!(params.get("done"), Some("create" | "known"));
    page.beside.share(&person, &found, groups.as_deref());
    print(&page)
}

/// Where the personal numbers in the texts of a record are masked; `None` when it has none.
fn mask(found: &RecordDetails) -> Option<String> {
    let has_some = found.warnings.iter().any(|fault| matches!(fault.problem, Problem::NumberInText { .. }));
    has_some.then(|| urls::Url::new("/records/{}/mask", &[&found.fact.id.to_string()]).into())
}

/// The page of `found`.
pub(super) fn page(
    person: &SignedIn,
    found: &RecordDetails,
    notice: Notice,
    attachments: Section,
) -> RecordPage {
    let words = person.words();
    let definition = &found.snapshot.definition;
    let form = &definition.forms[found.fact.form];
    let name = label(words, &form.label).to_owned();
    let measure = |posting: &ledger::post::Posting| &definition.measures[posting.measure];
    let amount = |posting: &ledger::post::Posting| {
        let measure: &Measure = measure(posting);
        Scale::amounts(words, measure).exact(measure.scale.in_units(posting.amount))
    };
    let counted = |posting: &ledger::post::Posting| Counted {
        measure: label(words, &measure(posting).label).to_owned(),
        unit: found
            .snapshot
            .view(posting.unit)
            .map(|unit| (unit.name, urls::unit(&unit.code).into()))
            .unwrap_or_default(),
        month: words.month(posting.month),
        part: part(words, posting.part),
        amount: amount(posting),
    };
    let title = field::title(words, &found.snapshot, &found.fact);
    let mut layout = Layout::new(
        person,
        &found.snapshot,
        Area::Registers,
        format!("{title} · {name} · {}", found.unit.name),
    );
    layout.address = urls::record(found.fact.id).into();
    let (notice, refused) = match notice {
        Notice::Nothing => (None, None),
        Notice::Done(message) => (Some(message), None),
        Notice::Refused(message) => (None, Some(message)),
    };
    let is_register = form.kind.is_register();
    let may_change = person.ctx.may(Action::WriteRecords, &found.snapshot, found.fact.unit);
    let may_comment = person.ctx.may(Action::WriteComments, &found.snapshot, found.fact.unit);
    let locked = records::locked(&person.ctx, &found.snapshot, &found.fact, found.state);
    let correct = locked.is_none().then(|| urls::correct(found.fact.id).into());
    let remove = records::may_remove(&person.ctx, found).then(|| urls::remove(found.fact.id).into());
    let actions = (correct, remove);
    let similar = similar(person, found);
    RecordPage {
        layout,
        head: Head::new(person, &found.snapshot, &found.unit, Area::Registers, None, |code, _| {
            urls::unit(code)
        }),
        past: None,
        notice,
        is_new: false,
        refused,
        mask: mask(found).filter(|_| may_change && locked.is_none()),
        warnings: found.warnings.iter().map(|fault| field_fault(words, fault)).collect(),
        list: is_register.then(|| urls::register(&found.unit.code, &form.id).into()),
        actions: may_change.then_some(actions),
        form: name,
        title,
        id: found.fact.id.to_string(),
        version: found.version,
        standing: state_view(person, found, locked.filter(|_| may_change)),
        beside: SidePanel::new(person, found, &attachments.actors),
        sections: with_links(found, field::in_sections(words, &found.snapshot, form, &found.fact.values)),
        referred_by: referred_by(person, found),
        differences: differences(words, found),
        all_differences: all_differences(found),
        postings: found.postings.iter().map(counted).collect(),
        events: events(person, found, &attachments.actors, &attachments.history),
        attachments,
        similar,
        print: urls::print(found.fact.id).into(),
        say: may_comment.then(|| urls::comments(found.fact.id).into()),
        comment: RefusedComment::default(),
    }
}

/// Where the returns of its unit for the same year are compared with registers.
fn all_differences(found: &RecordDetails) -> Option<String> {
    let form = &found.snapshot.definition.forms[found.fact.form];
    let period = form.reporting_period(&found.fact.values)?;
    Some(urls::differences(&found.unit.code).with_param("year", period.named_year()).into())
}

/// Where a record like it is entered, by those who may; a return is made anew for its year.
fn similar(person: &SignedIn, found: &RecordDetails) -> Option<String> {
    let form = &found.snapshot.definition.forms[found.fact.form];
    let may_add = registers::to_fill_in(&person.ctx, &found.snapshot, found.fact.unit, &form.id).is_ok();
    (may_add && form.kind.is_register()).then(|| {
        urls::new_record(&found.unit.code, &form.id).with_param(LIKE, found.fact.id.to_string()).into()
    })
}

/// The fields of a record, those that refer to others with the way to them.
fn with_links(
    found: &RecordDetails,
    mut sections: Vec<(Option<String>, Vec<FieldView>)>,
) -> Vec<(Option<String>, Vec<FieldView>)> {
    for field in sections.iter_mut().flat_map(|(_, fields)| fields) {
        let is_open =
            |record: &RecordId| found.referred.iter().any(|known| known.record == *record && known.is_open);
        field.link = field.referred.filter(is_open).map(|record| urls::record(record).into());
    }
    sections
}

/// The registers whose records refer to it, each with how many; those of the person's own part of the federation are
/// listed.
fn referred_by(person: &SignedIn, found: &RecordDetails) -> Vec<(String, String, Option<String>)> {
    let (words, snapshot) = (person.words(), &found.snapshot);
    let home = person.ctx.unit().or(snapshot.root()).and_then(|unit| snapshot.view(unit));
    let view = |by: &references::ReferredBy| {
        let form = &snapshot.definition.forms[by.form];
        let field = &form.fields[by.field];
        let called = words.reference_by(label(words, &form.label), label(words, &field.label));
        let list = home.as_ref().filter(|_| form.kind.is_register()).map(|home| {
            let id = found.fact.id.to_string();
            urls::register(&home.code, &form.id).with_param(&format!("{FIELD}{}", field.id), id).into()
        });
        (called, words.count(by.count), list)
    };
    found.referred_by.iter().map(view).collect()
}

/// The state of the record, and what comes next.
fn state_view(person: &SignedIn, found: &RecordDetails, locked: Option<Problem>) -> Option<StateView> {
    let (words, today) = (person.words(), person.ctx.today(&found.snapshot).date());
    let form = &found.snapshot.definition.forms[found.fact.form];
    let workflow = form.workflow.as_ref()?;
    let state = &workflow.states[found.state?];
    let offers = transitions::offers(&person.ctx, found);
    let for_others = |position: TransitionIdx| {
        let transition = workflow.transitions[position].label.clone();
        words.problem(&Problem::SecondPerson { transition })
    };
    let clock = |(position, due): (ClockIdx, Date)| {
        let clock = &workflow.clocks[position];
        let who: Vec<&str> = clock.who.iter().map(|role| role_name(words, role)).collect();
        let who = words.enumeration(&who);
        (words.transition_todo(label(words, &clock.label), who, when(words, due, today)), due < today)
    };
    let is_other =
        |position: &TransitionIdx| offers.usual != Some(*position) && !offers.ends.contains(position);
    let step = |position: TransitionIdx| {
        let step = &workflow.transitions[position];
        (label(words, &step.label).to_owned(), urls::transition(found.fact.id, &step.id).into())
    };
    Some(StateView {
        state: label(words, &state.label).to_owned(),
        since: words.date(found.since),
        is_open: state.kind != StateKind::Final,
        clocks: transitions::clocks(found).into_iter().map(clock).collect(),
        usual: offers.usual.map(step),
        steps: offers.own.iter().copied().filter(is_other).map(step).collect(),
        ends: offers.ends.iter().copied().map(step).collect(),
        others: offers.others.into_iter().map(for_others).collect(),
        lacks_second_person: transitions::lacks_second_person(found),
        pending: field::field_views(words, &found.snapshot, form, &found.pending),
        locked: locked.map(|problem| words.problem(&problem)),
    })
}

/// A last day, and how far it is from today.
pub(crate) fn when(words: Words, due: Date, today: Date) -> String {
    let days = today.until(due).map_or(0, |span| span.get_days());
    let day = words.date(due);
    match days {
        0 => words.todo_today(day),
        1.. => words.todo_in(day, days),
        _ => words.todo_overdue(day, -days),
    }
}
