//! A page as text: what a person would read, from top to bottom. Headings,
//! landmarks, sentences, links with their addresses, fields with their labels,
//! values, limits and faults, buttons, tables row by row. Nothing of how it
//! looks, and nothing that differs between two runs.

use std::{collections::BTreeSet, fmt::Write as _};

use crate::page::{Element, Field, INLINE, Node, option_value};

/// More options than this are counted.
const OPTIONS: usize = 12;

/// What a page says.
pub(crate) fn outline(page: &Element) -> String {
    without_ids(page, whole_outline(page))
}

/// What the main part of a document says, which may name things that only the rest leads to.
pub(crate) fn outline_of_main(document: &Element) -> String {
    let main = document.all("main");
    without_ids(document, whole_outline(main.first().copied().unwrap_or(document)))
}

fn whole_outline(page: &Element) -> String {
    let described = page
        .fields()
        .into_iter()
        .flat_map(|field| field.control.attribute("aria-describedby").split_whitespace());
    let mut outline =
        Outline { page, described: described.collect(), lines: Vec::new(), line: String::new(), depth: 0 };
    outline.children(page);
    outline.end_line();
    let lines: Vec<String> =
        outline.lines.iter().map(|(depth, line)| format!("{}{line}\n", "  ".repeat(*depth))).collect();
    lines.concat()
}

/// Parts of addresses that are followed by an id.
const IDENTIFIED: [&str; 6] = ["records", "imports", "attachments", "persons", "comments", "draft"];

/// Ids differ between runs; each becomes its number in the order of the page.
fn without_ids(page: &Element, mut text: String) -> String {
    let mut ids: Vec<&str> = Vec::new();
    for address in page.ways() {
        let parts: Vec<&str> = address.split(['/', '?', '#', '&', '=']).collect();
        for pair in parts.windows(2) {
            if IDENTIFIED.contains(&pair[0])
                && pair[1].len() > 5
                && !pair[1].contains('.')
                && !ids.contains(&pair[1])
            {
                ids.push(pair[1]);
            }
        }
    }
    for (position, id) in ids.iter().enumerate() {
        text = text.replace(id, &format!("{{{}}}", position + 1));
    }
    text
}

struct Outline<'p> {
    page: &'p Element,
    /// Ids of what is said with a field.
    described: BTreeSet<&'p str>,
    lines: Vec<(usize, String)>,
    /// What has been written of the present line.
    line: String,
    depth: usize,
}

impl<'p> Outline<'p> {
    fn children(&mut self, element: &'p Element) {
        for child in &element.children {
            match child {
                Node::Text(text) => self.write(text),
                Node::Element(element) => self.element(element),
            }
        }
    }

