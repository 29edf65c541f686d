//! Formulas: expressions over measures. Each term accepts only the kinds of measure that it can count.

use crate::{
    definition::{IdxVec, Label, Measure, MeasureIdx, MeasureKind, Window},
    expression::{Expression, Fault, Node, parse::parse},
    formula::{Formula, Operator, Over, Term},
    marker::Span,
    mistake::say,
    nearest::did_you_mean,
};

/// Ids and kinds of all measures, in the order of their positions; a measure whose kind is mistaken has none.
pub(crate) type Measures<'a> = &'a IdxVec<Measure, (String, Option<MeasureKind>)>;

/// The terms, for "did you mean".
const TERMS: [&str; 7] = ["year", "previous", "to_date", "at_end", "years", "base", "elapsed"];

/// Compiles a formula.
///
/// # Errors
/// Everything wrong in it; possibly nothing, when it rests on a measure that is wrong itself.
pub(crate) fn compile(text: &str, measures: Measures<'_>) -> Result<Formula, Vec<Fault>> {
    let expression = parse(text).map_err(|fault| vec![fault])?;
    let mut compiler = Compiler { measures, faults: Vec::new() };
    let formula = compiler.formula(&expression);
    match formula {
        Some(formula) if compiler.faults.is_empty() => Ok(formula),
        _ => Err(compiler.faults),
    }
}

struct Compiler<'a> {
    measures: Measures<'a>,
    faults: Vec<Fault>,
}

impl Compiler<'_> {
    fn formula(&mut self, expression: &Expression) -> Option<Formula> {
        match &expression.node {
            Node::Number(number) => number.parse().ok().map(Formula::Number),
            Node::Negative(inner) => {
                let inner = Box::new(self.formula(inner)?);
                Some(Formula::Binary(Box::new(Formula::Number(0.0)), Operator::Subtract, inner))
            }
            Node::Binary(left, operator, right) => {
                // Both before either `?`, so that all faults are found.
                let (left, right) = (self.formula(left), self.formula(right));
                Some(Formula::Binary(Box::new(left?), *operator, Box::new(right?)))
            }
            Node::Name(name) if name == "elapsed" => Some(Formula::Elapsed),
            Node::Name(name) => {
                let known = self.measures.iter().any(|(id, _)| id == name);
                let remedy = if known {
                    say!("请写明时段,例如 year({name})", "say over what time, such as `year({name})`")
                } else {
                    did_you_mean(name, TERMS)
                };
                self.fault(
                    &expression.span,
                    say!("`{name}` 不能单独作为项", "`{name}` by itself is not a term"),
                    remedy,
                )
            }
            Node::Call(term, arguments) => self.term(expression, term, arguments),
            _ => self.fault(
                &expression.span,
                say!("这里只能写算式", "only arithmetic can stand here"),
                say!(
                    "可用:year(…)、to_date(…) 等项,数字,+ - * /",
                    "use terms such as `year(…)`, numbers and + - * /"
                ),
            ),
        }
    }

    fn term(&mut self, whole: &Expression, term: &str, arguments: &[Expression]) -> Option<Formula> {
        let accepts: fn(MeasureKind) -> bool = match term {
            "year" | "previous" => of_a_year,
            "to_date" => |kind| matches!(kind, MeasureKind::Flow | MeasureKind::Distinct(Window::Campaign)),
            "at_end" => |kind| kind == MeasureKind::Stock,
            "years" => |kind| kind == MeasureKind::Level,
            "base" => is_statement,
            _ => {
                return self.fault(
                    &whole.span,
                    say!("没有 `{term}(…)` 这样的项", "there is no term `{term}(…)`"),
                    did_you_mean(term, TERMS),
                );
            }
        };
        let over = match (term, arguments) {
            ("previous", [_, base]) => Over::Previous(self.measure("base", base, is_statement)?),
            ("year", [_]) => Over::Year,
            ("to_date", [_]) => Over::ToDate,
            ("at_end", [_]) => Over::AtEnd,
            ("years", [_]) => Over::Years,
            ("base", [_]) => Over::Base,
            _ => return self.wrong_count(&whole.span, term),
        };
        let measure = self.measure(term, arguments.first()?, accepts)?;
        Some(Formula::Term(Term { measure, over }))
    }

    fn wrong_count(&mut self, span: &Span, term: &str) -> Option<Formula> {
        let remedy = if term == "previous" {
            say!("请写 previous(指标数, 基期数)", "write `previous(measure, baseline measure)`")
        } else {
            say!("请写 {term}(指标数)", "write `{term}(measure)`")
        };
        self.fault(span, say!("`{term}` 的参数个数不对", "the wrong number of measures for `{term}`"), remedy)
    }

    fn measure(
        &mut self,
        term: &str,
        expression: &Expression,
        accepts: fn(MeasureKind) -> bool,
    ) -> Option<MeasureIdx> {
        let name = expression.name().unwrap_or_default();
        let measures = self.measures;
        let Some(position) = measures.position(|(id, _)| id == name) else {
            return self.fault(
                &expression.span,
                say!("没有统计项 `{name}`", "there is no measure `{name}`"),
                did_you_mean(name, measures.iter().map(|(id, _)| id.as_str())),
            );
        };
        let kind = measures[position].1?;
        if accepts(kind) {
            return Some(position);
        }
        let (found, fitting) = (kind_name(kind), terms_for(kind));
        self.fault(
            &expression.span,
            say!(
                "`{name}` 是 {found},不能用 `{term}`",
                "`{name}` is a {found} measure, which `{term}` cannot use"
            ),
            say!("这类统计项可用:{fitting}", "measures of this kind are used with {fitting}"),
        )
    }

    fn fault<T>(&mut self, span: &Span, message: Label, remedy: Label) -> Option<T> {
        self.faults.push(Fault { span: span.clone(), message, remedy });
        None
    }
}

