//! Puts what was sent back into the form that it was typed into, on the page as it is now.

use std::collections::{BTreeMap, VecDeque};

use super::tags::{Tag, escaped, tags};
use crate::form::TOKEN;

/// The page with the form that is sent to `action` filled in, and a notice above its content; `None` when
/// there is no such form. What the form has no field for goes along unseen, so that the handler judges it
/// as it would have. Passwords are never filled in.
pub(super) fn fill(page: &str, action: &str, sent: &[(String, String)], notice: &str) -> Option<String> {
    let tags = tags(page);
    let form = find_form(&tags, action, sent)?;
    let mut filling = Filling { page, edits: Vec::new(), queues: queues(sent), known: Vec::new() };
    let mut position = 0;
    while position < tags.len() {
        if form.has(position, &tags[position]) {
            position = filling.control(&tags, position, sent);
        } else {
            position += 1;
        }
    }
    let mut hidden = String::new();
    for (name, value) in sent.iter().filter(|(name, _)| name != TOKEN && !filling.known.contains(name)) {
        for piece in ["<input type=\"hidden\" name=\"", &escaped(name), "\" value=\"", &escaped(value), "\">"]
        {
            hidden.push_str(piece);
        }
    }
    let end = tags[form.end].range.start;
    filling.edits.push((end, end, hidden));
    // A form within something folded is unfolded.
    for tag in open_details(&tags, form.start) {
        if tag.attribute("open").is_none() {
            filling.edits.push((tag.range.start, tag.range.end, tag.with_attribute("open", Some(""))));
        }
    }
    if let Some(main) = tags.iter().find(|tag| tag.name == "main") {
        filling.edits.push((main.range.end, main.range.end, notice.to_owned()));
    }
    Some(filling.apply())
}

/// The form of a page, by the positions of its tags.
struct FormTags {
    start: usize,
    end: usize,
    id: Option<String>,
}

impl FormTags {
    /// Whether a tag is a control of the form.
    fn has(&self, position: usize, tag: &Tag) -> bool {
        match tag.attribute("form") {
            Some(form) => self.id.as_deref() == Some(form),
            None => (self.start..self.end).contains(&position),
        }
    }
}

/// Of the forms that are sent to `action`, the one that has the most of what was sent.
fn find_form(tags: &[Tag], action: &str, sent: &[(String, String)]) -> Option<FormTags> {
    let starts = tags.iter().enumerate().filter(|(_, tag)| {
        let is_post = tag.attribute("method").is_some_and(|method| method.eq_ignore_ascii_case("post"));
        tag.name == "form" && is_post && tag.attribute("action") == Some(action)
    });
    let forms = starts.filter_map(|(start, tag)| {
        let end = tags.iter().skip(start).position(|tag| tag.name == "/form")? + start;
        Some(FormTags { start, end, id: tag.attribute("id").map(ToOwned::to_owned) })
    });
    let score = |form: &FormTags| {
        let own = tags.iter().enumerate().filter(|(position, tag)| form.has(*position, tag));
        let own: Vec<&Tag> = own.map(|(_, tag)| tag).filter(|tag| tag.attribute("name").is_some()).collect();
        let points = sent.iter().map(|(name, value)| {
            let mut same = own.iter().filter(|tag| tag.attribute("name") == Some(name)).peekable();
            let is_there = same.peek().is_some();
            i64::from(is_there) + i64::from(same.any(|tag| tag.attribute("value") == Some(value)))
        });
        // Of two, the one without fields that were not sent.
        (points.sum::<i64>(), std::cmp::Reverse(own.len()))
    };
    // The first of equals.
    forms.collect::<Vec<_>>().into_iter().rev().max_by_key(score)
}

/// The tags of what is folded around a tag.
fn open_details(tags: &[Tag], around: usize) -> Vec<&Tag> {
    let mut open = Vec::new();
    for tag in &tags[..around] {
        match tag.name.as_str() {
            "details" => open.push(tag),
            "/details" => drop(open.pop()),
            _ => {}
        }
    }
    open
}

fn queues(sent: &[(String, String)]) -> BTreeMap<&str, VecDeque<&str>> {
    let mut queues: BTreeMap<&str, VecDeque<&str>> = BTreeMap::new();
    for (name, value) in sent {
        queues.entry(name).or_default().push_back(value);
    }
    queues
}

