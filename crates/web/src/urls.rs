//! Makes all addresses: pages and templates never join them from pieces.

use std::fmt::{self, Write};

use model::month::Year;

/// An address being put together.
#[derive(Debug, Clone)]
pub(crate) struct Url(String);

impl Url {
    /// A path whose variable parts stand for `{}`.
    pub(crate) fn new(pattern: &str, parts: &[&str]) -> Self {
        let mut pieces = pattern.split("{}");
        let mut text = pieces.next().unwrap_or_default().to_owned();
        for (part, piece) in parts.iter().zip(pieces) {
            encode(part, &mut text);
            text.push_str(piece);
        }
        Self(text)
    }

    /// With one more parameter.
    #[must_use]
    pub(crate) fn with_param(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.0.push(if self.0.contains('?') { '&' } else { '?' });
        encode(name, &mut self.0);
        self.0.push('=');
        encode(&value.to_string(), &mut self.0);
        self
    }

    /// As a form that leads to this address and asks for what `asks` names:
    /// where it is sent, and the parameters that go along unseen.
    pub(crate) fn form(&self, asks: &[&str]) -> GetForm {
        let (path, query) = self.0.split_once('?').unwrap_or((&self.0, ""));
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let pairs = pairs.map(|(name, value)| (decoded(name), decoded(value)));
        let hidden = pairs.filter(|(name, _)| !asks.contains(&name.as_str())).collect();
        GetForm { action: path.to_owned(), hidden }
    }

    /// With more parameters.
    #[must_use]
    pub(crate) fn with_all<'p>(self, pairs: impl IntoIterator<Item = &'p (String, String)>) -> Self {
        pairs.into_iter().fold(self, |url, (name, value)| url.with_param(name, value))
    }

    /// The part after its question mark.
    pub(crate) fn query(&self) -> &str {
        self.0.split_once('?').map_or("", |(_, query)| query)
    }

    /// With one more parameter, when there is a value.
    #[must_use]
    pub(crate) fn with_some(self, name: &str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.with_param(name, value),
            None => self,
        }
    }
}

/// A form that leads to an address, ready to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GetForm {
    /// Where it is sent.
    pub(crate) action: String,
    /// Names and values of its hidden fields.
    pub(crate) hidden: Vec<(String, String)>,
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Url> for String {
    fn from(url: Url) -> Self {
        url.0
    }
}

/// A text with everything escaped that an address cannot hold.
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    encode(text, &mut encoded);
    encoded
}

fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(into, "%{byte:02X}");
        }
    }
}

