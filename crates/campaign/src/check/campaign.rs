//! Checks of what is a campaign's own, beginning with `campaign.toml` and `clauses.toml`.

use std::collections::BTreeMap;

use crate::{
    check::{
        files::{CampaignFiles, Files},
        form::Draft,
        indicator,
        naming::{CampaignDefined, Defined, find, number_parts, unique, words},
    },
    condition::Condition,
    definition::{
        Campaign, Classification, Clause, FieldIdx, FieldKind, Form, FormIdx, IdxVec, OwnershipClass,
        Reading, ReadingOption, Years,
    },
    expression::condition::{Kinds, Scope, compile},
    marker::Marker,
    mistake::say,
    written::{
        Page, campaign as written,
        read::{Located, Read as _},
    },
};

/// Checks all that is a campaign's own.
pub(super) fn check(files: &CampaignFiles<'_>, forms: &IdxVec<Form>, defined: &Defined<'_>) -> Campaign {
    let general = &files.campaign.value;
    let clauses = clauses(&files.clauses);
    let readings = readings(&files.campaign);
    let (period, baseline) = periods(&files.campaign);
    words(files.campaign.marker, &general.id.span, &general.id.value, '-');
    let own = CampaignDefined {
        catalogue: defined,
        clauses: clauses.iter().map(|clause| clause.id.clone()).collect(),
        readings: &readings,
        period,
    };
    let mut indicators: Vec<_> = files.indicators.iter().map(|page| indicator::check(page, &own)).collect();
    indicators.sort_by_cached_key(|indicator| number_parts(&indicator.id));
    let forms = uses(files, forms, &own);
    Campaign {
        id: general.id.value.clone(),
        hash: files.hash.clone(),
        title: general.title.clone(),
        short: general.short.clone().unwrap_or_else(|| general.title.clone()),
        document: general.document.clone(),
        period,
        baseline,
        coverage_threshold: coverage_threshold(&files.campaign),
        readings,
        clauses,
        forms,
        indicators: indicators.into(),
    }
}

/// The forms that a campaign uses.
fn uses(
    files: &CampaignFiles<'_>,
    forms: &IdxVec<Form>,
    own: &CampaignDefined<'_>,
) -> BTreeMap<FormIdx, Option<String>> {
    let mut used = BTreeMap::new();
    for Page { marker, stem, value } in &files.uses {
        if let Some(clause) = &value.clause {
            own.clause(*marker, clause);
        }
        let name = Located { value: (*stem).to_owned(), span: 0..0 };
        let ids = forms.iter().map(|form| form.id.as_str());
        if let Some(form) = find(*marker, &name, ids, &say!("表", "form")) {
            used.insert(form, value.clause.as_ref().map(|clause| clause.value.clone()));
        }
    }
    used
}

/// Marks campaigns that have the same id.
pub(super) fn ids(files: &Files<'_>) {
    for (number, campaign) in files.campaigns.iter().enumerate() {
        let Located { value: id, span } = &campaign.campaign.value.id;
        let is_taken = files.campaigns[..number].iter().any(|other| other.campaign.value.id.value == *id);
        if is_taken && !id.is_empty() {
            campaign.campaign.marker.mark(
                span,
                say!("竞赛 `{id}` 重复", "there are two campaigns `{id}`"),
                say!("请换一个标识", "give one of them another id"),
            );
        }
    }
}

/// Checks the clauses.
fn clauses(page: &Page<'_, written::Clauses>) -> Vec<Clause> {
    let clauses = &page.value.clause;
    unique(page.marker, clauses.iter().map(|clause| &clause.id));
    let finished = |clause: &written::Clause| Clause {
        id: clause.id.value.clone(),
        title: clause.title.clone(),
        text: clause.text.clone(),
    };
    clauses.iter().map(finished).collect()
}

