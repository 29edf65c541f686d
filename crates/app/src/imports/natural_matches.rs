//! Rows that lack a part of what identifies a record, above all its number, are known by what their
//! register declares as its natural identity. Each record is stated by one row at most: of two rows
//! that say the same, the second has to be explained.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use campaign::definition::{FieldIdx, Required};
use exchange::register::masked;
use model::{
    ids::{RecordId, UnitId},
    value::Value,
};
use store::{Tx, records};

use super::{
    Incoming,
    records::{Good, over_stored},
};
use crate::{
    Error, Result,
    record::{NaturalIdentity, Record, is_same_value, read_record},
};

/// Where records are looked for: the unit, and a number for what is compared.
type LookupKey = (UnitId, u64);

/// The records at each place, in the order in which they were entered.
type LookupTable = HashMap<LookupKey, VecDeque<RecordId>>;

/// Records that are compared with one row.
const COMPARED: usize = 16;

/// What a row stands for by its natural identity.
pub(super) enum NaturalMatch {
    /// Nothing that is known.
    Nothing,
    /// This record.
    Record(Box<Record>),
    /// What an earlier row of the file states.
    Repeated {
        /// Position of its sheet among those that are read, and its number.
        first: (usize, u32),
    },
}

/// The records of the units of a file, by their natural identities.
pub(super) struct NaturalMatches<'a> {
    incoming: Incoming<'a>,
    /// Whether full identities may lack what others have: a record may have been entered before its
    /// person's number was known.
    may_lack_parts: bool,
    /// The units whose records are known.
    known: BTreeSet<UnitId>,
    whole: LookupTable,
    required: LookupTable,
    /// The records that a row stands for.
    used: HashSet<RecordId>,
    /// The first row that states something.
    rows: HashMap<LookupKey, (usize, u32)>,
    /// Those records that rows of the present chunk may stand for.
    candidates: BTreeMap<RecordId, Record>,
}

impl<'a> NaturalMatches<'a> {
    pub(super) fn new(incoming: Incoming<'a>) -> Self {
        let form = incoming.form();
        let is_optional = |field: &FieldIdx| !matches!(form.fields[*field].required, Required::Yes);
        Self {
            incoming,
            may_lack_parts: form.identity.iter().any(is_optional),
            known: BTreeSet::new(),
            whole: HashMap::new(),
            required: HashMap::new(),
            used: HashSet::new(),
            rows: HashMap::new(),
            candidates: BTreeMap::new(),
        }
    }

    /// Whether a row may stand for a record that has not its whole identity.
    pub(super) fn concerns(&self, good: &Good) -> bool {
        let is_register = self.incoming.form().kind.is_register();
        is_register && good.mark.is_none() && (self.may_lack_parts || self.lacks_identity(good))
    }

    /// Whether the row does not state all of what identifies a record.
    pub(super) fn lacks_identity(&self, good: &Good) -> bool {
        let mut own = self.incoming.form().identity.iter();
        own.any(|field| good.values[*field].is_none() || good.masked.contains(field))
    }

    /// Notes that a row stands for a record, by its mark or its identity.
    pub(super) fn reserve(&mut self, record: RecordId) {
        self.used.insert(record);
    }

    /// Reads the records that rows of a chunk may stand for.
    pub(super) async fn prepare(&mut self, tx: &mut Tx, good: &[&Good]) -> Result<()> {
        self.candidates.clear();
        let units: BTreeSet<UnitId> = good.iter().map(|good| good.unit).collect();
        let new: Vec<UnitId> = units.difference(&self.known).copied().collect();
        if !new.is_empty() {
            self.read_units(tx, &new).await?;
            self.known.extend(new);
        }
        let mut wanted: HashMap<LookupKey, usize> = HashMap::new();
        let mut loosely: HashMap<LookupKey, usize> = HashMap::new();
        for good in good {
            let identity = self.identity_of(good);
            *wanted.entry((good.unit, identity.hash())).or_default() += 1;
            if let Some(hash) = identity.hash_of_required() {
                *loosely.entry((good.unit, hash)).or_default() += 1;
            }
        }
        let mut ids = BTreeSet::new();
        for (places, wanted) in [(&mut self.whole, wanted), (&mut self.required, loosely)] {
            for (place, rows) in wanted {
                let Some(records) = places.get_mut(&place) else { continue };
                while records.front().is_some_and(|id| self.used.contains(id)) {
                    records.pop_front();
                }
                let free = records.iter().filter(|id| !self.used.contains(id));
                ids.extend(free.take(rows + COMPARED).copied());
            }
        }
        let ids: Vec<RecordId> = ids.into_iter().collect();
        for row in records::find_all(tx, &ids).await? {
            let record = Record::new(self.incoming.snapshot, row)?;
            self.candidates.insert(record.row.id, record);
        }
        Ok(())
    }

