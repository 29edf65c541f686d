//! Checks of everything except steps: words, persons, the roster's values, months.

use std::collections::BTreeMap;

use campaign::{
    definition::{Definition, FieldIdx, Indicator, IndicatorIdx, IndicatorKind},
    kinds::ValueShape,
    marker::Marker,
    mistake::say,
};
use jiff::civil::Date;
use model::{clock::BusinessDay, value::Value};
use toml::Spanned;

use super::{Pass, Roster, RosterValues, field_makers, mark_unknown, scope::Scope, written};
use crate::{
    person_names::{PERSONS, PersonNames},
    words::Words,
};

/// Numbers all lists.
pub(super) fn words(written: written::Words) -> Words {
    let mut words = Words::default();
    for (name, list) in written.list {
        words.named.insert(name, words.lists.len());
        words.lists.push(list.into_inner());
    }
    for (name, lists) in written.group {
        let group = words.groups.entry(name).or_default();
        for (key, list) in lists {
            group.insert(key, words.lists.len());
            words.lists.push(list.into_inner());
        }
    }
    words
}

/// The day at which the city stops: one of the campaign.
pub(super) fn business_day(
    written: &Spanned<String>,
    definition: &Definition,
    marker: Marker<'_>,
) -> Option<BusinessDay> {
    let found: Option<Date> = written.get_ref().parse().ok();
    let period = definition.first_campaign().period;
    match found {
        None => marker.mark(
            &written.span(),
            say!("不是日期", "not a day"),
            say!("请写成 2015-09-30", "write it as 2015-09-30"),
        ),
        Some(day) if !period.contains(day.year()) => {
            let (first, last) = (period.first, period.last);
            marker.mark(
                &written.span(),
                say!("不在竞赛期间", "not a day of the campaign"),
                say!("请写 {first} 年至 {last} 年之间的日期", "write a day of the years {first} to {last}"),
            );
        }
        Some(_) => {}
    }
    found.map(BusinessDay::new)
}

/// Delays need a weight, and ranges that do not begin after their end.
pub(super) fn entry(written: &written::Entry, marker: Marker<'_>) {
    let delays = written.delay.get_ref();
    let is_weighed = delays.iter().map(|delay| delay.weight).sum::<f64>() > 0.0;
    let is_range = |[low, high]: [i64; 2]| 0 <= low && low <= high;
    if !is_weighed || !delays.iter().all(|delay| is_range(delay.days)) {
        marker.mark(
            &written.delay.span(),
            say!(
                "`delay` 需要权重和由小到大的天数",
                "`delay` needs weights and ranges of days that begin with the smaller number"
            ),
            say!("例如 {{ weight = 70, days = [0, 12] }}", "such as {{ weight = 70, days = [0, 12] }}"),
        );
    }
}

/// Indicators whose targets are not scaled exist, and are counts.
pub(super) fn unscaled(written: &written::Targets, definition: &Definition, marker: Marker<'_>) {
    for id in &written.unscaled {
        count_called(definition, marker, "unscaled", id);
    }
}

/// The indicator with this id; it is a count.
pub(super) fn count_called(
    definition: &Definition,
    marker: Marker<'_>,
    key: &str,
    id: &Spanned<String>,
) -> Option<IndicatorIdx> {
    let is_count = |indicator: &Indicator| indicator.formula.kind == IndicatorKind::Count;
    let found = definition
        .first_campaign()
        .indicators
        .position(|indicator| indicator.id == *id.get_ref() && is_count(indicator));
    if found.is_none() {
        let counts = definition.first_campaign().indicators.iter().filter(|indicator| is_count(indicator));
        mark_unknown(marker, &id.span(), key, id.get_ref(), counts.map(|indicator| indicator.id.as_str()));
    }
    found
}

