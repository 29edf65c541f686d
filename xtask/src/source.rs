//! Reads Rust source by its lines, as rustfmt leaves them: which lines are
//! tests, and where functions begin and end.

/// A function with a body, in lines counted from 1.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function<'a> {
    pub(crate) name: &'a str,
    pub(crate) line: usize,
    pub(crate) length: usize,
}

/// Whether a whole file is tests, benchmarks or samples.
pub(crate) fn is_test_file(path: &str) -> bool {
    ["/tests/", "/benches/", "/fixtures/", "/examples/"].iter().any(|folder| path.contains(folder))
        || path.ends_with("/tests.rs")
}

/// Lines with their numbers, without items under `#[cfg(test)]`.
pub(crate) fn code(text: &str) -> Vec<(usize, &str)> {
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    let mut code = Vec::new();
    while let Some((number, line)) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            code.push((number, line));
            continue;
        }
        let end = format!("{}}}", indent(line));
        for (_, line) in lines.by_ref() {
            if line == end || (line.ends_with(';') && indent(line).len() == end.len() - 1) {
                break;
            }
        }
    }
    code
}

/// Functions outside tests.
pub(crate) fn functions(text: &str) -> Vec<Function<'_>> {
    let code = code(text);
    let mut functions = Vec::new();
    for (index, &(line, signature)) in code.iter().enumerate() {
        let Some(name) = function_name(signature) else { continue };
        if signature.ends_with([';', '}']) {
            continue;
        }
        let indent = indent(signature);
        let last = code[index + 1..].iter().find(|(_, line)| {
            let rest = line.strip_prefix(indent).unwrap_or_default();
            rest == "}" || (rest.starts_with(')') && rest.ends_with(';'))
        });
        if let Some(&(end, text)) = last
            && text.ends_with('}')
        {
            functions.push(Function { name, line, length: end - line + 1 });
        }
    }
    functions
}

/// The name, when a function's signature begins on this line.
fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let qualifies =
        |word: &str| matches!(word, "const" | "async" | "unsafe" | "extern") || word.starts_with("pub");
    if !before.split_whitespace().all(qualifies) {
        return None;
    }
    after.split(['(', '<']).next()
}

fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_modules_are_left_out() {
        let text = "a\n#[cfg(test)]\nmod tests {\n    fn x() {\n    }\n}\nb\n#[cfg(test)]\nmod more;\nc";
        assert_eq!(code(text), [(1, "a"), (7, "b"), (10, "c")]);
    }

    #[test]
    fn functions_are_measured() {
        let text = "\
impl A {
    pub(crate) async fn b(
        c: D,
    ) {
        e
    }
    fn one() -> u8 { 1 }
}
trait T {
    fn declared(
        a: A,
    );
}
fn f<T>() {
}
";
        let measured: Vec<_> = functions(text).iter().map(|f| (f.name, f.line, f.length)).collect();
        assert_eq!(measured, [("b", 2, 5), ("f", 14, 2)]);
    }
}
