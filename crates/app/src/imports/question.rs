//! What a person is asked about a row that seems to state a record which is there: both are shown side by
//! side, and what can be chosen.

use campaign::definition::FieldIdx;
use model::value::Value;

use super::{
    Incoming, Report,
    matched::KnownBy,
    records::Good,
    row_choice::{ComparedCell, DifferingRow, MOST_COMPARED, RowChoice, RowKind},
};
use crate::record::{NaturalIdentity, Record};

/// The question about one row.
pub(super) struct Question<'a> {
    incoming: Incoming<'a>,
    good: &'a Good,
    /// The record that the row seems to state; `None` for one that an earlier row states.
    stored: Option<&'a Record>,
    differing: &'a [FieldIdx],
    first: Option<u32>,
    /// Why the row is not taken without a choice.
    pub(super) kind: RowKind,
    choices: Vec<RowChoice>,
}

impl<'a> Question<'a> {
    /// About a row that states other values than its record, which may be corrected or not.
    pub(super) fn new(
        incoming: Incoming<'a>,
        good: &'a Good,
        (stored, by): (&'a Record, KnownBy),
        differing: &'a [FieldIdx],
        is_open: bool,
    ) -> Self {
        let form = incoming.form();
        let number = form.numbering.as_ref().map(|numbering| numbering.field);
        let is_numbered = number.is_some_and(|number| form.identity.contains(&number));
        let identity = |values| NaturalIdentity::new(incoming.snapshot, incoming.form, values);
        let is_another = by == KnownBy::Identity
            && is_numbered
            && !form.natural_identity.is_empty()
            && identity(&good.values).differs_mostly_from(&identity(&stored.fact.values));
        let mut choices = RowChoice::ALL.to_vec();
        // Another record cannot have the same identity; a number is given anew.
        choices.retain(|choice| match choice {
            RowChoice::New => is_numbered || by == KnownBy::Nature,
            RowChoice::Correct => is_open,
            RowChoice::Leave => true,
        });
        let kind = if is_another { RowKind::Another } else { RowKind::Changed };
        Self { incoming, good, stored: Some(stored), differing, first: None, kind, choices }
    }

    /// About a row that states what an earlier row states.
    pub(super) fn repeated(incoming: Incoming<'a>, good: &'a Good, (_, first): (usize, u32)) -> Self {
        let choices = vec![RowChoice::New, RowChoice::Leave];
        let (differing, first) = ([].as_slice(), Some(first));
        Self { incoming, good, stored: None, differing, first, kind: RowKind::Repeated, choices }
    }

    /// Notes the question in the report; what was chosen.
    pub(super) fn note(&self, report: &mut Report) -> Option<RowChoice> {
        let sheet = self.incoming.on(self.good.sheet).sheet_name(report);
        let choice = self.incoming.request.choice(self.kind, &sheet, self.good.row);
        let choice = choice.filter(|choice| self.choices.contains(choice));
        report.undecided += usize::from(choice.is_none());
        *report.differing_counts.entry(self.kind).or_default() += 1;
        if report.differing.len() < MOST_COMPARED {
            report.differing.push(DifferingRow {
                sheet,
                row: self.good.row,
                kind: self.kind,
                record: self.stored.map(|stored| stored.row.id),
                first: self.first,
                choice,
                choices: self.choices.clone(),
                cells: self.cells(),
            });
        }
        choice
    }

    /// What tells which record it is, then what differs.
    fn cells(&self) -> Vec<ComparedCell> {
        let form = self.incoming.form();
        let mut fields = form.identity.clone();
        let others = form.natural_identity.iter().chain(self.differing);
        for field in others {
            if !fields.contains(field) {
                fields.push(*field);
            }
        }
        let cells = fields.into_iter().map(|field| {
            let text = |value: Option<&Value>| self.incoming.text(field, value);
            ComparedCell {
                field: form.fields[field].id.clone(),
                header: form.fields[field].label.zh.clone(),
                stored: self
                    .stored
                    .map(|stored| text(stored.with_pending().value(field)))
                    .unwrap_or_default(),
                found: text(self.good.values[field].as_ref()),
                differs: self.differing.contains(&field),
            }
        });
        cells.filter(|cell| !cell.stored.is_empty() || !cell.found.is_empty()).collect()
    }
}
