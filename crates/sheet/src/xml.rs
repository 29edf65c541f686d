//! A stream of XML with limits on the bytes in all, the bytes of one piece, and
//! the depth.

use std::{
    io::{BufReader, Read},
    rc::Rc,
};

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesRef, BytesStart, Event, attributes::Attribute},
};

use crate::{fault::TableFault, package::Meter};

/// No sheet nests deeper than a dozen elements.
const MAX_DEPTH: usize = 256;

/// A reader of XML events; empty elements come as start and end.
pub(crate) struct Xml<R: Read> {
    reader: Reader<BufReader<R>>,
    buffer: Vec<u8>,
    meter: Rc<Meter>,
    depth: usize,
}

impl<R: Read> Xml<R> {
    pub(crate) fn new(reader: R, meter: Rc<Meter>) -> Self {
        let mut reader = Reader::from_reader(BufReader::with_capacity(64 << 10, reader));
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_end_names = false;
        config.check_comments = false;
        Self { reader, buffer: Vec::new(), meter, depth: 0 }
    }

    /// From now on empty elements come as one event of their own.
    pub(crate) fn keep_empty_elements(&mut self) {
        self.reader.config_mut().expand_empty_elements = false;
    }

    /// The next event; [`Event::Eof`] at the end.
    pub(crate) fn next(&mut self) -> Result<Event<'_>, TableFault> {
        self.buffer.clear();
        self.meter.next_piece();
        self.meter.check()?;
        let event = self.reader.read_event_into(&mut self.buffer).map_err(|error| self.meter.fault(error))?;
        match event {
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if self.depth > MAX_DEPTH {
            return Err(TableFault::damaged("elements nested too deeply"));
        }
        Ok(event)
    }

    /// How many elements are open.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// Skips everything up to the end of the element that was opened last.
    pub(crate) fn skip(&mut self) -> Result<(), TableFault> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            if matches!(self.next()?, Event::Eof) {
                return Err(TableFault::damaged("the document ends too early"));
            }
        }
        Ok(())
    }
}

/// An attribute by its local name, unescaped.
pub(crate) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    element
        .attributes()
        .with_checks(false)
        .filter_map(Result::ok)
        .find(|attribute| attribute.key.local_name().as_ref() == name)
        .map(attribute_value)
}

/// The value of an attribute, unescaped.
pub(crate) fn attribute_value(attribute: Attribute<'_>) -> String {
    match attribute.normalized_value(XmlVersion::Implicit1_0) {
        Ok(value) => value.into_owned(),
        Err(_) => attribute.value.into_owned(),
    }
}

/// Adds what an event says as text: character data and references.
pub(crate) fn push_text(event: &Event<'_>, into: &mut String) {
    match event {
        Event::Text(text) => into.push_str(&text.xml10_content()),
        Event::CData(text) => into.push_str(&text.xml10_content()),
        Event::GeneralRef(reference) => push_reference(reference, into),
        _ => {}
    }
}

fn push_reference(reference: &BytesRef<'_>, into: &mut String) {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        into.push(character);
        return;
    }
    match &*reference.xml10_content() {
        "lt" => into.push('<'),
        "gt" => into.push('>'),
        "amp" => into.push('&'),
        "quot" => into.push('"'),
        "apos" => into.push('\''),
        _ => {}
    }
}
