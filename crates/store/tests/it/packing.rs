//! Records and entries of an earlier version of the program get their compact form.

use store::{
    Error, add_short_names,
    audit::{self, AuditEntry, AuditRow, RecordMark, text_before},
    definitions,
    packing::{PackingPhase, pack_batch, packing},
    records::{self, RecordRow},
};
use testkit::{TestDb, run_sql, write_as_text};

use crate::{both, fact, now, read, vault, write};

/// What a record states in each of its versions.
const VERSIONS: [&str; 3] = [
    r#"{"unit":5,"title":"关于仓库的建议，一","proposed_on":"2014-01-07","score":79.5}"#,
    r#"{"unit":5,"title":"关于仓库的建议，一","proposed_on":"2014-01-07","score":79.5,"decision":"adopted"}"#,
    r#"{"unit":5,"title":"关于仓库的建议，二","proposed_on":"2014-01-07","decision":"adopted"}"#,
];

/// A record with three versions, and one that was removed.
async fn store_history(test: &TestDb) {
    let mut tx = write(test).await;
    definitions::put_region(&mut tx, "hash", false).await.unwrap();
    for number in [1, 2] {
        let mut former: Option<RecordRow> = None;
        for (version, content) in (1..).zip(VERSIONS) {
            let row = RecordRow { version, content: content.to_owned(), ..fact(number) };
            match &former {
                None => records::insert(&mut tx, std::slice::from_ref(&row)).await.unwrap(),
                Some(_) => records::update(&mut tx, &row).await.unwrap(),
            }
            // Whole texts, as they were written then.
            let before = former.map(|former| former.content);
            append(&mut tx, before, RecordMark::written(&vault(), &row), number).await;
            former = Some(row);
        }
        if let Some(row) = former.filter(|_| number == 2) {
            records::delete_all(&mut tx, std::slice::from_ref(&row)).await.unwrap();
            append(&mut tx, Some(row.content), RecordMark::removed(4), number).await;
        }
    }
    tx.commit().await.unwrap();
    write_as_text(&test.db, test.region).await;
    run_sql(test, "UPDATE region SET packing_step = 1 WHERE region_id = {region}").await;
    let mut tx = write(test).await;
    let names = ["hash", "unit", "title", "proposed_on", "adopted", "step"].map(ToOwned::to_owned);
    add_short_names(&mut tx, names.into()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn append(tx: &mut store::Tx, before: Option<String>, mark: RecordMark, number: i64) {
    let entry = AuditEntry {
        action: "correct",
        subject: "fact",
        subject_id: fact(number).id.0,
        before,
        after: None,
        detail: Some(r#"{"step":"decide"}"#.to_owned()),
        record: Some(mark),
    };
    audit::append(tx, &vault(), "wang", "hash", now(), vec![entry]).await.unwrap();
}

async fn history(test: &TestDb, number: i64) -> Vec<AuditRow> {
    let mut tx = read(test).await;
    audit::list_of(&mut tx, "fact", fact(number).id.0).await.unwrap()
}

/// Whether all entries have their digests, and the total is that of them all.
async fn is_intact(test: &TestDb) -> bool {
    let (mut tx, vault) = (read(test).await, vault());
    let (mut entries, mut digests, mut is_intact) = (0, 0_i64, true);
    audit::for_each(&mut tx, |entry| {
        entries += 1;
        digests = digests.wrapping_add(entry.digest.unwrap_or_default());
        is_intact &= entry.is_intact(&vault, test.region);
    })
    .await
    .unwrap();
    let total = audit::total(&mut tx, &vault).await.unwrap();
    is_intact && total.is_intact && (total.entries, total.digests) == (entries, digests)
}

both! {
    async fn nothing_reads_otherwise_at_any_moment_of_the_packing(test: &TestDb) {
        store_history(test).await;
        let before = [history(test, 1).await, history(test, 2).await];
        assert_eq!(before[0].iter().map(|row| row.after.as_deref()).collect::<Vec<_>>(), VERSIONS.map(Some));
        assert_eq!(before[1].last().map(|row| (row.before.as_deref(), row.after.as_deref())), Some((Some(VERSIONS[2]), None)));
        let mut batches = 0;
        loop {
            // As a program that is killed after each batch.
            let mut tx = write(test).await;
            if packing(&mut tx).await.unwrap().is_none() {
                break;
            }
            pack_batch(&mut tx, &vault(), 3).await.unwrap();
            tx.commit().await.unwrap();
            batches += 1;
            assert_eq!([history(test, 1).await, history(test, 2).await], before, "batch {batches}");
            let row = records::find(&mut read(test).await, fact(1).id).await.unwrap().unwrap();
            assert_eq!((row.content.as_str(), row.definition_hash.as_str()), (VERSIONS[2], "hash"));
            assert!(is_intact(test).await, "batch {batches}");
        }
        assert!(batches > 12, "{batches}");
        let left = "UPDATE fact SET content = '' WHERE region_id = {region} AND (content <> '' OR compact IS NULL)";
        assert_eq!(run_sql(test, left).await, 0);
        let left = "UPDATE audit SET before = NULL WHERE region_id = {region} \
            AND (before IS NOT NULL OR detail IS NOT NULL OR compact IS NULL)";
        assert_eq!(run_sql(test, left).await, 0);
    }
}

both! {
    async fn text_that_the_compact_form_does_not_say_is_not_removed(test: &TestDb) {
        store_history(test).await;
        let mut tx = write(test).await;
        while packing(&mut tx).await.unwrap().is_some_and(|(step, _)| step != PackingPhase::CompareRecords) {
            pack_batch(&mut tx, &vault(), 100).await.unwrap();
        }
        tx.commit().await.unwrap();
        let text = "UPDATE fact SET content = replace(content, 'adopted', 'refused') WHERE region_id = {region}";
        assert_eq!(run_sql(test, text).await, 1);
        for _ in 0..2 {
            let mut tx = write(test).await;
            let error = pack_batch(&mut tx, &vault(), 100).await.unwrap_err();
            assert!(matches!(error, Error::Corrupt { table: "fact", .. }), "{error:?}");
        }
    }
}

both! {
    async fn an_entry_holds_how_a_version_differed(test: &TestDb) {
        let mut tx = write(test).await;
        let mut former: Option<RecordRow> = None;
        for (version, content) in (1..).zip(VERSIONS) {
            let row = RecordRow { version, content: content.to_owned(), ..fact(1) };
            match &former {
                None => records::insert(&mut tx, std::slice::from_ref(&row)).await.unwrap(),
                Some(_) => records::update(&mut tx, &row).await.unwrap(),
            }
            let before = former.map(|former| text_before(&former.content, Some(content)));
            append(&mut tx, before, RecordMark::written(&vault(), &row), 1).await;
            former = Some(row);
        }
        tx.commit().await.unwrap();
        let mut stored = Vec::new();
        audit::for_each(&mut read(test).await, |entry| stored.push(entry.before)).await.unwrap();
        let differences = [
            None,
            Some(r#"-{"decision":null}"#.to_owned()),
            Some(r#"-{"title":"关于仓库的建议，一","score":[3,79.5]}"#.to_owned()),
        ];
        assert_eq!(stored, differences);
        let texts = audit::texts_of(&mut read(test).await, "fact", fact(1).id.0).await.unwrap();
        let whole: Vec<Option<&str>> = texts.iter().map(|texts| texts.before.as_deref()).collect();
        assert_eq!(whole, [None, Some(VERSIONS[0]), Some(VERSIONS[1])]);
        assert_eq!(history(test, 1).await.last().and_then(|row| row.after.as_deref()), Some(VERSIONS[2]));
        assert!(is_intact(test).await);
    }
}
