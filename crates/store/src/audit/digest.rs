//! Digests of entries of the audit and of rows of records, made with the region's secret: whoever
//! can write to the database and does not have the secret cannot change either unnoticed.

use hmac::{Hmac, Mac as _};
use model::ids::RegionId;
use sha2::Sha256;

use crate::{Vault, records::RecordRow};

/// Which version of a record an entry made, and what the row of the record was then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordMark {
    /// The version.
    pub version: i64,
    /// The digest of its row; `None` when the record was removed.
    pub digest: Option<i64>,
}

impl RecordMark {
    /// That of a record as it is written.
    pub fn written(vault: &Vault, row: &RecordRow) -> Self {
        Self { version: row.version, digest: Some(record_digest(vault, row)) }
    }

    /// That of a record which is removed; `version` is the one after its last.
    pub fn removed(version: i64) -> Self {
        Self { version, digest: None }
    }
}

/// The digest of a record's row.
pub fn record_digest(vault: &Vault, row: &RecordRow) -> i64 {
    record_digest_as(vault, row, &row.form)
}

/// The digest that a record's row had when its form was called `form`.
pub fn record_digest_as(vault: &Vault, row: &RecordRow, form: &str) -> i64 {
    let mut parts = Parts(vault.digest());
    parts.text("record").number(row.id.0).text(form).number(row.unit.0).text(&row.identity);
    parts.number(row.version).text(&row.definition_hash).text(&row.content).option(row.state.as_deref());
    parts.option(row.since.map(|day| day.to_string()).as_deref()).option(row.pending.as_deref());
    parts.finish()
}

/// What the digest of an entry is made of.
pub(super) struct Digested<'a> {
    pub(super) region: RegionId,
    pub(super) id: i64,
    pub(super) at: i64,
    pub(super) actor: &'a str,
    pub(super) action: &'a str,
    pub(super) subject: &'a str,
    pub(super) subject_id: i64,
    pub(super) definition_hash: &'a str,
    pub(super) before: Option<&'a str>,
    pub(super) after: Option<&'a str>,
    pub(super) detail: Option<&'a str>,
    pub(super) version: Option<i64>,
    pub(super) record_digest: Option<i64>,
}

impl Digested<'_> {
    pub(super) fn digest(&self, vault: &Vault) -> i64 {
        let mut parts = Parts(vault.digest());
        parts.text("audit").number(self.region.0).number(self.id).number(self.at).text(self.actor);
        parts.text(self.action).text(self.subject).number(self.subject_id).text(self.definition_hash);
        parts.option(self.before).option(self.after).option(self.detail);
        for number in [self.version, self.record_digest] {
            parts.option(number.map(|number| number.to_string()).as_deref());
        }
        parts.finish()
    }
}

/// The digest of a row of the total.
pub(super) fn total_digest(
    vault: &Vault,
    region: RegionId,
    shard: i64,
    (entries, digests): (i64, i64),
) -> i64 {
    let mut parts = Parts(vault.digest());
    parts.text("audit total").number(region.0).number(shard).number(entries).number(digests);
    parts.finish()
}

/// Puts parts into a digest so that no two lists of parts are the same bytes.
struct Parts(Hmac<Sha256>);

impl Parts {
    fn text(&mut self, text: &str) -> &mut Self {
        self.0.update(&(text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
        self
    }

    fn number(&mut self, number: i64) -> &mut Self {
        self.0.update(&number.to_le_bytes());
        self
    }

    fn option(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.number(1).text(text),
            None => self.number(0),
        }
    }

    /// The first eight bytes: nobody can try one without the secret, so that no more are needed.
    fn finish(self) -> i64 {
        let bytes: [u8; 32] = self.0.finalize().into_bytes().into();
        let mut first = [0; 8];
        first.copy_from_slice(&bytes[..8]);
        i64::from_le_bytes(first)
    }
}
