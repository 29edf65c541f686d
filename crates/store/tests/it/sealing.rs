//! What an earlier version stored in clear is sealed, once and for all.

use std::collections::BTreeMap;

use model::ids::RecordId;
use store::{
    Personal, Vault,
    audit::{self, AuditEntry, AuditTexts},
    crypto::{self, seal_content},
    imports,
    records::{self, RecordRow},
};

use crate::{both, now, read, vault, write};

const NUMBER: &str = "210202198001010008";

fn fact(id: i64) -> RecordRow {
    let content = format!("{{\"number\":\"{id}\",\"id_number\":\"{NUMBER}\",\"phone\":\"13800000000\"}}");
    RecordRow { version: 3, content, ..crate::fact(id) }
}

fn fields() -> BTreeMap<String, Personal> {
    [("id_number", Personal::IdNumber), ("phone", Personal::Phone)]
        .map(|(field, sort)| (field.to_owned(), sort))
        .into()
}

both! {
    async fn facts_and_their_history_are_written_anew_in_great_numbers(test: &TestDb) {
        let vault = vault();
        let many: Vec<RecordRow> = (0..1203).map(fact).collect();
        let mut tx = write(test).await;
        records::insert(&mut tx, &many).await.unwrap();
        let entry = AuditEntry {
            action: "correct",
            subject: "fact",
            subject_id: 20_000,
            before: None,
            after: Some(many[0].content.clone()),
            detail: None,
            record: None,
        };
        audit::append(&mut tx, &vault, "li", "hash", now(), vec![entry]).await.unwrap();
        let mut seen = Vec::new();
        while let Some(rows) = Some(crypto::list_after(&mut tx, seen.last().copied().unwrap_or(0), 500).await.unwrap())
            .filter(|rows| !rows.is_empty())
        {
            seen.extend(rows.iter().map(|row| row.id.0));
            let sealed = rows.into_iter().map(|row| {
                let content = seal_content(&vault, &fields(), &row.content).unwrap();
                RecordRow { content, identity: format!("new {}", row.identity), ..row }
            });
            crypto::put_records(&mut tx, &sealed.collect::<Vec<_>>()).await.unwrap();
        }
        assert_eq!(seen.len(), many.len());
        let found = audit::texts_of(&mut tx, "fact", 20_000).await.unwrap();
        let [AuditTexts { before: None, after: Some(after), .. }] = found.as_slice() else {
            panic!("{found:?}")
        };
        let sealed = seal_content(&vault, &fields(), after).unwrap();
        let texts = AuditTexts { after: Some(sealed.clone()), ..found[0].clone() };
        audit::put_texts(&mut tx, &vault, vec![texts]).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = read(test).await;
        let stored = records::find(&mut tx, RecordId(20_007)).await.unwrap().unwrap();
        assert_eq!((stored.identity.as_str(), stored.version), ("new 7", 3), "it is no change of the fact");
        assert!(!stored.content.contains(NUMBER) && !stored.content.contains("1380"), "{}", stored.content);
        assert!(stored.content.contains("\"number\":\"7\""), "{}", stored.content);
        let texts = audit::texts_of(&mut tx, "fact", 20_000).await.unwrap();
        assert_eq!(texts[0].after, Some(sealed));
    }
}

both! {
    async fn files_that_wait_are_sealed(test: &TestDb) {
        let vault = vault();
        let row = imports::Import {
            import_id: 30_001,
            user_id: 1,
            unit_id: None,
            created_at: 0,
            file_name: "a.csv".to_owned(),
            form: String::new(),
            sheet: None,
            state: "draft".to_owned(),
            done: 0,
            total: 0,
            options: "{}".to_owned(),
            report: Some("{\"a\":1}".to_owned()),
            take_back: None,
        };
        let mut tx = write(test).await;
        imports::insert(&mut tx, &row, NUMBER.as_bytes()).await.unwrap();
        for _ in 0..2 {
            crypto::seal_imports(&mut tx, &vault).await.unwrap();
        }
        let id = model::ids::ImportId(30_001);
        let content = imports::content(&mut tx, id).await.unwrap().unwrap();
        assert_ne!(content, NUMBER.as_bytes());
        assert_eq!(vault.open_file(content).unwrap(), NUMBER.as_bytes());
        let report = imports::find(&mut tx, id).await.unwrap().unwrap().report.unwrap();
        assert_eq!(vault.open_note(&report).as_deref(), Some("{\"a\":1}"));
        assert!(report.starts_with('~'), "{report}");
    }
}

#[test]
fn only_what_is_personal_is_sealed() {
    let vault = Vault::new(&testkit::secret());
    let seal = |content: &str| seal_content(&vault, &fields(), content);
    assert_eq!(seal("{\"title\":\"x\",\"n\":1}"), None);
    assert_eq!(seal("no json"), None);
    let once = seal(&format!("{{\"gone\":\"{NUMBER}\",\"attributes\":{{\"phone\":\"138\"}}}}")).unwrap();
    assert!(!once.contains(NUMBER) && !once.contains("138\""), "{once}");
    assert_eq!(seal(&once), None, "sealing again changes nothing");
}
