//! Checks of workflows: states and the transitions between them. Their graph is
//! checked in [`graph`], time limits in [`limit`].

mod entry;
mod field_transitions;
mod graph;
mod limit;
mod usual;

use model::value::Value;

use crate::{
    check::{
        form::Fields,
        naming::{choose, find, unique, words},
    },
    condition::{Comparison, Condition, Operand},
    definition::{
        Action, FieldIdx, FormKind, IdxVec, Level, Role, State, StateIdx, StateKind, Transition, Workflow,
    },
    expression::Fault,
    mistake::say,
    written::{form::Form, read::Located, workflow as written},
};

/// A field and the value that a transition writes into it.
type GivenValue = (FieldIdx, Value);

/// Checks the workflow of a form; `None` when it has none.
pub(super) fn check(form: &Form, kind: FormKind, fields: Fields<'_>) -> Option<Workflow> {
    if form.state.is_empty() {
        without_states(form, fields);
        entry::without_states(form, fields);
        return None;
    }
    if !kind.has_records() {
        fields.marker.mark(
            &form.state[0].span,
            say!("名册登记单位，没有流程", "the roster states units, which take no steps"),
            say!("请把 [[state]] 移到登记表或报表", "move the [[state]] to a register or a return"),
        );
    }
    unique(fields.marker, form.state.iter().map(|state| &state.value.id));
    unique(fields.marker, form.transition.iter().map(|transition| &transition.value.id));
    unique(fields.marker, form.clock.iter().map(|clock| &clock.value.id));
    let states: IdxVec<_> = form.state.iter().map(|written| state(&written.value, fields)).collect();
    kinds(form, fields);
    let transitions: Vec<_> =
        form.transition.iter().map(|written| transition(form, &written.value, fields)).collect();
    let clocks = form.clock.iter().filter_map(|written| limit::check(form, written, fields)).collect();
    let is_whole = transitions.iter().all(Option::is_some);
    let transitions = transitions.into_iter().flatten().collect();
    let mut workflow = Workflow { states, transitions, clocks, ..Workflow::default() };
    // In a graph with holes, ways that are only misspelt would be reported as missing.
    if is_whole {
        graph::check(form, &workflow, fields);
        usual::check(form, &mut workflow, fields);
        workflow.stated_in = field_transitions::check(form, &workflow, fields);
        workflow.entered_with = entry::check(form, &workflow, fields);
    }
    Some(workflow)
}

fn without_states(form: &Form, fields: Fields<'_>) {
    let steps = form.transition.iter().map(|transition| &transition.span);
    if let Some(span) = steps.chain(form.clock.iter().map(|clock| &clock.span)).next() {
        fields.marker.mark(
            span,
            say!("有步骤或时限，却没有写状态", "steps or clocks without any state"),
            say!("请写 [[state]]，先写初始状态", "add [[state]] tables, the initial state first"),
        );
    }
}

fn state(written: &written::State, fields: Fields<'_>) -> State {
    words(fields.marker, &written.id.span, &written.id.value, '-');
    let kinds = [("initial", StateKind::Initial), ("open", StateKind::Open), ("final", StateKind::Final)];
    let kind = choose(fields.marker, &written.kind, &kinds).unwrap_or(StateKind::Open);
    let editable = written.editable.as_ref().map(|editable| editable.value);
    State {
        id: written.id.value.clone(),
        label: written.label.clone(),
        kind,
        when: written.when.as_ref().and_then(|when| fields.condition(when, false)),
        is_editable: editable.unwrap_or(kind != StateKind::Final),
        counts: written.counts.as_ref().is_none_or(|counts| counts.value),
        usual: None,
    }
}

/// One initial state, which is the first; some final state.
fn kinds(form: &Form, fields: Fields<'_>) {
    let is = |state: &Located<written::State>, kind: &str| state.value.kind.value == kind;
    let first = &form.state[0].value;
    if !is(&form.state[0], "initial") && !first.kind.value.is_empty() {
        fields.marker.mark(
            &first.kind.span,
            say!("第一个状态不是初始状态", "the first state is not the initial one"),
            say!("请先写 kind = \"initial\" 的状态", "write the state of kind initial first"),
        );
    }
    for state in form.state[1..].iter().filter(|state| is(state, "initial")) {
        fields.marker.mark(
            &state.value.kind.span,
            say!("初始状态只能有一个，写在最前", "only the first state is initial"),
            say!("请写 open 或 final", "write open or final"),
        );
    }
    if let Some(when) = &first.when {
        fields.marker.mark(
            &when.span,
            say!(
                "初始状态不需要 `when`：其他状态都不成立时就是它",
                "the initial state is the one that holds when no other does: `when` means nothing"
            ),
            say!("请删去 when", "leave it out"),
        );
    }
    if !form.state.iter().any(|state| is(state, "final")) {
        fields.marker.mark(
            &first.id.span,
            say!("没有终了状态，记录永远办不完", "no state is final: no record would ever be done with"),
            say!("请给至少一个状态写 kind = \"final\"", "give at least one state kind = \"final\""),
        );
    }
}

