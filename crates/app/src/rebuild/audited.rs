//! The audit against itself, and records against the audit: nothing was changed, taken out or put
//! in by anybody but the program.

use std::collections::{BTreeMap, HashMap, HashSet};

use store::{
    Tx,
    accounts::Account,
    audit::{self, StoredEntry, record_digest_as},
    records::RecordRow,
};

use super::{
    hash,
    verified::{Finding, Findings, RecordFault},
};
use crate::{
    Result, Snapshot,
    accounts::audited_account,
    audit::RECORD,
    units::{UNIT, audited_now},
};

/// What an audit entry is about when it is about an account.
const ACCOUNT: &str = "account";

/// What the audit says of one record. There are as many as records, so that each is kept in few bytes.
#[derive(Debug, Clone, Copy)]
struct LastEntry {
    record: i64,
    /// The digest of the record after the last one, if it was not removed then.
    digest: i64,
    /// The lowest version that an entry made.
    first: i32,
    /// The highest version that an entry made.
    last: i32,
    /// How many entries there are.
    entries: u32,
    has_digest: bool,
    /// Whether the last one is as it was written.
    is_intact: bool,
    /// Whether a stored record was met.
    is_met: bool,
}

impl LastEntry {
    /// What one entry says.
    fn new(entry: &StoredEntry, version: i64, is_intact: bool) -> Self {
        let version = i32::try_from(version).unwrap_or(i32::MAX);
        Self {
            record: entry.subject_id,
            digest: entry.record_digest.unwrap_or_default(),
            first: version,
            last: version,
            entries: 1,
            has_digest: entry.record_digest.is_some(),
            is_intact,
            is_met: false,
        }
    }

    /// Takes what later entries say: of two that made the same version the later one is meant.
    fn add(&mut self, later: Self) {
        let first = self.first.min(later.first);
        let entries = self.entries.saturating_add(later.entries);
        if later.last >= self.last {
            *self = later;
        }
        (self.first, self.entries) = (first, entries);
    }

    /// Whether an entry was taken out, or one was put in. The entries of a record that was gone before there
    /// were digests have versions up to zero.
    fn has_gap(&self) -> bool {
        i64::from(self.last) - i64::from(self.first) + 1 != i64::from(self.entries)
            || (self.last > 0 && self.first != 1)
    }
}

/// What the audit says of each record, in the order of records. Ids rise with time, as entries do, so that nearly all of
/// them come in this order; others wait, to be put in many at a time.
#[derive(Default)]
struct LastEntries {
    sorted: Vec<LastEntry>,
    waiting: BTreeMap<i64, LastEntry>,
}

/// As many may wait at least.
const WAITING: usize = 50_000;

impl LastEntries {
    fn add(&mut self, entry: LastEntry) {
        if self.sorted.last().is_none_or(|last| last.record < entry.record) {
            self.sorted.push(entry);
        } else if let Some(place) = self.find(entry.record) {
            self.sorted[place].add(entry);
        } else {
            self.waiting.entry(entry.record).and_modify(|known| known.add(entry)).or_insert(entry);
            if self.waiting.len() >= WAITING.max(self.sorted.len() / 8) {
                self.put_in();
            }
        }
    }

    /// Puts in what waits.
    fn put_in(&mut self) {
        self.sorted.extend(std::mem::take(&mut self.waiting).into_values());
        // Stable, and quick where two parts are in order already.
        self.sorted.sort_by_key(|entry| entry.record);
    }

    fn find(&self, record: i64) -> Option<usize> {
        self.sorted.binary_search_by_key(&record, |last| last.record).ok()
    }
}

/// What the audit says of all records, units and accounts.
#[derive(Default)]
pub(super) struct AuditedRecords {
    records: LastEntries,
    /// What the last entry says of each unit, as a hash of it; `None` when that entry is not as it was written.
    units: HashMap<i64, Option<u64>>,
    /// The same of each account.
    accounts: HashMap<i64, Option<String>>,
    /// Records that the index beside the database knows in a later version.
    rolled_back: HashSet<i64>,
    /// Entries read.
    pub(super) entries: u64,
}

