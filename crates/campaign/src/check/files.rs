//! Which file defines what. The directory of a campaign defines all that it needs, or what campaigns before it lack:
//! what it repeats of them must be the same.

use std::cell::RefCell;

use crate::{
    check::{naming::Age, role::BUILT_IN, same},
    definition::FormFolder,
    marker::Marker,
    mistake::{Mistake, say},
    source::{Source, SourceFile},
    written::{
        Page,
        campaign::{Campaign, Clauses},
        dictionary::Dictionary,
        form::{Form, FormUse, Post},
        indicator::Indicator,
        measure::Measures,
        read::{Located, Read},
        role::Roles,
        vocabulary::Vocabulary,
    },
};

/// A campaign's directory, to be checked alone or after others.
#[derive(Debug, Clone, Copy)]
pub struct Directory<'a> {
    /// Its files.
    pub source: &'a Source,
    /// Whether it is about to be put in force, or has been before.
    pub age: Age,
}

/// All files of a definition, as written; lists are in the order of file names.
pub(super) struct Files<'a> {
    /// What is each campaign's own.
    pub(super) campaigns: Vec<CampaignFiles<'a>>,
    /// `dictionaries/*.toml`.
    pub(super) dictionaries: Vec<Page<'a, Dictionary>>,
    /// `vocabulary.toml`, which a federation may do without.
    pub(super) vocabulary: Option<Page<'a, Vocabulary>>,
    /// `roles.toml`, which need not be there: what campaigns before it have is left out.
    pub(super) roles: Vec<Page<'a, Roles>>,
    /// The roles of every federation.
    pub(super) built_in_roles: Page<'a, Roles>,
    /// All forms: the roster, returns and baselines, registers.
    pub(super) forms: Vec<FormFile<'a>>,
}

/// A form of the catalogue, as its first campaign writes it.
pub(super) struct FormFile<'a> {
    /// Where it lies.
    pub(super) folder: FormFolder,
    /// What is in it.
    pub(super) page: Page<'a, Form>,
    /// Since when it is there.
    pub(super) age: Age,
}

/// The files of one campaign that say what is its own.
pub(super) struct CampaignFiles<'a> {
    /// The name of this version.
    pub(super) hash: String,
    /// Since when it is there.
    pub(super) age: Age,
    /// `campaign.toml`.
    pub(super) campaign: Page<'a, Campaign>,
    /// `clauses.toml`.
    pub(super) clauses: Page<'a, Clauses>,
    /// `measures.toml`: what campaigns before it have is left out.
    pub(super) measures: Page<'a, Measures>,
    /// `indicators/*.toml`.
    pub(super) indicators: Vec<Page<'a, Indicator>>,
    /// Which forms it uses, and what it counts of them.
    pub(super) uses: Vec<Page<'a, FormUse>>,
}

impl<'a> Files<'a> {
    /// Reads them all and marks those that are missing or have no place, and what a campaign defines otherwise than one
    /// before it.
    pub(super) fn read(directories: &[Directory<'a>], mistakes: &'a RefCell<Vec<Mistake>>) -> Self {
        let built_in = Marker::new(ROLES, BUILT_IN, mistakes);
        let mut files = Self {
            campaigns: Vec::new(),
            dictionaries: Vec::new(),
            vocabulary: None,
            roles: Vec::new(),
            built_in_roles: Page::read("roles", built_in),
            forms: Vec::new(),
        };
        for (number, directory) in directories.iter().enumerate() {
            let Directory { source, age } = *directory;
            let reader = Reader { source, age, earlier: &directories[..number], mistakes };
            reader.mark_homeless();
            files.add(&reader);
        }
        files
    }

    /// Adds what a directory has that none before it had.
    fn add(&mut self, reader: &Reader<'a, '_>) {
        let age = reader.age;
        self.dictionaries.extend(reader.new_in("dictionaries/"));
        if reader.is_first() {
            self.forms.push(FormFile {
                folder: FormFolder::Roster,
                page: reader.single(FormFolder::Roster.path()),
                age,
            });
        } else {
            reader.same(FormFolder::Roster.path(), &[]);
        }
        for folder in [FormFolder::Returns, FormFolder::Registers] {
            let pages = reader.new_in(folder.path()).into_iter();
            self.forms.extend(pages.map(|page| FormFile { folder, page, age }));
        }
        reader.same(VOCABULARY, &[]);
        self.roles.extend(reader.new_roles());
        if reader.new_file(VOCABULARY).is_some() {
            self.vocabulary = Some(reader.single(VOCABULARY));
        }
        reader.same_table(CAMPAIGN, "classification");
        self.campaigns.push(reader.campaign());
    }

    /// What campaigns after the one that defines a form say of it.
    pub(super) fn uses_of(&self, form: &str) -> impl Iterator<Item = &Page<'a, FormUse>> {
        let all = self.campaigns.iter().flat_map(|campaign| &campaign.uses);
        all.filter(move |page| page.stem == form)
    }

    /// Ids of the campaigns.
    pub(super) fn ids(&self) -> Vec<&str> {
        self.campaigns.iter().map(|campaign| campaign.campaign.value.id.value.as_str()).collect()
    }

