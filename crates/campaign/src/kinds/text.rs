//! `text` and `long-text`: somebody's own words, on one line or on several.

use super::{
    CellCheck, CellStyle, ColumnWidth, EnterAs, FieldKeys, FieldKind, FilterBy, KindSpec, Meaning, ReadAs,
    Sample, SheetColumn, Takes, ValueShape, WrittenKind,
};

/// One line, as written.
pub(super) const LINE: WrittenKind = WrittenKind {
    name: "text",
    keys: &["max"],
    fits_column: true,
    check: |keys| Some(FieldKind::Text { max: characters(keys, 200), lines: false }),
};

/// Several lines, as written.
pub(super) const LINES: WrittenKind = WrittenKind {
    name: "long-text",
    keys: &["max"],
    fits_column: false,
    check: |keys| Some(FieldKind::Text { max: characters(keys, 4000), lines: true }),
};

/// Most characters; `default` where nothing is written.
fn characters(keys: &FieldKeys<'_>, default: i64) -> usize {
    let (_, max) = keys.whole_bounds((1, default));
    usize::try_from(max).unwrap_or_default()
}

#[inline]
pub(super) fn spec(max: usize, lines: bool) -> KindSpec<'static> {
    KindSpec {
        shape: ValueShape::Text,
        meaning: Meaning::Words { lines },
        personal: None,
        read_as: ReadAs::Words { max, lines },
        enter_as: if lines { EnterAs::Lines { longest: max } } else { EnterAs::Line { longest: max } },
        filter_by: FilterBy::Nothing,
        column: SheetColumn {
            width: ColumnWidth::Chars(match max {
                _ if lines => 36,
                101.. => 28,
                61.. => 22,
                _ => 15,
            }),
            style: if lines || max > 60 { CellStyle::Wrapped } else { CellStyle::Text },
            check: CellCheck::LengthUpTo(max),
            takes: Takes::Words { max },
        },
        sample: Sample::Words { max, lines },
    }
}
