//! Checks of `due`: until when a return has to be handed in.

use crate::{
    definition::{Deadline, FormKind, ReportingField},
    marker::Marker,
    mistake::say,
    written::{form::Due, read::Located},
};

/// More days than a year has cannot be meant.
const MOST_DAYS: i64 = 366;

/// The deadline of a form. A baseline speaks of years before the campaign, and a register of no period: neither has one.
pub(super) fn check(
    due: &Located<Due>,
    kind: FormKind,
    reporting: Option<ReportingField>,
    marker: Marker<'_>,
) -> Option<Deadline> {
    if kind != FormKind::Return || reporting.is_none() {
        marker.mark(
            &due.span,
            say!("只有按期填报的报表可以写 `due`", "only a return for a period is due by a day"),
            say!("请删去 due", "leave `due` out"),
        );
        return None;
    }
    let days = &due.value.days;
    let whole = days.value.whole.filter(|whole| (1..=MOST_DAYS).contains(whole));
    let Some(days) = whole.and_then(|whole| u16::try_from(whole).ok()) else {
        if days.value.is_known() {
            marker.mark(
                &days.span,
                say!("期限不是 1 至 {MOST_DAYS} 的整数", "the days are not a whole number from 1 to {MOST_DAYS}"),
                say!(
                    "请写期末之后多少天内报送，如 20",
                    "write within how many days after the end of the period it has to be handed in, such as 20"
                ),
            );
        }
        return None;
    };
    Some(Deadline { days })
}
