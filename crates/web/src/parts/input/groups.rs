//! The parts of a form: what is entered by now, and what later steps of the workflow ask for.

use std::collections::BTreeSet;

use campaign::definition::{FieldIdx, Required, Section, StateIdx};

use super::{Input, Inputs};
use crate::parts::number::label;

/// A part of the form, with its inputs.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Its heading; `None` for a form that is not divided.
    pub(crate) title: Option<String>,
    /// What to write into it.
    pub(crate) help: Option<String>,
    /// Its inputs: what must be filled in comes first, a number that the system gives last.
    pub(crate) inputs: Vec<Input>,
}

/// A form in two parts.
#[derive(Debug, Clone)]
pub(crate) struct Groups {
    /// What is entered when the record begins, or by the state that it is in.
    pub(crate) first: Vec<Group>,
    /// What later steps ask for.
    pub(crate) later: Option<Later>,
}

/// What later steps ask for: it is folded, and there for records that are entered afterwards.
#[derive(Debug, Clone)]
pub(crate) struct Later {
    /// Its parts.
    pub(crate) groups: Vec<Group>,
    /// Whether it is unfolded from the beginning: something is filled in, or wrong.
    pub(crate) is_open: bool,
}

impl Groups {
    /// All inputs.
    pub(crate) fn inputs_mut(&mut self) -> impl Iterator<Item = &mut Input> {
        let later = self.later.iter_mut().flat_map(|later| &mut later.groups);
        self.first.iter_mut().chain(later).flat_map(|group| &mut group.inputs)
    }
}

impl Inputs<'_> {
    /// All fields but the record's own unit and those that are not for the person to state, by the parts of
    /// the paper form; `state` is where the record is, `None` for a new one.
    pub(crate) fn groups_without(&self, closed: &[FieldIdx], state: Option<StateIdx>) -> Groups {
        // What was sent for one nevertheless is shown with what is wrong with it.
        let is_faulty =
            |field: FieldIdx| self.faults.iter().any(|fault| fault.field == self.form.fields[field].id);
        let fields = self.form.fields.positions().filter(|field| Some(*field) != self.form.unit);
        // What follows from others is shown where it is known.
        let is_derived = |field: FieldIdx| {
            self.form.is_derived(field) && self.typed.contains_key(&self.form.fields[field].id)
        };
        let is_shown = |field: FieldIdx| !closed.contains(&field) || is_faulty(field) || is_derived(field);
        let shown: BTreeSet<FieldIdx> = fields.filter(|field| is_shown(*field)).collect();
        let is_first = |field: &FieldIdx| {
            let workflow = self.form.workflow.as_ref();
            workflow.is_none_or(|workflow| workflow.is_entered_by(state, *field))
        };
        let (first, later): (BTreeSet<FieldIdx>, BTreeSet<FieldIdx>) =
            shown.iter().partition(|field| is_first(field));
        let groups = self.groups_of(&later, &shown);
        let mut inputs = groups.iter().flat_map(|group| &group.inputs).filter(|input| !input.is_derived());
        let is_open = inputs.any(|input| !input.value.is_empty() || !input.faults.is_empty());
        Groups {
            first: self.groups_of(&first, &shown),
            later: (!groups.is_empty()).then_some(Later { groups, is_open }),
        }
    }

    /// Some fields, by the parts of the paper form that have any.
    fn groups_of(&self, fields: &BTreeSet<FieldIdx>, shown: &BTreeSet<FieldIdx>) -> Vec<Group> {
        let inputs = |within: &mut dyn Iterator<Item = FieldIdx>| -> Vec<Input> {
            let mut within: Vec<FieldIdx> = within.filter(|field| fields.contains(field)).collect();
            within.sort_by_key(|field| self.rank(*field));
            within.into_iter().map(|field| self.input(field, shown)).collect()
        };
        let group = |section: &Section| Group {
            title: Some(label(self.words, &section.label).to_owned()),
            help: section.help.as_ref().map(|help| label(self.words, help).to_owned()),
            inputs: inputs(&mut section.fields.iter().copied()),
        };
        let mut groups: Vec<Group> = self.form.sections.iter().map(group).collect();
        if self.form.sections.is_empty() {
            let inputs = inputs(&mut self.form.fields.positions());
            groups.push(Group { title: None, help: None, inputs });
        }
        groups.retain(|group| !group.inputs.is_empty());
        groups
    }

    /// Where a field comes within its part.
    fn rank(&self, field: FieldIdx) -> u8 {
        let numbering = self.form.numbering.as_ref();
        if numbering.is_some_and(|numbering| numbering.field == field) {
            return 2;
        }
        u8::from(!matches!(self.form.fields[field].required, Required::Yes))
    }

    /// Some fields, by their positions.
    pub(crate) fn inputs_of(&self, fields: &[FieldIdx]) -> Vec<Input> {
        let shown = fields.iter().copied().collect();
        fields.iter().map(|field| self.input(*field, &shown)).collect()
    }
}
