//! Derivations: what a derived field follows from. Arithmetic over numbers of the record, of the records that it refers
//! to, and of those that refer to it; or, alone, the value of another kind that the record referred to states.

use std::collections::BTreeSet;

use crate::{
    definition::{
        Derivation, DerivedNumber, Dictionary, Field, FieldIdx, FieldKind, Form, FormIdx, IdxVec, Label,
        Referring,
    },
    expression::{
        Expression, Fault, Node,
        condition::{Kinds, Scope as ConditionScope, compile as compile_condition},
        parse::parse,
    },
    formula::Operator,
    kinds::{Meaning, ReferenceKind, ValueShape},
    marker::Span,
    mistake::say,
    nearest::did_you_mean,
};

/// What a derivation can see.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// Position of the form that has the derived field.
    pub(crate) form: FormIdx,
    /// All forms.
    pub(crate) forms: &'a IdxVec<Form>,
    /// All dictionaries.
    pub(crate) dictionaries: &'a IdxVec<Dictionary>,
    /// Fields whose kind is mistaken itself; nothing more is said of them.
    pub(crate) mistaken: &'a BTreeSet<(FormIdx, FieldIdx)>,
}

/// Compiles a derivation for a field of this kind.
///
/// # Errors
/// Everything wrong in it; possibly nothing, when it rests on something that is wrong itself.
pub(crate) fn compile(text: &str, kind: &FieldKind, scope: Scope<'_>) -> Result<Derivation, Vec<Fault>> {
    let expression = parse(text).map_err(|fault| vec![fault])?;
    let mut compiler = Compiler { text, scope, faults: Vec::new() };
    let derivation = compiler.derivation(&expression, kind);
    match derivation {
        Some(derivation) if compiler.faults.is_empty() => Ok(derivation),
        _ => Err(compiler.faults),
    }
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Whole,
    Decimal,
    Money,
}

impl Unit {
    fn for_kind(kind: &FieldKind) -> Option<Self> {
        let spec = kind.spec();
        match (spec.shape, spec.meaning) {
            (ValueShape::Integer, Meaning::Money { .. }) => Some(Self::Money),
            // A year is no quantity.
            (ValueShape::Integer, Meaning::Count) => Some(Self::Whole),
            (ValueShape::Decimal, _) => Some(Self::Decimal),
            _ => None,
        }
    }

    fn words(self) -> Label {
        match self {
            Self::Whole => say!("整数", "a whole number"),
            Self::Decimal => say!("数字", "a number"),
            Self::Money => say!("金额", "an amount of money"),
        }
    }

    /// What two of them make together.
    fn joined(self, operator: Operator, other: Self) -> Option<Self> {
        match (operator, self, other) {
            (Operator::Add | Operator::Subtract, Self::Money, _)
            | (Operator::Add | Operator::Subtract | Operator::Divide, _, Self::Money)
                if self != other =>
            {
                None
            }
            (Operator::Multiply, Self::Money, Self::Money) => None,
            (Operator::Add | Operator::Subtract, Self::Money, Self::Money)
            | (Operator::Multiply, Self::Money, _)
            | (Operator::Multiply, _, Self::Money)
            | (Operator::Divide, Self::Money, Self::Whole | Self::Decimal) => Some(Self::Money),
            (Operator::Divide, ..) => Some(Self::Decimal),
            (_, Self::Whole, Self::Whole) => Some(Self::Whole),
            _ => Some(Self::Decimal),
        }
    }
}

/// Something is mistaken, and has been marked.
struct Mistaken;

/// A field of the record referred to.
struct Referred<'a> {
    reference: FieldIdx,
    form: FormIdx,
    field: FieldIdx,
    kind: &'a FieldKind,
}

struct Compiler<'a> {
    text: &'a str,
    scope: Scope<'a>,
    faults: Vec<Fault>,
}