impl AuditedRecords {
    /// Reads the whole audit and checks it against its digests.
    pub(super) async fn read(tx: &mut Tx, snapshot: &Snapshot, findings: &mut Findings) -> Result<Self> {
        let (vault, region) = (&snapshot.vault, snapshot.region_id);
        let (mut audited, mut digests) = (Self::default(), 0_i64);
        audit::for_each(tx, |entry| {
            audited.entries += 1;
            digests = digests.wrapping_add(entry.digest.unwrap_or_default());
            let is_intact = entry.is_intact(vault, region);
            if !is_intact {
                findings.add(Finding::AuditEntry {
                    id: entry.audit_id,
                    subject: entry.subject.clone(),
                    subject_id: entry.subject_id,
                });
            }
            audited.take(&entry, is_intact);
        })
        .await?;
        audited.records.put_in();
        let total = audit::total(tx, vault).await?;
        let found = i64::try_from(audited.entries).unwrap_or(i64::MAX);
        if !total.is_intact || (total.entries, total.digests) != (found, digests) {
            findings.add(Finding::AuditTotal { written: total.entries, found });
        }
        Ok(audited)
    }

    /// The same audit, with records that are known to have had later versions than they have.
    pub(super) fn with_rolled_back(self, rolled_back: HashSet<i64>) -> Self {
        Self { rolled_back, ..self }
    }

    fn take(&mut self, entry: &StoredEntry, is_intact: bool) {
        let after = entry.after.as_deref().unwrap_or_default();
        match entry.subject.as_str() {
            UNIT => drop(self.units.insert(entry.subject_id, is_intact.then(|| hash(after)))),
            ACCOUNT => {
                drop(self.accounts.insert(entry.subject_id, is_intact.then(|| after.to_owned())));
            }
            _ => {}
        }
        if let Some(version) = entry.version.filter(|_| entry.subject == RECORD) {
            self.records.add(LastEntry::new(entry, version, is_intact));
        }
    }

    /// Whether a stored record is what the audit says of it; if not, why. What an entry says that is not as it was
    /// written proves nothing, and neither does the last of entries of which some are missing: the record may
    /// have been put back to what it once was.
    pub(super) fn fault(&self, snapshot: &Snapshot, row: &RecordRow) -> Option<RecordFault> {
        let Some(last) = self.records.find(row.id.0).map(|place| &self.records.sorted[place]) else {
            return Some(RecordFault::Unrecorded);
        };
        // The digest is of the id that the form had when the record was written.
        let form = snapshot.definition.form_in_version(&row.form, &row.definition_hash);
        let is_same = |form| last.digest == record_digest_as(&snapshot.vault, row, form);
        if !last.has_digest || !form.is_some_and(is_same) {
            Some(RecordFault::Altered)
        } else if !last.is_intact {
            Some(RecordFault::Unproven)
        } else if last.has_gap() {
            let (versions, entries) = (i64::from(last.last), i64::from(last.entries));
            Some(RecordFault::Cut { versions, entries })
        } else if self.rolled_back.contains(&row.id.0) {
            Some(RecordFault::RolledBack)
        } else {
            None
        }
    }

    /// As [`AuditedRecords::fault`]; the record has been met.
    pub(super) fn meet(&mut self, snapshot: &Snapshot, row: &RecordRow) -> Option<RecordFault> {
        let fault = self.fault(snapshot, row);
        if let Some(place) = self.records.find(row.id.0) {
            self.records.sorted[place].is_met = true;
        }
        fault
    }

    /// Compares units and accounts with what the audit says of them.
    pub(super) fn check_others(&self, snapshot: &Snapshot, accounts: &[Account], findings: &mut Findings) {
        for unit in snapshot.units.values() {
            let now = hash(audited_now(snapshot, unit).as_str());
            if self.units.get(&unit.id.0).copied().flatten() != Some(now) {
                findings.add(Finding::Unit { code: unit.code.clone() });
            }
        }
        for account in accounts {
            let audited = self.accounts.get(&account.user_id).and_then(Option::as_ref);
            let is_same = audited.is_some_and(|audited| {
                let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
                let (audited, now) = (parsed(audited), parsed(&audited_account(snapshot, account)));
                // The code of its unit is the one that the unit had then; its language is its own affair.
                ["login", "role", "is_disabled"].iter().all(|part| {
                    audited.as_ref().and_then(|all| all.get(part))
                        == now.as_ref().and_then(|all| all.get(part))
                })
            });
            if !is_same {
                findings.add(Finding::Account { login: account.login.clone() });
            }
        }
    }

    /// Names records that are gone although nobody removed them, and versions of removed records that the audit has lost.
    pub(super) fn finish(&self, findings: &mut Findings) {
        for last in &self.records.sorted {
            let record = last.record;
            if last.has_digest && !last.is_met {
                findings.add(Finding::RecordGone { record });
            }
            // Of one that is there it was said with the record.
            if last.has_gap() && !last.is_met {
                findings.add(Finding::Versions {
                    record,
                    versions: i64::from(last.last),
                    entries: i64::from(last.entries),
                });
            }
        }
    }
}
