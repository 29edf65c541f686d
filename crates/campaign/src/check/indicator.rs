//! Checks of indicators.

mod goal;

use std::collections::BTreeSet;

use crate::{
    check::naming::{CampaignDefined, choose, find, number},
    definition::{
        Direction, Idx, Indicator, IndicatorFormula, IndicatorKind, ReadingIdx, ReadingOption, Variant,
    },
    expression::formula::compile,
    formula::Formula,
    marker::Marker,
    mistake::say,
    written::{Page, indicator as written, read::Located},
};

/// Kinds as written.
const KINDS: [(&str, IndicatorKind); 5] = [
    ("count", IndicatorKind::Count),
    ("share", IndicatorKind::Share),
    ("growth", IndicatorKind::Growth),
    ("difference", IndicatorKind::Difference),
    ("average-growth", IndicatorKind::AverageGrowth),
];

/// Checks one indicator.
pub(super) fn check(page: &Page<'_, written::Indicator>, defined: &CampaignDefined<'_>) -> Indicator {
    let Page { marker, stem, value } = page;
    number(*marker, &(0..0), stem);
    defined.clause(*marker, &value.clause);
    let formula = formula(*marker, value, defined);
    let variants = value.variant.iter();
    let variants = variants.filter_map(|written| variant(*marker, value, &written.value, defined)).collect();
    repeated(*marker, &value.variant);
    Indicator {
        id: (*stem).to_owned(),
        clause: value.clause.value.clone(),
        label: value.label.clone(),
        unit: value.unit.clone(),
        source: value.source.clone(),
        explain: value.explain.clone(),
        decimals: decimals(&formula, defined),
        formula,
        variants,
        target: value.target.value,
        direction: direction(*marker, value),
        goal: goal::check(*marker, value, defined.period),
        can_split: can_split(*marker, value),
        has_single_units: value.single_unit.as_ref().is_none_or(|single| single.value),
        unconfirmed: value.unconfirmed.as_ref().map(|text| expression(*marker, text, defined)),
        info: value.info.iter().filter_map(|measure| defined.catalogue.measure(*marker, measure)).collect(),
    }
}

/// Decimals in which a value is written: more than two say nothing on a page.
fn decimals(formula: &IndicatorFormula, defined: &CampaignDefined<'_>) -> u8 {
    let measure = formula.numerator.first_term().map(|term| term.measure);
    let scale = measure.and_then(|measure| defined.catalogue.scales.get(measure));
    scale.map_or(0, |scale| scale.digits().min(2))
}

/// Whether the target is to be reached or not to be passed.
fn direction(marker: Marker<'_>, written: &written::Indicator) -> Direction {
    let directions = [("at-least", Direction::AtLeast), ("at-most", Direction::AtMost)];
    let chosen = written.direction.as_ref().map(|word| choose(marker, word, &directions));
    chosen.flatten().unwrap_or(Direction::AtLeast)
}

/// The formula under the default readings.
fn formula(
    marker: Marker<'_>,
    written: &written::Indicator,
    defined: &CampaignDefined<'_>,
) -> IndicatorFormula {
    let kind = choose(marker, &written.kind, &KINDS);
    let denominator = written.denominator.as_ref();
    needs_denominator(marker, kind, &written.kind, denominator);
    surplus_denominator(marker, kind, denominator);
    IndicatorFormula {
        kind: kind.unwrap_or(IndicatorKind::Count),
        numerator: expression(marker, &written.numerator, defined),
        denominator: denominator.map(|denominator| expression(marker, denominator, defined)),
    }
}

/// What another reading changes; what it does not say stays as it is.
fn variant(
    marker: Marker<'_>,
    indicator: &written::Indicator,
    written: &written::Variant,
    defined: &CampaignDefined<'_>,
) -> Option<Variant> {
    let own_kind = written.kind.as_ref().map(|kind| (kind, choose(marker, kind, &KINDS)));
    let denominator = written.denominator.as_ref();
    if let Some((word, kind)) = own_kind {
        needs_denominator(marker, kind, word, denominator.or(indicator.denominator.as_ref()));
    }
    let kind = own_kind.map_or_else(|| kind_named(&indicator.kind.value), |(_, kind)| kind);
    surplus_denominator(marker, kind, denominator);
    let compiled =
        |text: &Option<Located<String>>| text.as_ref().map(|text| expression(marker, text, defined));
    let (numerator, denominator) = (compiled(&written.numerator), compiled(&written.denominator));
    let own = option(marker, (&written.reading, &written.option), defined);
    let others = written.and.iter().map(|other| option(marker, (&other.reading, &other.option), defined));
    let options: Vec<_> = std::iter::once(own).chain(others).collect();
    let kind = own_kind.and_then(|(_, kind)| kind);
    let options = options.into_iter().collect::<Option<_>>()?;
    Some(Variant { options, kind, numerator, denominator, explain: written.explain.clone() })
}

