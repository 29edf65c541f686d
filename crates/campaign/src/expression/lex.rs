//! Divides the text of an expression into tokens.

use crate::{expression::Fault, marker::Span, mistake::say};

/// One word or sign.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: TokenKind,
    /// Its position.
    pub(crate) span: Span,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TokenKind {
    /// A name or one of the words `and or not in is stated`.
    Word(String),
    /// Digits, with at most one point between them.
    Number(String),
    /// Text in single quotes, without them.
    Text(String),
    /// An operator, parenthesis or comma.
    Sign(&'static str),
}

/// Longer ones first, so that `<=` is not read as `<`.
const SIGNS: [&str; 13] = ["!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "(", ")", ","];

/// Signs that people write for ours, or that a Chinese keyboard produces.
const LOOKALIKES: [(&str, &str); 19] = [
    ("(", "("),
    (")", ")"),
    (",", ","),
    ("、", ","),
    ("=", "="),
    ("≠", "!="),
    ("≤", "<="),
    ("≥", ">="),
    ("‘", "'"),
    ("’", "'"),
    ("“", "'"),
    ("”", "'"),
    ("\"", "'"),
    ("×", "*"),
    ("÷", "/"),
    ("==", "="),
    ("&&", "and"),
    ("||", "or"),
    ("!", "!= or not"),
];

/// Cuts an expression into tokens.
///
/// # Errors
/// The first character that belongs to no token, or a text that does not end.
pub(crate) fn lex(text: &str) -> Result<Vec<Token>, Fault> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = token(&text[at..], first).ok_or_else(|| unreadable(text, at, first))?;
        tokens.push(Token { kind, span: at..at + length });
        at += length;
    }
    Ok(tokens)
}

/// The token at the start of `rest`, with its length in bytes.
fn token(rest: &str, first: char) -> Option<(TokenKind, usize)> {
    if rest.starts_with("==") {
        return None; // read as two signs, it would be blamed on what follows
    }
    if first == '\'' {
        let inner = rest[1..].split_once('\'')?.0;
        return Some((TokenKind::Text(inner.to_owned()), inner.len() + 2));
    }
    if first.is_ascii_digit() {
        let length = number_length(rest);
        return Some((TokenKind::Number(rest[..length].to_owned()), length));
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let belongs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        let length = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        return Some((TokenKind::Word(rest[..length].to_owned()), length));
    }
    SIGNS.iter().find(|sign| rest.starts_with(**sign)).map(|sign| (TokenKind::Sign(sign), sign.len()))
}

fn number_length(rest: &str) -> usize {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(rest);
    match rest[whole..].strip_prefix('.').map(digits) {
        Some(decimals) if decimals > 0 => whole + 1 + decimals,
        _ => whole,
    }
}

fn unreadable(text: &str, at: usize, first: char) -> Fault {
    if first == '\'' {
        return Fault {
            span: at..text.len(),
            message: say!("文本没有结束的引号", "a text without its closing quote"),
            remedy: say!("请补上 '", "add the closing '"),
        };
    }
    let lookalike = LOOKALIKES.iter().find(|(sign, _)| text[at..].starts_with(sign));
    let (written, meant) = match lookalike {
        Some((sign, meant)) => ((*sign).to_owned(), Some(*meant)),
        None => (first.to_string(), None),
    };
    Fault {
        span: at..at + written.len(),
        message: say!("看不懂的符号 `{written}`", "`{written}` has no meaning here"),
        remedy: match meant {
            Some(sign) => say!("请写 {sign}", "write {sign}"),
            None => say!(
                "可用的符号:= != < <= > >= + - * / ( ) , 和单引号",
                "signs that can be used: = != < <= > >= + - * / ( ) , and single quotes"
            ),
        },
    }
}
