//! Checks the steps as written and turns them into steps that cannot fail.

use std::ops::Range;

use campaign::{
    definition::{FieldIdx, Required},
    kinds::{PersonalSort, ReadAs, ValueShape},
    mistake::say,
};
use model::value::Value;

use super::{
    Total,
    field_maker::{FieldMaker, Maker, Only, PartOf, Rounding, What},
    mark_unknown,
    scope::{Scope, arms},
    written::{self, Yearly},
};
use crate::words::Choice;

/// Checks the steps of a form, and that they fill every field it requires.
pub(super) fn check(
    scope: &mut Scope<'_>,
    written: &[toml::Spanned<written::WrittenMaker>],
    given: &[usize],
    totals: &mut Vec<Total>,
) -> Vec<FieldMaker> {
    scope.filled = given.to_vec();
    let mut steps = Vec::new();
    for step in written {
        let (span, step) = (step.span(), step.get_ref());
        let Some(slot) = slot(scope, &span, step) else { continue };
        let maker = maker(scope, &span, step, slot, totals);
        let only = only(scope, &span, step);
        scope.filled.push(slot);
        steps.push(FieldMaker { slot, maker, only });
    }
    for (position, field) in scope.form.fields.iter().enumerate() {
        if matches!(field.required, Required::Yes) && !scope.filled.contains(&position) {
            let id = &field.id;
            scope.marker.mark(
                &(0..0),
                say!("缺少必填字段 `{id}` 的生成办法", "the form requires `{id}`, and no step makes it"),
                say!("请在 fields 中补上", "add a step for it to `fields`"),
            );
        }
    }
    steps
}

fn slot(scope: &mut Scope<'_>, span: &Range<usize>, step: &written::WrittenMaker) -> Option<usize> {
    let fields = scope.form.fields.len();
    match (&step.id, &step.aside) {
        (Some(id), None) => {
            let found = scope.form.field(id);
            if found.is_none() {
                mark_unknown(
                    scope.marker,
                    span,
                    "id",
                    id,
                    scope.form.fields.iter().map(|field| field.id.as_str()),
                );
            }
            found.map(FieldIdx::number)
        }
        (None, Some(name)) => {
            scope.aside.push(name.clone());
            Some(fields + scope.aside.len() - 1)
        }
        _ => {
            scope.marker.mark(
                span,
                say!("每一步要有 `id` 或 `let` 之一", "a step has either `id` or `let`"),
                say!("`id` 写字段,`let` 写自定的名称", "`id` names a field, `let` something of your own"),
            );
            None
        }
    }
}

fn maker(
    scope: &Scope<'_>,
    span: &Range<usize>,
    step: &written::WrittenMaker,
    slot: usize,
    totals: &mut Vec<Total>,
) -> Maker {
    let found = [
        text(scope, span, step, slot),
        day(scope, span, step),
        person(scope, span, step),
        number(scope, span, step, totals),
        choice(scope, span, step, slot, totals),
    ];
    let mut kinds = found.into_iter().flatten();
    let what = kinds.next();
    if what.is_none() || kinds.next().is_some() {
        scope.marker.mark(
            span,
            say!("每一步要有且只有一种生成办法", "a step says in exactly one way how it is made"),
            say!(
                "例如 text、pick、flag、number、event",
                "such as `text`, `pick`, `flag`, `number` or `event`"
            ),
        );
    }
    let what = what.unwrap_or(What::Event);
    if !fits(scope, slot, &what) {
        let id = step.id.clone().unwrap_or_default();
        scope.marker.mark(
            span,
            say!("这种生成办法不适合字段 `{id}`", "what is made here does not suit the field `{id}`"),
            say!("请按字段的 kind 选择", "choose by the field's kind"),
        );
    }
    Maker { what, steady: step.steady, vigour: step.vigour, skewed: step.skewed }
}

fn text(scope: &Scope<'_>, span: &Range<usize>, step: &written::WrittenMaker, slot: usize) -> Option<What> {
    if let Some(text) = &step.text {
        let template = scope.template(span, text);
        let is_table = scope
            .form
            .fields
            .as_slice()
            .get(slot)
            .is_some_and(|field| matches!(field.kind.spec().shape, ValueShape::Table(_)));
        return Some(if is_table { What::Rows(template) } else { What::Text(template) });
    }
    let options = step.pick.as_ref()?;
    let dictionary = match scope.form.fields.as_slice().get(slot).map(|field| field.kind.spec().shape) {
        Some(ValueShape::Code(dictionary)) => Some(&scope.definition.dictionaries[dictionary]),
        _ => None,
    };
    let mut weighed = Vec::new();
    for (code, weight) in options {
        if let Some(dictionary) = dictionary.filter(|dictionary| dictionary.code(code).is_none()) {
            mark_unknown(
                scope.marker,
                span,
                "pick",
                code,
                dictionary.codes.iter().map(|known| known.code.as_str()),
            );
        }
        let value = if dictionary.is_some() { Value::Code(code.clone()) } else { Value::Text(code.clone()) };
        weighed.push((value, weight.clone(), step.lifted.contains(code)));
    }
    for lifted in step.lifted.iter().filter(|lifted| !options.contains_key(*lifted)) {
        mark_unknown(scope.marker, span, "lifted", lifted, options.keys().map(String::as_str));
    }
    Some(What::Pick(weighed))
}