fn kind_named(word: &str) -> Option<IndicatorKind> {
    KINDS.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind)
}

/// Positions of the reading and of its option that call for a variant.
fn option(
    marker: Marker<'_>,
    (reading, chosen): (&Located<String>, &Located<String>),
    defined: &CampaignDefined<'_>,
) -> Option<(ReadingIdx, Idx<ReadingOption>)> {
    let readings = defined.readings.iter().map(|reading| reading.id.as_str());
    let reading = find(marker, reading, readings, &say!("读法问题", "reading"))?;
    let options = defined.readings[reading].options.iter().map(|option| option.id.as_str());
    let option = find(marker, chosen, options, &say!("读法选项", "option of this reading"))?;
    if option == Idx::FIRST {
        let name = &chosen.value;
        marker.mark(
            &chosen.span,
            say!(
                "`{name}` 是默认读法,公式已写在上面",
                "`{name}` is the default, which the formula above follows"
            ),
            say!("请写另一选项,或把公式写到上面", "name another option, or write this formula above"),
        );
    }
    Some((reading, option))
}

/// Marks a second variant for the same option.
fn repeated(marker: Marker<'_>, variants: &[Located<written::Variant>]) {
    for (number, variant) in variants.iter().enumerate() {
        let names = |variant: &written::Variant| {
            let others = variant.and.iter().map(|other| (&other.reading.value, &other.option.value));
            let own = std::iter::once((&variant.reading.value, &variant.option.value));
            let names = own.chain(others).map(|(reading, option)| (reading.clone(), option.clone()));
            names.collect::<BTreeSet<_>>()
        };
        let (reading, option) = (&variant.value.reading.value, &variant.value.option.value);
        if variants[..number].iter().any(|earlier| names(&earlier.value) == names(&variant.value)) {
            marker.mark(
                &variant.span,
                say!(
                    "{reading} = {option} 已有另一个公式",
                    "there is another formula for {reading} = {option}"
                ),
                say!("请合并为一个 [[variant]]", "make one [[variant]] of them"),
            );
        }
    }
}

/// Marks a denominator of a count.
fn surplus_denominator(
    marker: Marker<'_>,
    kind: Option<IndicatorKind>,
    denominator: Option<&Located<String>>,
) {
    if let Some(denominator) = denominator.filter(|_| kind == Some(IndicatorKind::Count)) {
        marker.mark(
            &denominator.span,
            say!("count 类指标没有分母", "an indicator of kind count has no denominator"),
            say!("请删去 denominator 或改正 kind", "leave it out or correct the kind"),
        );
    }
}

/// Marks a kind that divides, but has no denominator.
fn needs_denominator(
    marker: Marker<'_>,
    kind: Option<IndicatorKind>,
    word: &Located<String>,
    denominator: Option<&Located<String>>,
) {
    let divides = kind.is_some_and(|kind| kind != IndicatorKind::Count);
    if divides && denominator.is_none() {
        let name = &word.value;
        marker.mark(
            &word.span,
            say!("{name} 类指标缺少分母", "an indicator of kind {name} needs a denominator"),
            say!("请写 denominator = \"…\"", "add denominator = \"…\""),
        );
    }
}

fn expression(marker: Marker<'_>, text: &Located<String>, defined: &CampaignDefined<'_>) -> Formula {
    compile(&text.value, &defined.catalogue.measures).unwrap_or_else(|faults| {
        if !text.value.is_empty() {
            marker.mark_faults(text, faults);
        }
        Formula::Number(0.0)
    })
}

fn can_split(marker: Marker<'_>, indicator: &written::Indicator) -> bool {
    let Some(split) = indicator.split.as_ref().filter(|split| split.value) else { return false };
    if indicator.kind.value != "count" {
        marker.mark(
            &split.span,
            say!("只有 count 类指标可以分解", "only the target of a count can be divided"),
            say!("请删去 split", "leave `split` out"),
        );
    }
    true
}