    /// The file with the catalogue's classification: the first campaign's.
    pub(super) fn first(&self) -> &CampaignFiles<'a> {
        // A definition is always read from at least one directory.
        &self.campaigns[0]
    }
}

/// The id in `campaign.toml`; only what is wrong with it is marked.
pub(super) fn campaign_id(source: &Source, mistakes: &RefCell<Vec<Mistake>>) -> Option<String> {
    let Some(file) = source.file(CAMPAIGN) else {
        Page::<Campaign>::missing("campaign", Marker::new(CAMPAIGN, "", mistakes));
        return None;
    };
    let marker = Marker::new(CAMPAIGN, &file.text, mistakes);
    let id = general(source, mistakes)?.id;
    if id.value.is_empty() {
        Located::<String>::absent("id", &id.span, marker);
        return None;
    }
    Some(id.value)
}

/// What is in `campaign.toml`, without a mark of what is wrong with it.
pub(super) fn general(source: &Source, mistakes: &RefCell<Vec<Mistake>>) -> Option<Campaign> {
    let file = source.file(CAMPAIGN)?;
    Some(Page::read("campaign", Marker::new(CAMPAIGN, &file.text, mistakes).muted()).value)
}

/// Reads the directory of one campaign.
struct Reader<'a, 'd> {
    source: &'a Source,
    age: Age,
    earlier: &'d [Directory<'a>],
    mistakes: &'a RefCell<Vec<Mistake>>,
}

