//! The check of a definition. It turns a definition as written into a
//! [`Definition`] that can be used without further checks, or returns every mistake.
//!
//! Each part is built even when something in it is wrong. An empty value replaces
//! what is wrong, so that later checks can go on. If there is one mistake, the
//! result is thrown away.

mod answers;
mod campaign;
mod derived;
mod dictionary;
mod duplicate_key;
pub(crate) mod field;
mod files;
mod form;
mod grains;
mod indicator;
mod measure;
pub(crate) mod naming;
mod numbering;
mod post;
mod proposed_by;
mod relation;
mod role;
mod same;
mod version_names;
mod vocabulary;
mod workflow;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    io,
    path::Path,
};

use files::{CampaignFiles, Files};
use model::month::Month;
use naming::Defined;

pub use files::Directory;
pub use naming::Age;

use crate::{
    definition::{
        Campaign, Definition, Form, FormIdx, IdxVec, Indicator, Measure, MeasureIdx, NameHistory, Post,
        RosterFields, VersionNames, Vocabulary,
    },
    marker::Marker,
    mistake::Mistake,
    source::{self, Source},
    written::Page,
};

/// Checks a campaign that stands alone, as a whole.
///
/// # Errors
/// Every mistake, sorted by file and line.
pub fn check(source: &Source) -> Result<Definition, Vec<Mistake>> {
    check_all(&[Directory { source, age: Age::New }])
}

