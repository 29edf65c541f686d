//! A definition as it is written: one struct per kind of table, read from
//! TOML together with the position of everything that can be wrong.
//!
//! Serde is not used, because a derived reader stops at the first mistake of a
//! file and describes it in English only; an author wants to see all of them. A
//! key that is missing or of the wrong type is marked and replaced by an empty
//! value, so that the rest can still be checked. See [`read`].

pub(crate) mod campaign;
pub(crate) mod dictionary;
pub(crate) mod form;
pub(crate) mod indicator;
pub(crate) mod measure;
pub(crate) mod read;
pub(crate) mod role;
pub(crate) mod vocabulary;
pub(crate) mod workflow;

use toml::de::{DeTable, DeValue};

use crate::{marker::Marker, mistake::say, written::read::Read};

/// One file as written, with the marker for what turns out to be wrong in it.
pub(crate) struct Page<'a, T> {
    /// Marks mistakes in this file.
    pub(crate) marker: Marker<'a>,
    /// The file's name without `.toml`: the id of what it defines.
    pub(crate) stem: &'a str,
    /// What is in it.
    pub(crate) value: T,
}

impl<'a, T: Read> Page<'a, T> {
    /// Reads one file. Of a file with errors of syntax only those are marked;
    /// what could be read is still handed on, so that references to it hold.
    pub(crate) fn read(stem: &'a str, marker: Marker<'a>) -> Self {
        let (document, errors) = DeTable::parse_recoverable(marker.text());
        for error in &errors {
            let reason = error.message();
            marker.mark(
                &error.span().unwrap_or_default(),
                say!("TOML 语法有误:{reason}", "not valid TOML: {reason}"),
                say!(
                    "请改正此处;文本要放在英文双引号内,括号要成对",
                    "correct it here: texts stand in double quotes, brackets come in pairs"
                ),
            );
        }
        let marker = if errors.is_empty() { marker } else { marker.muted() };
        // A key that the whole file lacks is marked at its first line.
        let value = T::read(&DeValue::Table(document.into_inner()), &(0..0), marker);
        Self { marker, stem, value }
    }

    /// A file that need not be there, and is not.
    pub(crate) fn absent(stem: &'a str, marker: Marker<'a>) -> Self {
        Self { marker: marker.muted(), stem, value: T::default() }
    }

    /// Marks that the file is missing; its text is empty.
    pub(crate) fn missing(stem: &'a str, marker: Marker<'a>) -> Self {
        marker.mark(
            &(0..0),
            say!("缺少文件 {stem}.toml", "the file {stem}.toml is missing"),
            say!(
                "请建立此文件,写法见 docs/definition-language.md",
                "write it as docs/definition-language.md says"
            ),
        );
        Self { marker: marker.muted(), stem, value: T::default() }
    }
}
