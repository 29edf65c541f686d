//! Checks of time limits.

use crate::{
    check::form::Fields,
    definition::{Amount, Limit, StateIdx, WorkflowClock},
    kinds::{KindSpec, Meaning},
    marker::Span,
    mistake::say,
    written::{
        form::{Form, Quantity},
        read::Located,
        workflow as written,
    },
};

/// Checks one clock.
pub(super) fn check(
    form: &Form,
    clock: &Located<written::Clock>,
    fields: Fields<'_>,
) -> Option<WorkflowClock> {
    let Located { value: written, span } = clock;
    super::words(fields.marker, &written.id.span, &written.id.value, '-');
    let states = states(form, written, fields);
    let is_date = |kind: &KindSpec<'_>| kind.meaning == Meaning::Day;
    let day = |name: &Option<Located<String>>| {
        name.as_ref().and_then(|name| fields.find_kind(name, is_date, &say!("日期", "a date")))
    };
    let limit = limit(written, span, fields);
    Some(WorkflowClock {
        id: written.id.value.clone(),
        label: written.label.clone(),
        states: states?,
        since: day(&written.since),
        limit,
        until: day(&written.until),
        when: written.when.as_ref().and_then(|when| fields.condition(when, false)),
        who: super::who(&written.who, fields),
        level: super::level(written.level.as_ref(), fields),
    })
}

fn states(form: &Form, written: &written::Clock, fields: Fields<'_>) -> Option<Vec<StateIdx>> {
    let Located { value: names, span } = &written.states;
    super::unique(fields.marker, names.iter());
    if names.is_empty() {
        fields.marker.mark(
            span,
            say!("没有写时限在哪些状态下计算", "the clock runs in no state"),
            say!("请写 states = [\"…\"]", "write states = [\"…\"]"),
        );
    }
    for name in names {
        let state = form.state.iter().find(|state| state.value.id.value == name.value);
        if state.is_some_and(|state| state.value.kind.value == "final") {
            let id = &name.value;
            fields.marker.mark(
                &name.span,
                say!("`{id}` 是终了状态，时限不会停", "`{id}` is final: the clock would never stop"),
                say!("请从 states 中删去", "leave it out of `states`"),
            );
        }
    }
    names.iter().map(|name| super::find_state(form, name, fields)).collect()
}

/// One of days, working days and months; none is enough where a field states the last day.
fn limit(written: &written::Clock, span: &Span, fields: Fields<'_>) -> Option<Limit> {
    let kinds: [fn(Amount) -> Limit; 3] = [Limit::Days, Limit::WorkingDays, Limit::Months];
    let amounts = [&written.days, &written.working_days, &written.months];
    let given = amounts.into_iter().zip(kinds);
    let mut given = given.filter_map(|(amount, limit)| Some((amount.as_ref()?, limit)));
    let Some((amount, limit)) = given.next() else {
        if written.until.is_none() {
            fields.marker.mark(
                span,
                say!("没有写期限多长", "the clock has no limit"),
                say!(
                    "请写 days、working_days、months 或 until",
                    "write `days`, `working_days`, `months` or `until`"
                ),
            );
        }
        return None;
    };
    for (second, _) in given {
        fields.marker.mark(
            &second.span,
            say!("一个时限只能写一种期限", "a clock has one limit"),
            say!("请只保留 days、working_days、months 之一", "keep one of `days`, `working_days`, `months`"),
        );
    }
    length(amount, fields).map(limit)
}

fn length(amount: &Located<Quantity>, fields: Fields<'_>) -> Option<Amount> {
    match &amount.value {
        Quantity::Fixed(number) if *number > 0 => Some(Amount::Fixed(*number)),
        Quantity::Fixed(_) => {
            fields.marker.mark(
                &amount.span,
                say!("期限须大于 0", "a limit must be above 0"),
                say!("请写天数、月数或整数字段名", "write a number, or the id of a whole-number field"),
            );
            None
        }
        Quantity::Field(id) => {
            let is_number = |kind: &KindSpec<'_>| kind.meaning == Meaning::Count;
            let name = Located { value: id.clone(), span: amount.span.clone() };
            fields.find_kind(&name, is_number, &say!("整数", "a whole number")).map(Amount::Field)
        }
    }
}
