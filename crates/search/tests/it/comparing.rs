//! An index beside the records that it was made of: whatever differs is named.

use std::sync::Arc;

use model::{
    ids::{RecordId, UnitId},
    value::Value,
};
use search::{Index, IndexDifference, RecordPart};

use crate::{Action, action, day, definition, put, reached, shape, text};

/// What differs between an index and these records.
fn differences(index: &Arc<Index>, actions: &[Action]) -> Vec<(i64, IndexDifference)> {
    let (mut next, mut found) = (actions.iter(), Vec::new());
    let compared = index.contents().compare(
        || next.next(),
        |action| action.record(),
        |id, difference| found.push((id.0, difference)),
    );
    compared.unwrap();
    found
}

#[test]
fn whatever_an_index_holds_otherwise_is_named() {
    let definition = definition();
    let (_, form) = definition.form(crate::FORM).unwrap();
    let index = Arc::new(Index::open(None, shape(&definition)).unwrap());
    let held: Vec<Action> = (1..=40).map(|id| action(&definition, id, &[("subject", text("甲"))])).collect();
    // In several parts, some of whose records are taken out or put in again.
    put(&index, &held[..20], 10);
    put(&index, &held[20..], 11);
    index.apply(&[], &[RecordId(3), RecordId(30)], reached(12)).unwrap();
    put(&index, &[held[2].clone(), held[5].clone()], 13);
    let right: Vec<Action> = held.iter().filter(|action| action.id != 30).cloned().collect();
    assert_eq!(differences(&index, &right), []);
    let mut other = right.clone();
    other[0].unit = 8;
    other[1].version = 2;
    other[4].values[form.field("subject").unwrap()] = Some(text("乙"));
    other[6].keys = vec!["key".to_owned()];
    other.remove(9);
    other.push(action(&definition, 99, &[]));
    other.insert(0, action(&definition, -5, &[]));
    let part = |part| IndexDifference::Other { held: Some(1), version: 1, parts: vec![part] };
    assert_eq!(
        differences(&index, &other),
        [
            (-5, IndexDifference::Lacking),
            (1, part(RecordPart::Unit)),
            (2, IndexDifference::Other { held: Some(1), version: 2, parts: vec![RecordPart::Version] }),
            (5, part(RecordPart::Words)),
            (7, part(RecordPart::Words)),
            (10, IndexDifference::Surplus),
            (99, IndexDifference::Lacking),
        ]
    );
}

#[test]
fn every_field_with_a_column_is_compared() {
    let definition = definition();
    let (_, form) = definition.form(crate::FORM).unwrap();
    let index = Arc::new(Index::open(None, shape(&definition)).unwrap());
    put(&index, &[action(&definition, 1, &[])], 10);
    for (field, value) in [
        ("kind", Value::Code("1".to_owned())),
        ("started_on", day("2021-03-01")),
        ("saving", Value::Integer(5)),
        ("rating", Value::Decimal(7.5)),
        ("verified", Value::Flag(false)),
        ("partner", Value::Unit(UnitId(9))),
    ] {
        let changed = action(&definition, 1, &[(field, value)]);
        let part = RecordPart::Field(form.field(field).unwrap());
        let part = IndexDifference::Other { held: Some(1), version: 1, parts: vec![part] };
        assert_eq!(differences(&index, &[changed]), [(1, part)], "{field}");
    }
}
