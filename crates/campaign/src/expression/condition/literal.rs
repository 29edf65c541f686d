//! Types of values in conditions. A constant is read as the type that it is compared with.

use model::{
    period::{Grain, ReportingPeriod},
    value::Value,
};

use super::Compiler;
use crate::{
    condition::Comparison,
    definition::{DictionaryIdx, FieldKind, Label},
    expression::{Expression, Node},
    kinds::{Meaning, ValueShape},
    mistake::say,
    nearest::did_you_mean,
};

/// What can be compared with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Whole,
    Decimal,
    Money,
    Date,
    Period(Grain),
    Flag,
    Code(DictionaryIdx),
    Text,
    Unit,
}

impl Type {
    pub(super) fn for_kind(kind: &FieldKind) -> Self {
        let spec = kind.spec();
        match spec.shape {
            ValueShape::Integer if matches!(spec.meaning, Meaning::Money { .. }) => Self::Money,
            ValueShape::Integer => Self::Whole,
            ValueShape::Decimal => Self::Decimal,
            ValueShape::Date => Self::Date,
            ValueShape::Period(grain) => Self::Period(grain),
            ValueShape::Flag => Self::Flag,
            ValueShape::Code(dictionary) => Self::Code(dictionary),
            ValueShape::Unit => Self::Unit,
            ValueShape::Text | ValueShape::Table(_) | ValueShape::Reference(_) => Self::Text,
        }
    }

    pub(super) fn words(self) -> Label {
        match self {
            Self::Whole => say!("整数", "a whole number"),
            Self::Decimal => say!("数字", "a number"),
            Self::Money => say!("金额", "an amount of money"),
            Self::Date => say!("日期", "a date"),
            Self::Period(_) => say!("期间", "a period"),
            Self::Flag => say!("是否", "a flag"),
            Self::Code(_) => say!("代码", "a code"),
            Self::Text => say!("文本", "a text"),
            Self::Unit => say!("单位", "a unit"),
        }
    }

    /// How a constant of this type is written.
    fn example(self) -> Label {
        match self {
            Self::Whole => say!("请写整数,例如 10", "write a whole number such as 10"),
            Self::Decimal => say!("请写数字,例如 9.5", "write a number such as 9.5"),
            Self::Money => say!("请写以元计的数字,例如 10000", "write an amount in yuan such as 10000"),
            Self::Date => say!("请写日期,例如 '2011-01-01'", "write a date such as '2011-01-01'"),
            Self::Period(grain) => {
                let example = grain.example();
                say!(
                    "请写单引号中的期间,例如 '{example}'",
                    "write a period in single quotes such as '{example}'"
                )
            }
            Self::Flag => {
                say!("是否类字段单独写,或写 not 字段", "write the flag by itself, or `not` before it")
            }
            Self::Code(_) => {
                say!("请写单引号中的代码,例如 '110'", "write a code in single quotes such as '110'")
            }
            Self::Text => say!("请写单引号中的文本", "write a text in single quotes"),
            Self::Unit => {
                say!("单位只能与单位字段比较", "a unit can only be compared with another unit field")
            }
        }
    }
}

impl Compiler<'_> {
    /// The value of a constant that is compared with something of this type.
    pub(super) fn literal(&mut self, expression: &Expression, kind: Type) -> Option<Value> {
        let value = match (&expression.node, kind) {
            (Node::Text(code), Type::Code(dictionary)) => return self.code(expression, code, dictionary),
            (Node::Text(text), Type::Text) => Some(Value::Text(text.clone())),
            (Node::Text(text), Type::Period(grain)) => {
                let period = ReportingPeriod::parse(text).ok().filter(|period| period.grain() == grain);
                period.map(|period| Value::Text(period.to_string()))
            }
            (Node::Text(text), Type::Date) => text.parse().ok().map(Value::Date),
            _ => number(expression).and_then(|number| match kind {
                Type::Whole => number.parse().ok().map(Value::Integer),
                Type::Decimal => number.parse().ok().map(Value::Decimal),
                Type::Money => fen(&number).map(Value::Integer),
                _ => None,
            }),
        };
        if value.is_none() {
            let Label { zh, en } = kind.words();
            self.fault(
                &expression.span,
                say!("与{zh}比较的值写法不对", "this cannot be compared with {en}"),
                kind.example(),
            );
        }
        value
    }

    fn code(&mut self, expression: &Expression, code: &str, dictionary: DictionaryIdx) -> Option<Value> {
        let dictionary = self.scope.dictionaries.get(dictionary)?;
        let digits = code.bytes().all(|byte| byte.is_ascii_digit());
        if dictionary.code(code).is_none() && !(digits && dictionary.open_digits == Some(code.len())) {
            let name = &dictionary.id;
            self.fault(
                &expression.span,
                say!("字典 {name} 没有代码 `{code}`", "dictionary {name} has no code `{code}`"),
                did_you_mean(code, dictionary.codes.iter().map(|entry| entry.code.as_str())),
            );
            return None;
        }
        Some(Value::Code(code.to_owned()))
    }

    /// Marks two sides that have nothing in common.
    pub(super) fn comparable(&mut self, whole: &Expression, left: Type, right: Type) {
        let numbers = [left, right].iter().all(|kind| matches!(kind, Type::Whole | Type::Decimal));
        if left == right || numbers {
            return;
        }
        let (a, b) = (left.words(), right.words());
        let message = match (left, right) {
            (Type::Code(_), Type::Code(_)) => {
                say!("比较的两个代码属于不同的字典", "codes of two different dictionaries are compared")
            }
            (Type::Period(_), Type::Period(_)) => {
                say!("比较的两个期间长短不同", "periods of two different grains are compared")
            }
            _ => Label {
                zh: format!("{}与{}不能比较", a.zh, b.zh),
                en: format!("{} cannot be compared with {}", a.en, b.en),
            },
        };
        self.fault(&whole.span, message, say!("请比较同类的字段", "compare fields of the same kind"));
    }

    /// Marks `<` and its like between values that have no order.
    pub(super) fn ordered(&mut self, whole: &Expression, comparison: Comparison, kind: Type) {
        let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        let has_order = match kind {
            Type::Whole | Type::Decimal | Type::Money | Type::Date | Type::Period(_) => true,
            Type::Code(dictionary) => self.one_length(dictionary),
            Type::Flag | Type::Text | Type::Unit => false,
        };
        if equality || has_order {
            return;
        }
        let Label { zh, en } = kind.words();
        self.fault(
            &whole.span,
            say!("这里的{zh}没有大小之分", "{en} has no order here"),
            say!("请用 =、!= 或 in (…)", "use `=`, `!=` or `in (…)`"),
        );
    }

    /// Whether all codes are equally long: only then their order as text is the one that is meant.
    fn one_length(&self, dictionary: DictionaryIdx) -> bool {
        let codes = self.scope.dictionaries.get(dictionary).map_or(&[][..], |dictionary| &dictionary.codes);
        codes.windows(2).all(|pair| pair[0].code.len() == pair[1].code.len())
    }
}

/// A number with its sign, as text.
fn number(expression: &Expression) -> Option<String> {
    match &expression.node {
        Node::Number(number) => Some(number.clone()),
        Node::Negative(inner) => number(inner).map(|number| format!("-{number}")),
        _ => None,
    }
}

/// Yuan as written, in fen.
fn fen(yuan: &str) -> Option<i64> {
    let (whole, decimals) = yuan.split_once('.').unwrap_or((yuan, ""));
    if decimals.len() > 2 {
        return None;
    }
    format!("{whole}{decimals:0<2}").parse().ok()
}
