//! What every form of a kind must have.

use model::period::Grain;

use crate::{
    definition::{FieldKind, FormKind},
    kinds::{KindSpec, Meaning, ValueShape},
    marker::Marker,
    mistake::say,
    written::form::{Form, Need},
};

/// A field that a form must have.
struct Wanted {
    id: &'static str,
    /// Its kind as written.
    kind: &'static str,
    fits: fn(&KindSpec<'_>) -> bool,
    is_required: bool,
}

const fn text(id: &'static str) -> Wanted {
    Wanted {
        id,
        kind: "text",
        fits: |kind| matches!(kind.meaning, Meaning::Words { .. }),
        is_required: false,
    }
}

const fn date(id: &'static str) -> Wanted {
    Wanted { id, kind: "date", fits: |kind| kind.meaning == Meaning::Day, is_required: false }
}

const ROSTER: [Wanted; 6] =
    [text("code"), text("name"), text("parent"), text("guidance"), date("founded_on"), date("effective_on")];
const UNIT: Wanted = Wanted {
    id: "unit",
    kind: "unit",
    fits: |kind| matches!(kind.shape, ValueShape::Unit),
    is_required: true,
};
const YEAR: Wanted =
    Wanted { id: "year", kind: "year", fits: |kind| kind.meaning == Meaning::Year, is_required: true };
const PERIOD: Wanted = Wanted {
    id: "period",
    kind: "period",
    fits: |kind| matches!(kind.meaning, Meaning::Period(_)),
    is_required: true,
};

/// Marks what a form of this kind lacks. Of a field that must be of another
/// kind, the kind is removed from `kinds`, so that it is reported once.
pub(super) fn check(marker: Marker<'_>, form: &Form, kind: FormKind, kinds: &mut [Option<FieldKind>]) {
    match kind {
        FormKind::Roster => {
            for wanted in &ROSTER {
                field(marker, form, wanted, kinds);
            }
            no_posts(marker, form);
        }
        FormKind::Register => {
            field(marker, form, &UNIT, kinds);
            identified(marker, form);
        }
        FormKind::Return | FormKind::Baseline => {
            field(marker, form, &UNIT, kinds);
            let is_there = |id: &str| form.field.iter().any(|field| field.value.id.value == id);
            let wanted = if is_there("year") || !is_there("period") { &YEAR } else { &PERIOD };
            field(marker, form, wanted, kinds);
            if kind == FormKind::Baseline {
                baseline_years(marker, form, kinds);
            }
            identified_by(marker, form, wanted.id);
        }
    }
}

/// Marks a field that is not there, of another kind, or optional although it must be stated.
fn field(marker: Marker<'_>, form: &Form, wanted: &Wanted, kinds: &mut [Option<FieldKind>]) {
    let Wanted { id, kind, fits, is_required } = wanted;
    let Some(position) = form.field.iter().position(|field| field.value.id.value == *id) else {
        return marker.mark(
            &form.kind.span,
            say!("缺少字段 `{id}`", "the field `{id}` is missing"),
            say!(
                "请加 [[field]] id = \"{id}\" kind = \"{kind}\"",
                "add a [[field]] with id = \"{id}\" and kind = \"{kind}\""
            ),
        );
    };
    let written = &form.field[position];
    if kinds[position].as_ref().is_some_and(|kind| !fits(&kind.spec())) {
        kinds[position] = None;
        marker.mark(
            &written.value.kind.span,
            say!("字段 `{id}` 的 kind 应为 {kind}", "the field `{id}` must be of kind {kind}"),
            say!("请写 kind = \"{kind}\"", "write kind = \"{kind}\""),
        );
    }
    if *is_required && !matches!(written.value.required, Need::Always) {
        marker.mark(
            &written.span,
            say!("字段 `{id}` 必须必填", "the field `{id}` must be required"),
            say!("请写 required = true", "write required = true"),
        );
    }
}

fn no_posts(marker: Marker<'_>, form: &Form) {
    if let Some(post) = form.post.first() {
        marker.mark(
            &post.span,
            say!("名册登记单位,不计数", "the roster states units, not facts: it posts nothing"),
            say!("请把 [[post]] 移到登记表或报表", "move the [[post]] to a register or a return"),
        );
    }
}

fn identified(marker: Marker<'_>, form: &Form) {
    if form.identity.iter().all(|field| field.value == "unit") {
        let span = form.identity.first().map_or(&form.kind.span, |field| &field.span);
        marker.mark(
            span,
            say!("没有写明以哪些字段识别一条记录", "nothing tells one fact of a unit from another"),
            say!("请写 identity = [\"…\"]", "write identity = [\"…\"]"),
        );
    }
}

/// Marks periods of a baseline that are not calendar years: growth is measured against such alone.
fn baseline_years(marker: Marker<'_>, form: &Form, kinds: &[Option<FieldKind>]) {
    let fields = form.field.iter().zip(kinds);
    let grain = |kind: &Option<FieldKind>| match kind.as_ref()?.spec().meaning {
        Meaning::Period(grain) => Some(grain),
        _ => None,
    };
    let own = fields.filter(|(field, _)| field.value.id.value == "period");
    for (field, _) in own.filter(|(_, kind)| grain(kind).is_some_and(|grain| grain != Grain::Year)) {
        marker.mark(
            field.value.grain.as_ref().map_or(&field.span, |grain| &grain.span),
            say!("基期表按公历年填报", "a baseline is about calendar years"),
            say!("请写 grain = \"year\"", "write grain = \"year\""),
        );
    }
}

/// Marks a statement that is not identified by its year, or by its period.
fn identified_by(marker: Marker<'_>, form: &Form, id: &str) {
    if !form.identity.iter().any(|field| field.value == id) {
        let span = form.identity.first().map_or(&form.kind.span, |field| &field.span);
        let zh = if id == "year" { "年份" } else { "期间" };
        marker.mark(
            span,
            say!("{zh}不在 identity 中", "`{id}` is not in the identity"),
            say!("请写 identity = [\"{id}\"]", "write identity = [\"{id}\"]"),
        );
    }
}
