//! The part with the shared strings, and text in runs.

use std::io::Read;

use quick_xml::events::Event;

use crate::{
    fault::TableFault,
    package::Package,
    strings::Strings,
    workbook::Limits,
    xml::{Xml, push_text},
};

/// Reads the part with the shared strings, if there is one.
pub(super) fn read(
    package: &mut Package<'_>,
    path: Option<&str>,
    limits: &Limits,
) -> Result<Strings, TableFault> {
    let mut strings = Strings::new(limits);
    let Some(mut xml) = package.part(path.unwrap_or("xl/sharedStrings.xml"))? else { return Ok(strings) };
    let mut one = String::new();
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "si" => {
                rich_text(&mut xml, &mut one, limits.max_text)?;
                strings.push(&one, limits)?;
            }
            Event::Eof => return Ok(strings),
            _ => {}
        }
    }
}

/// Reads the text of the element just opened (`si` or `is`): all runs, without phonetic
/// guides, `max` bytes at most.
pub(super) fn rich_text<R: Read>(xml: &mut Xml<R>, into: &mut String, max: usize) -> Result<(), TableFault> {
    into.clear();
    let outside = xml.depth() - 1;
    let mut in_text = false;
    while xml.depth() > outside {
        let mut phonetic = false;
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "t" => in_text = true,
                "rPh" => phonetic = true,
                _ => {}
            },
            Event::End(element) if element.local_name().as_ref() == "t" => in_text = false,
            Event::Eof => return Err(TableFault::damaged("the shared strings end too early")),
            event if in_text => push_text(&event, into),
            _ => {}
        }
        if phonetic {
            xml.skip()?;
        }
        if into.len() > max {
            return Err(TableFault::TooMuchText { max });
        }
    }
    unescape(into);
    Ok(())
}

/// Excel writes control characters as `_x000D_`.
pub(super) fn unescape(text: &mut String) {
    if !text.contains("_x") {
        return;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("_x") {
        let code = rest.get(at + 2..at + 6).filter(|_| rest.as_bytes().get(at + 6) == Some(&b'_'));
        let character = code.and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
        if let Some(character) = character {
            out.push_str(&rest[..at]);
            out.push(character);
            rest = &rest[at + 7..];
        } else {
            out.push_str(&rest[..at + 2]);
            rest = &rest[at + 2..];
        }
    }
    out.push_str(rest);
    *text = out;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_unescaped() {
        for (written, expected) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x", "_x"),
            ("x_x1", "x_x1"),
            ("_xZZZZ_", "_xZZZZ_"),
            ("中_x文字的_", "中_x文字的_"),
        ] {
            let mut text = written.to_owned();
            unescape(&mut text);
            assert_eq!(text, expected);
        }
    }
}
