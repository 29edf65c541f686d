//! `#[boxed_async]` on a public `async fn` makes it return a boxed future.
//!
//! The compiler makes the machine code of an `async fn` not where it is
//! written but in every crate that awaits it. So the pages would compile every
//! use case and every statement once more, and so would the command line and
//! each program of tests (`docs/decisions/0009-boxed-futures.md` has the
//! figures). Behind a box the code is made once, in the crate that owns it. It
//! costs one small allocation for each call.
//!
//! ```text
//! #[boxed_async]
//! pub async fn find(app: &App, id: RecordId) -> Result<Found> { … }
//!
//! pub fn find<'f>(app: &'f App, id: RecordId)
//!     -> Pin<Box<dyn Future<Output = Result<Found>> + Send + 'f>> { Box::pin(async move { … }) }
//! ```
//!
//! All references among the arguments get one lifetime. A function with types of
//! its own or with `impl` among its arguments cannot be compiled before its
//! caller is known and stays an `async fn`.

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// Makes an `async fn` return a boxed future, so that it is compiled in its own crate.
#[proc_macro_attribute]
pub fn boxed_async(_: TokenStream, function: TokenStream) -> TokenStream {
    match rewrite(function.into_iter().collect()) {
        Ok(function) => function,
        Err(what) => error(what),
    }
}

const LIFETIME: &str = "f";

fn rewrite(tokens: Vec<TokenTree>) -> Result<TokenStream, &'static str> {
    let keyword = |word: &str| tokens.iter().position(|token| is_word(token, word));
    let (asynchronous, function) = match (keyword("async"), keyword("fn")) {
        (Some(asynchronous), Some(function)) if asynchronous < function => (asynchronous, function),
        _ => return Err("`boxed_async` goes before an `async fn`"),
    };
    let [name, TokenTree::Group(arguments), signature @ .., TokenTree::Group(body)] = &tokens[function + 1..]
    else {
        return Err("a function with types of its own is compiled in its caller; leave it an `async fn`");
    };
    if arguments.stream().into_iter().any(|token| is_word(&token, "impl")) {
        return Err("a function that takes `impl …` is compiled in its caller; leave it an `async fn`");
    }
    let output = match signature {
        [] => TokenStream::from(TokenTree::from(Group::new(Delimiter::Parenthesis, TokenStream::new()))),
        [TokenTree::Punct(_), TokenTree::Punct(_), output @ ..] => with_lifetimes(output.iter().cloned()),
        _ => return Err("only a name, arguments and what is returned are understood here"),
    };
    let mut boxed = TokenStream::new();
    boxed.extend(tokens[..asynchronous].iter().cloned());
    boxed.extend(tokens[asynchronous + 1..=function].iter().cloned());
    boxed.extend([name.clone()]);
    boxed.extend(parse("<'f>")?);
    boxed.extend([group(Delimiter::Parenthesis, with_lifetimes(arguments.stream()), arguments.span())]);
    boxed.extend(parse("-> ::core::pin::Pin<::std::boxed::Box<dyn ::core::future::Future<Output =")?);
    boxed.extend(output);
    boxed.extend(parse("> + ::core::marker::Send + 'f>>")?);
    let mut machine = parse("async move")?;
    machine.extend([TokenTree::from(body.clone())]);
    let mut whole = parse("::std::boxed::Box::pin")?;
    whole.extend([group(Delimiter::Parenthesis, machine, body.span())]);
    boxed.extend([group(Delimiter::Brace, whole, body.span())]);
    Ok(boxed)
}

/// Gives every reference without a lifetime, and every `'_`, the one of the future.
fn with_lifetimes(tokens: impl IntoIterator<Item = TokenTree>) -> TokenStream {
    let mut named = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '&' => {
                named.extend([TokenTree::from(punct)]);
                if !matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == '\'') {
                    named.extend(lifetime());
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == '\'' => match tokens.next() {
                Some(name) if is_word(&name, "_") => named.extend(lifetime()),
                name => {
                    named.extend([TokenTree::from(punct)]);
                    named.extend(name);
                }
            },
            // What a function that is handed over takes has lifetimes of its own.
            TokenTree::Ident(ident) if ["Fn", "FnMut", "FnOnce"].contains(&ident.to_string().as_str()) => {
                named.extend([TokenTree::from(ident)]);
                named.extend(tokens.next());
            }
            TokenTree::Group(inner) => {
                named.extend([group(inner.delimiter(), with_lifetimes(inner.stream()), inner.span())]);
            }
            other => named.extend([other]),
        }
    }
    named
}

fn lifetime() -> [TokenTree; 2] {
    let span = Span::call_site();
    [Punct::new('\'', Spacing::Joint).into(), Ident::new(LIFETIME, span).into()]
}

fn group(delimiter: Delimiter, stream: TokenStream, span: Span) -> TokenTree {
    let mut group = Group::new(delimiter, stream);
    group.set_span(span);
    group.into()
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident.to_string() == word)
}

fn parse(text: &str) -> Result<TokenStream, &'static str> {
    text.parse().map_err(|_| "a piece of the macro itself cannot be read")
}

/// What stops the build where the attribute stands.
fn error(what: &str) -> TokenStream {
    let mut tokens: TokenStream = [
        TokenTree::from(Ident::new("compile_error", Span::call_site())),
        Punct::new('!', Spacing::Alone).into(),
    ]
    .into_iter()
    .collect();
    let what = TokenTree::from(Literal::string(what));
    tokens.extend([group(Delimiter::Brace, what.into(), Span::call_site())]);
    tokens
}
