//! `period`: a reporting period of one grain ([`model::period`]).

use model::period::{Grain, LONGEST_PERIOD};

use super::{
    CellCheck, CellStyle, ColumnWidth, EnterAs, FieldKeys, FieldKind, FilterBy, KindSpec, Meaning, ReadAs,
    Sample, SheetColumn, Takes, ValueShape, WrittenKind,
};
use crate::{check::naming::choose, mistake::say};

/// As written.
pub(super) const WRITTEN: WrittenKind =
    WrittenKind { name: "period", keys: &["grain"], fits_column: false, check: grained };

fn grained(keys: &FieldKeys<'_>) -> Option<FieldKind> {
    let Some(grain) = &keys.field.grain else {
        keys.marker.mark(
            &keys.field.kind.span,
            say!("没有写明是哪一种期间", "nothing says how long the periods are"),
            say!(
                "请写 grain = \"month\"、\"quarter\"、\"half\"、\"year\" 或 \"union-year\"",
                "write grain = \"month\", \"quarter\", \"half\", \"year\" or \"union-year\""
            ),
        );
        return None;
    };
    let grain = choose(keys.marker, grain, &Grain::ALL.map(|grain| (grain.name(), grain)))?;
    Some(FieldKind::Period { grain })
}

#[inline]
pub(super) fn spec(grain: Grain) -> KindSpec<'static> {
    let (zh, en) = match grain {
        Grain::Month => ("月份，如“2013-07”或“2013年7月”。", "A month, such as 2013-07."),
        Grain::Quarter => ("季度，如“2013-Q2”或“2013年第二季度”。", "A quarter, such as 2013-Q2."),
        Grain::Half => ("半年，如“2013-H1”或“2013年上半年”。", "A half year, such as 2013-H1."),
        Grain::Year => ("年份，如“2013”。", "A year, such as 2013."),
        Grain::UnionYear => (
            "工会统计年度（上年10月至当年9月），如“U2013”或“2013工会统计年度”。",
            "A union statistical year (October to September), such as U2013.",
        ),
    };
    KindSpec {
        shape: ValueShape::Period(grain),
        meaning: Meaning::Period(grain),
        personal: None,
        read_as: ReadAs::Period(grain),
        enter_as: EnterAs::Period { longest: LONGEST_PERIOD, zh, en },
        filter_by: FilterBy::Periods,
        column: SheetColumn {
            width: ColumnWidth::Chars(10),
            style: CellStyle::Text,
            check: CellCheck::LengthUpTo(LONGEST_PERIOD),
            takes: Takes::Sentence { zh, en },
        },
        sample: Sample::Period(grain),
    }
}
