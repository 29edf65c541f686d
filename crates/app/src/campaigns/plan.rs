//! What another version of a campaign does to what is stored, before it is put in force: records concerned, values that
//! cannot be read any more, figures that move.

use std::collections::BTreeMap;

use campaign::{
    change::{Change, ChangeKind, ChangedPart, changes, former_form},
    definition::{Definition, Field, Form, FormIdx, MeasureIdx, StateIdx},
    kinds::ValueShape,
};
use ledger::{
    fact::Fact,
    post::{Posting, postings},
};
use model::ids::RecordId;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use store::{
    FormCodec, Tx,
    records::{self, RecordRow},
};

use super::moves::FigureMove;
use crate::{
    Result, Snapshot,
    record::{Command, derive_anew, identity_of_form, read_record},
};

/// Records that are named as examples.
const EXAMPLES: usize = 5;

/// What a version does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DefinitionPlan {
    /// The campaign that gets another version.
    pub campaign: String,
    /// The name of the definition that would be in force.
    pub hash: String,
    /// Its changes, with what each concerns.
    pub effects: Vec<Effect>,
    /// Figures that move: those of the federation, and of the units that move most.
    pub moves: Vec<FigureMove>,
    /// How many units have figures that move, the federation among them.
    pub moved_units: usize,
}

/// A change, with what it concerns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The change.
    pub change: Change,
    /// Records that state it.
    pub records: u64,
    /// Records whose value cannot be read any more. It is kept as it is.
    pub unread: u64,
    /// Records in which a field that is worked out comes to another value.
    #[serde(default)]
    pub changed: u64,
    /// Some of the records concerned.
    pub examples: Vec<RecordId>,
}

impl Effect {
    /// A change of which nothing is known yet.
    fn new(change: Change) -> Self {
        Self { change, records: 0, unread: 0, changed: 0, examples: Vec::new() }
    }

    /// Whether it would lose what is stated, or read it as something else, without the definition saying so.
    pub fn is_refused(&self) -> bool {
        let loses = match (&self.change.part, &self.change.kind) {
            (ChangedPart::Form(_) | ChangedPart::State(..), ChangeKind::Removed)
            | (_, ChangeKind::NameTaken { .. } | ChangeKind::Identified { .. }) => true,
            (_, ChangeKind::Retyped { is_declared, .. }) => !is_declared,
            _ => false,
        };
        loses && self.records > 0
    }

    /// Whether somebody has to agree to it.
    pub fn needs_consent(&self) -> bool {
        let is_gone = matches!(self.change.part, ChangedPart::Field(..) | ChangedPart::Code(..))
            && matches!(self.change.kind, ChangeKind::Removed | ChangeKind::Derived);
        let judges_otherwise = match &self.change.kind {
            ChangeKind::Shortened { .. } | ChangeKind::Threshold { .. } | ChangeKind::Retargeted { .. } => {
                true
            }
            ChangeKind::Removed => matches!(self.change.part, ChangedPart::Indicator(..)),
            _ => false,
        };
        judges_otherwise || (is_gone && self.records > 0) || self.unread > 0 || self.changed > 0
    }
}

impl DefinitionPlan {
    /// Whether the version must not be put in force.
    pub fn is_refused(&self) -> bool {
        self.effects.iter().any(Effect::is_refused)
    }

    /// Whether the version is put in force only for somebody who has seen what it does, and names it.
    pub fn needs_consent(&self) -> bool {
        !self.moves.is_empty() || self.effects.iter().any(Effect::needs_consent)
    }
}

/// The changes of a new version, with what each concerns of the stored records.
pub(super) async fn effects(tx: &mut Tx, old: &Snapshot, new: &Definition) -> Result<Vec<Effect>> {
    let found = changes(&old.definition, new);
    let mut effects: Vec<Effect> = found.into_iter().map(Effect::new).collect();
    find_records(tx, old, new, &mut effects).await?;
    // Known by the same fields as before, and no record by anything else.
    let is_nothing = |effect: &Effect| match &effect.change.kind {
        ChangeKind::Identified { was, now } => was == now && effect.records == 0,
        _ => false,
    };
    effects.retain(|effect| !is_nothing(effect));
    Ok(effects)
}

