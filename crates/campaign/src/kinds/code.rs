//! `code`: a code of a dictionary.

use super::{
    CellCheck, CellStyle, ColumnWidth, EnterAs, FieldKeys, FieldKind, FilterBy, KindSpec, Meaning, ReadAs,
    Sample, SheetColumn, Takes, ValueShape, WrittenKind,
};
use crate::{check::naming::find, definition::DictionaryIdx, mistake::say};

/// As written.
pub(super) const WRITTEN: WrittenKind =
    WrittenKind { name: "code", keys: &["dictionary"], fits_column: true, check };

fn check(keys: &FieldKeys<'_>) -> Option<FieldKind> {
    let Some(name) = &keys.field.dictionary else {
        keys.marker.mark(
            &keys.field.kind.span,
            say!("代码字段没有指明字典", "a field of kind code without its dictionary"),
            say!("请写 dictionary = \"…\"", "add dictionary = \"…\""),
        );
        return None;
    };
    let ids = keys.defined.dictionaries.iter().map(|dictionary| dictionary.id.as_str());
    let dictionary = find(keys.marker, name, ids, &say!("字典", "dictionary"))?;
    Some(FieldKind::Code { dictionary })
}

#[inline]
pub(super) fn spec(dictionary: DictionaryIdx) -> KindSpec<'static> {
    KindSpec {
        shape: ValueShape::Code(dictionary),
        meaning: Meaning::Plain,
        personal: None,
        read_as: ReadAs::Code(dictionary),
        enter_as: EnterAs::Code(dictionary),
        filter_by: FilterBy::Code(dictionary),
        column: SheetColumn {
            width: ColumnWidth::Code(dictionary),
            style: CellStyle::Text,
            check: CellCheck::Code(dictionary),
            takes: Takes::Code(dictionary),
        },
        sample: Sample::Code(dictionary),
    }
}