fn transition(form: &Form, written: &written::Transition, fields: Fields<'_>) -> Option<Transition> {
    words(fields.marker, &written.id.span, &written.id.value, '-');
    unique(fields.marker, written.from.iter());
    let from: Vec<_> = written.from.iter().map(|name| find_state(form, name, fields)).collect();
    let to = find_state(form, &written.to, fields);
    let gives: Vec<_> =
        written.gives.iter().filter_map(|text| Some((given_value(text, fields)?, text))).collect();
    let (needs, sets) = (listed(&written.needs, fields), listed(&written.sets, fields));
    let clears = listed(&written.clears, fields);
    let is = |flag: &Option<Located<bool>>| flag.as_ref().is_some_and(|flag| flag.value);
    let is_whole = gives.len() == written.gives.len();
    settable(form, written, &gives, fields);
    begins(written, to, fields);
    let step = Transition {
        id: written.id.value.clone(),
        label: written.label.clone(),
        from: from.into_iter().collect::<Option<_>>()?,
        to: to?,
        who: who(&written.who, fields),
        level: level(written.level.as_ref(), fields),
        needs: needs?,
        sets: sets?,
        gives: gives.into_iter().map(|(given, _)| given).collect(),
        clears: clears?,
        needs_second_person: is(&written.second_person),
        reopens: is(&written.reopens),
        is_on_occasion: is(&written.on_occasion),
        when: written.when.as_ref().and_then(|when| fields.condition(when, false)),
    };
    is_whole.then_some(step)
}

/// Position of the state that is named.
fn find_state(form: &Form, name: &Located<String>, fields: Fields<'_>) -> Option<StateIdx> {
    let ids = form.state.iter().map(|state| state.value.id.value.as_str());
    find(fields.marker, name, ids, &say!("状态", "state"))
}

fn listed(names: &[Located<String>], fields: Fields<'_>) -> Option<Vec<FieldIdx>> {
    unique(fields.marker, names.iter());
    let found: Vec<_> = names.iter().map(|name| fields.find(name)).collect();
    found.into_iter().collect()
}

/// What a transition writes without asking: `field = 'constant'`, a flag by itself, or `not` and a flag.
fn given_value(text: &Located<String>, fields: Fields<'_>) -> Option<GivenValue> {
    let given = match fields.condition(text, false)? {
        Condition::Compare(Operand::Field(field), Comparison::Equal, Operand::Literal(value)) => {
            Some((field, value))
        }
        Condition::IsTrue(field) => Some((field, Value::Flag(true))),
        Condition::Not(inner) => match *inner {
            Condition::IsTrue(field) => Some((field, Value::Flag(false))),
            _ => None,
        },
        _ => None,
    };
    if given.is_none() {
        let fault = Fault {
            span: 0..text.value.len(),
            message: say!("这不是一个字段的固定值", "this gives no field a value"),
            remedy: say!("请写 字段 = '值',或单独写是否类字段", "write field = 'value', or a flag by itself"),
        };
        fields.marker.mark_faults(text, vec![fault]);
    }
    given
}

/// A transition cannot turn a record into another one, nor ask for what it writes itself.
fn settable(
    form: &Form,
    step: &written::Transition,
    gives: &[(GivenValue, &Located<String>)],
    fields: Fields<'_>,
) {
    let id_of = |position: FieldIdx| fields.all[position].0;
    let is_identity = |id: &str| id == "unit" || form.identity.iter().any(|field| field.value == id);
    let sets = step.sets.iter().chain(&step.clears).map(|name| (name.value.as_str(), &name.span));
    let given = gives.iter().map(|((field, _), text)| (id_of(*field), &text.span));
    for (id, span) in sets.chain(given).filter(|(id, _)| is_identity(id)) {
        fields.marker.mark(
            span,
            say!("`{id}` 用来识别记录，步骤不能改它", "`{id}` identifies the record: no step can set it"),
            say!("请从这一步中删去", "leave it out of the step"),
        );
    }
    for ((field, _), text) in gives {
        let id = id_of(*field);
        if step.sets.iter().chain(&step.clears).any(|name| name.value == id) {
            fields.marker.mark(
                &text.span,
                say!("`{id}` 既由步骤填写又要人填", "`{id}` is both given and asked for"),
                say!("请从 sets 或 gives 中删去", "leave it out of `sets` or of `gives`"),
            );
        }
    }
}

/// A transition without `from` begins a record: in the initial state, with the whole form before it.
fn begins(step: &written::Transition, to: Option<StateIdx>, fields: Fields<'_>) {
    if !step.from.is_empty() {
        return;
    }
    if to.is_some_and(|to| to != Workflow::INITIAL) {
        fields.marker.mark(
            &step.to.span,
            say!(
                "没有 `from` 的步骤开始一条记录，只能到初始状态",
                "a step without `from` begins a record, in the initial state"
            ),
            say!("请补写 from,或改正 to", "add `from`, or correct `to`"),
        );
    }
    if let Some(field) = step.sets.first() {
        fields.marker.mark(
            &field.span,
            say!(
                "开始一条记录时填写整张表，`sets` 没有意义",
                "a record is begun with the whole form: `sets` means nothing"
            ),
            say!("请删去 sets,或补写 from", "leave it out, or add `from`"),
        );
    }
}

/// Who takes a transition, or is waited for; roles that may take none cannot be named.
fn who(written: &Located<Vec<Located<String>>>, fields: Fields<'_>) -> Vec<Role> {
    let roles = fields.defined.roles.iter().filter(|role| role.allows(Action::TransitionRecords));
    let roles: Vec<_> = roles.map(|role| (role.id(), role.clone())).collect();
    unique(fields.marker, written.value.iter());
    if written.value.is_empty() {
        let list = roles.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        fields.marker.mark(
            &written.span,
            say!("没有写由谁办理", "nobody is named in `who`"),
            say!("请写 who = [\"…\"]，可写：{list}", "write who = [\"…\"] with some of: {list}"),
        );
    }
    written.value.iter().filter_map(|role| choose(fields.marker, role, &roles)).collect()
}

fn level(written: Option<&Located<String>>, fields: Fields<'_>) -> Level {
    let levels = [("own", Level::Own), ("above", Level::Above), ("city", Level::City)];
    written.and_then(|level| choose(fields.marker, level, &levels)).unwrap_or(Level::Own)
}