impl<'a> Reader<'a, '_> {
    fn is_first(&self) -> bool {
        self.earlier.is_empty()
    }

    fn marker(&self, file: &'a SourceFile) -> Marker<'a> {
        self.marker_at(&file.path, &file.text)
    }

    /// A marker that names the campaign with the file where that is not the one that is about to be put in force.
    fn marker_at(&self, path: &'a str, text: &'a str) -> Marker<'a> {
        let marker = Marker::new(path, text, self.mistakes);
        match self.age {
            Age::New => marker,
            Age::Stored => marker.of_other(self.source),
        }
    }

    /// A marker for what a campaign repeats of those before it. One that was put in force before repeated what they said then:
    /// what they say otherwise now is no mistake of its own.
    fn repeated(&self, marker: Marker<'a>) -> Marker<'a> {
        match self.age {
            Age::New => marker,
            Age::Stored => marker.muted(),
        }
    }

    fn mark_homeless(&self) {
        for file in self.source.defining().filter(|file| !is_known_path(&file.path)) {
            self.marker(file).mark(
                &(0..0),
                say!("这个文件不属于定义的任何部分", "this file is no part of a definition"),
                say!(
                    "请移到 dictionaries/、registers/、returns/、forms/ 或 indicators/ 下,或删除",
                    "move it into dictionaries/, registers/, returns/, forms/ or indicators/, or delete it"
                ),
            );
        }
    }

    /// The file of a campaign before this one that defines the same.
    fn earlier_file(&self, path: &str) -> Option<&'a SourceFile> {
        self.earlier.iter().find_map(|directory| directory.source.file(path))
    }

    /// A file that no campaign before this one has.
    fn new_file(&self, path: &str) -> Option<&'a SourceFile> {
        self.source.file(path).filter(|_| self.earlier_file(path).is_none())
    }

    fn single<T: Read>(&self, path: &'static str) -> Page<'a, T> {
        let stem = path.trim_end_matches(".toml");
        match self.source.file(path) {
            Some(file) => Page::read(stem, self.marker(file)),
            None => Page::missing(stem, self.marker_at(path, "")),
        }
    }

    fn directory(&self, directory: &str) -> impl Iterator<Item = (&'a str, &'a SourceFile)> {
        self.source.files().iter().filter_map(move |file| Some((stem(&file.path, directory)?, file)))
    }

    /// The files of a directory that no campaign before this one has; the others must be the same.
    fn new_in<T: Read>(&self, directory: &str) -> Vec<Page<'a, T>> {
        let mut pages = Vec::new();
        for (stem, file) in self.directory(directory) {
            if self.earlier_file(&file.path).is_some() {
                self.same(&file.path, &CAMPAIGNS_OWN);
            } else {
                pages.push(Page::read(stem, self.marker(file)));
            }
        }
        pages
    }

    /// Marks what a file says otherwise than that of a campaign before this one, if there are both.
    fn same(&self, path: &str, but: &[&str]) {
        if let Some((own, earlier)) = self.source.file(path).zip(self.earlier_file(path)) {
            same::file(self.repeated(self.marker(own)), &earlier.text, but);
        }
    }

    fn same_table(&self, path: &str, key: &str) {
        if let Some((own, earlier)) = self.source.file(path).zip(self.earlier_file(path)) {
            same::table(self.repeated(self.marker(own)), &earlier.text, key);
        }
    }

    fn campaign(&self) -> CampaignFiles<'a> {
        let read = |directory| {
            let pages = self.directory(directory);
            pages.map(|(stem, file)| Page::read(stem, self.marker(file))).collect::<Vec<_>>()
        };
        let measures = if self.is_first() || self.source.file(MEASURES).is_some() {
            self.single(MEASURES)
        } else {
            Page::absent("measures", self.marker_at(MEASURES, ""))
        };
        CampaignFiles {
            hash: self.source.hash(),
            age: self.age,
            campaign: self.single(CAMPAIGN),
            clauses: self.single("clauses.toml"),
            measures: self.new_measures(measures),
            indicators: read("indicators/"),
            uses: self.own_forms().chain(self.uses()).collect(),
        }
    }

    /// The measures that no campaign before this one has.
    fn new_measures(&self, mut page: Page<'a, Measures>) -> Page<'a, Measures> {
        for earlier in self.earlier.iter().filter_map(|directory| directory.source.file(MEASURES)) {
            same::items(self.repeated(page.marker), &earlier.text, "measure", "id");
        }
        page.value.measure.retain(|measure| !self.has_measure(&measure.id.value));
        page
    }

    /// The roles that no campaign before this one has.
    fn new_roles(&self) -> Option<Page<'a, Roles>> {
        let mut page: Page<'a, Roles> = Page::read("roles", self.marker(self.source.file(ROLES)?));
        for earlier in self.earlier.iter().filter_map(|directory| directory.source.file(ROLES)) {
            same::items(self.repeated(page.marker), &earlier.text, "role", "id");
            page.value.role.retain(|role| !same::has_item(&earlier.text, "role", "id", &role.id.value));
        }
        Some(page)
    }

    /// Whether a campaign before this one has a measure.
    fn has_measure(&self, id: &str) -> bool {
        let files = self.earlier.iter().filter_map(|directory| directory.source.file(MEASURES));
        files.into_iter().any(|file| same::has_item(&file.text, "measure", "id", id))
    }

    /// What each form of this directory says of its use: the clause, and of a form that the catalogue has already what is
    /// counted of it beside what the catalogue counts.
    fn own_forms(&self) -> impl Iterator<Item = Page<'a, FormUse>> {
        let files = FORMS.into_iter().flat_map(|folder| self.directory(folder));
        files.map(|(stem, file)| {
            let marker = self.marker(file);
            let form: Page<'a, Form> = Page::read(stem, marker.muted());
            let post = if self.earlier_file(&file.path).is_some() {
                self.new_posts(stem, marker, form.value.post, true)
            } else {
                Vec::new()
            };
            Page { marker, stem, value: FormUse { clause: form.value.clause, post } }
        })
    }

    /// What `forms/` says of the forms of the catalogue.
    fn uses(&self) -> impl Iterator<Item = Page<'a, FormUse>> {
        self.directory(USES).map(|(stem, file)| {
            let marker = self.marker(file);
            let page: Page<'a, FormUse> = Page::read(stem, marker);
            let post = self.new_posts(stem, marker, page.value.post, false);
            Page { value: FormUse { post, ..page.value }, ..page }
        })
    }

    /// The posts of a form to measures that no campaign before this one has; those to others must be theirs, and where
    /// the form is repeated as a whole they must all be there.
    fn new_posts(
        &self,
        form: &str,
        marker: Marker<'a>,
        mut posts: Vec<Located<Post>>,
        is_whole: bool,
    ) -> Vec<Located<Post>> {
        let paths = FORMS.into_iter().chain([USES]).map(|folder| format!("{folder}{form}.toml"));
        let earlier: Vec<&str> = paths
            .flat_map(|path| self.earlier.iter().filter_map(move |directory| directory.source.file(&path)))
            .map(|file| file.text.as_str())
            .collect();
        same::counted(self.repeated(marker), &earlier, is_whole, |measure| self.has_measure(measure));
        posts.retain(|post| !self.has_measure(&post.value.measure.value));
        posts
    }
}

/// The files that are by themselves.
const SINGLE: [&str; 4] = [CAMPAIGN, "clauses.toml", MEASURES, FormFolder::Roster.path()];
const CAMPAIGN: &str = "campaign.toml";
const MEASURES: &str = "measures.toml";
/// The files that need not be there.
const ROLES: &str = "roles.toml";
const VOCABULARY: &str = "vocabulary.toml";
/// The directories with one thing per file.
const DIRECTORIES: [&str; 5] =
    ["dictionaries/", FormFolder::Registers.path(), FormFolder::Returns.path(), USES, "indicators/"];
/// The directories with a form in each file.
const FORMS: [&str; 2] = [FormFolder::Returns.path(), FormFolder::Registers.path()];
/// The directory of what a campaign says of forms that the catalogue has.
const USES: &str = "forms/";
/// What a campaign says of a form for itself: the others may say otherwise.
const CAMPAIGNS_OWN: [&str; 2] = ["clause", "post"];

fn is_known_path(path: &str) -> bool {
    SINGLE.contains(&path)
        || [ROLES, VOCABULARY].contains(&path)
        || DIRECTORIES.iter().any(|directory| stem(path, directory).is_some())
}

/// The name of a file that lies in `directory` itself.
fn stem<'p>(path: &'p str, directory: &str) -> Option<&'p str> {
    path.strip_prefix(directory)?.strip_suffix(".toml").filter(|stem| !stem.contains('/'))
}
