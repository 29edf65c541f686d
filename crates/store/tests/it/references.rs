//! References between records: written, counted, listed, removed; what records are called.

use model::ids::{RecordId, UnitId};
use store::{
    records,
    references::{self, NameRow, ReferenceRow},
};

use crate::{both, fact, read, write};

fn row(referred: i64, field: &str, record: i64) -> ReferenceRow {
    let (referred, record) = (RecordId(20_000 + referred), RecordId(20_000 + record));
    ReferenceRow { referred, form: "form".to_owned(), field: field.to_owned(), record }
}

fn name(name: &str, record: i64) -> NameRow {
    let (record, unit) = (RecordId(20_000 + record), UnitId(10_000 + record % 3));
    NameRow { form: "form".to_owned(), name: name.to_owned(), record, unit }
}

both! {
    async fn references_are_counted_and_listed_by_what_they_lead_to(test: &TestDb) {
        let mut tx = write(test).await;
        let rows = [row(1, "class", 2), row(1, "class", 3), row(1, "base", 2), row(4, "class", 5)];
        references::insert(&mut tx, &rows).await.unwrap();
        references::delete(&mut tx, &[row(1, "base", 2), row(4, "base", 5)]).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = read(test).await;
        let to = |id: i64| [RecordId(20_000 + id)];
        let mut found = references::list_to(&mut tx, &to(1)).await.unwrap();
        found.sort();
        assert_eq!(found, [row(1, "class", 2), row(1, "class", 3)]);
        let by = references::list_by(&mut tx, RecordId(20_001), ("form", "class"), 1).await.unwrap();
        assert_eq!(by, [RecordId(20_002)]);
        let counts = references::count_to(&mut tx, &[RecordId(20_001), RecordId(20_004)]).await.unwrap();
        let counts: Vec<_> = counts.into_iter().map(|count| (count.referred.0, count.field, count.count)).collect();
        assert_eq!(counts, [(20_001, "class".to_owned(), 2), (20_004, "class".to_owned(), 1)]);
        let mut all = Vec::new();
        references::for_each(&mut tx, |row| all.push(row)).await.unwrap();
        assert_eq!(all.len(), 3);
    }
}

both! {
    async fn records_are_found_by_what_they_are_called(test: &TestDb) {
        let mut tx = write(test).await;
        let rows = [name("车工大赛", 1), name("车工大赛", 2), name("焊工大赛", 3), name("车", 4)];
        references::insert_names(&mut tx, &rows).await.unwrap();
        references::delete_names(&mut tx, &[name("焊工大赛", 3)]).await.unwrap();
        let wanted: Vec<String> = (0..1_200).map(|n| format!("n{n}")).chain(["车工大赛".to_owned()]).collect();
        let mut found = references::find_names(&mut tx, "form", &wanted).await.unwrap();
        found.sort();
        assert_eq!(found, [name("车工大赛", 1), name("车工大赛", 2)]);
        assert_eq!(references::find_names(&mut tx, "other", &wanted).await.unwrap(), []);
        let found = references::names_beginning(&mut tx, "form", "车", 2).await.unwrap();
        assert_eq!(found, [name("车", 4), name("车工大赛", 1)]);
        references::clear(&mut tx).await.unwrap();
        let mut left = 0;
        references::for_each_name(&mut tx, |_| left += 1).await.unwrap();
        assert_eq!(left, 0);
        tx.commit().await.unwrap();
    }
}

both! {
    async fn what_is_gone_cannot_be_locked(test: &TestDb) {
        let mut tx = write(test).await;
        records::insert(&mut tx, &[fact(1), fact(2)]).await.unwrap();
        let wanted = [RecordId(20_002), RecordId(20_009), RecordId(20_001), RecordId(20_002)];
        let mut found = references::lock(&mut tx, &wanted).await.unwrap();
        found.sort();
        assert_eq!(found, [RecordId(20_001), RecordId(20_002)]);
        tx.commit().await.unwrap();
    }
}