impl<'a> Compiler<'a> {
    fn own(&self) -> &'a Form {
        &self.scope.forms[self.scope.form]
    }

    fn derivation(&mut self, expression: &Expression, kind: &FieldKind) -> Option<Derivation> {
        let Some(wanted) = Unit::for_kind(kind) else { return self.copy(expression, kind) };
        let (number, unit) = self.number(expression)?;
        let fits = match wanted {
            Unit::Whole => unit == Unit::Whole,
            Unit::Decimal => unit != Unit::Money,
            Unit::Money => unit == Unit::Money,
        };
        if !fits {
            let (Label { zh, en }, Label { zh: is_zh, en: is_en }) = (wanted.words(), unit.words());
            self.fault(
                &expression.span,
                say!("该字段是{zh}，算式却得{is_zh}", "the field holds {en}, and this gives {is_en}"),
                say!("请改正 kind 或算式", "correct the kind or the expression"),
            );
        }
        Some(Derivation::Number(number))
    }

    /// The value of a field that is no number, as the record referred to states it.
    fn copy(&mut self, expression: &Expression, kind: &FieldKind) -> Option<Derivation> {
        let Some(Referred { reference, field, form, kind: other }) = self.referred(expression).ok()? else {
            self.fault(
                &expression.span,
                say!("只有数字可以计算", "only numbers can be worked out"),
                say!("请写 引用字段.字段", "write `reference.field`"),
            );
            return None;
        };
        let spec = other.spec();
        if self.scope.mistaken.contains(&(form, field)) {
            return None;
        }
        if self.scope.forms[form].persons.iter().any(|person| person.name == field) {
            self.fault(
                &expression.span,
                say!("姓名不能照抄", "the name of a person cannot be copied"),
                say!("请看被引用的记录", "it is shown by the record referred to"),
            );
            return None;
        }
        if !is_same_shape(kind, other) || spec.personal.is_some() {
            self.fault(
                &expression.span,
                say!("两个字段的 kind 不同，不能照抄", "the two fields are not of one kind"),
                say!(
                    "请改正 kind（代码须同一代码表；表格、引用和证件号不能照抄）",
                    "correct the kind (codes of one dictionary; no tables, references or personal numbers)"
                ),
            );
            return None;
        }
        Some(Derivation::Copy { reference, field })
    }

    fn number(&mut self, expression: &Expression) -> Option<(DerivedNumber, Unit)> {
        match &expression.node {
            Node::Number(number) => {
                let unit = if number.contains('.') { Unit::Decimal } else { Unit::Whole };
                Some((DerivedNumber::Constant(number.parse().ok()?), unit))
            }
            Node::Negative(inner) => {
                let (inner, unit) = self.number(inner)?;
                let minus = Box::new(DerivedNumber::Constant(-1.0));
                Some((DerivedNumber::Binary(minus, Operator::Multiply, Box::new(inner)), unit))
            }
            Node::Binary(left, operator, right) => {
                // Both before either `?`, so that all faults are found.
                let (left, right) = (self.number(left), self.number(right));
                let ((left, one), (right, other)) = (left?, right?);
                let Some(unit) = one.joined(*operator, other) else {
                    let (Label { zh, en }, Label { zh: zh_b, en: en_b }) = (one.words(), other.words());
                    self.fault(
                        &expression.span,
                        say!("{zh}与{zh_b}不能这样计算", "{en} and {en_b} cannot be joined so"),
                        say!("金额只能与金额相加减", "money can only be added to money"),
                    );
                    return None;
                };
                Some((DerivedNumber::Binary(Box::new(left), *operator, Box::new(right)), unit))
            }
            Node::Name(_) => self.field(expression),
            Node::Call(name, arguments) => self.referring(expression, name, arguments),
            _ => {
                self.fault(
                    &expression.span,
                    say!("这里只能写算式", "only arithmetic can stand here"),
                    say!(
                        "可用:字段、引用字段.字段、count(…)、sum(…)、数字、+ - * /",
                        "use fields, `reference.field`, `count(…)`, `sum(…)`, numbers and + - * /"
                    ),
                );
                None
            }
        }
    }

    /// `field` or `reference.field`.
    fn field(&mut self, expression: &Expression) -> Option<(DerivedNumber, Unit)> {
        if let Some(Referred { reference, field, form, .. }) = self.referred(expression).ok()? {
            let unit = self.unit(expression, (form, field))?;
            return Some((DerivedNumber::Referred { reference, field }, unit));
        }
        let name = expression.name().unwrap_or_default();
        let field = self.find(&expression.span, name, self.own())?;
        let unit = self.unit(expression, (self.scope.form, field))?;
        Some((DerivedNumber::Own(field), unit))
    }

    /// The field of the record referred to, when one is named; an error when that is mistaken, and marked.
    fn referred(&mut self, expression: &Expression) -> Result<Option<Referred<'a>>, Mistaken> {
        let Some((reference, field)) = expression.name().and_then(|name| name.split_once('.')) else {
            return Ok(None);
        };
        let own = self.own();
        let reference_field = self.find(&expression.span, reference, own).ok_or(Mistaken)?;
        let Some(to) = leads_to(&own.fields[reference_field]) else {
            if self.scope.mistaken.contains(&(self.scope.form, reference_field)) {
                return Err(Mistaken);
            }
            self.fault(
                &expression.span,
                say!("字段 `{reference}` 不是引用", "the field `{reference}` is not a reference"),
                say!("请改用 kind = \"reference\" 的字段", "name a field of kind = \"reference\""),
            );
            return Err(Mistaken);
        };
        let other = &self.scope.forms[to.form];
        let field = self.find(&expression.span, field, other).ok_or(Mistaken)?;
        let kind = &other.fields[field].kind;
        Ok(Some(Referred { reference: reference_field, field, form: to.form, kind }))
    }

    /// `count(form.reference)`, `count(form.reference, condition)`, and `sum(form.reference, field)` with or without one.
    fn referring(
        &mut self,
        whole: &Expression,
        name: &str,
        arguments: &[Expression],
    ) -> Option<(DerivedNumber, Unit)> {
        let (amount, when) = match (name, arguments) {
            ("count", [_]) => (None, None),
            ("count", [_, when]) => (None, Some(when)),
            ("sum", [_, amount]) => (Some(amount), None),
            ("sum", [_, amount, when]) => (Some(amount), Some(when)),
            _ => {
                self.fault(
                    &whole.span,
                    say!("没有这样的 `{name}(…)`", "there is no such `{name}(…)`"),
                    say!(
                        "请写 count(表.引用字段) 或 sum(表.引用字段, 字段)，末尾可再写条件",
                        "write `count(form.reference)` or `sum(form.reference, field)`, and a condition behind it if need be"
                    ),
                );
                return None;
            }
        };
        let (form, reference) = self.referring_field(arguments.first()?)?;
        let other = &self.scope.forms[form];
        let when = match when {
            Some(when) => Some(self.condition(when, other)?),
            None => None,
        };
        let referring = Referring { form, reference, when };
        let Some(amount) = amount else { return Some((DerivedNumber::Count(referring), Unit::Whole)) };
        let field = self.find(&amount.span, amount.name().unwrap_or_default(), other)?;
        let unit = self.unit(amount, (form, field))?;
        Some((DerivedNumber::Sum(referring, field), unit))
    }

    /// `form.reference`: a reference of another form that leads to this one.
    fn referring_field(&mut self, expression: &Expression) -> Option<(FormIdx, FieldIdx)> {
        // Ids of forms have hyphens, which are no minus here.
        let written = self.text.get(expression.span.clone()).unwrap_or_default();
        let Some((form_id, field)) = written.split_once('.') else {
            self.fault(
                &expression.span,
                say!("这里应写 表.引用字段", "a form and its reference are needed here"),
                say!("例如 trainee.class", "write for example `trainee.class`"),
            );
            return None;
        };
        let forms = self.scope.forms;
        let Some((position, form)) = forms.entries().find(|(_, form)| form.id == form_id) else {
            self.fault(
                &expression.span,
                say!("没有名为 `{form_id}` 的登记表", "there is no form called `{form_id}`"),
                did_you_mean(form_id, forms.iter().map(|form| form.id.as_str())),
            );
            return None;
        };
        let field = self.find(&expression.span, field, form)?;
        let own = self.scope.form;
        if leads_to(&form.fields[field]).is_some_and(|to| to.leads_to(own)) {
            return Some((position, field));
        }
        if self.scope.mistaken.contains(&(position, field)) {
            return None;
        }
        let id = &self.own().id;
        self.fault(
            &expression.span,
            say!("`{written}` 不引用 `{id}`", "`{written}` does not refer to `{id}`"),
            say!("请改用引用本表的字段", "name a reference that leads to this form"),
        );
        None
    }

    fn condition(&mut self, when: &Expression, form: &Form) -> Option<crate::condition::Condition> {
        let fields = form.fields.iter().map(|field| (field.id.as_str(), Some(&field.kind)));
        let all: Kinds<'_> = fields.collect();
        let scope = ConditionScope { fields: &all, dictionaries: self.scope.dictionaries, ownership: None };
        let text = self.text.get(when.span.clone()).unwrap_or_default();
        match compile_condition(text, scope) {
            Ok(condition) => Some(condition),
            Err(faults) => {
                let start = when.span.start;
                let shifted = faults
                    .into_iter()
                    .map(|fault| Fault { span: fault.span.start + start..fault.span.end + start, ..fault });
                self.faults.extend(shifted);
                None
            }
        }
    }

    fn find(&mut self, span: &Span, name: &str, form: &Form) -> Option<FieldIdx> {
        let found = form.field(name);
        if found.is_none() {
            let id = &form.id;
            self.fault(
                span,
                say!("`{id}` 没有字段 `{name}`", "`{id}` has no field `{name}`"),
                did_you_mean(name, form.fields.iter().map(|field| field.id.as_str())),
            );
        }
        found
    }

    fn unit(&mut self, expression: &Expression, (form, field): (FormIdx, FieldIdx)) -> Option<Unit> {
        let unit = Unit::for_kind(&self.scope.forms[form].fields[field].kind);
        if unit.is_none() && !self.scope.mistaken.contains(&(form, field)) {
            self.fault(
                &expression.span,
                say!("该字段不是数字，不能计算", "this field is no number"),
                say!("请改用整数、数字或金额字段", "name a field of kind integer, decimal or money"),
            );
        }
        unit
    }

    fn fault(&mut self, span: &Span, message: Label, remedy: Label) {
        self.faults.push(Fault { span: span.clone(), message, remedy });
    }
}

fn leads_to(field: &Field) -> Option<ReferenceKind> {
    match field.kind.spec().shape {
        ValueShape::Reference(to) => Some(to),
        _ => None,
    }
}

/// Whether a field of one kind can hold what a field of another states.
fn is_same_shape(one: &FieldKind, other: &FieldKind) -> bool {
    match (one.spec().shape, other.spec().shape) {
        (ValueShape::Code(one), ValueShape::Code(other)) => one == other,
        (ValueShape::Text, ValueShape::Text)
        | (ValueShape::Date, ValueShape::Date)
        | (ValueShape::Flag, ValueShape::Flag)
        | (ValueShape::Unit, ValueShape::Unit) => true,
        // A year.
        (ValueShape::Integer, ValueShape::Integer) => one.spec().meaning == other.spec().meaning,
        _ => false,
    }
}
