//! Another secret: reads everything that is sealed, or made with the secret, and writes it in its new form. What that
//! is, the caller's functions say. All of it happens in one transaction.

use boxed_async::boxed_async;

use crate::{
    Result, Tx, Vault, bulk, definitions,
    records::{self, RecordRow},
    vault::Rekey,
};

/// Writes records in another form of storage: content, identity and what waits; it is no change of the records.
#[boxed_async]
pub async fn put_records(tx: &mut Tx, facts: &[RecordRow]) -> Result<()> {
    records::put_texts(tx, facts).await
}

/// Seals files that wait for their import, reports of imports, drafts, second factors and what jobs failed of with
/// the new secret. How many could not be opened with the former one; they are left as they are.
#[boxed_async]
pub async fn rekey_notes(tx: &mut Tx, rekey: &Rekey) -> Result<u64> {
    let mut unreadable = 0;
    let text = "SELECT import_id FROM import WHERE region_id = $1";
    for id in tx.query(text).values::<i64>(tx).await? {
        let text = "SELECT content FROM import_file WHERE region_id = $1 AND import_id = $2";
        let content: Option<Vec<u8>> = tx.query(text).bind(id).value_optional(tx).await?;
        if let Some(content) = content {
            match rekey.file(content) {
                Some(content) => {
                    let text = "UPDATE import_file SET content = $3 WHERE region_id = $1 AND import_id = $2";
                    tx.query(text).bind(id).bind(content).execute(tx).await?;
                }
                None => unreadable += 1,
            }
        }
    }
    unreadable += rekey_column(
        tx,
        rekey,
        "SELECT import_id, report FROM import WHERE region_id = $1 AND report IS NOT NULL",
        "UPDATE import SET report = $3 WHERE region_id = $1 AND import_id = $2",
    )
    .await?;
    unreadable += rekey_column(
        tx,
        rekey,
        "SELECT user_id, secret FROM second_factor WHERE region_id = $1",
        "UPDATE second_factor SET secret = $3 WHERE region_id = $1 AND user_id = $2",
    )
    .await?;
    unreadable += rekey_column(
        tx,
        rekey,
        "SELECT job_id, last_error FROM job WHERE region_id = $1 AND last_error IS NOT NULL",
        "UPDATE job SET last_error = $3 WHERE region_id = $1 AND job_id = $2",
    )
    .await?;
    unreadable += rekey_column(
        tx,
        rekey,
        "SELECT import_id, take_back FROM import WHERE region_id = $1 AND take_back IS NOT NULL",
        "UPDATE import SET take_back = $3 WHERE region_id = $1 AND import_id = $2",
    )
    .await?;
    // Of an activation code only a digest made with the former secret is stored.
    tx.query("DELETE FROM activation WHERE region_id = $1").execute(tx).await?;
    unreadable += rekey_telephones(tx, rekey).await?;
    unreadable += rekey_drafts(tx, rekey).await?;
    Ok(unreadable)
}

/// Seals the notes of one column anew: `select` gives a key and the note, `update` takes both.
async fn rekey_column(tx: &mut Tx, rekey: &Rekey, select: &'static str, update: &'static str) -> Result<u64> {
    let mut unreadable = 0;
    let rows: Vec<(i64, String)> = tx.query(select).fetch_all(tx).await?;
    for (key, note) in rows {
        match rekey.note(&note) {
            Some(note) => {
                tx.query(update).bind(key).bind(note).execute(tx).await?;
            }
            None => unreadable += 1,
        }
    }
    Ok(unreadable)
}

/// Seals the telephone numbers of accounts anew.
async fn rekey_telephones(tx: &mut Tx, rekey: &Rekey) -> Result<u64> {
    let mut unreadable = 0;
    let text = "SELECT user_id, telephone FROM account WHERE region_id = $1 AND telephone IS NOT NULL";
    let rows: Vec<(i64, String)> = tx.query(text).fetch_all(tx).await?;
    for (user, sealed) in rows {
        let Some((sort, telephone)) = rekey.open(&sealed) else {
            unreadable += 1;
            continue;
        };
        let text = "UPDATE account SET telephone = $3 WHERE region_id = $1 AND user_id = $2";
        tx.query(text).bind(user).bind(rekey.new.seal(sort, &telephone)).execute(tx).await?;
    }
    Ok(unreadable)
}

async fn rekey_drafts(tx: &mut Tx, rekey: &Rekey) -> Result<u64> {
    let mut unreadable = 0;
    let text = "SELECT user_id, draft_id, content FROM draft WHERE region_id = $1";
    let rows: Vec<(i64, String, String)> = tx.query(text).fetch_all(tx).await?;
    for (user, draft, note) in rows {
        let Some(note) = rekey.note(&note) else {
            unreadable += 1;
            continue;
        };
        let text = "UPDATE draft SET content = $4 WHERE region_id = $1 AND user_id = $2 AND draft_id = $3";
        tx.query(text).bind(user).bind(draft).bind(note).execute(tx).await?;
    }
    Ok(unreadable)
}

/// Entries of the log of personal data with the person's token, after `after`.
#[boxed_async]
pub async fn unmask_log_after(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<(i64, String)>> {
    let text = "SELECT entry_id, person FROM privacy_log WHERE region_id = $1 AND entry_id > $2 \
         AND person IS NOT NULL ORDER BY entry_id LIMIT $3";
    tx.query(text).bind(after).bind(limit).fetch_all(tx).await
}

/// Gives entries of the log of personal data other tokens.
#[boxed_async]
pub async fn put_unmask_log(tx: &mut Tx, entries: &[(i64, String)]) -> Result<()> {
    let rows = entries.iter().map(|(id, person)| (*id, [person.into()]));
    bulk::update(tx, "privacy_log", "entry_id", [("person", "TEXT")], rows).await
}

/// Gives entries of the log of access other subjects: the tokens of persons change with the secret.
#[boxed_async]
pub async fn put_access_log(tx: &mut Tx, entries: &[(i64, String)]) -> Result<()> {
    let rows = entries.iter().map(|(id, subject)| (*id, [subject.into()]));
    bulk::update(tx, "access_log", "entry_id", [("subject", "TEXT")], rows).await
}

/// Puts the region under another secret. From here on a server that has the former one is refused everything.
#[boxed_async]
pub async fn put_vault_check(tx: &mut Tx, vault: &Vault) -> Result<()> {
    let text = "UPDATE region SET vault_check = $2 WHERE region_id = $1";
    tx.query(text).bind(vault.check()).execute(tx).await?;
    definitions::raise_version(tx).await
}