/// Checks campaigns that run side by side: each says what those before it have not said, and says nothing otherwise than
/// they do. What was put in force before, perhaps by a program that checked less, means what it meant then where a later
/// check would refuse it.
///
/// # Errors
/// Every mistake, sorted by file and line; those of a definition without any campaign.
pub fn check_all(directories: &[Directory<'_>]) -> Result<Definition, Vec<Mistake>> {
    let nothing = [Directory { source: &Source::default(), age: Age::New }];
    let directories = if directories.is_empty() { &nothing } else { directories };
    let mistakes = RefCell::default();
    let definition = build(&Files::read(directories, &mistakes), hash(directories));
    unless_mistaken(definition, mistakes.into_inner())
}

/// Checks the campaign of a directory; one that stands beside another is checked after that, whose directory lies beside
/// its own.
///
/// # Errors
/// When a file cannot be read; within, every mistake.
pub fn check_dir(dir: &Path) -> io::Result<Result<Definition, Vec<Mistake>>> {
    let source = Source::read_dir(dir)?;
    let other = base_campaign(&source).map(|id| Source::read_dir(&dir.join("..").join(id))).transpose()?;
    Ok(check_after(other.as_ref(), &source))
}

/// Checks a campaign after the one beside which it stands ([`base_campaign`]), if it does not stand alone.
///
/// # Errors
/// Every mistake, sorted by file and line.
pub fn check_after(other: Option<&Source>, source: &Source) -> Result<Definition, Vec<Mistake>> {
    let earlier = other.map(|source| Directory { source, age: Age::Stored });
    let own = Directory { source, age: Age::New };
    check_all(&earlier.into_iter().chain([own]).collect::<Vec<_>>())
}

/// What a version calls its parts. It is read without a check: of one that was put in force, perhaps by a program that checked
/// less, it must always be known.
pub fn version_names(directories: &[Directory<'_>]) -> VersionNames {
    let mistakes = RefCell::default();
    let files = Files::read(directories, &mistakes);
    version_names::read(&files)
}

/// The name of a version: that of its only campaign, or of all its campaigns together.
fn hash(directories: &[Directory<'_>]) -> String {
    match directories {
        [only] => only.source.hash(),
        several => source::hash_of_all(several.iter().map(|directory| directory.source.hash())),
    }
}

/// The id of the campaign that a directory defines.
///
/// # Errors
/// What is wrong with it.
pub fn campaign_id(source: &Source) -> Result<String, Vec<Mistake>> {
    let mistakes = RefCell::default();
    let id = files::campaign_id(source, &mistakes);
    unless_mistaken(id, mistakes.into_inner())
}

/// The id of the campaign beside which a directory's campaign stands, where it does not define all that it needs.
pub fn base_campaign(source: &Source) -> Option<String> {
    files::general(source, &RefCell::default())?.beside.map(|beside| beside.value)
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

/// The definition; `None` only when something that every definition has was marked as missing.
fn build(files: &Files<'_>, hash: String) -> Option<Definition> {
    version_names::check(files);
    let dictionaries: IdxVec<_> = files.dictionaries.iter().map(dictionary::check).collect();
    let (mut measures, measure_kinds) = measure::check(files);
    let roles = role::check(&files.built_in_roles, &files.roles, &files.ids());
    let mut defined = Defined {
        dictionaries: &dictionaries,
        ownership: campaign::ownership(files.first()),
        measures: measure_kinds,
        scales: measures.iter().map(|measure| measure.scale).collect(),
        has_unlisted: measures.iter().map(|measure| measure.has_unlisted).collect(),
        roles: &roles,
        forms: files.forms.iter().map(relation::defined).collect(),
        age: Age::New,
    };
    let mut drafts = Vec::new();
    for file in &files.forms {
        defined.age = file.age;
        let uses: Vec<_> = files.uses_of(file.page.stem).collect();
        drafts.push(form::check(file, &uses, &defined));
    }
    let classification = campaign::classification(&files.first().campaign, &mut drafts, &defined);
    let mistaken = mistaken_kinds(&drafts);
    let mut forms: IdxVec<Form> = drafts.into_iter().map(|draft| draft.form).collect();
    relation::check_all(files, &mut forms, &dictionaries);
    proposed_by::check_all(files, &mut forms, &measures, &defined);
    derived::check_all(files, &mut forms, &dictionaries, &mistaken);
    campaign::ids(files);
    let check = |own: &CampaignFiles<'_>| campaign::check(own, &forms, &defined);
    let mut campaigns: IdxVec<Campaign> = files.campaigns.iter().map(check).collect();
    for campaign in &mut campaigns {
        count_over_own_years(campaign, &mut measures, &mut forms);
    }
    bound_periods(&campaigns, &mut forms);
    let (answer_pairs, slots) = answers::find(&mut measures, &mut forms, &campaigns);
    grains::find(&mut measures, &forms, slots);
    let (roster, form) = forms.entries().find(|(_, form)| !form.kind.has_records())?;
    let roster_fields = RosterFields::find(form)?;
    let form_files = files.forms.iter().map(|file| {
        let page = &file.page;
        (page.stem.to_owned(), page.marker.text().to_owned())
    });
    let definition = Definition {
        hash,
        classification,
        roster,
        roster_fields,
        forms,
        measures,
        answer_pairs,
        dictionaries,
        vocabulary: files.vocabulary.as_ref().map(vocabulary::check).unwrap_or_default(),
        roles,
        campaigns,
        names: version_names::read(files),
        history: NameHistory::default(),
        stored_forms: BTreeMap::new(),
        form_files: form_files.collect(),
    };
    Some(definition.following(&NameHistory::default()))
}

/// Says for which months returns can state something: those of all campaigns, with their baselines.
fn bound_periods(campaigns: &IdxVec<Campaign>, forms: &mut IdxVec<Form>) {
    let first = campaigns.iter().map(|campaign| campaign.baseline.first.min(campaign.period.first)).min();
    let last = campaigns.iter().map(|campaign| campaign.period.last).max();
    let Some((first, last)) = first.zip(last) else { return };
    for reporting in forms.iter_mut().filter_map(|form| form.reporting.as_mut()) {
        reporting.first = Month::january(first);
        reporting.last = Month::december(last);
    }
}

/// The fields whose kind is mistaken.
fn mistaken_kinds(drafts: &[form::Draft]) -> BTreeSet<derived::FieldOfForm> {
    let forms = drafts.iter().enumerate().map(|(form, draft)| (FormIdx::new(form), &draft.kinds));
    let fields = forms.flat_map(|(form, kinds)| {
        let mistaken = kinds.positions().zip(kinds.iter()).filter(|(_, kind)| kind.is_none());
        mistaken.map(move |(field, _)| (form, field))
    });
    fields.collect()
}

/// Gives a campaign measures of its own for those of the catalogue that count otherwise over its years, and the forms the
/// posts to them.
fn count_over_own_years(campaign: &mut Campaign, measures: &mut IdxVec<Measure>, forms: &mut IdxVec<Form>) {
    let used: Vec<MeasureIdx> = campaign.indicators.iter().flat_map(Indicator::measures).collect();
    let own = measure::over_other_years(measures, used, campaign.first_month());
    for indicator in &mut campaign.indicators {
        indicator.replace_measures(&own);
    }
    for form in forms.iter_mut() {
        let counted: Vec<Post> = form
            .posts
            .iter()
            .filter_map(|post| Some(Post { measure: *own.get(&post.measure)?, ..post.clone() }))
            .filter(|post| !form.posts.iter().any(|known| known.measure == post.measure))
            .collect();
        form.posts.extend(counted);
    }
}
