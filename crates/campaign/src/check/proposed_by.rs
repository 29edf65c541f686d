//! Checks of `proposed_by`: fields of returns whose value is proposed from what registers count.

use model::period::Grain;

use crate::{
    check::{
        files::{Files, FormFile},
        naming::Defined,
    },
    definition::{
        FieldIdx, Form, FormIdx, FormKind, IdxVec, Measure, MeasureIdx, MeasureKind, MeasureScale, Part,
        ProposedBy, Window,
    },
    kinds::{Meaning, ValueShape},
    marker::Marker,
    mistake::say,
    written::read::Located,
};

/// Checks every such field, and finds the registers that count for it.
pub(super) fn check_all(
    files: &Files<'_>,
    forms: &mut IdxVec<Form>,
    measures: &IdxVec<Measure>,
    defined: &Defined<'_>,
) {
    let mut found: Vec<(FormIdx, FieldIdx, ProposedBy)> = Vec::new();
    for (form, file) in forms.positions().zip(&files.forms) {
        for (field, written) in forms[form].fields.positions().zip(&file.page.value.field) {
            let Some(name) = &written.value.proposed_by else { continue };
            let checked = check((file, &forms[form], field), name, forms, measures, defined);
            found.extend(checked.map(|proposed_by| (form, field, proposed_by)));
        }
    }
    for (form, field, proposed_by) in found {
        forms[form].fields[field].proposed_by = Some(proposed_by);
    }
}

fn check(
    (file, form, field): (&FormFile<'_>, &Form, FieldIdx),
    name: &Located<String>,
    forms: &IdxVec<Form>,
    measures: &IdxVec<Measure>,
    defined: &Defined<'_>,
) -> Option<ProposedBy> {
    let marker = file.page.marker;
    let spec = form.fields[field].kind.spec();
    let fits = spec.meaning == Meaning::Count || matches!(spec.shape, ValueShape::Flag);
    if form.kind != FormKind::Return || !fits {
        marker.mark(
            &name.span,
            say!(
                "只有年报的整数和是否字段可以由台账提出",
                "only whole numbers and flags of a return are proposed by a measure"
            ),
            say!("请删去 proposed_by", "leave `proposed_by` out"),
        );
        return None;
    }
    let measure = defined.measure(marker, name)?;
    let id = &name.value;
    let counts = matches!(
        defined.measures[measure].1?,
        MeasureKind::Flow | MeasureKind::Stock | MeasureKind::Distinct(Window::Year)
    );
    if !counts || measures[measure].scale != MeasureScale::Whole {
        marker.mark(
            &name.span,
            say!("`{id}` 不是一年内的件数或年末的存量", "`{id}` is no count of a year, nor of its end"),
            say!(
                "请写 flow、stock 或按年去重的统计项，不带 scale 和 decimals",
                "name a flow, a stock, or a distinct count per year, without `scale` and `decimals`"
            ),
        );
        return None;
    }
    once_in_year(marker, name, form, defined.measures[measure].1?)?;
    let posting = forms.entries().filter(|(_, form)| posts_to(form, measure));
    let (registers, others): (Vec<_>, Vec<_>) = posting.partition(|(_, form)| form.kind.is_register());
    if let Some((_, other)) = others.first() {
        let other = &other.id;
        marker.mark(
            &name.span,
            say!(
                "`{id}` 也由 `{other}` 计入，不只是台账",
                "`{other}` posts to `{id}` too, and is no register"
            ),
            say!("请写只由台账计入的统计项", "name a measure that registers alone post to"),
        );
        return None;
    }
    if registers.is_empty() {
        marker.mark(
            &name.span,
            say!("没有台账逐条计入 `{id}`", "no register posts records to `{id}` one by one"),
            say!("请写由台账逐条计入的统计项", "name a measure that records of a register are posted to"),
        );
        return None;
    }
    let registers = registers.into_iter().map(|(position, _)| position).collect();
    Some(ProposedBy { measure, registers })
}

/// Marks what counts once in a calendar year where the return is for other periods.
fn once_in_year(marker: Marker<'_>, name: &Located<String>, form: &Form, kind: MeasureKind) -> Option<()> {
    let is_yearly = form.reporting.is_none_or(|reporting| reporting.grain == Grain::Year);
    if is_yearly || !matches!(kind, MeasureKind::Distinct(_)) {
        return Some(());
    }
    let id = &name.value;
    marker.mark(
        &name.span,
        say!(
            "`{id}` 每年只计一次,不能与按其他期间填报的表比较",
            "`{id}` counts once in a calendar year, and the return is for other periods"
        ),
        say!(
            "请写 flow 或 stock 统计项,或按公历年填报",
            "name a flow or a stock, or make the return one of calendar years"
        ),
    );
    None
}

/// Whether records of a form count one by one towards a measure.
fn posts_to(form: &Form, measure: MeasureIdx) -> bool {
    form.posts.iter().any(|post| post.measure == measure && post.part == Part::Listed)
}
