//! The check of a definition. It turns a definition as written into a
//! [`Campaign`] that can be used without further checks, or returns every mistake.
//!
//! Each part is built even when something in it is wrong. An empty value replaces
//! what is wrong, so that later checks can go on. If there is one mistake, the
//! result is thrown away.

mod campaign;
mod dictionary;
mod duplicate_key;
pub(crate) mod field;
mod files;
mod form;
mod indicator;
mod measure;
pub(crate) mod naming;
mod numbering;
mod post;
mod role;
mod vocabulary;
mod workflow;

use std::cell::RefCell;

use files::Files;
use naming::{Age, Defined};

use crate::{
    definition::{Campaign, Form, IdxVec, RosterFields, Vocabulary, Years},
    marker::Marker,
    mistake::Mistake,
    source::Source,
    written::Page,
};

/// Checks a definition as a whole.
///
/// # Errors
/// Every mistake, sorted by file and line.
pub fn check(source: &Source) -> Result<Campaign, Vec<Mistake>> {
    check_at(source, Age::New)
}

/// Checks a definition that was put in force before, perhaps by a program that checked less: where a
/// later check would refuse it, it means what it meant then.
///
/// # Errors
/// Every mistake, sorted by file and line.
pub fn check_stored(source: &Source) -> Result<Campaign, Vec<Mistake>> {
    check_at(source, Age::Stored)
}

fn check_at(source: &Source, age: Age) -> Result<Campaign, Vec<Mistake>> {
    let mistakes = RefCell::default();
    let campaign = build(&Files::read(source, &mistakes), source.hash(), age);
    unless_mistaken(campaign, mistakes.into_inner())
}

/// Checks the text of a `vocabulary.toml` by itself.
///
/// # Errors
/// Every mistake, sorted by line; `path` is what they call the file.
pub fn check_vocabulary(path: &str, text: &str) -> Result<Vocabulary, Vec<Mistake>> {
    let mistakes = RefCell::default();
    let vocabulary = vocabulary::check(&Page::read("vocabulary", Marker::new(path, text, &mistakes)));
    unless_mistaken(Some(vocabulary), mistakes.into_inner())
}

fn unless_mistaken<T>(checked: Option<T>, mut mistakes: Vec<Mistake>) -> Result<T, Vec<Mistake>> {
    if let Some(checked) = checked.filter(|_| mistakes.is_empty()) {
        return Ok(checked);
    }
    mistakes.sort_by_cached_key(|mistake| {
        (mistake.file.clone(), mistake.line, mistake.column, mistake.message.en.clone())
    });
    Err(mistakes)
}

/// The campaign; `None` only when something that every definition has was marked as missing.
fn build(files: &Files<'_>, hash: String, age: Age) -> Option<Campaign> {
    let clauses = campaign::clauses(&files.clauses);
    let dictionaries: IdxVec<_> = files.dictionaries.iter().map(dictionary::check).collect();
    let (measures, measure_kinds) = measure::check(files);
    let general = &files.campaign.value;
    let readings = campaign::readings(&files.campaign);
    let (period, baseline) = campaign::periods(&files.campaign);
    let roles = role::check(&files.built_in_roles, &files.roles);
    let defined = Defined {
        clauses: clauses.iter().map(|clause| clause.id.clone()).collect(),
        dictionaries: &dictionaries,
        ownership: general.classification.ownership.iter().map(|class| class.id.value.clone()).collect(),
        measures: measure_kinds,
        has_unlisted: measures.iter().map(|measure| measure.has_unlisted).collect(),
        readings: &readings,
        roles: &roles,
        period: Years { first: period.first, last: period.last },
        age,
    };
    let mut drafts: Vec<_> = files.forms().map(|(kind, page)| form::check(page, kind, &defined)).collect();
    let classification = campaign::classification(&files.campaign, &mut drafts, &defined);
    let forms: IdxVec<Form> = drafts.into_iter().map(|draft| draft.form).collect();
    let mut indicators: Vec<_> =
        files.indicators.iter().map(|page| indicator::check(page, &defined)).collect();
    indicators.sort_by_cached_key(|indicator| naming::number_parts(&indicator.id));
    campaign::general_id(&files.campaign);
    let (roster, form) = forms.entries().find(|(_, form)| !form.kind.has_records())?;
    let roster_fields = RosterFields::find(form)?;
    Some(Campaign {
        id: general.id.value.clone(),
        hash,
        title: general.title.clone(),
        document: general.document.clone(),
        period,
        baseline,
        classification,
        readings,
        clauses,
        roster,
        roster_fields,
        forms,
        measures,
        indicators: indicators.into(),
        dictionaries,
        vocabulary: files.vocabulary.as_ref().map(vocabulary::check).unwrap_or_default(),
        roles,
    })
}
