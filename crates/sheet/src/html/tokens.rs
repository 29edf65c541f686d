//! A page in pieces: tags, text, comments. Every byte is looked at once, whatever the page
//! claims: a tag may have a million attributes.

/// One piece of a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    Start(Tag<'t>),
    End(&'t str),
    /// Text with its references (`&nbsp;`) as written.
    Text(&'t str),
    Comment(&'t str),
}

/// A tag that opens an element.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag<'t> {
    pub(super) name: &'t str,
    attributes: &'t str,
}

impl<'t> Tag<'t> {
    /// The attributes from left to right: name and value, as written.
    pub(super) fn attributes(&self) -> Attributes<'t> {
        Attributes { rest: self.attributes }
    }
}

/// Walks the pieces of a page.
pub(super) struct Tokens<'t> {
    rest: &'t str,
    /// The element whose content is no markup, while it is open.
    raw: Option<&'t str>,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(page: &'t str) -> Self {
        Self { rest: page, raw: None }
    }

    /// Takes what is in front of `end`, and `end` itself; everything when it does not come.
    fn until(&mut self, end: &str) -> &'t str {
        let (before, after) = self.rest.split_once(end).unwrap_or((self.rest, ""));
        self.rest = after;
        before
    }

    /// Skips what is not shown: a script, a style, a title.
    fn skip_raw(&mut self, name: &str) {
        while let Some(at) = self.rest.find("</") {
            self.rest = &self.rest[at..];
            if starts_with(&self.rest[2..], name) {
                return;
            }
            self.rest = &self.rest[2..];
        }
        self.rest = "";
    }

    fn tag(&mut self, rest: &'t str) -> Token<'t> {
        let end =
            rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        let end = tag_end(rest);
        self.rest = rest.get(end + 1..).unwrap_or_default();
        if ["script", "style", "title", "xml"].iter().any(|raw| name.eq_ignore_ascii_case(raw)) {
            self.raw = Some(name);
        }
        Token::Start(Tag { name, attributes: &rest[..end] })
    }
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        if let Some(name) = self.raw.take() {
            self.skip_raw(name);
        }
        if self.rest.is_empty() {
            return None;
        }
        let Some(after) = self.rest.strip_prefix('<') else {
            let end = self.rest.find('<').unwrap_or(self.rest.len());
            let (text, rest) = self.rest.split_at(end);
            self.rest = rest;
            return Some(Token::Text(text));
        };
        if let Some(comment) = after.strip_prefix("!--") {
            self.rest = comment;
            return Some(Token::Comment(self.until("-->")));
        }
        if after.starts_with(['!', '?']) {
            self.rest = after;
            return Some(Token::Comment(self.until(">")));
        }
        if let Some(end) = after.strip_prefix('/') {
            self.rest = end;
            let name = self.until(">");
            let name = name.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
            return Some(Token::End(name));
        }
        if after.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Some(self.tag(after));
        }
        // A sign that opens nothing.
        let end = after.find('<').unwrap_or(after.len());
        let (text, rest) = self.rest.split_at(end + 1);
        self.rest = rest;
        Some(Token::Text(text))
    }
}

/// Where a tag ends: at the first `>` that is not in a quoted value.
fn tag_end(text: &str) -> usize {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return at,
            // A mark opens a value only behind the sign of equality.
            (None, '"' | '\'') if before == '=' => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
        if !c.is_ascii_whitespace() {
            before = c;
        }
    }
    text.len()
}

fn starts_with(text: &str, name: &str) -> bool {
    text.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name))
}

/// Walks the attributes of a tag.
pub(super) struct Attributes<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Attributes<'t> {
    type Item = (&'t str, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        let is_gap = |c: char| c.is_ascii_whitespace() || c == '/';
        let rest = self.rest.trim_start_matches(is_gap);
        if rest.is_empty() {
            return None;
        }
        // The first sign belongs to the name, whatever it is: so something is taken every time.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let end = rest[first..].find(|c: char| is_gap(c) || c == '=').map_or(rest.len(), |end| end + first);
        let (name, rest) = rest.split_at(end);
        let Some(value) = rest.trim_start().strip_prefix('=') else {
            self.rest = rest;
            return Some((name, ""));
        };
        let value = value.trim_start();
        let quoted = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, rest) = match quoted {
            Some(quote) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            None => value.split_at(value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len())),
        };
        self.rest = rest;
        Some((name, value))
    }
}

/// Text with its references put into signs.
pub(super) fn unescape(text: &str, into: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        into.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest[1..]
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '#')
            .map_or(rest.len(), |end| end + 1);
        let character = if end <= 12 { reference(&rest[1..end]) } else { None };
        if let Some(character) = character {
            into.push(character);
            rest = rest[end..].strip_prefix(';').unwrap_or(&rest[end..]);
        } else {
            into.push('&');
            rest = &rest[1..];
        }
    }
    into.push_str(rest);
}

/// References that programs write into tables; all others stay as they are written.
const NAMES: [(&str, char); 24] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
    ("middot", '·'),
    ("times", '×'),
    ("divide", '÷'),
    ("deg", '°'),
    ("plusmn", '±'),
    ("yen", '¥'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("hellip", '…'),
    ("mdash", '—'),
    ("ndash", '–'),
    ("permil", '‰'),
    ("le", '≤'),
    ("ge", '≥'),
];

/// The sign of a reference, by its number or its name.
fn reference(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let hex = number.strip_prefix(['x', 'X']).map(|hex| u32::from_str_radix(hex, 16));
        return char::from_u32(hex.unwrap_or_else(|| number.parse()).ok()?);
    }
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, sign)| *sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_in_pieces() {
        let page = "<!DOCTYPE html><td a=1 B='>' c>x &lt;5<br/><!-- <td> --><style>td{}</style>< 3</TD >";
        let shown: Vec<String> = Tokens::new(page)
            .map(|token| match token {
                Token::Start(tag) => format!("<{} {:?}>", tag.name, tag.attributes().collect::<Vec<_>>()),
                Token::End(name) => format!("</{name}>"),
                Token::Text(text) => text.to_owned(),
                Token::Comment(text) => format!("({text})"),
            })
            .collect();
        assert_eq!(
            shown,
            [
                "(!DOCTYPE html)",
                "<td [(\"a\", \"1\"), (\"B\", \">\"), (\"c\", \"\")]>",
                "x &lt;5",
                "<br []>",
                "( <td> )",
                "<style []>",
                "</style>",
                "< 3",
                "</TD>",
            ]
        );
    }

    #[test]
    fn references_are_signs() {
        for (written, expected) in [
            ("a&amp;b&nbsp;c", "a&b\u{a0}c"),
            ("&#24314;&#x5efa;", "建建"),
            ("A&B &copy &; &#xffffffff;", "A&B &copy &; &#xffffffff;"),
            ("&lt", "<"),
        ] {
            let mut text = String::new();
            unescape(written, &mut text);
            assert_eq!(text, expected, "{written}");
        }
    }
}
