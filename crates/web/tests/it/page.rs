//! A page as its reader meets it: what it says, where its links lead, what its
//! fields hold. Tests ask for these and never for the text of the markup, so
//! that another class or wrapper breaks none of them and a lost sentence does.

use std::collections::BTreeMap;

use html5ever::{ParseOpts, parse_document, tendril::TendrilSink, tree_builder::TreeBuilderOpts};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

use crate::outline::outline;

/// A tag with what is in it; a whole page is one too.
#[derive(Debug, Clone)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: BTreeMap<String, String>,
    pub(crate) children: Vec<Node>,
}

/// What is in a tag, in order.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Text(String),
    Element(Element),
}

/// The whole document, or a part of one that is sent alone.
pub(crate) fn parse(html: &str) -> Element {
    // What is in <noscript> is read too.
    let tree_builder = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
    let dom = parse_document(RcDom::default(), ParseOpts { tree_builder, ..ParseOpts::default() }).one(html);
    Element { name: "document".to_owned(), attributes: BTreeMap::new(), children: nodes(&dom.document) }
}

fn nodes(parent: &Handle) -> Vec<Node> {
    let children = parent.children.borrow();
    children.iter().filter_map(node).collect()
}

fn node(handle: &Handle) -> Option<Node> {
    match &handle.data {
        NodeData::Text { contents } => Some(Node::Text(contents.borrow().to_string())),
        NodeData::Element { name, attrs, .. } => {
            let attributes = attrs.borrow();
            let attributes =
                attributes.iter().map(|attr| (attr.name.local.to_string(), attr.value.to_string()));
            Some(Node::Element(Element {
                name: name.local.to_string(),
                attributes: attributes.collect(),
                children: nodes(handle),
            }))
        }
        _ => None,
    }
}

/// Tags that are within a line of text.
pub(crate) const INLINE: &[&str] = &[
    "a", "abbr", "b", "button", "code", "del", "em", "i", "img", "input", "ins", "kbd", "label", "mark",
    "output", "q", "s", "select", "small", "span", "strong", "sub", "sup", "textarea", "time", "u", "use",
    "svg",
];

impl Element {
    /// The value of an attribute; nothing when it is not there.
    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    /// Whether an attribute is there, with or without a value.
    pub(crate) fn has(&self, attribute: &str) -> bool {
        self.attributes.contains_key(attribute)
    }