/// Counts the records that each change concerns.
async fn find_records(tx: &mut Tx, old: &Snapshot, new: &Definition, effects: &mut [Effect]) -> Result<()> {
    let mut looks: BTreeMap<String, Vec<(usize, Look<'_>)>> = BTreeMap::new();
    for (number, effect) in effects.iter().enumerate() {
        for (form, look) in Look::of_change(&effect.change, old, new) {
            looks.entry(form).or_default().push((number, look));
        }
    }
    if !looks.is_empty() {
        records::for_each(tx, |row| {
            for (number, look) in looks.get(&row.form).into_iter().flatten() {
                let Some(is_unread) = look.finds(&row) else { continue };
                let effect = &mut effects[*number];
                effect.records += 1;
                effect.unread += u64::from(is_unread);
                if effect.examples.len() < EXAMPLES {
                    effect.examples.push(row.id);
                }
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// Adds what the fields that are worked out come to under the version that `after` is under. Nothing is said of a version
/// that gives forms or fields other names: records refer to each other by the present ones until it is in force.
pub(super) async fn add_derived(tx: &mut Tx, after: &Snapshot, effects: &mut Vec<Effect>) -> Result<()> {
    let is_renamed = |effect: &Effect| {
        let part = &effect.change.part;
        matches!(part, ChangedPart::Form(_) | ChangedPart::Field(..))
            && matches!(effect.change.kind, ChangeKind::Renamed { .. })
    };
    let is_gone = |effect: &Effect| {
        matches!((&effect.change.part, &effect.change.kind), (ChangedPart::Form(_), ChangeKind::Removed))
    };
    if effects.iter().any(|effect| is_renamed(effect) || is_gone(effect)) {
        return Ok(());
    }
    for command in derive_anew(tx, after, &|_| true).await? {
        let Command::Derive { record, values } = command else { continue };
        let form = &after.definition.forms[record.fact.form];
        for derived in &form.derived {
            if record.fact.value(derived.field) == values.value(derived.field) {
                continue;
            }
            let part = ChangedPart::Field(form.id.clone(), form.fields[derived.field].id.clone());
            let known = effects.iter().position(|effect| effect.change.part == part);
            let number = known.unwrap_or_else(|| {
                effects.push(Effect::new(Change { part, kind: ChangeKind::Redefined }));
                effects.len() - 1
            });
            let effect = &mut effects[number];
            effect.changed += 1;
            if effect.examples.len() < EXAMPLES && !effect.examples.contains(&record.row.id) {
                effect.examples.push(record.row.id);
            }
        }
    }
    Ok(())
}

/// A form whose posts to a measure change.
struct PostLook<'d> {
    old: &'d Snapshot,
    new: &'d Definition,
    form: FormIdx,
    codec: FormCodec,
    /// The measure, by its ids in both versions.
    measure: (String, String),
}

impl PostLook<'_> {
    /// Whether a record counts otherwise towards the measure; `None` for one that cannot be read.
    fn differs(&self, row: &RecordRow) -> Option<bool> {
        let before = read_record(self.old, row).ok()?;
        let values = self.codec.decode(&row.content).ok()?;
        let workflow = self.new.forms[self.form].workflow.as_ref();
        let state = workflow.and_then(|workflow| workflow.state(row.state.as_deref()?));
        let after = Fact { id: row.id, form: self.form, unit: row.unit, values, state };
        let of = |definition: &Definition, fact: &Fact, measure: &str| {
            let own = postings(definition, fact, &self.old.classes).into_iter();
            own.filter(|posting| definition.measures[posting.measure].id == measure)
                .map(|posting| Posting { measure: MeasureIdx::FIRST, ..posting })
                .collect::<Vec<_>>()
        };
        let before = of(&self.old.definition, &before, &self.measure.0);
        Some(before != of(self.new, &after, &self.measure.1))
    }
}

/// A field that holds codes: the names under which records hold it, and the codes that are looked for.
struct CodeLook {
    keys: Vec<String>,
    codes: Vec<String>,
}

/// What is looked for in the records of a form of the version in force.
enum Look<'d> {
    /// Every record.
    Record,
    /// A value under one of some names.
    Keys(Vec<String>),
    /// A value under one of some names, and whether the new version reads it.
    Read(Vec<String>, Box<FormCodec>),
    /// A code in a field.
    Code(Vec<CodeLook>),
    /// What identifies it is something else under the new version.
    Identity(&'d Snapshot, &'d Form, Box<FormCodec>),
    /// A state, also where it follows from the fields.
    State(&'d Snapshot, StateIdx),
    /// What counts otherwise towards a measure.
    Posts(Box<PostLook<'d>>),
}

impl<'d> Look<'d> {
    /// What a change makes worth looking for, by the form of the version in force.
    fn of_change(change: &Change, old: &'d Snapshot, new: &'d Definition) -> Vec<(String, Self)> {
        let former = |form: &str| -> Option<(&Form, &Form)> {
            let (_, now) = new.form(form)?;
            Some((former_form(&old.definition, new, now)?.1, now))
        };
        match (&change.part, &change.kind) {
            (_, ChangeKind::Added | ChangeKind::Redefined) => Vec::new(),
            (ChangedPart::Form(id), ChangeKind::Removed) => vec![(id.clone(), Self::Record)],
            (ChangedPart::Form(_), ChangeKind::Renamed { was }) => vec![(was.clone(), Self::Record)],
            (ChangedPart::Form(form), ChangeKind::Identified { .. }) => {
                let Some((_, now)) = new.form(form) else { return Vec::new() };
                let Some((_, before)) = former_form(&old.definition, new, now) else { return Vec::new() };
                let codec = Box::new(FormCodec::new(now, &old.vault));
                vec![(before.id.clone(), Self::Identity(old, now, codec))]
            }
            (ChangedPart::State(form, id), ChangeKind::Removed) => {
                let Some((before, _)) = former(form) else { return Vec::new() };
                let state = before.workflow.as_ref().and_then(|workflow| workflow.state(id));
                state.map(|state| (before.id.clone(), Self::State(old, state))).into_iter().collect()
            }
            (ChangedPart::Field(form, id), kind) => {
                let Some((before, now)) = former(form) else { return Vec::new() };
                let look = match kind {
                    ChangeKind::Removed => Self::Keys(keys(before, id)),
                    ChangeKind::Renamed { was } => Self::Keys(keys(before, was)),
                    ChangeKind::NameTaken { .. } => Self::Keys(vec![id.clone()]),
                    _ => Self::Read(keys(now, id), Box::new(FormCodec::new(now, &old.vault))),
                };
                vec![(before.id.clone(), look)]
            }
            (ChangedPart::Post(form, measure), _) => {
                let Some((position, now)) = new.form(form) else { return Vec::new() };
                let Some((_, before)) = former_form(&old.definition, new, now) else { return Vec::new() };
                let is_known = |id: &&String| old.definition.measure(id).is_some();
                let former = new.measure(measure).map(|(_, measure)| measure.former.as_slice());
                let former = former.unwrap_or_default().iter().rev();
                let was = [measure].into_iter().chain(former).find(is_known).cloned();
                let look = PostLook {
                    old,
                    new,
                    form: position,
                    codec: FormCodec::new(now, &old.vault),
                    measure: (was.unwrap_or_else(|| measure.clone()), measure.clone()),
                };
                vec![(before.id.clone(), Self::Posts(Box::new(look)))]
            }
            (ChangedPart::Code(dictionary, id), kind) => {
                let code = if let ChangeKind::Renamed { was } = kind { was } else { id };
                of_code(old, dictionary, code)
            }
            _ => Vec::new(),
        }
    }

    /// Whether a record states it, and if so whether it cannot be read any more.
    fn finds(&self, row: &RecordRow) -> Option<bool> {
        match self {
            Self::Record => Some(false),
            Self::Posts(look) => look.differs(row).filter(|differs| *differs).map(|_| false),
            Self::State(old, state) => {
                let fact = read_record(old, row).ok()?;
                let workflow = old.definition.forms[fact.form].workflow.as_ref()?;
                (workflow.resolve_state(&fact.values, fact.state) == *state).then_some(false)
            }
            Self::Keys(keys) => {
                let content = content_of(row);
                keys.iter().any(|key| content.contains_key(key)).then_some(false)
            }
            Self::Code(fields) => {
                let content = content_of(row);
                let is_meant = |look: &CodeLook| {
                    let mut values = look.keys.iter().filter_map(|key| content.get(key)?.as_str());
                    values.any(|value| look.codes.iter().any(|code| code == value))
                };
                fields.iter().any(is_meant).then_some(false)
            }
            Self::Read(keys, codec) => {
                let content = content_of(row);
                keys.iter().any(|key| content.contains_key(key)).then(|| {
                    codec
                        .unread(&row.content)
                        .is_ok_and(|unread| unread.iter().any(|name| keys.contains(name)))
                })
            }
            Self::Identity(old, form, codec) => {
                let values = codec.decode(&row.content).ok()?;
                (identity_of_form(old, form, &values) != row.identity).then_some(false)
            }
        }
    }
}

/// What a record states, by the names under which it is stored.
fn content_of(row: &RecordRow) -> serde_json::Map<String, Json> {
    serde_json::from_str(&row.content).unwrap_or_default()
}

/// All names under which records hold a field of a form.
fn keys(form: &Form, id: &str) -> Vec<String> {
    let field = form.field(id).map(|field| &form.fields[field]);
    field.map_or_else(|| vec![id.to_owned()], |field| field.all_ids().map(ToOwned::to_owned).collect())
}

/// The fields of all forms that hold codes of a dictionary, with those that mean one of its codes.
fn of_code<'d>(old: &Snapshot, dictionary: &str, code: &str) -> Vec<(String, Look<'d>)> {
    let definition = &old.definition;
    let is_of_dictionary = |field: &&Field| match field.kind.spec().shape {
        ValueShape::Code(list) => definition.dictionaries[list].id == dictionary,
        _ => false,
    };
    let look = |form: &Form, field: &Field| {
        let former = field.former.codes.iter().filter(|(_, now)| *now == code).map(|(was, _)| was.clone());
        CodeLook { keys: keys(form, &field.id), codes: former.chain([code.to_owned()]).collect() }
    };
    let mut found = Vec::new();
    for form in &definition.forms {
        let fields = form.fields.iter().filter(is_of_dictionary);
        let looks: Vec<CodeLook> = fields.map(|field| look(form, field)).collect();
        if !looks.is_empty() {
            found.push((form.id.clone(), Look::Code(looks)));
        }
    }
    found
}