fn day(scope: &Scope<'_>, span: &Range<usize>, step: &written::WrittenMaker) -> Option<What> {
    let [low, high] = step.days.unwrap_or([0, 0]);
    let mut ways = Vec::new();
    if step.event {
        ways.push(What::Event);
    }
    if let Some(from) = &step.after {
        let months = step.months.as_ref().map(|name| scope.filled(span, "months", name));
        ways.push(What::Apart(scope.filled(span, "after", from), months, low, high));
    }
    if let Some(from) = &step.before {
        ways.push(What::Apart(scope.filled(span, "before", from), None, -high, -low));
    }
    if step.after_year {
        ways.push(What::AfterYear(low, high));
    }
    ways.into_iter().next()
}

fn person(scope: &Scope<'_>, span: &Range<usize>, step: &written::WrittenMaker) -> Option<What> {
    let named = |key: &str, name: &Option<String>| name.as_ref().map(|name| scope.person(span, key, name));
    None.or_else(|| named("name_of", &step.name_of).map(What::NameOf))
        .or_else(|| named("id_of", &step.id_of).map(What::IdOf))
        .or_else(|| named("gender_of", &step.gender_of).map(What::GenderOf))
        .or_else(|| named("phone_of", &step.phone_of).map(What::PhoneOf))
}

fn number(
    scope: &Scope<'_>,
    span: &Range<usize>,
    step: &written::WrittenMaker,
    totals: &mut Vec<Total>,
) -> Option<What> {
    if let Some(of) = &step.of {
        let times = step.times.as_ref().and_then(|name| {
            let found = scope.traits.iter().position(|known| known == name);
            if found.is_none() {
                mark_unknown(scope.marker, span, "times", name, scope.traits.iter().map(String::as_str));
            }
            found
        });
        let [low, high] = step.share.unwrap_or([1.0, 1.0]);
        return Some(What::Part(PartOf {
            of: scope.filled(span, "of", of),
            share: (low, high),
            times,
            yearly: step.yearly.clone().unwrap_or_default(),
            rounding: match (step.down, step.up) {
                (true, _) => Rounding::Down,
                (_, true) => Rounding::Up,
                _ => Rounding::Chance,
            },
        }));
    }
    if let Some(years) = &step.total {
        let form = scope.forms.iter().position(|id| *id == scope.form.id).unwrap_or(0);
        let like = step.like.as_ref().and_then(|id| form_called(scope, span, "like", id));
        totals.push(Total { form, years: Yearly::Each(years.clone()), like });
        return Some(What::Total(totals.len() - 1));
    }
    if let Some(form) = &step.rest_of {
        return Some(What::Rest(form_called(scope, span, "rest_of", form).unwrap_or(0)));
    }
    None.or_else(|| step.number.map(|[low, high]| What::Number(low, high)))
        .or_else(|| step.decimal.map(|[low, high]| What::Decimal(low, high)))
        .or_else(|| step.yuan.map(|[low, high]| What::Yuan(low, high)))
}

/// Position in the recipe of the form called `id`.
fn form_called(scope: &Scope<'_>, span: &Range<usize>, key: &str, id: &str) -> Option<usize> {
    let found = scope.forms.iter().position(|known| known == id);
    if found.is_none() {
        mark_unknown(scope.marker, span, key, id, scope.forms.iter().map(String::as_str));
    }
    found
}