/// What [`encode`] wrote.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digit =
            |byte: Option<u8>| char::from(byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let decoded = if byte == b'%' { digit(rest.next()).zip(digit(rest.next())) } else { None };
        bytes.push(decoded.map_or(byte, |(high, low)| high << 4 | low));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The sign-in page, which leads to `next` afterwards.
pub(crate) fn login(next: Option<&str>) -> String {
    Url::new("/login", &[]).with_some("next", next.filter(|next| *next != "/")).into()
}

/// All figures of a unit.
pub(crate) fn figures(unit: &str, year: Option<Year>) -> Url {
    Url::new("/units/{}/figures", &[unit]).with_some("year", year)
}

/// One indicator of a unit.
pub(crate) fn indicator(unit: &str, indicator: &str) -> Url {
    Url::new("/units/{}/figures/{}", &[unit, indicator])
}

/// A file with something of an indicator of a unit.
pub(crate) fn indicator_file(unit: &str, indicator: &str, file: &str) -> Url {
    Url::new("/units/{}/figures/{}/{}", &[unit, indicator, file])
}

/// A file with something of a page about a unit.
pub(crate) fn unit_file(unit: &str, page: &str, file: &str) -> Url {
    Url::new("/units/{}/{}/{}", &[unit, page, file])
}

/// A unit as a file.
pub(crate) fn unit_export(unit: &str) -> Url {
    Url::new("/units/{}/export.xlsx", &[unit])
}

/// The units below a unit, side by side.
pub(crate) fn ranking(unit: &str, year: Option<Year>) -> Url {
    Url::new("/units/{}/ranking", &[unit]).with_some("year", year)
}

/// The units below a unit as tiles.
pub(crate) fn grid(unit: &str) -> Url {
    Url::new("/units/{}/grid", &[unit])
}

/// Some units below a unit, chosen by hand.
pub(crate) fn comparison(unit: &str) -> Url {
    Url::new("/units/{}/comparison", &[unit])
}

/// A unit's place in the tree.
pub(crate) fn unit(unit: &str) -> Url {
    Url::new("/units/{}", &[unit])
}

/// A change of a unit.
pub(crate) fn change(unit: &str, change: &str) -> Url {
    Url::new("/units/{}/changes/{}", &[unit, change])
}

/// A new unit below one.
pub(crate) fn new_unit(above: &str) -> Url {
    Url::new("/units/new", &[]).with_param("unit", above)
}

/// The units directly below one, as a part of the tree page.
pub(crate) fn branches(unit: &str) -> Url {
    Url::new("/units/{}/below", &[unit])
}

/// The registers of a unit.
pub(crate) fn registers(unit: &str) -> Url {
    Url::new("/units/{}/registers", &[unit])
}

/// The records of one register of a unit.
pub(crate) fn register(unit: &str, form: &str) -> Url {
    Url::new("/units/{}/registers/{}", &[unit, form])
}

/// The kept views of a register.
pub(crate) fn views(unit: &str, form: &str) -> Url {
    Url::new("/units/{}/registers/{}/views", &[unit, form])
}

/// Forgetting a kept view of a register.
pub(crate) fn forget_view(unit: &str, form: &str) -> Url {
    Url::new("/units/{}/registers/{}/forget", &[unit, form])
}

/// One transition of many records of a register.
pub(crate) fn bulk_transition(unit: &str, form: &str, step: &str) -> Url {
    Url::new("/units/{}/registers/{}/transitions/{}", &[unit, form, step])
}

/// A new record of a register.
pub(crate) fn new_record(unit: &str, form: &str) -> Url {
    Url::new("/units/{}/registers/{}/new", &[unit, form])
}

/// The empty file of a register.
pub(crate) fn template(unit: &str, form: &str) -> Url {
    Url::new("/units/{}/registers/{}/template.xlsx", &[unit, form])
}

/// The records of a register as a file of this sort.
pub(crate) fn export(unit: &str, form: &str, extension: &str) -> Url {
    Url::new("/units/{}/registers/{}/export.{}", &[unit, form, extension])
}

/// Correcting a record.
pub(crate) fn correct(id: model::ids::RecordId) -> Url {
    Url::new("/records/{}/correct", &[&id.to_string()])
}

/// Removing a record.
pub(crate) fn remove(id: model::ids::RecordId) -> Url {
    Url::new("/records/{}/remove", &[&id.to_string()])
}

/// Showing the personal numbers of a record.
pub(crate) fn numbers(id: model::ids::RecordId) -> Url {
    Url::new("/records/{}/numbers", &[&id.to_string()])
}

/// A worker's file.
pub(crate) fn person(key: &app::persons::PersonKey) -> Url {
    Url::new("/persons/{}", &[&key.to_string()])
}

/// Correcting or removing the data of a person.
pub(crate) fn change_person(key: &app::persons::PersonKey, change: &str) -> Url {
    Url::new("/persons/{}/{}", &[&key.to_string(), change])
}

/// A worker's file as a workbook.
pub(crate) fn person_file(key: &app::persons::PersonKey) -> Url {
    Url::new("/persons/{}/export.xlsx", &[&key.to_string()])
}

/// What a unit claims together with others.
pub(crate) fn duplicates(unit: &str) -> Url {
    Url::new("/units/{}/duplicates", &[unit])
}

/// The returns of a unit and of those below beside what registers count.
pub(crate) fn differences(unit: &str) -> Url {
    Url::new("/units/{}/differences", &[unit])
}

/// Who at and below a unit owes returns, and who has handed them in.
pub(crate) fn returns(unit: &str) -> Url {
    Url::new("/units/{}/returns", &[unit])
}

/// One record.
pub(crate) fn record(id: model::ids::RecordId) -> Url {
    Url::new("/records/{}", &[&id.to_string()])
}

/// The attachments of a record.
pub(crate) fn attachments(id: model::ids::RecordId) -> Url {
    Url::new("/records/{}/attachments", &[&id.to_string()])
}

/// One attachment.
pub(crate) fn attachment(id: model::ids::AttachmentId) -> Url {
    Url::new("/attachments/{}", &[&id.to_string()])
}

/// The small picture of an attachment.
pub(crate) fn thumbnail(id: model::ids::AttachmentId) -> Url {
    Url::new("/attachments/{}/thumbnail", &[&id.to_string()])
}

/// Removing an attachment.
pub(crate) fn remove_attachment(id: model::ids::AttachmentId) -> Url {
    Url::new("/attachments/{}/remove", &[&id.to_string()])
}

/// A record as on paper.
pub(crate) fn print(id: model::ids::RecordId) -> Url {
    Url::new("/records/{}/print", &[&id.to_string()])
}

/// Records that can be referred to from a field of a form, as options of a list.
pub(crate) fn reference_options(unit: &str, form: &str, field: &str) -> Url {
    Url::new("/units/{}/registers/{}/references/{}", &[unit, form, field])
}

/// People whom a unit's records know, as a part of forms.
pub(crate) fn person_lookup(unit: &str) -> Url {
    Url::new("/units/{}/person-lookup", &[unit])
}

/// A transition of a record.
pub(crate) fn transition(id: model::ids::RecordId, step: &str) -> Url {
    Url::new("/records/{}/transitions/{}", &[&id.to_string(), step])
}

/// Comments on a record.
pub(crate) fn comments(id: model::ids::RecordId) -> Url {
    Url::new("/records/{}/comments", &[&id.to_string()])
}

/// Taking a comment back.
pub(crate) fn withdraw(id: model::ids::RecordId, comment: i64) -> Url {
    Url::new("/records/{}/comments/{}/withdraw", &[&id.to_string(), &comment.to_string()])
}

/// What waits for the person.
pub(crate) fn todo() -> Url {
    Url::new("/todo", &[])
}

/// An address that came from outside, fit for a header; the start page unless it leads to a page of this site.
pub(crate) fn local(address: &str) -> String {
    // Browsers take a backslash for a slash, and leave out some control characters.
    let is_strange = address.chars().any(|c| c == '\\' || c.is_control());
    if !address.starts_with('/') || address.starts_with("//") || is_strange {
        return "/".to_owned();
    }
    let mut local = String::new();
    for c in address.chars() {
        if c.is_ascii_graphic() && !"\"<>^`{|}".contains(c) {
            local.push(c);
        } else {
            encode(c.encode_utf8(&mut [0; 4]), &mut local);
        }
    }
    local
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn an_address_from_outside_leads_to_this_site_and_fits_into_a_header() {
        let check = |address: &str, expected: &str| assert_eq!(local(address), expected, "{address:?}");
        check("/units?x=1&y=%E7%94%B2#top", "/units?x=1&y=%E7%94%B2#top");
        check("/units?q=甲 乙", "/units?q=%E7%94%B2%20%E4%B9%99");
        check("/a\"<b>", "/a%22%3Cb%3E");
        for elsewhere in
            ["", "units", "//evil.example", "https://evil.example", "/\\evil.example", "\\evil", " /x"]
        {
            check(elsewhere, "/");
        }
        for c in (0..=0x1f).chain(0x7f..=0x9f) {
            let c = char::from_u32(c).expect("a character");
            check(&format!("/{c}"), "/");
            check(&format!("/units?x={c}1"), "/");
        }
        // Nothing at all makes an address that no header takes.
        for c in (0..0x11_0000).step_by(7).filter_map(char::from_u32) {
            for address in [format!("/{c}"), format!("/{c}/evil"), format!("{c}/x")] {
                let local = local(&address);
                assert!(local.starts_with('/') && !local.starts_with("//"), "{address:?}");
                assert!(HeaderValue::from_str(&local).is_ok(), "{address:?}");
            }
            let url = Url::new("/units/{}", &[&c.to_string()]).with_param("q", c).to_string();
            assert!(HeaderValue::from_str(&url).is_ok(), "{c:?}");
        }
    }

    #[test]
    fn parts_and_parameters_are_encoded() {
        let url = Url::new("/units/{}/figures/{}", &["a/b", "1.2"]).with_param("q", "甲 &");
        assert_eq!(url.to_string(), "/units/a%2Fb/figures/1.2?q=%E7%94%B2%20%26");
    }

    #[test]
    fn a_form_carries_what_it_does_not_ask_for() {
        let url =
            Url::new("/units/{}/ranking", &["1"]).with_param("year", 2012).with_param("through", "2012-06");
        let form = url.with_param("q", "甲 &=%").form(&["through"]);
        assert_eq!(form.action, "/units/1/ranking");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(form.hidden, [pair("year", "2012"), pair("q", "甲 &=%")]);
        assert_eq!(Url::new("/units", &[]).form(&[]).hidden, []);
    }
}