    async fn read_units(&mut self, tx: &mut Tx, units: &[UnitId]) -> Result<()> {
        let Incoming { snapshot, form, .. } = self.incoming;
        let mut fault: Option<Error> = None;
        let mut found: Vec<(RecordId, UnitId, NaturalIdentity)> = Vec::new();
        records::for_each_of_units(tx, &snapshot.definition.forms[form].id, units, None, |row| {
            match read_record(snapshot, &row) {
                Ok(fact) => {
                    found.push((row.id, row.unit, NaturalIdentity::new(snapshot, form, &fact.values)));
                }
                Err(error) => fault = Some(error),
            }
        })
        .await?;
        if let Some(error) = fault {
            return Err(error);
        }
        // Rows are in the order in which their records were entered.
        found.sort_unstable_by_key(|(id, ..)| *id);
        for (id, unit, identity) in found {
            self.whole.entry((unit, identity.hash())).or_default().push_back(id);
            if let Some(hash) = identity.hash_of_required() {
                self.required.entry((unit, hash)).or_default().push_back(id);
            }
        }
        Ok(())
    }

    /// What a row of the chunk stands for; the record is not to be had again.
    pub(super) fn take(&mut self, good: &Good) -> NaturalMatch {
        let identity = self.identity_of(good);
        let place = (good.unit, identity.hash());
        let mut found = self.best(good, place, |known| *known == identity);
        if found.is_none()
            && let Some(hash) = identity.hash_of_required()
        {
            found = self.only(good, (good.unit, hash), &identity);
        }
        let row = (good.sheet, good.row);
        let first = *self.rows.entry(place).or_insert(row);
        match found {
            Some(id) => {
                self.used.insert(id);
                let record = self.candidates.remove(&id);
                record.map_or(NaturalMatch::Nothing, |record| NaturalMatch::Record(Box::new(record)))
            }
            None if first != row && self.lacks_identity(good) => NaturalMatch::Repeated { first },
            None => NaturalMatch::Nothing,
        }
    }

    /// The free record at a place that the row changes least.
    fn best(
        &self,
        good: &Good,
        place: LookupKey,
        fits: impl Fn(&NaturalIdentity) -> bool,
    ) -> Option<RecordId> {
        let mut best: Option<(usize, RecordId)> = None;
        for record in self.free(&self.whole, place).filter(|record| self.is_possible(good, record)) {
            if !fits(&self.identity_of_record(record)) {
                continue;
            }
            let changed = over_stored(self.incoming.on(good.sheet), record, good).1.len();
            if best.is_none_or(|(least, _)| changed < least) {
                best = Some((changed, record.row.id));
            }
            if changed == 0 {
                break;
            }
        }
        best.map(|(_, id)| id)
    }

    /// The one free record that says the same as far as both say anything; of several nobody knows which.
    fn only(&self, good: &Good, place: LookupKey, identity: &NaturalIdentity) -> Option<RecordId> {
        let possible = self.free(&self.required, place).filter(|record| self.is_possible(good, record));
        let mut agreeing = possible.filter(|record| self.identity_of_record(record).agrees_with(identity));
        let only = agreeing.next()?.row.id;
        agreeing.next().is_none().then_some(only)
    }

    fn free<'s>(&'s self, records: &'s LookupTable, place: LookupKey) -> impl Iterator<Item = &'s Record> {
        let records = records.get(&place).into_iter().flatten();
        let free = records.filter(|id| !self.used.contains(id));
        free.filter_map(|id| self.candidates.get(id)).take(COMPARED)
    }

    /// Whether nothing that identifies the record is stated otherwise by the row.
    fn is_possible(&self, good: &Good, record: &Record) -> bool {
        let (snapshot, form) = (self.incoming.snapshot, self.incoming.form());
        form.identity.iter().all(|field| match (&good.values[*field], record.fact.value(*field)) {
            (Some(Value::Text(text)), Some(stored)) if good.masked.contains(field) => {
                masked(&form.fields[*field].kind, stored).as_ref() == Some(text)
            }
            (Some(one), Some(other)) => is_same_value(snapshot, form, *field, (one, other)),
            (None, _) | (_, None) => true,
        })
    }

    fn identity_of(&self, good: &Good) -> NaturalIdentity {
        NaturalIdentity::new(self.incoming.snapshot, self.incoming.form, &good.values)
    }

    fn identity_of_record(&self, record: &Record) -> NaturalIdentity {
        NaturalIdentity::new(self.incoming.snapshot, self.incoming.form, &record.fact.values)
    }
}