/// The transitions that are taken without asking for anything.
pub(super) fn passes(scope: &Scope<'_>, written: &written::Form) -> Vec<Pass> {
    let transitions = scope.form.workflow.as_ref().map(|workflow| &workflow.transitions);
    let mut passes = Vec::new();
    for pass in &written.passes {
        let (span, pass) = (pass.span(), pass.get_ref());
        let found = transitions.and_then(|all| all.position(|transition| transition.id == pass.take));
        let Some(transition) = found else {
            let known = transitions.into_iter().flat_map(|all| all.iter());
            mark_unknown(scope.marker, &span, "take", &pass.take, known.map(|known| known.id.as_str()));
            continue;
        };
        let if_stated = pass.if_stated.as_ref().and_then(|id| {
            let found = scope.form.field(id);
            if found.is_none() {
                let known = scope.form.fields.iter().map(|field| field.id.as_str());
                mark_unknown(scope.marker, &span, "if_stated", id, known);
            }
            found
        });
        passes.push(Pass { transition, days: pass.days, if_stated });
    }
    passes
}

/// How persons are invented.
pub(super) fn people(written: &written::Person, words: &Words, marker: Marker<'_>) -> Option<PersonNames> {
    let list = |name: &Spanned<String>| {
        let found = words.named.get(name.get_ref()).copied();
        if found.is_none() {
            mark_unknown(
                marker,
                &name.span(),
                "person",
                name.get_ref(),
                words.named.keys().map(String::as_str),
            );
        }
        found
    };
    let (surnames, given) = (list(&written.surnames), list(&written.given));
    let province = written.province.get_ref();
    if province.len() != 2 || !province.bytes().all(|byte| byte.is_ascii_digit()) {
        marker.mark(
            &written.province.span(),
            say!("应为两位数字", "two digits are needed"),
            say!("例如 99", "such as 99"),
        );
    }
    let [first, last] = written.born;
    let born = |year: i16| Date::new(year, 1, 1).unwrap_or(Date::ZERO);
    let days = (born(last.saturating_add(1)) - born(first)).get_days();
    Some(PersonNames {
        surnames: surnames?,
        given: given?,
        short: written.short,
        never: written.never.iter().cloned().collect(),
        province: province.clone(),
        born: born(first),
        birthdays: u64::try_from(days).unwrap_or(1).max(1),
        genders: [written.male.clone(), written.female.clone()],
        phone: written.phone.clone(),
    })
}

/// How the roster is filled in.
pub(super) fn roster(scope: &mut Scope<'_>) -> Roster {
    let city = scope.city;
    let enterprise = &city.enterprise;
    let field = |name: &Spanned<String>| {
        scope.form.field(name.get_ref()).unwrap_or_else(|| {
            let known = scope.form.fields.iter().map(|field| field.id.as_str());
            mark_unknown(scope.marker, &name.span(), "field", name.get_ref(), known);
            FieldIdx::FIRST
        })
    };
    let own = scope.definition.roster_fields;
    let unions = city.union.iter().map(|union| roster_values(scope, &union.get_ref().values)).collect();
    let kinds = |group: &Spanned<written::Group>| {
        group.get_ref().kinds.iter().map(|kind| roster_values(scope, &kind.values)).collect()
    };
    let groups: Vec<Vec<RosterValues>> = city.group.iter().map(kinds).collect();
    check_city(scope);
    let mut roster = Roster {
        name: scope.template(&enterprise.name.span(), enterprise.name.get_ref()),
        team: scope.template(&city.team.name.span(), city.team.name.get_ref()),
        code: own.code,
        name_field: own.name,
        parent: own.parent,
        guidance: own.guidance,
        sector: field(&enterprise.sector_field),
        org_code: field(&enterprise.org_code.field),
        uscc: field(&enterprise.uscc.field),
        steps: Vec::new(),
        root: roster_values(scope, &city.root.values),
        unions,
        street: roster_values(scope, &city.street.values),
        groups,
    };
    let given = [roster.code, roster.name_field].map(FieldIdx::number);
    roster.steps = field_makers::check(scope, &enterprise.fields, &given, &mut Vec::new());
    roster
}

