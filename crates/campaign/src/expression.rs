//! Expressions: one grammar for conditions over fields, formulas over
//! measures and key parts. What each of them may use is decided when it is
//! compiled.
//!
//! Positions are byte ranges within the expression's text.

pub(crate) mod condition;
pub(crate) mod derived;
pub(crate) mod formula;
pub(crate) mod lex;
pub(crate) mod parse;

use crate::{condition::Comparison, definition::Label, formula::Operator, marker::Span};

/// Something wrong in an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where.
    pub(crate) span: Span,
    /// What.
    pub(crate) message: Label,
    /// What to do.
    pub(crate) remedy: Label,
}

/// An expression with its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expression {
    /// What it is.
    pub(crate) node: Node,
    /// Its position.
    pub(crate) span: Span,
}

/// What an expression is, before names and types are known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    /// `and`; at least two parts.
    And(Vec<Expression>),
    /// `or`; at least two parts.
    Or(Vec<Expression>),
    /// `not`.
    Not(Box<Expression>),
    /// Two sides compared.
    Compare(Box<Expression>, Comparison, Box<Expression>),
    /// `in ('a', 'b')`.
    In(Box<Expression>, Vec<Expression>),
    /// `is stated`.
    HasValue(Box<Expression>),
    /// Arithmetic.
    Binary(Box<Expression>, Operator, Box<Expression>),
    /// A minus in front.
    Negative(Box<Expression>),
    /// A number, as written.
    Number(String),
    /// A text in single quotes, without them.
    Text(String),
    /// A name; it may contain a dot.
    Name(String),
    /// `name(…)`.
    Call(String, Vec<Expression>),
}

impl Expression {
    /// The name that it is.
    pub(crate) fn name(&self) -> Option<&str> {
        match &self.node {
            Node::Name(name) => Some(name),
            _ => None,
        }
    }
}
