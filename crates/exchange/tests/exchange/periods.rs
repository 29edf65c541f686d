//! Cells that hold a reporting period.

use campaign::definition::FieldKind;
use jiff::civil::date;
use model::period::Grain;
use sheet::workbook::Cell;

use crate::reading::{check, check_cells};

#[test]
fn periods() {
    let kind = |grain| FieldKind::Period { grain };
    check(
        &kind(Grain::Quarter),
        &[
            ("2013-Q2", "2013-Q2"),
            ("2013年第二季度", "2013-Q2"),
            (" ２０１３年２季度 ", "2013-Q2"),
            ("'2013年4月—6月", "2013-Q2"),
            ("-", "-"),
            ("2013", "!other_grain"),
            ("2013年上半年", "!other_grain"),
            ("2013-Q5", "!not_period"),
            ("二季度", "!not_period"),
            ("2013年6月至4月", "!period_backwards"),
            ("2013-02—2013-04", "!period_no_grain"),
        ],
    );
    check(
        &kind(Grain::UnionYear),
        &[
            ("2013工会统计年度", "U2013"),
            ("2012年10月至2013年9月", "U2013"),
            ("2012.10.1-2013.9.30", "U2013"),
            ("2013", "!other_grain"),
            ("2013-09—2012-10", "!period_backwards"),
        ],
    );
    check(&kind(Grain::Half), &[("2013上半年", "2013-H1"), ("2013年7-12月", "2013-H2")]);
    check_cells(
        &kind(Grain::Month),
        &[
            (Cell::Date(date(2013, 7, 1)), "2013-07"),
            (Cell::Number(201_307.0), "2013-07"),
            (Cell::Number(41_456.0), "!not_period"),
            (Cell::Flag(true), "!not_period"),
        ],
    );
    check_cells(
        &kind(Grain::Year),
        &[(Cell::Number(2013.0), "2013"), (Cell::Date(date(2013, 7, 1)), "2013")],
    );
    check_cells(&kind(Grain::Quarter), &[(Cell::Date(date(2013, 7, 1)), "!not_period")]);
}
