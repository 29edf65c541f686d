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

/// What the audit says of one record.
#[derive(Debug, Clone, Copy)]
struct LastEntry {
    /// The lowest version that an entry made.
    first: i64,
    /// The highest version that an entry made.
    last: i64,
    /// How many entries there are.
    entries: i64,
    /// The digest of the record after the last one; `None` when it was removed then.
    digest: Option<i64>,
    /// Whether the last one is as it was written.
    is_intact: bool,
    /// Whether a stored record was met.
    is_met: bool,
}

impl LastEntry {
    fn new(entry: &StoredEntry, version: i64, is_intact: bool) -> Self {
        let digest = entry.record_digest;
        Self { first: version, last: version, entries: 1, digest, is_intact, is_met: false }
    }

    fn add(&mut self, entry: &StoredEntry, version: i64, is_intact: bool) {
        self.entries += 1;
        self.first = self.first.min(version);
        // Entries come in the order of their ids, which clocks give.
        if version >= self.last {
            (self.last, self.digest, self.is_intact) = (version, entry.record_digest, is_intact);
        }
    }

    /// Whether an entry was taken out, or one was put in. The entries of a record that was gone before there
    /// were digests have versions up to zero.
    fn has_gap(&self) -> bool {
        self.last - self.first + 1 != self.entries || (self.last > 0 && self.first != 1)
    }
}

/// What the audit says of all records, units and accounts.
#[derive(Default)]
pub(super) struct AuditedRecords {
    records: HashMap<i64, LastEntry>,
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
        let mut digests = 0_i64;
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
        let total = audit::total(tx, vault).await?;
        let found = i64::try_from(audited.entries).unwrap_or(i64::MAX);
        if !total.is_intact || (total.entries, total.digests) != (found, digests) {
            findings.add(Finding::AuditTotal { written: total.entries, found });
        }
        Ok(audited)
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
        let Some(version) = entry.version.filter(|_| entry.subject == RECORD) else { return };
        self.records
            .entry(entry.subject_id)
            .and_modify(|last| last.add(entry, version, is_intact))
            .or_insert_with(|| LastEntry::new(entry, version, is_intact));
    }

    /// Whether a stored record is what the audit says of it; if not, why. What an entry says that is not as it was
    /// written proves nothing, and neither does the last of entries of which some are missing: the record may
    /// have been put back to what it once was.
    pub(super) fn fault(&self, vault: &Vault, row: &RecordRow) -> Option<RecordFault> {
        let Some(last) = self.records.get(&row.id.0) else { return Some(RecordFault::Unrecorded) };
        if last.digest != Some(record_digest(vault, row)) {
            Some(RecordFault::Altered)
        } else if !last.is_intact {
            Some(RecordFault::Unproven)
        } else if last.has_gap() {
            let (versions, entries) = (last.last, last.entries);
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
        if let Some(last) = self.records.get_mut(&row.id.0) {
            last.is_met = true;
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
        for (record, last) in &self.records {
            if last.digest.is_some() && !last.is_met {
                findings.add(Finding::RecordGone { record: *record });
            }
            // Of one that is there it was said with the record.
            if last.has_gap() && !last.is_met {
                findings.add(Finding::Versions {
                    record: *record,
                    versions: last.last,
                    entries: last.entries,
                });
            }
        }
    }
}