    /// Name and value of every attribute.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// All tags within, in order.
    pub(crate) fn descendants(&self) -> Vec<&Element> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect<'e>(&'e self, found: &mut Vec<&'e Element>) {
        for child in self.elements() {
            found.push(child);
            child.collect(found);
        }
    }

    /// The tags directly within.
    pub(crate) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// All tags of a name.
    pub(crate) fn all(&self, name: &str) -> Vec<&Element> {
        self.descendants().into_iter().filter(|element| element.name == name).collect()
    }

    /// All tags of which an attribute has a value.
    pub(crate) fn all_with(&self, attribute: &str, value: &str) -> Vec<&Element> {
        self.descendants().into_iter().filter(|element| element.attribute(attribute) == value).collect()
    }

    /// Takes every tag of a name out, with all that is in it.
    pub(crate) fn remove(&mut self, name: &str) {
        self.children.retain(|child| !matches!(child, Node::Element(element) if element.name == name));
        for child in &mut self.children {
            if let Node::Element(element) = child {
                element.remove(name);
            }
        }
    }

    /// The tag with this id.
    #[track_caller]
    pub(crate) fn part(&self, id: &str) -> &Element {
        self.optional_part(id).unwrap_or_else(|| panic!("no part #{id} in\n{}", outline(self)))
    }

    /// The tag with this id, if there is one.
    pub(crate) fn optional_part(&self, id: &str) -> Option<&Element> {
        self.all_with("id", id).into_iter().next()
    }

    /// All text within, spaces as a reader sees them.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.write_text(&mut text);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn write_text(&self, text: &mut String) {
        if ["script", "style"].contains(&self.name.as_str()) {
            return;
        }
        let around = if INLINE.contains(&self.name.as_str()) { "" } else { " " };
        text.push_str(around);
        for child in &self.children {
            match child {
                Node::Text(part) => text.push_str(part),
                Node::Element(element) => element.write_text(text),
            }
        }
        text.push_str(around);
    }

    /// Whether a sentence is in the text.
    pub(crate) fn says(&self, sentence: &str) -> bool {
        self.text().contains(sentence)
    }

    /// Fails unless every sentence is in the text.
    #[track_caller]
    pub(crate) fn assert_says(&self, sentences: &[&str]) {
        for sentence in sentences {
            assert!(self.says(sentence), "“{sentence}” is not said in\n{}", outline(self));
        }
    }

    /// Fails when one of the sentences is in the text.
    #[track_caller]
    pub(crate) fn assert_lacks(&self, sentences: &[&str]) {
        for sentence in sentences {
            assert!(!self.says(sentence), "“{sentence}” is said in\n{}", outline(self));
        }
    }

    /// What is said aloud when the page comes: refusals and warnings.
    pub(crate) fn alerts(&self) -> String {
        texts(&self.all_with("role", "alert"))
    }

    /// What is said when the page comes: what has been done.
    pub(crate) fn notices(&self) -> String {
        texts(&self.all_with("role", "status"))
    }

    /// Text and address of every link.
    pub(crate) fn links(&self) -> Vec<(String, String)> {
        let links = self.all("a").into_iter().filter(|link| link.has("href"));
        links.map(|link| (link.text(), link.attribute("href").to_owned())).collect()
    }

    /// The address of the link with this text, if there is one.
    pub(crate) fn link(&self, text: &str) -> Option<String> {
        self.links().into_iter().find(|(other, _)| other == text).map(|(_, address)| address)
    }

    /// Whether a link, a form or a button leads to this address.
    pub(crate) fn leads_to(&self, address: &str) -> bool {
        self.ways().contains(&address)
    }

    /// Every address that a link, a form or a button leads to.
    pub(crate) fn ways(&self) -> Vec<&str> {
        let attributes = ["href", "action", "formaction"];
        let elements = self.descendants().into_iter();
        elements
            .flat_map(|element| attributes.map(|name| element.attribute(name)))
            .filter(|address| !address.is_empty())
            .collect()
    }

    /// The texts of all buttons.
    pub(crate) fn buttons(&self) -> Vec<String> {
        self.all("button").into_iter().map(Element::text).collect()
    }

    /// Every row of every table, by its cells.
    pub(crate) fn rows(&self) -> Vec<Vec<String>> {
        self.all("tr").into_iter().map(|row| row.elements().map(Element::text).collect()).collect()
    }

    /// Name and value of what goes along with the forms unseen, without the token.
    pub(crate) fn hidden(&self) -> Vec<(String, String)> {
        let inputs = self.all_with("type", "hidden").into_iter();
        inputs
            .map(|input| (input.attribute("name").to_owned(), input.attribute("value").to_owned()))
            .filter(|(name, _)| name != "token")
            .collect()
    }

    /// The field of this name.
    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> Field<'_> {
        self.optional_field(name).unwrap_or_else(|| panic!("no field {name} in\n{}", outline(self)))
    }

    /// The field of this name, if somebody can fill one in.
    pub(crate) fn optional_field(&self, name: &str) -> Option<Field<'_>> {
        let mut named: Vec<Field<'_>> = self.fields();
        named.retain(|field| field.control.attribute("name") == name);
        // Of several buttons the one that is pressed tells.
        let pressed =
            |field: &&Field<'_>| field.control.attribute("type") == "radio" && field.control.has("checked");
        named.iter().find(pressed).or(named.first()).copied()
    }

    /// Every field that somebody can fill in.
    pub(crate) fn fields(&self) -> Vec<Field<'_>> {
        let controls = self.descendants().into_iter().filter(|element| element.is_control());
        controls.map(|control| Field { page: self, control }).collect()
    }

    /// Whether somebody can fill it in.
    pub(crate) fn is_control(&self) -> bool {
        ["input", "select", "textarea"].contains(&self.name.as_str()) && self.attribute("type") != "hidden"
    }
}

