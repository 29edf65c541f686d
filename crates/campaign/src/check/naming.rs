//! Checks of names: that they are spelled as allowed, that each is defined once,
//! and that what they refer to exists.

use std::collections::BTreeSet;

use crate::{
    definition::{
        Clause, Dictionary, Idx, IdxVec, Label, Measure, MeasureIdx, MeasureKind, MeasureScale, Reading,
        Role, Years,
    },
    marker::{Marker, Span},
    mistake::say,
    nearest::did_you_mean,
    written::read::Located,
};

/// What is defined and can be referred to.
pub(crate) struct Defined<'a> {
    /// The dictionaries, by position.
    pub(crate) dictionaries: &'a IdxVec<Dictionary>,
    /// Ids of the classes of ownership.
    pub(crate) ownership: Vec<String>,
    /// Ids and kinds of the measures; no kind where it is mistaken.
    pub(crate) measures: IdxVec<Measure, (String, Option<MeasureKind>)>,
    /// In what each measure counts.
    pub(crate) scales: IdxVec<Measure, MeasureScale>,
    /// Whether each measure has supplementary numbers.
    pub(crate) has_unlisted: IdxVec<Measure, bool>,
    /// The roles.
    pub(crate) roles: &'a [Role],
    /// The forms, by position.
    pub(crate) forms: Vec<DefinedForm>,
    /// Whether it is about to be put in force.
    pub(crate) age: Age,
}

/// A form that others can refer to.
pub(crate) struct DefinedForm {
    /// Its id.
    pub(crate) id: String,
    /// Whether its records have a number or a title by which they can be called.
    pub(crate) is_called_something: bool,
}

/// What a campaign defines for itself.
pub(crate) struct CampaignDefined<'a> {
    /// What the catalogue defines.
    pub(crate) catalogue: &'a Defined<'a>,
    /// Ids of the clauses.
    pub(crate) clauses: Vec<String>,
    /// The readings, by position.
    pub(crate) readings: &'a IdxVec<Reading>,
    /// The years that count.
    pub(crate) period: Years,
}

/// Whether a definition is about to be put in force, or has been before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// It is about to be.
    New,
    /// It has been, perhaps by a program that checked less.
    Stored,
}

impl Defined<'_> {
    /// The measure that is named, with its kind.
    pub(crate) fn measure(&self, marker: Marker<'_>, name: &Located<String>) -> Option<MeasureIdx> {
        let ids = self.measures.iter().map(|(id, _)| id.as_str());
        find(marker, name, ids, &say!("统计项", "measure"))
    }
}

impl CampaignDefined<'_> {
    /// Marks a clause that does not exist.
    pub(crate) fn clause(&self, marker: Marker<'_>, name: &Located<String>) {
        find::<Clause>(marker, name, self.clauses.iter().map(String::as_str), &say!("条款", "clause"));
    }
}

/// Position of `name` among `names`; marked when it is not there. An empty
/// name has been marked when it was read.
pub(crate) fn find<'n, T>(
    marker: Marker<'_>,
    name: &Located<String>,
    names: impl Iterator<Item = &'n str>,
    what: &Label,
) -> Option<Idx<T>> {
    let names: Vec<&str> = names.collect();
    let wanted = name.value.as_str();
    let found = names.iter().position(|name| *name == wanted);
    if found.is_none() && !wanted.is_empty() {
        let Label { zh, en } = what;
        marker.mark(
            &name.span,
            say!("没有名为 `{wanted}` 的{zh}", "there is no {en} called `{wanted}`"),
            did_you_mean(wanted, names),
        );
    }
    found.map(Idx::new)
}

/// What the closed list `choices` has for the word; marked when it is none of them.
pub(crate) fn choose<T: Clone>(
    marker: Marker<'_>,
    word: &Located<String>,
    choices: &[(&str, T)],
) -> Option<T> {
    let wanted = word.value.as_str();
    let found = choices.iter().find(|(name, _)| *name == wanted);
    if found.is_none() && !wanted.is_empty() {
        marker.mark(
            &word.span,
            say!("这里不能写 `{wanted}`", "`{wanted}` is not possible here"),
            did_you_mean(wanted, choices.iter().map(|(name, _)| *name)),
        );
    }
    found.map(|(_, choice)| choice.clone())
}

/// Marks every name after the first of its kind.
pub(crate) fn unique<'n>(marker: Marker<'_>, names: impl Iterator<Item = &'n Located<String>>) {
    let mut seen = BTreeSet::new();
    for name in names.filter(|name| !name.value.is_empty()) {
        if !seen.insert(&name.value) {
            let id = &name.value;
            marker.mark(
                &name.span,
                say!("`{id}` 重复定义", "`{id}` is defined twice"),
                say!("请改名或删去其一", "rename or delete one of them"),
            );
        }
    }
}

/// Marks every former name that something else has said before: what is stored under it can be read as one thing alone.
pub(crate) fn unique_former<'n>(names: impl Iterator<Item = (Marker<'n>, &'n Located<String>)>) {
    let mut seen = BTreeSet::new();
    for (marker, name) in names.filter(|(_, name)| !name.value.is_empty()) {
        if !seen.insert(&name.value) {
            let id = &name.value;
            marker.mark(
                &name.span,
                say!("`{id}` 已是另一项的旧名", "`{id}` is the former name of something else already"),
                say!("请只在一处写 was", "write `was` in one of them alone"),
            );
        }
    }
}

/// Marks an id that is not made of lower-case words joined by `joiner`.
pub(crate) fn words(marker: Marker<'_>, span: &Span, id: &str, joiner: char) {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let starts_well = id.starts_with(|first: char| first.is_ascii_lowercase());
    if id.is_empty() || (starts_well && id.split(joiner).all(is_word)) {
        return;
    }
    marker.mark(
        span,
        say!("`{id}` 不是合规的标识", "`{id}` is not an id"),
        say!(
            "请用小写英文单词和数字,以 `{joiner}` 连接,以字母开头",
            "use lower-case words and digits joined by `{joiner}`, beginning with a letter"
        ),
    );
}

/// Marks a number such as `2.9.1` that is written otherwise.
pub(crate) fn number(marker: Marker<'_>, span: &Span, id: &str) {
    if number_parts(id).is_empty() {
        marker.mark(
            span,
            say!("`{id}` 不是指标编号", "`{id}` is not the number of an indicator"),
            say!(
                "文件名请用文件中的编号,例如 2.9.1.toml",
                "name the file by its number in the document, such as 2.9.1.toml"
            ),
        );
    }
}

/// The parts of a number such as `2.9.1`, in whose order 4.10 follows 4.9; none when it is no number.
pub(crate) fn number_parts(id: &str) -> Vec<u32> {
    id.split('.').map(|part| part.parse().ok()).collect::<Option<_>>().unwrap_or_default()
}