/// Checks the period and the baseline years.
fn periods(page: &Page<'_, written::Campaign>) -> (Years, Years) {
    let period = span_of(page.marker, &page.value.period);
    let baseline = span_of(page.marker, &page.value.baseline);
    // A year that could not be read is 0, and has been marked.
    if baseline.last >= period.first && baseline.last > 0 && period.first > 0 {
        page.marker.mark(
            &page.value.baseline.span,
            say!("基期没有在竞赛期之前结束", "the baseline does not end before the period begins"),
            say!("请改正年份", "correct the years"),
        );
    }
    (period, baseline)
}

/// The share of units that must have answered, where none is written.
const COVERAGE_THRESHOLD: f64 = 0.8;

/// Checks the share of units that must have answered.
fn coverage_threshold(page: &Page<'_, written::Campaign>) -> f64 {
    let Some(Located { value, span }) = &page.value.coverage_threshold else { return COVERAGE_THRESHOLD };
    if value.is_known() && !(0.0..=1.0).contains(&value.value) {
        page.marker.mark(
            span,
            say!("覆盖率须在 0 到 1 之间", "a share of units lies between 0 and 1"),
            say!("80% 请写 0.8", "80 % is written 0.8"),
        );
    }
    value.value
}

fn span_of(marker: Marker<'_>, written: &Located<written::Period>) -> Years {
    let years = Years { first: written.value.first_year, last: written.value.last_year };
    if years.first > years.last && years.last > 0 {
        marker.mark(
            &written.span,
            say!("起始年晚于结束年", "the first year is after the last"),
            say!("请改正年份", "correct the years"),
        );
    }
    years
}

/// Checks the readings.
fn readings(page: &Page<'_, written::Campaign>) -> IdxVec<Reading> {
    let marker = page.marker;
    let written = &page.value.reading;
    unique(marker, written.iter().map(|reading| &reading.id));
    let finished = |reading: &written::Reading| {
        let choices = &reading.options.value;
        words(marker, &reading.id.span, &reading.id.value, '-');
        unique(marker, choices.iter().map(|choice| &choice.id));
        if choices.len() < 2 {
            marker.mark(
                &reading.options.span,
                say!("读法少于两种,就不是歧义", "with fewer than two options nothing is ambiguous"),
                say!("请写出各种读法,第一种为默认", "write every option, the default first"),
            );
        }
        for choice in choices {
            words(marker, &choice.id.span, &choice.id.value, '-');
        }
        let option = |choice: &written::Choice| ReadingOption {
            id: choice.id.value.clone(),
            label: choice.label.clone(),
        };
        Reading {
            id: reading.id.value.clone(),
            label: reading.label.clone(),
            note: reading.note.clone(),
            options: choices.iter().map(option).collect(),
        }
    };
    written.iter().map(finished).collect()
}

/// Ids of the classes of ownership.
pub(super) fn ownership(files: &CampaignFiles<'_>) -> Vec<String> {
    let classes = files.campaign.value.classification.iter().flat_map(|written| &written.value.ownership);
    classes.map(|class| class.id.value.clone()).collect()
}

/// Checks the classification against the forms, and tells those that carry its fields where they are.
pub(super) fn classification(
    page: &Page<'_, written::Campaign>,
    drafts: &mut [Draft],
    defined: &Defined<'_>,
) -> Classification {
    let marker = page.marker;
    let none = written::Classification::default();
    if page.value.classification.is_none() {
        Located::<written::Classification>::absent("classification", &(0..0), marker);
    }
    let written = page.value.classification.as_ref().map_or(&none, |written| &written.value);
    unique(marker, written.fields.iter());
    unique(marker, written.ownership.iter().map(|class| &class.id));
    if let Some(class) = written.ownership.get(usize::from(u8::MAX)) {
        marker.mark(
            &class.id.span,
            say!("经济类型过多", "too many classes of ownership"),
            say!("最多 255 种", "at most 255 are possible"),
        );
    }
    let seen = seen_fields(marker, written, drafts);
    carriers(marker, written, drafts, &seen);
    let visible: Kinds<'_> = seen.iter().map(|(id, kind)| (id.as_str(), kind.as_ref())).collect();
    let scope = Scope { fields: &visible, dictionaries: defined.dictionaries, ownership: None };
    let condition = |text: &Located<String>| {
        compile(&text.value, scope).unwrap_or_else(|faults| {
            if !text.value.is_empty() {
                marker.mark_faults(text, faults);
            }
            Condition::And(Vec::new())
        })
    };
    let class = |class: &written::Ownership| {
        words(marker, &class.id.span, &class.id.value, '-');
        OwnershipClass {
            id: class.id.value.clone(),
            label: class.label.clone(),
            when: condition(&class.when),
        }
    };
    Classification {
        fields: written.fields.iter().map(|field| field.value.clone()).collect(),
        enterprise: condition(&written.enterprise),
        ownership: written.ownership.iter().map(class).collect(),
    }
}

