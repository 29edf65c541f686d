//! Conditions: expressions over the fields of one form, typed.

mod literal;
#[cfg(test)]
mod tests;

use literal::Type;

use crate::{
    condition::{Comparison, Condition, Operand},
    definition::{Dictionary, Field, FieldIdx, FieldKind, IdxVec, Label},
    expression::{Expression, Fault, Node, parse::parse},
    formula::Operator,
    marker::Span,
    mistake::say,
    nearest::did_you_mean,
};

/// Ids and kinds of fields, by position; no kind where it is mistaken.
pub(crate) type Kinds<'a> = IdxVec<Field, (&'a str, Option<&'a FieldKind>)>;

/// What a condition can see.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// Ids and kinds of the fields, in the order of their positions. A field
    /// whose kind is itself mistaken has none, and is not checked further.
    pub(crate) fields: &'a Kinds<'a>,
    /// All dictionaries.
    pub(crate) dictionaries: &'a IdxVec<Dictionary>,
    /// Ids of the ownership classes, where a condition may ask for the unit's class.
    pub(crate) ownership: Option<&'a [String]>,
}

/// Compiles a condition.
///
/// # Errors
/// Everything wrong in it; possibly nothing, when it rests on a field that is wrong itself.
pub(crate) fn compile(text: &str, scope: Scope<'_>) -> Result<Condition, Vec<Fault>> {
    let expression = parse(text).map_err(|fault| vec![fault])?;
    let mut compiler = Compiler { scope, faults: Vec::new() };
    let condition = compiler.condition(&expression);
    match condition {
        Some(condition) if compiler.faults.is_empty() => Ok(condition),
        _ => Err(compiler.faults),
    }
}

struct Compiler<'a> {
    scope: Scope<'a>,
    faults: Vec<Fault>,
}

/// One side of a comparison: a constant takes its type from the other side.
enum Side<'e> {
    Operand(Operand, Option<Type>),
    Literal(&'e Expression),
}