fn texts(elements: &[&Element]) -> String {
    elements.iter().map(|element| element.text()).collect::<Vec<_>>().join("\n")
}

/// A field of a form on its page.
#[derive(Clone, Copy)]
pub(crate) struct Field<'p> {
    page: &'p Element,
    pub(crate) control: &'p Element,
}

impl<'p> Field<'p> {
    /// What is in it: what would be sent.
    pub(crate) fn value(self) -> String {
        match self.control.name.as_str() {
            "textarea" => self
                .control
                .children
                .iter()
                .map(|child| match child {
                    Node::Text(text) => text.as_str(),
                    Node::Element(_) => "",
                })
                .collect(),
            "select" => {
                let options = self.options();
                let chosen = options.iter().find(|option| option.has("selected")).or(options.first());
                chosen.map(|option| option_value(option)).unwrap_or_default()
            }
            _ => self.control.attribute("value").to_owned(),
        }
    }

    /// What can be chosen, or is proposed.
    pub(crate) fn options(self) -> Vec<&'p Element> {
        let list = self.control.attribute("list");
        let source = if list.is_empty() { Some(self.control) } else { self.page.optional_part(list) };
        source.map(|source| source.all("option")).unwrap_or_default()
    }

    /// What is said about it: help, and what is wrong with it.
    pub(crate) fn explanation(self) -> String {
        let parts = self.control.attribute("aria-describedby").split_whitespace();
        let parts = parts.filter_map(|id| self.page.optional_part(id)).map(Element::text);
        parts.collect::<Vec<_>>().join(" ")
    }

    /// Whether it is marked as wrong.
    pub(crate) fn is_invalid(self) -> bool {
        self.control.attribute("aria-invalid") == "true"
    }

    /// What names it: the text of its label without what is in the field.
    pub(crate) fn label(self) -> String {
        let id = self.control.attribute("id");
        let labels = self.page.all("label");
        let by_id = labels.iter().find(|label| !id.is_empty() && label.attribute("for") == id);
        let around = || {
            labels
                .iter()
                .find(|label| label.descendants().iter().any(|inner| std::ptr::eq(*inner, self.control)))
        };
        match by_id.or_else(around) {
            Some(label) => text_without_controls(label),
            None => self.control.attribute("aria-label").to_owned(),
        }
    }
}

/// What an option stands for.
pub(crate) fn option_value(option: &Element) -> String {
    if option.has("value") { option.attribute("value").to_owned() } else { option.text() }
}

fn text_without_controls(label: &Element) -> String {
    let mut label = label.clone();
    remove_controls(&mut label);
    label.text()
}

fn remove_controls(element: &mut Element) {
    element.children.retain(|child| !matches!(child, Node::Element(inner) if inner.is_control()));
    for child in &mut element.children {
        if let Node::Element(inner) = child {
            remove_controls(inner);
        }
    }
}

#[test]
fn a_field_knows_its_label_its_value_and_what_is_wrong() {
    let page = parse(
        r#"<main><label for="a">Name <small>of it</small></label>
        <input id="a" name="name" value="Li" aria-invalid="true" aria-describedby="a-fault">
        <p id="a-fault">Too short.</p>
        <label><input type="checkbox" name="b" value="1"> Yes</label>
        <select name="c"><option value="">none</option><option value="2" selected>two</option></select>"#,
    );
    let name = page.field("name");
    assert_eq!(
        (name.label(), name.value(), name.explanation()),
        ("Name of it".into(), "Li".into(), "Too short.".into())
    );
    assert!(name.is_invalid() && !page.field("b").is_invalid());
    assert_eq!((page.field("b").label(), page.field("c").value()), ("Yes".into(), "2".into()));
}