fn choice(
    scope: &Scope<'_>,
    span: &Range<usize>,
    step: &written::WrittenMaker,
    slot: usize,
    totals: &mut Vec<Total>,
) -> Option<What> {
    if let Some(chance) = &step.flag {
        return Some(What::Flag(chance.clone()));
    }
    if step.another {
        return Some(What::Another);
    }
    if let Some(years) = &step.sector_codes {
        return Some(What::SectorCode(years.clone()));
    }
    if let Some(form) = &step.record_of {
        return Some(What::RecordOf(form_called(scope, span, "record_of", form)?));
    }
    if let Some(field) = &step.its {
        return its(scope, span, field);
    }
    if let Some(field) = &step.copy {
        let roster = &scope.definition.forms[scope.definition.roster];
        let found = roster.field(field);
        if found.is_none() {
            mark_unknown(
                scope.marker,
                span,
                "copy",
                field,
                roster.fields.iter().map(|field| field.id.as_str()),
            );
        }
        return Some(What::Copy(found.unwrap_or(FieldIdx::FIRST)));
    }
    let by = step.by.as_ref()?;
    let by = scope.variable(span, "by", by);
    let written: Choice<written::WrittenMaker> = arms(scope, &step.case, by);
    let mut make = |step: &written::WrittenMaker| maker(scope, span, step, slot, totals);
    let choice = Choice {
        by,
        places: written.places.clone(),
        arms: written.arms.iter().map(|(key, step)| (key.clone(), make(step))).collect(),
        otherwise: written.otherwise.as_ref().map(&mut make),
    };
    scope.check_arms(span, "case", &choice);
    Some(What::Case(Box::new(choice)))
}

/// A field of the form that the reference of this form leads to which a step before has filled.
fn its(scope: &Scope<'_>, span: &Range<usize>, field: &str) -> Option<What> {
    let filled = scope.form.references().filter(|(own, _)| scope.filled.contains(&own.number()));
    let Some((_, to)) = filled.last() else {
        scope.marker.mark(
            span,
            say!("`its` 之前没有引用的记录", "no record is chosen before `its`"),
            say!("请先写 record_of", "put a step with `record_of` before it"),
        );
        return None;
    };
    let other = &scope.definition.forms[to.form];
    let found = other.field(field);
    if found.is_none() {
        mark_unknown(scope.marker, span, "its", field, other.fields.iter().map(|field| field.id.as_str()));
    }
    found.map(What::Its)
}

/// Whether the field in this slot can hold what is made.
fn fits(scope: &Scope<'_>, slot: usize, what: &What) -> bool {
    let Some(field) = scope.form.fields.as_slice().get(slot) else { return true };
    let spec = field.kind.spec();
    match (what, spec.read_as) {
        (What::Case(choice), _) => choice
            .arms
            .iter()
            .map(|(_, arm)| arm)
            .chain(&choice.otherwise)
            .all(|arm| fits(scope, slot, &arm.what)),
        (
            What::Text(_) | What::Pick(_) | What::NameOf(_) | What::PhoneOf(_) | What::IdOf(_),
            ReadAs::Words { .. } | ReadAs::Spelt { .. } | ReadAs::Phone | ReadAs::Reference { .. },
        )
        | (What::Pick(_) | What::GenderOf(_) | What::SectorCode(_), ReadAs::Code(_))
        | (What::Rows(_), ReadAs::Table { .. })
        | (What::Flag(_), ReadAs::YesNo)
        | (What::Number(..) | What::Part(_) | What::Total(_) | What::Rest(_), ReadAs::Whole { .. })
        | (What::Decimal(..), ReadAs::Decimal { .. })
        | (What::Yuan(..), ReadAs::Money { .. })
        | (What::Event | What::Apart(..) | What::AfterYear(..), ReadAs::Day { .. })
        | (What::RecordOf(_), ReadAs::Reference { .. })
        | (What::Another, ReadAs::Unit { .. })
        | (What::Its(_), _) => true,
        (What::IdOf(_), ReadAs::Checked(_)) => {
            spec.personal.is_some_and(|number| number.sort == PersonalSort::IdNumber)
        }
        (What::Copy(position), _) => {
            let roster = &scope.definition.forms[scope.definition.roster];
            std::mem::discriminant(&roster.fields[*position].kind) == std::mem::discriminant(&field.kind)
        }
        _ => false,
    }
}

fn only(scope: &Scope<'_>, span: &Range<usize>, step: &written::WrittenMaker) -> Only {
    let mut when = Vec::new();
    for (name, values) in &step.when {
        let slot = scope.filled(span, "when", name);
        let value = |text: &String| match (
            text.as_str(),
            scope.form.fields.as_slice().get(slot).map(|field| field.kind.spec().shape),
        ) {
            ("yes", _) => Value::Flag(true),
            ("no", _) => Value::Flag(false),
            (code, Some(ValueShape::Code(_))) => Value::Code(code.to_owned()),
            (text, _) => Value::Text(text.to_owned()),
        };
        when.push((slot, values.iter().map(value).collect()));
    }
    Only {
        chance: step.chance.clone(),
        while_recent: step.while_recent,
        when,
        if_stated: step.if_stated.as_ref().map(|name| scope.filled(span, "if_stated", name)),
        if_required: step.if_required,
        if_positive: step.if_positive,
        otherwise: step.otherwise,
    }
}
