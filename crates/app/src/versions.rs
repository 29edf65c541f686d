//! Versions of the definition as they are stored: the files of every campaign that was in force together.

use std::{cmp::Reverse, collections::BTreeMap};

use campaign::{
    check::{Age, Directory, campaign_id, check_all, version_names},
    definition::{Definition, NameHistory, VersionNames},
    mistake::Mistake,
    source::{Source, SourceFile},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Tx, definitions, former};

use crate::{Error, Result, Transitioned};

/// One file of a definition as stored.
#[derive(Serialize, Deserialize)]
struct StoredFile {
    path: String,
    text: String,
    /// The campaign that it belongs to; absent where the federation has one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    campaign: Option<String>,
}

/// The campaigns of a region by their ids, in the order in which they were loaded.
#[derive(Default)]
pub(crate) struct StoredSources(Vec<(String, Source)>);

impl StoredSources {
    /// Puts a campaign in the place of its earlier version, or after the others; `false` when it is there already as it is.
    pub(crate) fn put(&mut self, id: &str, source: &Source) -> bool {
        match self.0.iter_mut().find(|(known, _)| known == id) {
            Some((_, stored)) if stored.hash() == source.hash() => return false,
            Some((_, stored)) => *stored = source.clone(),
            None => self.0.push((id.to_owned(), source.clone())),
        }
        true
    }

    /// Checks them together, with the one called `new` about to be put in force.
    pub(crate) fn check(&self, new: &str) -> std::result::Result<Definition, Vec<Mistake>> {
        self.check_at(|id| if id == new { Age::New } else { Age::Stored })
    }

    fn check_at(&self, age: impl Fn(&str) -> Age) -> std::result::Result<Definition, Vec<Mistake>> {
        check_all(&self.directories(age))
    }

    fn directories(&self, age: impl Fn(&str) -> Age) -> Vec<Directory<'_>> {
        self.0.iter().map(|(id, source)| Directory { source, age: age(id) }).collect()
    }

    /// What they call their parts.
    fn names(&self) -> VersionNames {
        version_names(&self.directories(|_| Age::Stored))
    }
}

/// The campaigns of a stored version.
pub(crate) async fn stored_sources(tx: &mut Tx, hash: &str) -> Result<StoredSources> {
    let files = definitions::find_definition(tx, hash).await?;
    let files = files.ok_or_else(|| Error::internal(format!("definition {hash} is not stored")))?;
    let files: Vec<StoredFile> = serde_json::from_str(&files).map_err(Error::internal)?;
    let mut sources: Vec<(Option<String>, Vec<SourceFile>)> = Vec::new();
    for StoredFile { path, text, campaign } in files {
        let file = SourceFile { path, text };
        match sources.iter_mut().find(|(known, _)| *known == campaign) {
            Some((_, files)) => files.push(file),
            None => sources.push((campaign, vec![file])),
        }
    }
    let named = sources.into_iter().map(|(id, files)| {
        let source = Source::from_files(files);
        Ok((id.map_or_else(|| campaign_id(&source), Ok).map_err(Error::Definition)?, source))
    });
    Ok(StoredSources(named.collect::<Result<_>>()?))
}

/// The files of one campaign, as they are stored.
pub(crate) fn files_json(source: &Source) -> Result<String> {
    let files = source.files().iter().map(|file| StoredFile {
        path: file.path.clone(),
        text: file.text.clone(),
        campaign: None,
    });
    serde_json::to_string(&files.collect::<Vec<_>>()).map_err(Error::internal)
}

/// Reads back what [`files_json`] wrote.
pub(crate) fn source_of_json(files: &str) -> Result<Source> {
    let files: Vec<StoredFile> = serde_json::from_str(files).map_err(Error::internal)?;
    let files = files.into_iter().map(|StoredFile { path, text, .. }| SourceFile { path, text });
    Ok(Source::from_files(files.collect()))
}

/// A stored version, as it follows those that were in force before it.
pub(crate) async fn stored(tx: &mut Tx, hash: &str) -> Result<Definition> {
    let definition = stored_sources(tx, hash).await?.check_at(|_| Age::Stored);
    // Earlier versions of the program gave longer names.
    let definition = Definition { hash: hash.to_owned(), ..definition.map_err(Error::Definition)? };
    let mut before = former::definitions_in_force(tx).await?;
    // One that was not noted is older than all that were.
    before.truncate(before.iter().rposition(|known| known == hash).unwrap_or(0));
    Ok(definition.following(&history(tx, before).await?))
}

/// What all versions called their parts that have been in force in the region.
pub(crate) async fn history_so_far(tx: &mut Tx) -> Result<NameHistory> {
    let versions = former::definitions_in_force(tx).await?;
    history(tx, versions).await
}

async fn history(tx: &mut Tx, versions: Vec<String>) -> Result<NameHistory> {
    let mut history = NameHistory::default();
    for hash in versions {
        let names = stored_sources(tx, &hash).await?.names();
        history = history.followed_by(&hash, &names);
    }
    Ok(history)
}

/// Stores a version; storing it again does nothing.
pub(crate) async fn put(
    tx: &mut Tx,
    definition: &Definition,
    sources: &StoredSources,
    now: Timestamp,
) -> Result<()> {
    let is_alone = sources.0.len() == 1;
    let mut files = Vec::new();
    for (id, source) in &sources.0 {
        files.extend(source.files().iter().map(|file| StoredFile {
            path: file.path.clone(),
            text: file.text.clone(),
            campaign: (!is_alone).then(|| id.clone()),
        }));
    }
    let files = serde_json::to_string(&files).map_err(Error::internal)?;
    let first = &definition.first_campaign().id;
    definitions::put_definition(tx, &definition.hash, first, &files, now).await?;
    Ok(store::add_short_names(tx, short_names(definition)).await?)
}

/// What has a short name in what is stored under a definition: its own name, the ids of fields, states, transitions and
/// codes. The commonest come first, because their numbers are the shortest.
pub(crate) fn short_names(definition: &Definition) -> Vec<String> {
    let mut names = vec![definition.hash.clone()];
    names.extend(Transitioned::PARTS.map(ToOwned::to_owned));
    let mut fields: BTreeMap<&str, usize> = BTreeMap::new();
    for field in definition.forms.iter().flat_map(|form| form.fields.iter()) {
        *fields.entry(&field.id).or_default() += 1;
    }
    let mut fields: Vec<(&str, usize)> = fields.into_iter().collect();
    fields.sort_by_key(|(_, forms)| Reverse(*forms));
    names.extend(fields.into_iter().map(|(id, _)| id.to_owned()));
    for workflow in definition.forms.iter().filter_map(|form| form.workflow.as_ref()) {
        names.extend(workflow.states.iter().map(|state| state.id.clone()));
        names.extend(workflow.transitions.iter().map(|transition| transition.id.clone()));
    }
    let codes = definition.dictionaries.iter().flat_map(|dictionary| dictionary.codes.iter());
    // A text of one or two letters is no longer than its number.
    names.extend(codes.map(|code| code.code.clone()).filter(|code| code.len() > 2));
    names
}
