//! Checks of posts: which measures a record counts towards.

mod amount;
mod key;

use model::period::Grain;

use crate::{
    check::{
        form::Fields,
        naming::{Age, choose, find, unique},
    },
    definition::{FieldIdx, FormKind, MeasureIdx, MeasureKind, Part, Post, StateIdx},
    kinds::{KindSpec, Meaning, ValueShape},
    marker::Span,
    mistake::say,
    written::{
        form::{self as written, Quantity},
        read::Located,
        workflow::State,
    },
};

/// Checks one post of a form of this kind.
pub(super) fn check(
    post: &Located<written::Post>,
    (form, known): (FormKind, &[Located<State>]),
    fields: Fields<'_>,
) -> Option<Post> {
    let written = &post.value;
    let is_time = |kind: &KindSpec<'_>| kind.meaning.grain().is_some();
    let on = fields.find_kind(&written.on, is_time, &say!("日期、年份或期间", "a date, a year or a period"));
    let part = match &written.part {
        None => Some(Part::Listed),
        Some(part) => choose(fields.marker, part, &[("listed", Part::Listed), ("unlisted", Part::Unlisted)]),
    };
    let is_unit = |kind: &KindSpec<'_>| matches!(kind.shape, ValueShape::Unit);
    let unit = written.unit.as_ref().map(|unit| fields.find_kind(unit, is_unit, &say!("单位", "a unit")));
    let when = written.when.as_ref().map(|when| fields.condition(when, true));
    let key = key::check(written.key.as_ref(), fields);
    let measure = fields.defined.measure(fields.marker, &written.measure);
    if let Some(kind) = measure.and_then(|measure| fields.defined.measures[measure].1) {
        timing(written, (kind, part), on, fields);
        statement(written, kind, form, fields);
        once(post, kind, part, fields);
    }
    let scale = measure.map(|measure| fields.defined.scales[measure]);
    let amount = amount::check(written, scale, fields);
    if let Some((measure, span)) = measure.zip(written.part.as_ref().map(|part| &part.span)) {
        supplementary(written, measure, part, span, fields);
    }
    Some(Post {
        measure: measure?,
        on: on?,
        grain: on.and_then(|on| fields.all[on].1)?.spec().meaning.grain()?,
        // `None` means "always" and "no unit of its own"; a mistake must not become it.
        when: flipped(when)?,
        amount: amount?,
        unit: flipped(unit)?,
        part: part?,
        key: key?,
        is_kept: written.keep.as_ref().is_some_and(|keep| keep.value),
        states: states(written, known, fields)?,
        text: text(written),
    })
}

