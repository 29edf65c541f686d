//! Checks of goals and of the paths towards them.

use std::collections::BTreeMap;

use model::month::Year;

use crate::{
    check::naming::choose,
    definition::{Goal, Path, Years},
    marker::{Marker, Span},
    mistake::say,
    written::{
        indicator::{self as written, Indicator},
        read::{Located, Number},
    },
};

/// Checks when the target is to be reached.
pub(super) fn check(marker: Marker<'_>, indicator: &Indicator, period: Years) -> Goal {
    let goals = [
        ("each-year", Goal::EachYear),
        ("by-end", Goal::ByEnd(Path::Linear)),
        ("throughout", Goal::Throughout),
    ];
    let names: Vec<_> = goals.iter().enumerate().map(|(position, (name, _))| (*name, position)).collect();
    let goal = choose(marker, &indicator.goal, &names).map(|position| goals[position].1.clone());
    match (goal, &indicator.path) {
        (Some(Goal::ByEnd(_)), Some(written)) => Goal::ByEnd(path(marker, &written.value, period)),
        (Some(goal), Some(path)) => {
            let name = &indicator.goal.value;
            marker.mark(
                &path.span,
                say!("goal = \"{name}\" 没有进度路径", "a goal of {name} has no path"),
                say!("请删去 path,或写 goal = \"by-end\"", "leave `path` out, or write goal = \"by-end\""),
            );
            goal
        }
        (goal, _) => goal.unwrap_or(Goal::EachYear),
    }
}

/// Kinds of paths.
#[derive(Clone, Copy, PartialEq)]
enum PathKind {
    Linear,
    Compound,
    Plan,
}

fn path(marker: Marker<'_>, path: &written::Path, period: Years) -> Path {
    let ways = [("linear", PathKind::Linear), ("compound", PathKind::Compound), ("plan", PathKind::Plan)];
    let Some(way) = choose(marker, &path.kind, &ways) else { return Path::Linear };
    let growth = path.growth.as_ref();
    let plan = path.by_year.as_ref();
    belongs(marker, path, "growth", growth.map(|at| &at.span), way == PathKind::Compound);
    belongs(marker, path, "by_year", plan.map(|at| &at.span), way == PathKind::Plan);
    match way {
        PathKind::Linear => Path::Linear,
        PathKind::Compound => Path::Compound(growth.map_or(0.0, |growth| rate(marker, growth))),
        PathKind::Plan => {
            let empty = BTreeMap::new();
            Path::Plan(shares(marker, plan.map_or(&empty, |plan| &plan.value), period))
        }
    }
}

/// Marks a key that this kind of path lacks or does not take.
fn belongs(marker: Marker<'_>, path: &written::Path, key: &str, given: Option<&Span>, wanted: bool) {
    let kind = &path.kind.value;
    match given {
        None if wanted => marker.mark(
            &path.kind.span,
            say!("{kind} 路径缺少 `{key}`", "a path of kind {kind} needs `{key}`"),
            say!("请补写 `{key}`", "add `{key}`"),
        ),
        Some(span) if !wanted => marker.mark(
            span,
            say!("{kind} 路径没有 `{key}`", "`{key}` means nothing for a path of kind {kind}"),
            say!("请删去此项", "leave it out"),
        ),
        _ => {}
    }
}

fn rate(marker: Marker<'_>, growth: &Located<Number>) -> f64 {
    if growth.value.value <= -1.0 {
        marker.mark(
            &growth.span,
            say!("增长率须大于 -1", "a growth rate must be above -1"),
            say!("5% 请写 0.05", "5 % is written 0.05"),
        );
    }
    growth.value.value
}

/// Shares of the target by year: within the period, from 0 to 1, never falling.
fn shares(marker: Marker<'_>, plan: &BTreeMap<Year, Located<Number>>, period: Years) -> BTreeMap<Year, f64> {
    let mut reached = 0.0;
    for (year, Located { value, span }) in plan {
        let (first, last) = (period.first, period.last);
        if !period.contains(*year) && (1..=last).contains(&first) {
            marker.mark(
                span,
                say!("{year} 年不在竞赛期 {first}—{last} 内", "{year} is outside the period {first}–{last}"),
                say!("请删去这一年", "leave the year out"),
            );
        }
        if value.is_known() && !(reached..=1.0).contains(&value.value) {
            marker.mark(
                span,
                say!("比例须在 0 到 1 之间且逐年不减", "shares lie between 0 and 1 and never fall"),
                say!(
                    "请写到该年底应完成目标的比例,例如 0.4",
                    "write the share of the target due by the end of that year, such as 0.4"
                ),
            );
        }
        reached = value.value.max(reached);
    }
    plan.iter().map(|(year, share)| (*year, share.value.value)).collect()
}