/// Values of roster fields, as written.
fn roster_values(scope: &Scope<'_>, written: &BTreeMap<String, String>) -> RosterValues {
    let mut values = Vec::new();
    for (id, text) in written {
        let Some(position) = scope.form.field(id) else {
            mark_unknown(
                scope.marker,
                &(0..0),
                "values",
                id,
                scope.form.fields.iter().map(|field| field.id.as_str()),
            );
            continue;
        };
        let value = match scope.form.fields[position].kind.spec().shape {
            ValueShape::Code(dictionary) => {
                let dictionary = &scope.definition.dictionaries[dictionary];
                if dictionary.code(text).is_none() {
                    let known = dictionary.codes.iter().map(|code| code.code.as_str());
                    mark_unknown(scope.marker, &(0..0), id, text, known);
                }
                Value::Code(text.clone())
            }
            _ => Value::Text(text.clone()),
        };
        values.push((position, value));
    }
    values
}

/// References between unions, sectors and groups.
fn check_city(scope: &Scope<'_>) {
    let city = scope.city;
    let unions: Vec<&str> = city.union.iter().map(|union| union.get_ref().code.as_str()).collect();
    let sectors: Vec<&str> = city.sector.iter().map(|sector| sector.get_ref().id.as_str()).collect();
    let groups: Vec<&str> = city.group.iter().map(|group| group.get_ref().id.as_str()).collect();
    for union in &city.union {
        for sector in union.get_ref().sectors.iter().filter(|id| !sectors.contains(&id.as_str())) {
            mark_unknown(scope.marker, &union.span(), "sectors", sector, sectors.iter().copied());
        }
    }
    for sector in &city.sector {
        let (span, sector) = (sector.span(), sector.get_ref());
        for guide in sector.guide.iter().filter(|code| !unions.contains(&code.as_str())) {
            mark_unknown(scope.marker, &span, "guide", guide, unions.iter().copied());
        }
        for group in sector.groups.iter().filter(|id| !groups.contains(&id.as_str())) {
            mark_unknown(scope.marker, &span, "groups", group, groups.iter().copied());
        }
        if sector.codes.is_empty() {
            scope.marker.mark(
                &span,
                say!("`codes` 为空", "`codes` is empty"),
                say!("请写行业代码", "write codes"),
            );
        }
    }
    let is_empty = [city.union.is_empty(), city.sector.is_empty(), city.group.is_empty()].contains(&true);
    let has_kinds = city.group.iter().all(|group| !group.get_ref().kinds.is_empty());
    if is_empty || !has_kinds {
        scope.marker.mark(
            &(0..0),
            say!(
                "union、sector、group 及其 kinds 都不能为空",
                "union, sector, group and its kinds must not be empty"
            ),
            say!("请各写至少一个", "write at least one of each"),
        );
    }
}

/// Factors of groups and sectors must belong to existing ones.
pub(super) fn check_factors(scope: &Scope<'_>, written: &written::Form) {
    let city = scope.city;
    let groups: Vec<&str> = city.group.iter().map(|group| group.get_ref().id.as_str()).collect();
    let sectors: Vec<&str> = city.sector.iter().map(|sector| sector.get_ref().id.as_str()).collect();
    for (key, factors, known) in [("groups", &written.groups, groups), ("sectors", &written.sectors, sectors)]
    {
        for name in factors.keys().filter(|name| !known.contains(&name.as_str())) {
            mark_unknown(scope.marker, &(0..0), key, name, known.iter().copied());
        }
    }
}

/// Sums of the weights of the months.
pub(super) fn months(scope: &Scope<'_>, written: &written::Form) -> [f64; 12] {
    let mut sums = [0.0; 12];
    let even = vec![1.0; 12];
    let weights = match &written.months {
        Some(weights) if weights.get_ref().len() == 12 => weights.get_ref(),
        Some(weights) => {
            scope.marker.mark(
                &weights.span(),
                say!("`months` 应有 12 个数", "`months` needs 12 numbers"),
                say!("请写一月到十二月的权重", "weights of January to December"),
            );
            &even
        }
        None => &even,
    };
    let mut sum = 0.0;
    for (into, weight) in sums.iter_mut().zip(weights) {
        sum += weight;
        *into = sum;
    }
    sums
}

/// A record has a few persons at most.
pub(super) fn check_persons(scope: &Scope<'_>, written: &written::Form) {
    if let Some(person) = written.persons.values().nth(PERSONS) {
        scope.marker.mark(
            &person.span(),
            say!("`persons` 最多 {PERSONS} 人", "`persons` takes {PERSONS} at most"),
            say!("请减少", "name fewer"),
        );
    }
}
