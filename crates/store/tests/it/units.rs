//! Units, affiliations, names, classes.

use ledger::hierarchy::{Affiliation, Line};
use model::{class::Class, ids::UnitId, month::Month};
use store::units::{self, Unit, UnitKind};

use crate::{both, write};

fn unit(id: i64, code: &str) -> Unit {
    Unit { code: code.to_owned(), ..crate::unit(10_000 + id) }
}

both! {
    async fn a_unit_is_replaced_whole(test: &TestDb) {
        let mut tx = write(test).await;
        units::put(&mut tx, &[unit(1, "a"), unit(2, "b")]).await.unwrap();
        let closed = Unit {
            closed_from: Some(Month::january(2013)),
            merged_into: Some(UnitId(10_002)),
            kind: UnitKind::Union,
            version: 2,
            ..unit(1, "a")
        };
        units::put(&mut tx, std::slice::from_ref(&closed)).await.unwrap();
        assert_eq!(units::list(&mut tx).await.unwrap(), [closed, unit(2, "b")]);
    }
}

both! {
    async fn a_code_stands_once_among_units(test: &TestDb) {
        let mut tx = write(test).await;
        units::put(&mut tx, &[unit(2, "b")]).await.unwrap();
        assert!(units::put(&mut tx, &[unit(3, "b")]).await.unwrap_err().is_duplicate());
    }
}

both! {
    async fn an_affiliation_is_replaced_by_one_that_ends(test: &TestDb) {
        let ended = Affiliation { to: Month::january(2013), ..SUBORDINATION };
        let mut tx = write(test).await;
        units::put_affiliations(&mut tx, &[SUBORDINATION, guidance()]).await.unwrap();
        units::put_affiliations(&mut tx, &[ended]).await.unwrap();
        assert_eq!(units::list_affiliations(&mut tx).await.unwrap(), [guidance(), ended]);
    }
}

both! {
    async fn a_void_affiliation_is_deleted(test: &TestDb) {
        let mut tx = write(test).await;
        units::put_affiliations(&mut tx, &[SUBORDINATION, guidance()]).await.unwrap();
        units::delete_affiliation(&mut tx, &guidance()).await.unwrap();
        assert_eq!(units::list_affiliations(&mut tx).await.unwrap(), [SUBORDINATION]);
    }
}

const SUBORDINATION: Affiliation = Affiliation {
    unit: UnitId(10_001),
    line: Line::Subordination,
    from: Month::ALWAYS,
    to: Month::NEVER,
    parent: UnitId(10_002),
};

fn guidance() -> Affiliation {
    Affiliation { line: Line::Guidance, from: Month::january(2012), ..SUBORDINATION }
}

both! {
    async fn a_former_name_is_stored_once(test: &TestDb) {
        let mut tx = write(test).await;
        for _ in 0..2 {
            units::put_former_name(&mut tx, UnitId(10_001), "2013-05-01", "旧名").await.unwrap();
        }
        let names = units::list_former_names(&mut tx, UnitId(10_001)).await.unwrap();
        assert_eq!(names, [("2013-05-01".to_owned(), "旧名".to_owned())]);
    }
}

both! {
    async fn a_statement_of_class_is_replaced_and_taken_back_by_its_year(test: &TestDb) {
        let (old, new) = (Class { ownership: Some(1), is_enterprise: true }, Class { ownership: None, is_enterprise: false });
        let unit = UnitId(10_001);
        let mut tx = write(test).await;
        units::put_classes(&mut tx, &[(unit, 0, Some(old)), (unit, 2012, Some(new))]).await.unwrap();
        let mut found = units::list_class_statements(&mut tx).await.unwrap();
        found.sort_by_key(|(key, _)| *key);
        assert_eq!(found, [((unit, 0), old), ((unit, 2012), new)]);
        units::put_classes(&mut tx, &[(unit, 2012, None)]).await.unwrap();
        assert_eq!(units::list_class_statements(&mut tx).await.unwrap(), [((unit, 0), old)]);
    }
}
