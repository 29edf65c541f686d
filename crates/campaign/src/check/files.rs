//! Which file defines what.

use std::cell::RefCell;

use crate::{
    check::role::BUILT_IN,
    definition::FormFolder,
    marker::Marker,
    mistake::{Mistake, say},
    source::Source,
    written::{
        Page,
        campaign::{Campaign, Clauses},
        dictionary::Dictionary,
        form::Form,
        indicator::Indicator,
        measure::Measures,
        read::Read,
        role::Roles,
        vocabulary::Vocabulary,
    },
};

/// All files of a definition, as written; lists are in the order of file names.
pub(super) struct Files<'a> {
    /// `campaign.toml`.
    pub(super) campaign: Page<'a, Campaign>,
    /// `clauses.toml`.
    pub(super) clauses: Page<'a, Clauses>,
    /// `measures.toml`.
    pub(super) measures: Page<'a, Measures>,
    /// `dictionaries/*.toml`.
    pub(super) dictionaries: Vec<Page<'a, Dictionary>>,
    /// `indicators/*.toml`.
    pub(super) indicators: Vec<Page<'a, Indicator>>,
    /// `vocabulary.toml`, which a campaign may do without.
    pub(super) vocabulary: Option<Page<'a, Vocabulary>>,
    /// `roles.toml`, which need not be there.
    pub(super) roles: Page<'a, Roles>,
    /// The roles of every federation.
    pub(super) built_in_roles: Page<'a, Roles>,
    roster: Page<'a, Form>,
    returns: Vec<Page<'a, Form>>,
    registers: Vec<Page<'a, Form>>,
}

impl<'a> Files<'a> {
    /// Reads them all and marks those that are missing or have no place.
    pub(super) fn read(source: &'a Source, mistakes: &'a RefCell<Vec<Mistake>>) -> Self {
        for file in source.defining().filter(|file| !is_known_path(&file.path)) {
            Marker::new(&file.path, &file.text, mistakes).mark(
                &(0..0),
                say!("这个文件不属于定义的任何部分", "this file is no part of a definition"),
                say!(
                    "请移到 dictionaries/、registers/、returns/ 或 indicators/ 下,或删除",
                    "move it into dictionaries/, registers/, returns/ or indicators/, or delete it"
                ),
            );
        }
        Self {
            campaign: single(source, "campaign.toml", mistakes),
            clauses: single(source, "clauses.toml", mistakes),
            measures: single(source, "measures.toml", mistakes),
            vocabulary: source.file(VOCABULARY).map(|_| single(source, VOCABULARY, mistakes)),
            roles: match source.file(ROLES) {
                Some(file) => Page::read("roles", Marker::new(ROLES, &file.text, mistakes)),
                None => Page::absent("roles", Marker::new(ROLES, "", mistakes)),
            },
            built_in_roles: Page::read("roles", Marker::new(ROLES, BUILT_IN, mistakes)),
            roster: single(source, FormFolder::Roster.path(), mistakes),
            dictionaries: directory(source, "dictionaries/", mistakes),
            registers: directory(source, FormFolder::Registers.path(), mistakes),
            returns: directory(source, FormFolder::Returns.path(), mistakes),
            indicators: directory(source, "indicators/", mistakes),
        }
    }

    /// All forms, with where they were found: the roster, returns and baselines, registers.
    pub(super) fn forms(&self) -> impl Iterator<Item = (FormFolder, &Page<'a, Form>)> {
        let roster = std::iter::once((FormFolder::Roster, &self.roster));
        let returns = self.returns.iter().map(|page| (FormFolder::Returns, page));
        let registers = self.registers.iter().map(|page| (FormFolder::Registers, page));
        roster.chain(returns).chain(registers)
    }
}

/// The files that are by themselves.
const SINGLE: [&str; 4] = ["campaign.toml", "clauses.toml", "measures.toml", FormFolder::Roster.path()];
/// The files that need not be there.
const ROLES: &str = "roles.toml";
const VOCABULARY: &str = "vocabulary.toml";
/// The directories with one thing per file.
const DIRECTORIES: [&str; 4] =
    ["dictionaries/", FormFolder::Registers.path(), FormFolder::Returns.path(), "indicators/"];

fn is_known_path(path: &str) -> bool {
    SINGLE.contains(&path)
        || [ROLES, VOCABULARY].contains(&path)
        || DIRECTORIES.iter().any(|directory| stem(path, directory).is_some())
}

/// The name of a file that lies in `directory` itself.
fn stem<'p>(path: &'p str, directory: &str) -> Option<&'p str> {
    path.strip_prefix(directory)?.strip_suffix(".toml").filter(|stem| !stem.contains('/'))
}

fn single<'a, T: Read>(
    source: &'a Source,
    path: &'static str,
    mistakes: &'a RefCell<Vec<Mistake>>,
) -> Page<'a, T> {
    let stem = path.trim_end_matches(".toml");
    match source.file(path) {
        Some(file) => Page::read(stem, Marker::new(path, &file.text, mistakes)),
        None => Page::missing(stem, Marker::new(path, "", mistakes)),
    }
}

fn directory<'a, T: Read>(
    source: &'a Source,
    directory: &str,
    mistakes: &'a RefCell<Vec<Mistake>>,
) -> Vec<Page<'a, T>> {
    let read = |file: &'a crate::source::SourceFile| {
        let marker = Marker::new(&file.path, &file.text, mistakes);
        stem(&file.path, directory).map(|stem| Page::read(stem, marker))
    };
    source.files().iter().filter_map(read).collect()
}