impl Compiler<'_> {
    fn condition(&mut self, expression: &Expression) -> Option<Condition> {
        match &expression.node {
            Node::And(parts) => self.all(parts).map(Condition::And),
            Node::Or(parts) => self.all(parts).map(Condition::Or),
            Node::Not(inner) => self.condition(inner).map(|inner| Condition::Not(Box::new(inner))),
            Node::Compare(left, comparison, right) => {
                if [left, right].iter().any(|side| side.name() == Some("unit.ownership")) {
                    return self.ownership_is(left, *comparison, right);
                }
                self.compare(expression, left, *comparison, right)
            }
            Node::In(subject, options) if subject.name() == Some("unit.ownership") => {
                self.ownership_in(&subject.span, options)
            }
            Node::In(subject, options) => self.one_of(subject, options),
            Node::HasValue(subject) => self.field(subject).map(|(field, _)| Condition::HasValue(field)),
            Node::Name(name) if name == "unit.enterprise" => {
                self.class_allowed(&expression.span).then_some(Condition::IsEnterprise)
            }
            Node::Name(_) => self.flag(expression),
            _ => {
                self.fault(
                    &expression.span,
                    say!("这不是条件", "this is not a condition"),
                    say!(
                        "请写比较、in (…)、is stated 或是否类字段",
                        "write a comparison, `in (…)`, `is stated` or a flag"
                    ),
                );
                None
            }
        }
    }

    /// Every part, even after one that is wrong, so that all faults are found.
    fn all(&mut self, parts: &[Expression]) -> Option<Vec<Condition>> {
        let compiled: Vec<_> = parts.iter().map(|part| self.condition(part)).collect();
        compiled.into_iter().collect()
    }

    fn flag(&mut self, expression: &Expression) -> Option<Condition> {
        let (field, kind) = self.field(expression)?;
        match kind? {
            Type::Flag => Some(Condition::IsTrue(field)),
            other => {
                let Label { zh, en } = other.words();
                self.fault(
                    &expression.span,
                    say!("这里需要条件,而该字段是{zh}", "a condition is needed here, but this field is {en}"),
                    say!("请写 is stated 或与某值比较", "write `is stated` or compare it with something"),
                );
                None
            }
        }
    }

    fn compare(
        &mut self,
        whole: &Expression,
        left: &Expression,
        comparison: Comparison,
        right: &Expression,
    ) -> Option<Condition> {
        let (left, right) = (self.side(left), self.side(right));
        let (left, right) = match (left?, right?) {
            (Side::Literal(_), Side::Literal(_)) => {
                self.fault(
                    &whole.span,
                    say!("比较的两边都是常量", "both sides of the comparison are constants"),
                    say!("请与字段比较", "compare with a field"),
                );
                return None;
            }
            (Side::Operand(left, kind), Side::Literal(literal)) => {
                self.ordered(whole, comparison, kind?);
                (left, Operand::Literal(self.literal(literal, kind?)?))
            }
            (Side::Literal(literal), Side::Operand(right, kind)) => {
                self.ordered(whole, comparison, kind?);
                (Operand::Literal(self.literal(literal, kind?)?), right)
            }
            (Side::Operand(left, a), Side::Operand(right, b)) => {
                self.comparable(whole, a?, b?);
                self.ordered(whole, comparison, a?);
                (left, right)
            }
        };
        Some(Condition::Compare(left, comparison, right))
    }

    fn side<'e>(&mut self, expression: &'e Expression) -> Option<Side<'e>> {
        match &expression.node {
            Node::Number(_) | Node::Text(_) => Some(Side::Literal(expression)),
            Node::Negative(inner) if matches!(inner.node, Node::Number(_)) => Some(Side::Literal(expression)),
            Node::Name(_) => {
                let (field, kind) = self.field(expression)?;
                Some(Side::Operand(Operand::Field(field), kind))
            }
            Node::Binary(..) => self.sum(expression),
            _ => {
                self.fault(
                    &expression.span,
                    say!("这里不能比较", "this cannot be compared"),
                    say!("请写字段、字段之和或常量", "write a field, a sum of fields or a constant"),
                );
                None
            }
        }
    }

    /// `a + b + …`: whole numbers, or money throughout.
    fn sum<'e>(&mut self, expression: &'e Expression) -> Option<Side<'e>> {
        let mut parts = Vec::new();
        self.addends(expression, &mut parts)?;
        let mut fields = Vec::new();
        let mut common = None;
        for part in parts {
            let (field, kind) = self.field(part)?;
            let kind = kind?;
            if !matches!(kind, Type::Whole | Type::Money) || common.is_some_and(|common| common != kind) {
                let Label { zh, en } = kind.words();
                self.fault(
                    &part.span,
                    say!("{zh}不能与其他字段相加", "{en} cannot be added here"),
                    say!(
                        "只有整数字段之间或金额字段之间可以相加",
                        "add whole numbers to whole numbers, or money to money"
                    ),
                );
                return None;
            }
            common = Some(kind);
            fields.push(field);
        }
        Some(Side::Operand(Operand::Sum(fields), common))
    }

    fn addends<'e>(&mut self, expression: &'e Expression, into: &mut Vec<&'e Expression>) -> Option<()> {
        match &expression.node {
            Node::Binary(left, Operator::Add, right) => {
                self.addends(left, into)?;
                self.addends(right, into)
            }
            Node::Name(_) => {
                into.push(expression);
                Some(())
            }
            _ => {
                self.fault(
                    &expression.span,
                    say!("条件里只能把字段相加", "a condition can only add fields"),
                    say!("请写成字段之和,例如 a + b", "write a sum of fields such as `a + b`"),
                );
                None
            }
        }
    }

    fn one_of(&mut self, subject: &Expression, options: &[Expression]) -> Option<Condition> {
        if options.is_empty() {
            self.fault(
                &subject.span,
                say!("in 后面的括号是空的", "nothing stands in the parentheses after `in`"),
                say!("请写出可取的值", "write the values that are meant"),
            );
        }
        let (field, kind) = self.field(subject)?;
        let kind = kind?;
        let values: Vec<_> = options.iter().map(|option| self.literal(option, kind)).collect();
        Some(Condition::OneOf(field, values.into_iter().collect::<Option<_>>()?))
    }

    fn ownership_is(
        &mut self,
        left: &Expression,
        comparison: Comparison,
        right: &Expression,
    ) -> Option<Condition> {
        let class = if left.name().is_some() { right } else { left };
        let is = self.ownership_in(&left.span, std::slice::from_ref(class))?;
        match comparison {
            Comparison::Equal => Some(is),
            Comparison::NotEqual => Some(Condition::Not(Box::new(is))),
            _ => {
                self.fault(
                    &left.span,
                    say!("经济类型没有大小之分", "classes of ownership have no order"),
                    say!("请用 =、!= 或 in (…)", "use `=`, `!=` or `in (…)`"),
                );
                None
            }
        }
    }

    fn ownership_in(&mut self, span: &Span, options: &[Expression]) -> Option<Condition> {
        if !self.class_allowed(span) {
            return None;
        }
        let known = self.scope.ownership?;
        let mut classes = Vec::new();
        for option in options {
            let text = if let Node::Text(text) = &option.node { text.as_str() } else { "" };
            if let Some(position) = known.iter().position(|id| id == text) {
                classes.push(u8::try_from(position).ok()?);
            } else {
                self.fault(
                    &option.span,
                    say!("没有经济类型 `{text}`", "there is no class of ownership `{text}`"),
                    did_you_mean(text, known.iter().map(String::as_str)),
                );
            }
        }
        (classes.len() == options.len()).then_some(Condition::Ownership(classes))
    }

    fn class_allowed(&mut self, span: &Span) -> bool {
        if self.scope.ownership.is_none() {
            self.fault(
                span,
                say!(
                    "unit.* 只能用在 [[post]] 的 when 中",
                    "`unit.…` can only be used in the `when` of a post"
                ),
                say!("请改用本表的字段", "use a field of this form"),
            );
        }
        self.scope.ownership.is_some()
    }

    /// Position and type of the field that is named.
    fn field(&mut self, expression: &Expression) -> Option<(FieldIdx, Option<Type>)> {
        let Some(name) = expression.name() else {
            self.fault(
                &expression.span,
                say!("这里应写字段名", "the name of a field is needed here"),
                say!("请写本表的一个字段", "write a field of this form"),
            );
            return None;
        };
        let fields = self.scope.fields;
        let Some(position) = fields.position(|(id, _)| *id == name) else {
            let classes =
                ["unit.enterprise", "unit.ownership"].into_iter().filter(|_| name.starts_with("unit."));
            self.fault(
                &expression.span,
                say!("没有字段 `{name}`", "there is no field `{name}`"),
                did_you_mean(name, fields.iter().map(|(id, _)| *id).chain(classes)),
            );
            return None;
        };
        Some((position, fields[position].1.map(Type::for_kind)))
    }

    fn fault(&mut self, span: &Span, message: Label, remedy: Label) {
        self.faults.push(Fault { span: span.clone(), message, remedy });
    }
}