/// The classifying fields with the kinds that they have in the roster.
fn seen_fields(
    marker: Marker<'_>,
    written: &written::Classification,
    drafts: &[Draft],
) -> Vec<(String, Option<FieldKind>)> {
    let roster = drafts.iter().find(|draft| !draft.form.kind.has_records());
    let seen = |field: &Located<String>| {
        let kind = roster.and_then(|roster| {
            let ids = roster.form.fields.iter().map(|field| field.id.as_str());
            let position = find(marker, field, ids, &say!("名册字段", "field of the roster"))?;
            roster.kinds[position].clone()
        });
        (field.value.clone(), kind)
    };
    written.fields.iter().map(seen).collect()
}

/// Finds the forms that carry all classifying fields; at least one return must.
fn carriers(
    marker: Marker<'_>,
    written: &written::Classification,
    drafts: &mut [Draft],
    seen: &[(String, Option<FieldKind>)],
) {
    for draft in drafts.iter_mut() {
        let positions: Option<Vec<FieldIdx>> = seen.iter().map(|(id, _)| draft.form.field(id)).collect();
        draft.form.classifying = positions.unwrap_or_default();
    }
    let returns = || drafts.iter().filter(|draft| draft.form.kind.states_classes());
    let known = written.fields.iter().zip(seen).filter(|(_, (_, kind))| kind.is_some());
    let homeless: Vec<_> =
        known.filter(|(_, (id, _))| !returns().any(|draft| draft.form.field(id).is_some())).collect();
    for (field, (id, _)) in &homeless {
        marker.mark(
            &field.span,
            say!("没有年度报表含有分类字段 `{id}`", "no yearly return carries the classifying field `{id}`"),
            say!("请在一张报表中加此字段", "add the field to one of the returns"),
        );
    }
    let scattered = homeless.is_empty()
        && seen.iter().all(|(_, kind)| kind.is_some())
        && returns().all(|draft| draft.form.classifying.is_empty());
    if let Some(first) = written.fields.first().filter(|_| scattered) {
        marker.mark(
            &first.span,
            say!("没有一张年度报表含有全部分类字段", "no yearly return carries all classifying fields"),
            say!("请把分类字段放在同一张报表里", "put them into one return"),
        );
    }
    for (number, field) in written.fields.iter().enumerate() {
        same_kind(marker, field, number, seen[number].1.as_ref(), drafts);
    }
}

/// Marks a classifying field that another form defines in another way than the roster.
fn same_kind(
    marker: Marker<'_>,
    field: &Located<String>,
    number: usize,
    roster: Option<&FieldKind>,
    drafts: &[Draft],
) {
    for draft in drafts.iter().filter(|draft| !draft.form.classifying.is_empty()) {
        let other = draft.kinds[draft.form.classifying[number]].as_ref();
        if roster.zip(other).is_some_and(|(roster, other)| roster != other) {
            let (id, form) = (&field.value, &draft.form.id);
            marker.mark(
                &field.span,
                say!(
                    "`{id}` 在名册和 {form} 中类型不同",
                    "`{id}` differs in kind between the roster and {form}"
                ),
                say!("请统一两处的 kind 和 dictionary", "give it the same kind and dictionary in both"),
            );
        }
    }
}
