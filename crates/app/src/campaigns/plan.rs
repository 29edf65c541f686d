//! What another version of a campaign does to what is stored, before it is put in force: records concerned, values that
//! cannot be read any more, figures that move.

use std::collections::BTreeMap;

use campaign::{
    change::{Change, ChangeKind, ChangedPart, changes, former_form},
    definition::{Definition, Form},
    kinds::ValueShape,
};
use model::ids::RecordId;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use store::{
    FormCodec, Tx,
    records::{self, RecordRow},
};

use super::moves::FigureMove;
use crate::{Result, Snapshot};

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
    /// Some of the records concerned.
    pub examples: Vec<RecordId>,
}

impl Effect {
    /// Whether it would lose what is stated, or read it as something else, without the definition saying so.
    pub fn is_refused(&self) -> bool {
        let loses = match (&self.change.part, &self.change.kind) {
            (ChangedPart::Form(_) | ChangedPart::State(..), ChangeKind::Removed) => true,
            (_, ChangeKind::Retyped { is_declared, .. }) => !is_declared,
            _ => false,
        };
        loses && self.records > 0
    }

    /// Whether somebody has to agree to it.
    pub fn needs_consent(&self) -> bool {
        let is_gone = matches!(self.change.part, ChangedPart::Field(..) | ChangedPart::Code(..))
            && matches!(self.change.kind, ChangeKind::Removed | ChangeKind::Derived);
        (is_gone && self.records > 0) || self.unread > 0
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
    let mut effects: Vec<Effect> = found
        .into_iter()
        .map(|change| Effect { change, records: 0, unread: 0, examples: Vec::new() })
        .collect();
    let mut looks: BTreeMap<String, Vec<(usize, Look)>> = BTreeMap::new();
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
    Ok(effects)
}

/// What is looked for in the records of a form of the version in force.
enum Look {
    /// Every record.
    Record,
    /// A value under a name.
    Key(String),
    /// A value under a name, and whether the new version reads it.
    Read(String, Box<FormCodec>),
    /// A code under one of some names.
    Code(Vec<String>, String),
    /// A state.
    State(String),
}

impl Look {
    /// What a change makes worth looking for, by the form of the version in force.
    fn of_change(change: &Change, old: &Snapshot, new: &Definition) -> Vec<(String, Self)> {
        let former = |form: &str| -> Option<(&Form, &Form)> {
            let (_, now) = new.form(form)?;
            Some((former_form(&old.definition, now)?.1, now))
        };
        match (&change.part, &change.kind) {
            (_, ChangeKind::Added | ChangeKind::Redefined) => Vec::new(),
            (ChangedPart::Form(id), ChangeKind::Removed) => vec![(id.clone(), Self::Record)],
            (ChangedPart::Form(_), ChangeKind::Renamed { was }) => vec![(was.clone(), Self::Record)],
            (ChangedPart::State(form, id), ChangeKind::Removed) => {
                former(form).map(|(form, _)| (form.id.clone(), Self::State(id.clone()))).into_iter().collect()
            }
            (ChangedPart::Field(form, id), kind) => {
                let Some((before, now)) = former(form) else { return Vec::new() };
                let look = match kind {
                    ChangeKind::Removed => Self::Key(id.clone()),
                    ChangeKind::Renamed { was } => Self::Key(was.clone()),
                    _ => {
                        let field = now.field(id).map(|field| &now.fields[field]);
                        let was = field.and_then(|field| field.former.id.clone());
                        let key = was.filter(|was| before.field(was).is_some()).unwrap_or_else(|| id.clone());
                        Self::Read(key, Box::new(FormCodec::new(now, &old.vault)))
                    }
                };
                vec![(before.id.clone(), look)]
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
            Self::State(id) => (row.state.as_deref() == Some(id)).then_some(false),
            Self::Key(key) => content_of(row).contains_key(key).then_some(false),
            Self::Code(keys, code) => {
                let stated = content_of(row);
                let holds = |key: &String| stated.get(key).and_then(Json::as_str) == Some(code);
                keys.iter().any(holds).then_some(false)
            }
            Self::Read(key, codec) => content_of(row).contains_key(key).then(|| {
                codec.unread(&row.content).is_ok_and(|unread| unread.iter().any(|unread| unread == key))
            }),
        }
    }
}

/// What a record states, by the names under which it is stored.
fn content_of(row: &RecordRow) -> serde_json::Map<String, Json> {
    serde_json::from_str(&row.content).unwrap_or_default()
}

/// The fields of all forms that hold codes of a dictionary.
fn of_code(old: &Snapshot, dictionary: &str, code: &str) -> Vec<(String, Look)> {
    let definition = &old.definition;
    let holds = |form: &Form| -> Vec<String> {
        let fields = form.fields.iter().filter(|field| match field.kind.spec().shape {
            ValueShape::Code(list) => definition.dictionaries[list].id == dictionary,
            _ => false,
        });
        fields.map(|field| field.id.clone()).collect()
    };
    let forms = definition.forms.iter().map(|form| (form.id.clone(), holds(form)));
    forms
        .filter(|(_, keys)| !keys.is_empty())
        .map(|(form, keys)| (form, Look::Code(keys, code.to_owned())))
        .collect()
}
