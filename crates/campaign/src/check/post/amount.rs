//! Checks of amounts: what is stated in one unit is never counted in another.

use crate::{
    check::{form::Fields, naming::Age},
    definition::{Amount, FieldIdx, MeasureScale},
    kinds::{KindSpec, Meaning},
    marker::Span,
    mistake::say,
    written::{
        form::{Post, Quantity},
        read::Located,
    },
};

/// How much a post adds to a measure of this scale; the scale is `None` where the measure is mistaken.
pub(super) fn check(post: &Post, scale: Option<MeasureScale>, fields: Fields<'_>) -> Option<Amount> {
    let Some(Located { value, span }) = &post.amount else {
        return fixed(post, 1, &post.measure.span, scale, fields);
    };
    match value {
        Quantity::Fixed(0) => {
            fields.marker.mark(
                span,
                say!("数量为 0,等于没有计入", "an amount of 0 counts nothing"),
                say!("请写 1、-1 或字段名", "write 1, -1 or the id of a field"),
            );
            None
        }
        Quantity::Fixed(number) => fixed(post, *number, span, scale, fields),
        Quantity::Field(id) => {
            let is_amount = |kind: &KindSpec<'_>| {
                matches!(kind.meaning, Meaning::Count | Meaning::Number | Meaning::Money { .. })
            };
            let name = Located { value: id.clone(), span: span.clone() };
            let wanted = say!("整数、小数或金额", "a whole number, a decimal or money");
            let field = fields.find_kind(&name, is_amount, &wanted)?;
            fits(post, (field, span), scale, fields).then_some(Amount::Field(field))
        }
    }
}

/// A fixed number of things: money is never counted by the piece.
fn fixed(
    post: &Post,
    number: i64,
    span: &Span,
    scale: Option<MeasureScale>,
    fields: Fields<'_>,
) -> Option<Amount> {
    if !matches!(scale, Some(MeasureScale::Money { .. })) {
        let parts = scale.map_or(1, MeasureScale::parts_per_unit);
        return number.checked_mul(parts).map(Amount::Fixed);
    }
    let id = &post.measure.value;
    fields.marker.mark(
        span,
        say!("`{id}` 按金额累计,不能计件数", "`{id}` counts money, not things"),
        say!("请写 amount = \"金额字段\"", "write amount = \"…\" with a field of kind money"),
    );
    None
}

/// Whether a field states what the measure counts; marked where it does not.
fn fits(
    post: &Post,
    (field, span): (FieldIdx, &Span),
    scale: Option<MeasureScale>,
    fields: Fields<'_>,
) -> bool {
    let Some((kind, scale)) = fields.all[field].1.zip(scale) else { return false };
    let id = &post.measure.value;
    let name = fields.all[field].0;
    match (kind.spec().meaning, scale) {
        (Meaning::Money { .. }, MeasureScale::Money { .. })
        | (Meaning::Count, MeasureScale::Whole)
        | (Meaning::Count | Meaning::Number, MeasureScale::Decimal { .. }) => true,
        // What was put in force by a program that knew no scales counts fen, as it did then.
        (Meaning::Money { .. }, MeasureScale::Whole) if fields.defined.age == Age::Stored => true,
        (Meaning::Money { .. }, _) => {
            fields.marker.mark(
                span,
                say!(
                    "`{name}` 是金额,`{id}` 没有写按什么金额单位累计",
                    "`{name}` is money, and `{id}` does not say in which unit of money it counts"
                ),
                say!(
                    "请在 measures.toml 中写 scale = \"yuan\"、\"wan\" 或 \"yi\"",
                    "write scale = \"yuan\", \"wan\" or \"yi\" in measures.toml"
                ),
            );
            false
        }
        (_, MeasureScale::Money { .. }) => {
            fields.marker.mark(
                span,
                say!("`{id}` 按金额累计,`{name}` 不是金额", "`{id}` counts money, and `{name}` is none"),
                say!("请写金额字段", "name a field of kind money"),
            );
            false
        }
        _ => {
            fields.marker.mark(
                span,
                say!(
                    "`{name}` 有小数,`{id}` 没有写保留几位",
                    "`{name}` has decimals, and `{id}` does not say how many it keeps"
                ),
                say!("请在 measures.toml 中写 decimals = 2", "write decimals = 2 in measures.toml"),
            );
            false
        }
    }
}
