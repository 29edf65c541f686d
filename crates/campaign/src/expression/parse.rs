//! The grammar, by recursive descent:
//!
//! ```text
//! or       = and { "or" and }
//! and      = not { "and" not }
//! not      = "not" not | relation
//! relation = sum [ compare sum | ["not"] "in" list | "is" ["not"] "stated" ]
//! sum      = product { ("+" | "-") product }
//! product  = factor { ("*" | "/") factor }
//! factor   = "-" factor | "(" or ")" | name [ list ] | number | 'text'
//! list     = "(" [ or { "," or } ] ")"
//! ```

use crate::{
    condition::Comparison,
    definition::Label,
    expression::{
        Expression, Fault, Node,
        lex::{Token, TokenKind, lex},
    },
    formula::Operator,
    marker::Span,
    mistake::say,
};

/// Words with a meaning of their own; no field or measure can be called so.
pub(crate) const RESERVED: [&str; 6] = ["and", "or", "not", "in", "is", "stated"];

/// How deep parentheses and signs may nest: the parser and everything after it recurse.
const MAX_DEPTH: usize = 40;
/// How many tokens an expression may have, for the same reason: `a + a + …` nests to the left.
const MAX_TOKENS: usize = 600;

/// Parses one expression.
///
/// # Errors
/// The first thing that does not fit the grammar.
pub(crate) fn parse(text: &str) -> Result<Expression, Fault> {
    let tokens = lex(text)?;
    if tokens.len() > MAX_TOKENS {
        return Err(too_complex(tokens[MAX_TOKENS].span.clone()));
    }
    let mut parser = Parser { tokens: &tokens, next: 0, end: text.len(), depth: 0 };
    let expression = parser.or()?;
    match parser.peek() {
        None => Ok(expression),
        Some(_) => Err(parser.unexpected(&say!("表达式应在此结束", "the expression should end here"))),
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    next: usize,
    end: usize,
    depth: usize,
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Expression, Fault> {
        self.joined("or", Self::and, Node::Or)
    }

    fn and(&mut self) -> Result<Expression, Fault> {
        self.joined("and", Self::not, Node::And)
    }

    fn joined(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Result<Expression, Fault>,
        join: fn(Vec<Expression>) -> Node,
    ) -> Result<Expression, Fault> {
        let first = part(self)?;
        let start = first.span.start;
        let mut parts = vec![first];
        while self.take_word(word) {
            parts.push(part(self)?);
        }
        let node = if parts.len() == 1 { parts.remove(0).node } else { join(parts) };
        Ok(self.spanning(start, node))
    }

    fn not(&mut self) -> Result<Expression, Fault> {
        let start = self.next_span().start;
        if !self.take_word("not") {
            return self.relation();
        }
        let inner = self.deeper(Self::not)?;
        Ok(self.spanning(start, Node::Not(Box::new(inner))))
    }

    fn relation(&mut self) -> Result<Expression, Fault> {
        let left = self.sum()?;
        let start = left.span.start;
        if let Some(comparison) = self.take_comparison() {
            let right = self.sum()?;
            return Ok(self.spanning(start, Node::Compare(Box::new(left), comparison, Box::new(right))));
        }
        if self.take_word("is") {
            let negated = self.take_word("not");
            if !self.take_word("stated") {
                return Err(self.unexpected(&say!("应为 stated", "expected `stated`")));
            }
            let stated = self.spanning(start, Node::HasValue(Box::new(left)));
            return Ok(self.negated(negated, stated));
        }
        let negated = self.peek_word("not");
        if negated {
            self.next += 1;
        }
        if self.take_word("in") {
            let options = self.list()?;
            let within = self.spanning(start, Node::In(Box::new(left), options));
            return Ok(self.negated(negated, within));
        }
        if negated {
            return Err(self.unexpected(&say!("应为 in", "expected `in`")));
        }
        Ok(left)
    }

    fn negated(&self, negated: bool, inner: Expression) -> Expression {
        if !negated {
            return inner;
        }
        self.spanning(inner.span.start, Node::Not(Box::new(inner)))
    }

    fn sum(&mut self) -> Result<Expression, Fault> {
        self.chain(&[("+", Operator::Add), ("-", Operator::Subtract)], Self::product)
    }

    fn product(&mut self) -> Result<Expression, Fault> {
        self.chain(&[("*", Operator::Multiply), ("/", Operator::Divide)], Self::factor)
    }

    fn chain(
        &mut self,
        operators: &[(&str, Operator)],
        part: fn(&mut Self) -> Result<Expression, Fault>,
    ) -> Result<Expression, Fault> {
        let mut left = part(self)?;
        let start = left.span.start;
        while let Some((_, operator)) = operators.iter().find(|(sign, _)| self.take_sign(sign)) {
            let right = part(self)?;
            left = self.spanning(start, Node::Binary(Box::new(left), *operator, Box::new(right)));
        }
        Ok(left)
    }

    fn factor(&mut self) -> Result<Expression, Fault> {
        let start = self.next_span().start;
        if self.take_sign("-") {
            let inner = self.deeper(Self::factor)?;
            return Ok(self.spanning(start, Node::Negative(Box::new(inner))));
        }
        if self.take_sign("(") {
            let inner = self.deeper(Self::or)?;
            self.expect(")")?;
            return Ok(self.spanning(start, inner.node));
        }
        let node = match self.peek() {
            Some(TokenKind::Number(number)) => Node::Number(number.clone()),
            Some(TokenKind::Text(text)) => Node::Text(text.clone()),
            Some(TokenKind::Word(word)) if !RESERVED.contains(&word.as_str()) => Node::Name(word.clone()),
            _ => {
                return Err(
                    self.unexpected(&say!("应为名称、数字或文本", "expected a name, a number or a text"))
                );
            }
        };
        self.next += 1;
        let node = match node {
            Node::Name(name) if self.peek_sign("(") => Node::Call(name, self.list()?),
            node => node,
        };
        Ok(self.spanning(start, node))
    }

    fn list(&mut self) -> Result<Vec<Expression>, Fault> {
        self.expect("(")?;
        let mut items = Vec::new();
        if self.take_sign(")") {
            return Ok(items);
        }
        loop {
            items.push(self.deeper(Self::or)?);
            if !self.take_sign(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(items)
    }

    fn deeper<T>(&mut self, part: fn(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth == MAX_DEPTH {
            return Err(too_complex(self.next_span()));
        }
        self.depth += 1;
        let result = part(self);
        self.depth -= 1;
        result
    }

    fn peek(&self) -> Option<&TokenKind> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    fn peek_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(TokenKind::Word(found)) if found == word)
    }

    fn peek_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(TokenKind::Sign(found)) if *found == sign)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.peek_word(word);
        self.next += usize::from(found);
        found
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = self.peek_sign(sign);
        self.next += usize::from(found);
        found
    }

    fn take_comparison(&mut self) -> Option<Comparison> {
        let Some(TokenKind::Sign(sign)) = self.peek() else { return None };
        let comparison = match *sign {
            "=" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::AtMost,
            ">" => Comparison::More,
            ">=" => Comparison::AtLeast,
            _ => return None,
        };
        self.next += 1;
        Some(comparison)
    }

    fn expect(&mut self, sign: &str) -> Result<(), Fault> {
        if self.take_sign(sign) {
            return Ok(());
        }
        Err(self.unexpected(&say!("应为 `{sign}`", "expected `{sign}`")))
    }

    /// The position of the next token, or the end.
    fn next_span(&self) -> Span {
        self.tokens.get(self.next).map_or(self.end..self.end, |token| token.span.clone())
    }

    /// An expression from `start` to the last token taken.
    fn spanning(&self, start: usize, node: Node) -> Expression {
        let end =
            self.next.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(start, |t| t.span.end);
        Expression { node, span: start..end }
    }

    fn unexpected(&self, wanted: &Label) -> Fault {
        let Label { zh, en } = wanted;
        let message = match self.peek() {
            None => say!("表达式不完整:{zh}", "the expression is not complete: {en}"),
            Some(TokenKind::Word(found) | TokenKind::Number(found) | TokenKind::Text(found)) => {
                say!("`{found}` 不能在这里:{zh}", "`{found}` cannot stand here: {en}")
            }
            Some(TokenKind::Sign(found)) => {
                say!("`{found}` 不能在这里:{zh}", "`{found}` cannot stand here: {en}")
            }
        };
        Fault {
            span: self.next_span(),
            message,
            remedy: say!(
                "写法见 docs/definition-language.md",
                "see docs/definition-language.md for the way expressions are written"
            ),
        }
    }
}

fn too_complex(span: Span) -> Fault {
    Fault {
        span,
        message: say!("表达式过长或嵌套过深", "the expression is too long or nested too deeply"),
        remedy: say!("请拆成几个较短的表达式", "split it into shorter ones"),
    }
}