/// What is changed in a page.
struct Filling<'p> {
    page: &'p str,
    /// From where to where, and what is there instead.
    edits: Vec<(usize, usize, String)>,
    /// What was sent under each name and has no field yet.
    queues: BTreeMap<&'p str, VecDeque<&'p str>>,
    /// Names that the form has.
    known: Vec<String>,
}

impl Filling<'_> {
    /// Fills a control in; the position behind it.
    fn control(&mut self, tags: &[Tag], position: usize, sent: &[(String, String)]) -> usize {
        let tag = &tags[position];
        let Some(name) = tag.attribute("name").filter(|name| *name != TOKEN) else { return position + 1 };
        match tag.name.as_str() {
            "input" => self.input(tag, name, sent),
            "textarea" => {
                let text = self.next(name).map(escaped);
                if let (Some(text), Some(end)) = (text, tags.get(position + 1)) {
                    self.edits.push((tag.range.end, end.range.start, text));
                }
            }
            "select" => {
                self.known.push(name.to_owned());
                return self.select(tags, position, name);
            }
            "button" => {}
            _ => return position + 1,
        }
        self.known.push(name.to_owned());
        position + 1
    }

    fn next(&mut self, name: &str) -> Option<&str> {
        self.queues.get_mut(name)?.pop_front()
    }

    fn input(&mut self, tag: &Tag, name: &str, sent: &[(String, String)]) {
        match tag.attribute("type").unwrap_or("text") {
            "password" | "file" | "submit" => {}
            "checkbox" | "radio" => {
                let value = tag.attribute("value").unwrap_or("on");
                let is_sent = sent.iter().any(|(key, text)| key == name && text == value);
                if is_sent != tag.attribute("checked").is_some() {
                    let text = tag.with_attribute("checked", is_sent.then_some(""));
                    self.edits.push((tag.range.start, tag.range.end, text));
                }
            }
            _ => {
                if let Some(value) = self.next(name) {
                    let text = tag.with_attribute("value", Some(value));
                    self.edits.push((tag.range.start, tag.range.end, text));
                }
            }
        }
    }

    /// Chooses among the options of a menu; the position behind it.
    fn select(&mut self, tags: &[Tag], position: usize, name: &str) -> usize {
        let length = tags[position..].iter().position(|tag| tag.name == "/select");
        let end = length.map_or(tags.len(), |length| position + length);
        let chosen: Vec<String> = if tags[position].attribute("multiple").is_some() {
            self.queues.remove(name).unwrap_or_default().into_iter().map(ToOwned::to_owned).collect()
        } else {
            self.next(name).map(ToOwned::to_owned).into_iter().collect()
        };
        if chosen.is_empty() {
            return end;
        }
        let mut missing: Vec<&str> =
            chosen.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        for (position, tag) in tags.iter().enumerate().take(end).skip(position) {
            if tag.name != "option" {
                continue;
            }
            let after = tags.get(position + 1).map_or(tag.range.end, |next| next.range.start);
            let label = self.page.get(tag.range.end..after).unwrap_or_default().trim();
            let value = tag.attribute("value").unwrap_or(label);
            let is_chosen = chosen.iter().any(|text| text == value);
            missing.retain(|text| *text != value);
            if is_chosen != tag.attribute("selected").is_some() {
                let text = tag.with_attribute("selected", is_chosen.then_some(""));
                self.edits.push((tag.range.start, tag.range.end, text));
            }
        }
        // What is no longer among the options is shown as it was sent.
        let option = |text: &str| format!("<option value=\"{0}\" selected>{0}</option>", escaped(text));
        let at = tags.get(end).map_or(self.page.len(), |tag| tag.range.start);
        self.edits.extend(missing.into_iter().map(|text| (at, at, option(text))));
        end
    }

    fn apply(mut self) -> String {
        self.edits.sort_by_key(|(from, ..)| *from);
        let mut text = String::with_capacity(self.page.len() + 1024);
        let mut at = 0;
        for (from, to, instead) in self.edits {
            text.push_str(self.page.get(at..from).unwrap_or_default());
            text.push_str(&instead);
            at = to.max(at);
        }
        text.push_str(self.page.get(at..).unwrap_or_default());
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(form: &str, sent: &[(&str, &str)], expected: &str) {
        let page = |content: &str| {
            format!("<main>{content}<form method=\"get\" action=\"/f\"><input name=\"a\"></form></main>")
        };
        let sent: Vec<(String, String)> =
            sent.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let filled = fill(&page(form), "/f", &sent, "");
        assert_eq!(filled.as_deref(), Some(page(expected).as_str()), "{form} with {sent:?}");
    }

    const OPEN: &str = "<form method=\"post\" action=\"/f\">";

    #[test]
    fn every_control_takes_what_was_sent() {
        for (controls, sent, expected) in [
            ("<input name=\"a\" value=\"old\">", ("a", "<新>"), "<input name=\"a\" value=\"&lt;新&gt;\">"),
            ("<input name=\"a\" value=\"old\">", ("a", ""), "<input name=\"a\" value=\"\">"),
            (
                "<input name=\"a\" type=\"hidden\" value=\"2\">",
                ("a", "1"),
                "<input name=\"a\" type=\"hidden\" value=\"1\">",
            ),
            ("<input name=\"a\" type=\"password\">", ("a", "secret"), "<input name=\"a\" type=\"password\">"),
            (
                "<input name=\"token\" value=\"new\">",
                ("token", "old"),
                "<input name=\"token\" value=\"new\">",
            ),
            (
                "<textarea name=\"a\">old <b></textarea>",
                ("a", "甲\r\n乙"),
                "<textarea name=\"a\">甲&#10;乙</textarea>",
            ),
            (
                "<input type=\"checkbox\" name=\"a\" value=\"1\"><input type=\"checkbox\" name=\"a\" value=\"2\" checked>",
                ("a", "1"),
                "<input type=\"checkbox\" name=\"a\" value=\"1\" checked><input type=\"checkbox\" name=\"a\" value=\"2\">",
            ),
            (
                "<select name=\"a\"><option value=\"\">-</option><option value=\"1\" selected>x</option><option>2</option></select>",
                ("a", "2"),
                "<select name=\"a\"><option value=\"\">-</option><option value=\"1\">x</option><option selected>2</option></select>",
            ),
            (
                "<select name=\"a\"><option value=\"1\">x</option></select>",
                ("a", "9"),
                "<select name=\"a\"><option value=\"1\">x</option><option value=\"9\" selected>9</option></select>",
            ),
            (
                "<button name=\"a\" value=\"x\">x</button>",
                ("a", "x"),
                "<button name=\"a\" value=\"x\">x</button>",
            ),
            ("", ("gone", "\"1\""), "<input type=\"hidden\" name=\"gone\" value=\"&quot;1&quot;\">"),
        ] {
            check(&format!("{OPEN}{controls}</form>"), &[sent], &format!("{OPEN}{expected}</form>"));
        }
    }

    #[test]
    fn fields_of_one_name_take_their_values_in_order() {
        let form = |first: &str, second: &str| {
            format!("{OPEN}<input name=\"a\" value=\"{first}\"><input name=\"a\" value=\"{second}\"></form>")
        };
        check(&form("", ""), &[("a", "1"), ("a", "2")], &form("1", "2"));
    }

    #[test]
    fn of_several_forms_the_one_that_was_sent_is_filled_in() {
        let page = |value: &str| {
            format!(
                "{OPEN}<input name=\"id\" value=\"1\"></form>\
                 {OPEN}<input name=\"id\" value=\"2\"><input name=\"a\" value=\"{value}\"></form>"
            )
        };
        check(&page(""), &[("id", "2"), ("a", "x")], &page("x"));
    }

    #[test]
    fn a_form_in_something_folded_is_unfolded() {
        let page = |open: &str| {
            format!(
                "<details><p></p></details><details{open}>{OPEN}<input name=\"a\" value=\"x\"></form></details>"
            )
        };
        check(&page(""), &[("a", "x")], &page(" open"));
    }

    #[test]
    fn controls_outside_the_form_that_name_it_are_its_own() {
        let page = |value: &str| {
            format!(
                "<form method=\"post\" action=\"/f\" id=\"x\"></form><input form=\"x\" name=\"a\" value=\"{value}\">"
            )
        };
        check(&page(""), &[("a", "1")], &page("1"));
    }

    #[test]
    fn a_page_without_the_form_is_not_filled_in() {
        assert_eq!(fill("<main></main>", "/f", &[], ""), None);
        assert_eq!(fill("<form action=\"/f\"></form>", "/f", &[], ""), None);
    }
}
