//! The audit against itself, and records against the audit: nothing was changed, taken out or put
//! in by anybody but the program.

use std::collections::{HashMap, HashSet};

use store::{
    Tx, Vault,
    accounts::Account,
    audit::{self, StoredEntry, record_digest},
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

/// What one entry says of a record. There are as many as entries, so that each is kept in few bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct RecordEntry {
    record: i64,
    version: i32,
    /// In the order in which they were read: of two that made the same version the later one is meant.
    number: u32,
    /// Whether it is as it was written.
    is_intact: bool,
    /// Whether the record was there after it.
    has_digest: bool,
    digest: i64,
}

/// What the audit says of one record.
#[derive(Debug, Clone, Copy)]
struct LastEntry {
    record: i64,
    /// The lowest version that an entry made.
    first: i32,
    /// The highest version that an entry made.
    last: i32,
    /// How many entries there are.
    entries: u32,
    /// The digest of the record after the last one, if it was not removed then.
    digest: i64,
    has_digest: bool,
    /// Whether the last one is as it was written.
    is_intact: bool,
    /// Whether a stored record was met.
    is_met: bool,
}

impl LastEntry {
    /// What entries about one record say, which come in the order of the versions that they made.
    fn new(entries: &[RecordEntry]) -> Option<Self> {
        let (first, last) = (entries.first()?, entries.last()?);
        Some(Self {
            record: last.record,
            first: first.version,
            last: last.version,
            entries: u32::try_from(entries.len()).unwrap_or(u32::MAX),
            digest: last.digest,
            has_digest: last.has_digest,
            is_intact: last.is_intact,
            is_met: false,
        })
    }

    /// Whether an entry was taken out, or one was put in. The entries of a record that was gone before there
    /// were digests have versions up to zero.
    fn has_gap(&self) -> bool {
        i64::from(self.last) - i64::from(self.first) + 1 != i64::from(self.entries)
            || (self.last > 0 && self.first != 1)
    }
}

/// What the audit says of all records, units and accounts.
#[derive(Default)]
pub(super) struct AuditedRecords {
    /// In the order of records.
    records: Vec<LastEntry>,
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
    /// Reads the whole audit and checks it against its digests. `rolled_back` are records that are known to have had
    /// later versions than they have.
    pub(super) async fn read(
        tx: &mut Tx,
        snapshot: &Snapshot,
        rolled_back: HashSet<i64>,
        findings: &mut Findings,
    ) -> Result<Self> {
        let (vault, region) = (&snapshot.vault, snapshot.region_id);
        let mut audited = Self { rolled_back, ..Self::default() };
        let (mut digests, mut of_records) = (0_i64, Vec::new());
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
            audited.take(&entry, is_intact, &mut of_records);
        })
        .await?;
        of_records.sort_unstable();
        let of_one = of_records.chunk_by(|a, b| a.record == b.record);
        audited.records = of_one.filter_map(LastEntry::new).collect();
        drop(of_records);
        let total = audit::total(tx, vault).await?;
        let found = i64::try_from(audited.entries).unwrap_or(i64::MAX);
        if !total.is_intact || (total.entries, total.digests) != (found, digests) {
            findings.add(Finding::AuditTotal { written: total.entries, found });
        }
        Ok(audited)
    }

    fn take(&mut self, entry: &StoredEntry, is_intact: bool, of_records: &mut Vec<RecordEntry>) {
        let after = entry.after.as_deref().unwrap_or_default();
        match entry.subject.as_str() {
            UNIT => drop(self.units.insert(entry.subject_id, is_intact.then(|| hash(after)))),
            ACCOUNT => {
                drop(self.accounts.insert(entry.subject_id, is_intact.then(|| after.to_owned())));
            }
            _ => {}
        }
        let Some(version) = entry.version.filter(|_| entry.subject == RECORD) else { return };
        of_records.push(RecordEntry {
            record: entry.subject_id,
            version: i32::try_from(version).unwrap_or(i32::MAX),
            number: u32::try_from(of_records.len()).unwrap_or(u32::MAX),
            is_intact,
            has_digest: entry.record_digest.is_some(),
            digest: entry.record_digest.unwrap_or_default(),
        });
    }

    fn find(&self, record: i64) -> Option<usize> {
        self.records.binary_search_by_key(&record, |last| last.record).ok()
    }

    /// Whether a stored record is what the audit says of it; if not, why. What an entry says that is not as it was
    /// written proves nothing, and neither does the last of entries of which some are missing: the record may
    /// have been put back to what it once was.
    pub(super) fn fault(&self, vault: &Vault, row: &RecordRow) -> Option<RecordFault> {
        let Some(last) = self.find(row.id.0).map(|place| &self.records[place]) else {
            return Some(RecordFault::Unrecorded);
        };
        if !last.has_digest || last.digest != record_digest(vault, row) {
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
    pub(super) fn meet(&mut self, vault: &Vault, row: &RecordRow) -> Option<RecordFault> {
        let fault = self.fault(vault, row);
        if let Some(place) = self.find(row.id.0) {
            self.records[place].is_met = true;
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
        for last in &self.records {
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