/// What a post says, but for its measure.
fn text(post: &written::Post) -> String {
    let named = |key: &str, name: &Option<Located<String>>| {
        name.as_ref()
            .map(|name| format!("{key} = {}", name.value.split_whitespace().collect::<Vec<_>>().join(" ")))
    };
    let amount = post.amount.as_ref().map(|amount| match &amount.value {
        Quantity::Fixed(number) => format!("amount = {number}"),
        Quantity::Field(field) => format!("amount = {field}"),
    });
    let list = |key: &str, names: &[Located<String>]| {
        let names: Vec<&str> = names.iter().map(|name| name.value.as_str()).collect();
        (!names.is_empty()).then(|| format!("{key} = [{}]", names.join(", ")))
    };
    let key = post.key.as_ref().and_then(|key| list("key", &key.value));
    let keep = post.keep.as_ref().filter(|keep| keep.value).map(|_| "keep = true".to_owned());
    let parts = [
        Some(format!("on = {}", post.on.value)),
        amount,
        named("part", &post.part),
        named("unit", &post.unit),
        key,
        list("states", &post.states),
        keep,
        named("when", &post.when),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Positions of the states that a post names.
fn states(post: &written::Post, known: &[Located<State>], fields: Fields<'_>) -> Option<Vec<StateIdx>> {
    unique(fields.marker, post.states.iter());
    let ids = || known.iter().map(|state| state.value.id.value.as_str());
    let found = post.states.iter().map(|name| find(fields.marker, name, ids(), &say!("状态", "state")));
    found.collect::<Vec<_>>().into_iter().collect()
}

/// A value that is absent is none; one that is there and wrong makes the whole wrong.
#[expect(clippy::option_option, reason = "absent and mistaken are told apart")]
fn flipped<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    value.map_or(Some(None), |value| value.map(Some))
}

/// What a measure counts decides for how long a period it can be stated.
fn timing(
    post: &written::Post,
    (kind, part): (MeasureKind, Option<Part>),
    on: Option<FieldIdx>,
    fields: Fields<'_>,
) {
    let Some(meaning) = on.and_then(|on| fields.all[on].1).map(|kind| kind.spec().meaning) else { return };
    let id = &post.measure.value;
    let mark = |message, remedy| fields.marker.mark(&post.on.span, message, remedy);
    match (kind, meaning) {
        (MeasureKind::Level, Meaning::Day) => mark(
            say!(
                "`{id}` 是年度水平,不能按日期计入",
                "`{id}` is a level, which is stated for a year, not a date"
            ),
            say!("请写年份字段", "name a year field"),
        ),
        (MeasureKind::Level | MeasureKind::Statement, Meaning::Period(grain)) if grain != Grain::Year => {
            mark(
                say!(
                    "`{id}` 按公历年填报,不能按其他期间计入",
                    "`{id}` is stated for calendar years, not for other periods"
                ),
                say!(
                    "请写年份字段,或 grain = \"year\" 的期间",
                    "name a year field, or a period with grain = \"year\""
                ),
            );
        }
        (MeasureKind::Stock, Meaning::Period(grain)) if grain != Grain::Month => mark(
            say!(
                "`{id}` 是某一时点的存量,不能按期间计入",
                "`{id}` is a stock, which begins and ends at a date, not over a period"
            ),
            say!(
                "请写日期字段,或 grain = \"month\" 的期间",
                "name a date field, or a period with grain = \"month\""
            ),
        ),
        (MeasureKind::Distinct(_), _) => once_each(post, (meaning, part), fields),
        _ => {}
    }
}

/// What is counted once is known by the month in which it occurs; a number of it that is stated, by its year.
fn once_each(post: &written::Post, (meaning, part): (Meaning, Option<Part>), fields: Fields<'_>) {
    let is_known = match meaning.grain() {
        Some(Grain::Month) | None => true,
        Some(Grain::Year) => part != Some(Part::Listed) || fields.defined.age == Age::Stored,
        Some(Grain::Quarter | Grain::Half | Grain::UnionYear) => false,
    };
    if !is_known {
        let id = &post.measure.value;
        fields.marker.mark(
            &post.on.span,
            say!(
                "`{id}` 去重计数,逐条的按日期或月份计入,未逐条登记的按年计入",
                "`{id}` counts once: listed posts are by date or month, unlisted ones by year"
            ),
            say!(
                "请写日期字段或 grain = \"month\" 的期间；part = \"unlisted\" 时写年份字段",
                "name a date field or a period with grain = \"month\"; for part = \"unlisted\" a year field"
            ),
        );
    }
}

/// Statements are made in baselines, and baselines make nothing else.
fn statement(post: &written::Post, kind: MeasureKind, form: FormKind, fields: Fields<'_>) {
    let id = &post.measure.value;
    let span = &post.measure.span;
    match (kind == MeasureKind::Statement, form.states_baselines()) {
        (true, false) => fields.marker.mark(
            span,
            say!(
                "`{id}` 是基期陈述,只能来自基期表",
                "`{id}` is a statement, which only a baseline form can make"
            ),
            say!("请移到 kind = \"baseline\" 的表", "move the post to a form of kind baseline"),
        ),
        (false, true) => fields.marker.mark(
            span,
            say!(
                "基期表只能计入基期陈述,`{id}` 不是",
                "a baseline form posts statements only, and `{id}` is none"
            ),
            say!("请把该统计项的 kind 改为 statement", "make the measure a statement"),
        ),
        _ => {}
    }
}

/// What is counted once has a key; what is stated as a number cannot have one.
fn once(post: &Located<written::Post>, kind: MeasureKind, part: Option<Part>, fields: Fields<'_>) {
    let id = &post.value.measure.value;
    let needs_key = matches!(kind, MeasureKind::Distinct(_)) && part == Some(Part::Listed);
    match (&post.value.key, needs_key) {
        (None, true) => fields.marker.mark(
            &post.value.measure.span,
            say!("`{id}` 去重计数,但没有写 key", "`{id}` counts each key once, but there is no `key`"),
            say!("请写 key = [\"…\"]", "write key = [\"…\"]"),
        ),
        (Some(key), false) if part.is_some() => fields.marker.mark(
            &key.span,
            say!(
                "这里没有去重,`key` 没有意义",
                "`key` means nothing here: only listed posts to distinct measures have one"
            ),
            say!("请删去 key", "leave it out"),
        ),
        _ => {}
    }
    if let Some(amount) = post.value.amount.as_ref().filter(|_| needs_key) {
        fields.marker.mark(
            &amount.span,
            say!(
                "去重计数每个 key 计 1,`amount` 没有意义",
                "a distinct measure counts 1 for each key: `amount` means nothing"
            ),
            say!("请删去 amount", "leave it out"),
        );
    }
}

/// Supplementary numbers exist only where the measure says so.
fn supplementary(
    post: &written::Post,
    measure: MeasureIdx,
    part: Option<Part>,
    span: &Span,
    fields: Fields<'_>,
) {
    if part == Some(Part::Unlisted) && !fields.defined.has_unlisted[measure] {
        let id = &post.measure.value;
        fields.marker.mark(
            span,
            say!("`{id}` 没有未逐条登记的部分", "`{id}` has no unlisted part"),
            say!("请在 measures.toml 中写 unlisted = true", "write unlisted = true in measures.toml"),
        );
    }
}
