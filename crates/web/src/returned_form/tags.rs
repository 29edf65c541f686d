//! The tags of a page that this program has printed, with their places in its text. It reads what our own
//! templates write: quoted or bare values, comments, scripts. It is no reader for pages of strangers.

use std::ops::Range;

/// A tag that opens or ends something.
#[derive(Debug)]
pub(super) struct Tag {
    /// Its name; an ending tag's begins with `/`.
    pub(super) name: String,
    /// Where it is in the page.
    pub(super) range: Range<usize>,
    attributes: Vec<(String, Option<String>)>,
}

impl Tag {
    /// The value of an attribute; empty when it has none.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_deref().unwrap_or_default())
    }

    /// The tag with another value of an attribute: `None` takes it away, an empty one is written bare.
    pub(super) fn with_attribute(&self, name: &str, value: Option<&str>) -> String {
        let mut text = format!("<{}", self.name);
        let others = self.attributes.iter().filter(|(key, _)| key != name);
        let others = others.map(|(key, value)| (key.as_str(), value.as_deref()));
        for (key, value) in others.chain(value.map(|value| (name, Some(value)))) {
            text.push(' ');
            text.push_str(key);
            if let Some(value) = value.filter(|value| !value.is_empty() || key == "value") {
                text.push_str("=\"");
                text.push_str(&escaped(value));
                text.push('"');
            }
        }
        text.push('>');
        text
    }
}

/// A text as it is written into a page.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // A line's end at the beginning of a textarea would be left out, and one in a value is changed.
            '\n' => escaped.push_str("&#10;"),
            '\r' => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// A value as it is meant.
fn unescaped(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let reference = after.split_once(';').and_then(|(name, after)| Some((character(name)?, after)));
        let (character, after) = reference.unwrap_or(('&', after));
        plain.push(character);
        rest = after;
    }
    plain.push_str(rest);
    plain
}

fn character(reference: &str) -> Option<char> {
    match reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        number => {
            let number = number.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

/// All tags of a page, in order; what is in comments, scripts and styles is passed over.
pub(super) fn tags(page: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = page.get(at..).and_then(|rest| rest.find('<')).map(|open| at + open) {
        let rest = &page[open..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            at = comment.find("-->").map_or(page.len(), |end| open + end + "<!---->".len());
            continue;
        }
        let Some(tag) = tag(page, open) else {
            at = open + 1;
            continue;
        };
        at = tag.range.end;
        if matches!(tag.name.as_str(), "script" | "style" | "textarea") {
            let end = format!("</{}", tag.name);
            at = page[at..].find(&end).map_or(page.len(), |end| at + end);
        }
        found.push(tag);
    }
    found
}

/// The tag that begins at `open`; `None` when there is none.
fn tag(page: &str, open: usize) -> Option<Tag> {
    let is_end = |c: char| c.is_ascii_whitespace() || c == '>';
    let rest = page.get(open + 1..)?;
    if !rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') {
        return None;
    }
    let name = &rest[..rest.find(is_end)?];
    let mut at = open + 1 + name.len();
    let mut attributes = Vec::new();
    loop {
        let rest = page.get(at..)?;
        at += rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/').len();
        let rest = page.get(at..)?;
        if rest.starts_with('>') {
            break;
        }
        let key = &rest[..rest.find(|c: char| is_end(c) || c == '=')?];
        at += key.len();
        let mut value = None;
        if let Some(rest) = page[at..].strip_prefix('=') {
            at += 1;
            let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
            let text = match quote {
                Some(quote) => rest[1..].split(quote).next()?,
                None => &rest[..rest.find(is_end)?],
            };
            at += text.len() + if quote.is_some() { 2 } else { 0 };
            value = Some(unescaped(text));
        }
        attributes.push((key.to_ascii_lowercase(), value));
    }
    Some(Tag { name: name.to_ascii_lowercase(), range: open..at + 1, attributes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_our_templates_write_them() {
        let page = "<!doctype html><!-- <b> --><p class=\"a b\" hidden>1 < 2 &amp; 3</p>\
            <input name='x' value=\"a &#34;b&quot; &amp;amp; > c\" required><script>if (a<b) {}</script><br>";
        let tags = tags(page);
        let names: Vec<&str> = tags.iter().map(|tag| tag.name.as_str()).collect();
        assert_eq!(names, ["p", "/p", "input", "script", "/script", "br"]);
        assert_eq!(tags[0].attribute("hidden"), Some(""));
        assert_eq!(tags[2].attribute("value"), Some("a \"b\" &amp; > c"));
        assert_eq!(&page[tags[1].range.clone()], "</p>");
        assert_eq!(
            tags[2].with_attribute("value", Some("<\"甲\">")),
            "<input name=\"x\" required value=\"&lt;&quot;甲&quot;&gt;\">"
        );
        assert_eq!(
            tags[2].with_attribute("required", None),
            "<input name=\"x\" value=\"a &quot;b&quot; &amp;amp; &gt; c\">"
        );
    }

    #[test]
    fn a_broken_page_ends_the_reading_and_nothing_else() {
        for page in ["<", "<p", "<p a=\"", "<p a='b' c", "a < b", "<!-- ", "<textarea>", "</", "<input value"]
        {
            let _ = tags(page);
        }
    }
}