    fn element(&mut self, element: &'p Element) {
        if is_unseen(element) || self.described.contains(element.attribute("id")) {
            return;
        }
        match element.name.as_str() {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let level = usize::from(element.name.as_bytes()[1] - b'0');
                self.prefixed(&"#".repeat(level), element);
            }
            "title" => self.prefixed("title:", element),
            "li" => self.prefixed("-", element),
            "dt" => self.term(element),
            "dd" => self.definition(element),
            "blockquote" => self.prefixed(">", element),
            "caption" => self.prefixed("table:", element),
            "tr" => self.row(element),
            "a" => self.link(element),
            "button" => self.button(element),
            "input" | "select" | "textarea" => self.control(element),
            "label" => self.label(element),
            "del" => self.marked("[-", element, "-]"),
            "ins" => self.marked("[+", element, "+]"),
            "img" => self.write(&format!(" {} ", element.attribute("alt"))),
            "br" => self.end_line(),
            name if INLINE.contains(&name) => self.inline(element),
            _ => self.block(element),
        }
    }

    /// A part of a line, with what shows when one points at it.
    fn inline(&mut self, element: &'p Element) {
        self.children(element);
        if element.has("title") {
            self.write(&format!(" ({})", element.attribute("title")));
        }
    }

    fn block(&mut self, element: &'p Element) {
        self.end_line();
        let title = title(element);
        let start = self.lines.len();
        if title.is_empty() {
            self.children(element);
            self.end_line();
            return;
        }
        self.depth += 1;
        self.children(element);
        self.end_line();
        self.depth -= 1;
        match self.lines.len() - start {
            0 if element.has("role") => (), // A place for what comes later.
            1 => {
                let (_, only) = self.lines.pop().unwrap_or_default();
                self.lines.push((self.depth, format!("{title}: {only}")));
            }
            _ => self.lines.insert(start, (self.depth, format!("{title}:"))),
        }
    }

    /// A block of which the first line begins with a mark.
    fn prefixed(&mut self, mark: &str, element: &'p Element) {
        self.end_line();
        let start = self.lines.len();
        self.inline(element);
        self.end_line();
        for (position, (depth, line)) in self.lines[start..].iter_mut().enumerate() {
            if position == 0 {
                *line = format!("{mark} {line}");
            } else {
                *depth += 1;
            }
        }
    }

    fn term(&mut self, term: &'p Element) {
        self.end_line();
        let term = self.one_line(term);
        self.lines.push((self.depth, format!("{term}:")));
    }

    /// Stands behind its term when it fits there.
    fn definition(&mut self, definition: &'p Element) {
        let start = self.lines.len();
        self.depth += 1;
        self.inline(definition);
        self.end_line();
        self.depth -= 1;
        if self.lines.len() == start + 1
            && let Some((_, only)) = self.lines.pop()
            && let Some((_, term)) = self.lines.last_mut()
        {
            *term = format!("{term} {only}");
        }
    }

    /// What is in an element, in one line.
    fn one_line(&mut self, element: &'p Element) -> String {
        let before = std::mem::take(&mut self.line);
        let start = self.lines.len();
        self.inline(element);
        self.end_line();
        self.line = before;
        let lines: Vec<String> = self.lines.drain(start..).map(|(_, line)| line).collect();
        lines.join(" / ")
    }

    fn row(&mut self, row: &'p Element) {
        self.end_line();
        let cells: Vec<String> = row
            .elements()
            .map(|cell| {
                let mut text = self.one_line(cell);
                if cell.has("aria-sort") {
                    let _ = write!(text, " ({})", cell.attribute("aria-sort"));
                }
                text
            })
            .collect();
        self.write(&format!("| {} |", cells.join(" | ")));
        self.end_line();
    }

    fn link(&mut self, link: &'p Element) {
        let mut text = self.one_line(link);
        if text.is_empty() {
            link.attribute("aria-label").clone_into(&mut text);
        }
        let is_here = if link.has("aria-current") { "*" } else { "" };
        self.write(&format!(" [{text}]{is_here}({}) ", link.attribute("href")));
    }

    fn button(&mut self, button: &'p Element) {
        let mut text = self.one_line(button);
        let label = button.attribute("aria-label");
        if !label.is_empty() {
            label.clone_into(&mut text);
        }
        let mut does = String::new();
        if button.has("name") {
            does = format!(" {}={}", button.attribute("name"), button.attribute("value"));
        }
        if button.has("formaction") {
            does = format!("{does} → {}", button.attribute("formaction"));
        }
        self.write(&format!(" <{text}>{does} "));
    }

    fn marked(&mut self, before: &str, element: &'p Element, after: &str) {
        self.write(before);
        self.children(element);
        self.write(after);
    }

    /// A label is said with its field.
    fn label(&mut self, label: &'p Element) {
        let id = label.attribute("for");
        if id.is_empty() {
            let controls = label.descendants().into_iter().filter(|inner| inner.is_control());
            for control in controls.collect::<Vec<_>>() {
                self.control(control);
            }
        } else if self.page.optional_part(id).is_none() {
            self.children(label);
        }
    }

    fn control(&mut self, control: &'p Element) {
        let field = self.page.fields().into_iter().find(|field| std::ptr::eq(field.control, control));
        if let Some(field) = field {
            self.write(&format!(" {} ", describe(field)));
        }
    }

    fn write(&mut self, text: &str) {
        self.line.push_str(text);
    }

    fn end_line(&mut self) {
        let line = self.line.split_whitespace().collect::<Vec<_>>().join(" ");
        self.line.clear();
        if !line.is_empty() {
            self.lines.push((self.depth, line));
        }
    }
}

