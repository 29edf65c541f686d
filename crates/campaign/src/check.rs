//! The check of a definition: from what is written to a [`Campaign`] in which
//! nothing can fail any more, or to every mistake there is.
//!
//! Each part is built even when something in it is wrong, with an empty value
//! in the place of what is wrong, so that the checks after it go on; a single
//! mistake is enough for the result to be thrown away.

mod campaign;
mod claim;
mod dictionary;
mod field;
mod files;
mod form;
mod indicator;
mod measure;
mod names;
mod numbering;
mod post;
mod workflow;

use std::cell::RefCell;

use files::Files;
use names::Defined;

use crate::{
    definition::{Campaign, Form, FormKind, Years},
    mistake::Mistake,
    source::Source,
};

/// Checks a definition as a whole.
///
/// # Errors
/// Every mistake, sorted by file and line.
pub fn check(source: &Source) -> Result<Campaign, Vec<Mistake>> {
    let mistakes = RefCell::default();
    let campaign = build(&Files::read(source, &mistakes), source.hash());
    let mut mistakes: Vec<Mistake> = mistakes.into_inner();
    if mistakes.is_empty() {
        return Ok(campaign);
    }
    mistakes.sort_by_cached_key(|mistake| {
        (mistake.file.clone(), mistake.line, mistake.column, mistake.message.en.clone())
    });
    Err(mistakes)
}

fn build(files: &Files<'_>, hash: String) -> Campaign {
    let clauses = campaign::clauses(&files.clauses);
    let dictionaries: Vec<_> = files.dictionaries.iter().map(dictionary::check).collect();
    let (measures, measure_kinds) = measure::check(files);
    let general = &files.campaign.value;
    let readings = campaign::readings(&files.campaign);
    let (period, baseline) = campaign::periods(&files.campaign);
    let defined = Defined {
        clauses: clauses.iter().map(|clause| clause.id.clone()).collect(),
        dictionaries: &dictionaries,
        ownership: general.classification.ownership.iter().map(|class| class.id.value.clone()).collect(),
        measures: measure_kinds,
        has_unlisted: measures.iter().map(|measure| measure.has_unlisted).collect(),
        readings: &readings,
        period: Years { first: period.first, last: period.last },
    };
    let mut drafts: Vec<_> = files.forms().map(|(kind, page)| form::check(page, kind, &defined)).collect();
    let classification = campaign::classification(&files.campaign, &mut drafts, &defined);
    let forms: Vec<Form> = drafts.into_iter().map(|draft| draft.form).collect();
    let mut indicators: Vec<_> =
        files.indicators.iter().map(|page| indicator::check(page, &defined)).collect();
    indicators.sort_by_cached_key(|indicator| names::number_parts(&indicator.id));
    campaign::general_id(&files.campaign);
    Campaign {
        id: general.id.value.clone(),
        hash,
        title: general.title.clone(),
        document: general.document.clone(),
        period,
        baseline,
        classification,
        readings,
        clauses,
        roster: forms.iter().position(|form| form.kind == FormKind::Roster).unwrap_or_default(),
        forms,
        measures,
        indicators,
        dictionaries,
    }
}