fn of_a_year(kind: MeasureKind) -> bool {
    matches!(kind, MeasureKind::Flow | MeasureKind::Level | MeasureKind::Distinct(Window::Year))
}

fn is_statement(kind: MeasureKind) -> bool {
    kind == MeasureKind::Statement
}

/// What a definition calls this kind.
fn kind_name(kind: MeasureKind) -> &'static str {
    match kind {
        MeasureKind::Flow => "flow",
        MeasureKind::Stock => "stock",
        MeasureKind::Level => "level",
        MeasureKind::Distinct(Window::Campaign) => "distinct per campaign",
        MeasureKind::Distinct(Window::Year) => "distinct per year",
        MeasureKind::Statement => "statement",
    }
}

/// The terms in which a measure of this kind can be used.
fn terms_for(kind: MeasureKind) -> &'static str {
    match kind {
        MeasureKind::Flow => "year(…), previous(…, …), to_date(…)",
        MeasureKind::Stock => "at_end(…)",
        MeasureKind::Level => "year(…), previous(…, …), years(…)",
        MeasureKind::Distinct(Window::Campaign) => "to_date(…)",
        MeasureKind::Distinct(Window::Year) => "year(…), previous(…, …)",
        MeasureKind::Statement => "base(…), previous(…, …)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled(text: &str) -> Result<Formula, Vec<String>> {
        let measures = [
            ("made", MeasureKind::Flow),
            ("open", MeasureKind::Stock),
            ("workers", MeasureKind::Level),
            ("people", MeasureKind::Distinct(Window::Year)),
            ("firms", MeasureKind::Distinct(Window::Campaign)),
            ("before", MeasureKind::Statement),
        ];
        let measures: IdxVec<_, _> =
            measures.into_iter().map(|(id, kind)| (id.to_owned(), Some(kind))).collect();
        compile(text, &measures).map_err(|faults| faults.into_iter().map(|fault| fault.message.en).collect())
    }

    #[test]
    fn every_kind_has_its_terms() {
        let kinds = ["made", "open", "workers", "people", "firms", "before"];
        for (term, fitting) in [
            ("year", "made workers people"),
            ("to_date", "made firms"),
            ("at_end", "open"),
            ("years", "workers"),
            ("base", "before"),
        ] {
            let taken = kinds.into_iter().filter(|kind| compiled(&format!("{term}({kind})")).is_ok());
            assert_eq!(taken.collect::<Vec<_>>().join(" "), fitting, "{term}");
        }
        let previous =
            kinds.into_iter().filter(|kind| compiled(&format!("previous({kind}, before)")).is_ok());
        assert_eq!(previous.collect::<Vec<_>>().join(" "), "made workers people");
    }

    #[test]
    fn products_bind_before_sums() {
        let term = |measure, over| {
            let measure = MeasureIdx::new(measure);
            Box::new(Formula::Term(Term { measure, over }))
        };
        let product = Formula::Binary(term(0, Over::ToDate), Operator::Divide, Box::new(Formula::Elapsed));
        let expected = Formula::Binary(term(1, Over::AtEnd), Operator::Add, Box::new(product));
        assert_eq!(compiled("at_end(open) + to_date(made) / elapsed"), Ok(expected));
        let left = Formula::Binary(
            term(0, Over::Previous(MeasureIdx::new(5))),
            Operator::Subtract,
            Box::new(Formula::Number(1.5)),
        );
        let expected = Formula::Binary(Box::new(left), Operator::Subtract, Box::new(Formula::Number(2.0)));
        assert_eq!(compiled("previous(made, before) - 1.5 - 2"), Ok(expected));
    }

    #[test]
    fn all_faults_of_a_formula_are_told() {
        for (text, expected) in [
            ("year(mad) + elapse", &["there is no measure `mad`", "`elapse` by itself is not a term"][..]),
            ("year(made, open)", &["the wrong number of measures for `year`"]),
            ("year(1)", &["there is no measure ``"]),
            ("made in (1)", &["only arithmetic can stand here"]),
        ] {
            assert_eq!(
                compiled(text),
                Err(expected.iter().map(|fault| (*fault).to_owned()).collect()),
                "{text}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_compiler_panic(text in "[a-z_()+*/ ,.0-9'-]{0,60}") {
            let _ = compiled(&text);
        }
    }
}