/// What nobody reads.
fn is_unseen(element: &Element) -> bool {
    ["script", "style", "svg", "datalist", "template", "summary", "legend", "meta", "link", "col"]
        .contains(&element.name.as_str())
        || element.attribute("type") == "hidden"
        || element.attribute("aria-hidden") == "true"
        || element.has("hidden")
}

/// What names a block, if it has a name or a role.
fn title(element: &Element) -> String {
    let label = element.attribute("aria-label");
    let kind = match (element.attribute("role"), element.name.as_str()) {
        (role @ ("alert" | "status" | "note" | "search"), _) => role,
        (_, "nav") => "navigation",
        (_, "form") if element.attribute("method").eq_ignore_ascii_case("post") => "form",
        (_, "form") => "search",
        (_, "fieldset") => "group",
        (_, "details") if element.has("open") => "open",
        (_, "details") => "closed",
        _ if label.is_empty() => return String::new(),
        _ => "part",
    };
    let inner = element.elements().find(|inner| ["legend", "summary"].contains(&inner.name.as_str()));
    let name = inner.map_or_else(|| label.to_owned(), Element::text);
    [kind, &name, element.attribute("action")]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A field with everything that is known of it.
fn describe(field: Field<'_>) -> String {
    let control = field.control;
    let kind = match (control.name.as_str(), control.attribute("type")) {
        ("select", _) => "choice",
        ("textarea", _) => "lines",
        (_, "checkbox") if control.has("checked") => "x",
        (_, "checkbox") => " ",
        (_, "radio") if control.has("checked") => "o",
        (_, "radio") => ".",
        (_, "") => "text",
        (_, other) => other,
    };
    let mut text = format!("{} [{kind}] {}", field.label(), control.attribute("name"));
    let value = field.value();
    match kind {
        "x" | " " | "o" | "." => text = format!("{text}={value}"),
        "file" => (),
        _ => text = format!("{text} = “{value}”"),
    }
    let limits = [
        ("min", "from "),
        ("max", "to "),
        ("step", "step "),
        ("maxlength", "at most "),
        ("placeholder", "e.g. "),
        ("accept", ""),
    ];
    let limits = limits.iter().filter(|(name, _)| !control.attribute(name).is_empty());
    let mut limits: Vec<String> =
        limits.map(|(name, before)| format!("{before}{}", control.attribute(name))).collect();
    let flags =
        [("required", "required"), ("multiple", "several"), ("disabled", "disabled"), ("readonly", "fixed")];
    limits.extend(flags.iter().filter(|(name, _)| control.has(name)).map(|(_, flag)| (*flag).to_owned()));
    if field.is_invalid() {
        limits.push("WRONG".to_owned());
    }
    if !limits.is_empty() {
        let _ = write!(text, " ({})", limits.join(", "));
    }
    let options = field.options();
    if !options.is_empty() {
        let _ = write!(text, " {{{}}}", listed(&options));
    }
    let explanation = field.explanation();
    if !explanation.is_empty() {
        let _ = write!(text, " — {explanation}");
    }
    text
}

fn listed(options: &[&Element]) -> String {
    let texts = options.iter().take(OPTIONS).map(|option| {
        let (value, text) = (option_value(option), option.text());
        if value == text { text } else { format!("{value}: {text}") }
    });
    let mut listed = texts.collect::<Vec<_>>().join("; ");
    if options.len() > OPTIONS {
        let _ = write!(listed, "; … {} in all", options.len());
    }
    listed
}
