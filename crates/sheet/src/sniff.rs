//! Finds a file's format from its content, because the extension may be wrong.

use crate::{compound::Compound, fault::TableFault, package::Package, workbook::Limits, xls};

/// What can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// A workbook of Excel 2007 and later.
    Xlsx,
    /// A workbook of OpenDocument.
    Ods,
    /// A workbook of Excel 5 to 2003.
    Xls,
    /// A workbook of Excel 2003 as one XML document.
    SpreadsheetMl,
    /// A web page with tables.
    Html,
    /// Text with commas, semicolons or tabs.
    Delimited,
}

/// The signature of an OLE compound file: xls, doc, and every encrypted Office file.
pub(crate) const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// Finds the format, or says what the file is instead.
///
/// # Errors
/// When it is nothing that can be read as a table.
pub fn format(file_name: &str, bytes: &[u8], limits: &Limits) -> Result<FileFormat, TableFault> {
    if bytes.is_empty() {
        return Err(TableFault::Empty);
    }
    if bytes.len() > limits.max_bytes {
        return Err(TableFault::TooLarge { max: limits.max_bytes });
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return zipped(bytes, limits);
    }
    if bytes.starts_with(COMPOUND) {
        return compound(bytes);
    }
    match known_stranger(bytes) {
        Some("xml-2003") => return Ok(FileFormat::SpreadsheetMl),
        Some("html") => return Ok(FileFormat::Html),
        Some(looks_like) => return Err(TableFault::UnknownFormat { looks_like }),
        None => {}
    }
    if xls::is_bare(bytes) {
        return Ok(FileFormat::Xls);
    }
    let utf16 = bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF");
    if !utf16 && bytes.iter().take(4096).any(|b| matches!(b, 0..=8 | 14..=31)) {
        let says_workbook = has_extension(file_name, &["xlsx", "xls", "ods"]);
        return Err(if says_workbook {
            TableFault::damaged("no workbook signature")
        } else {
            TableFault::UnknownFormat { looks_like: "binary" }
        });
    }
    Ok(FileFormat::Delimited)
}

fn has_extension(file_name: &str, extensions: &[&str]) -> bool {
    let extension = file_name.rsplit_once('.').map_or("", |(_, extension)| extension);
    extensions.iter().any(|known| extension.eq_ignore_ascii_case(known))
}

fn zipped(bytes: &[u8], limits: &Limits) -> Result<FileFormat, TableFault> {
    let mut package = Package::open(bytes, limits)?;
    if package.has_suffix("vbaproject.bin") {
        return Err(TableFault::Macros);
    }
    if package.has("xl/workbook.bin") {
        return Err(TableFault::UnknownFormat { looks_like: "xlsb" });
    }
    if package.has("content.xml") {
        let kind = package.short_text("mimetype")?.unwrap_or_default();
        return if kind.trim_end().ends_with("spreadsheet") || kind.contains("spreadsheet-template") {
            Ok(FileFormat::Ods)
        } else {
            Err(TableFault::UnknownFormat { looks_like: "opendocument" })
        };
    }
    if package.has("word/document.xml") {
        return Err(TableFault::UnknownFormat { looks_like: "docx" });
    }
    if package.has("ppt/presentation.xml") {
        return Err(TableFault::UnknownFormat { looks_like: "pptx" });
    }
    if package.has("_rels/.rels") || package.has("xl/workbook.xml") {
        return Ok(FileFormat::Xlsx);
    }
    Err(TableFault::UnknownFormat { looks_like: "zip" })
}

fn compound(bytes: &[u8]) -> Result<FileFormat, TableFault> {
    let compound = Compound::open(bytes)?;
    if compound.has("EncryptedPackage") {
        return Err(TableFault::Encrypted);
    }
    if compound.has("_VBA_PROJECT_CUR") {
        return Err(TableFault::Macros);
    }
    if compound.has("Workbook") || compound.has("Book") {
        return Ok(FileFormat::Xls);
    }
    let looks_like = if compound.has("WordDocument") { "doc" } else { "compound" };
    Err(TableFault::UnknownFormat { looks_like })
}

/// Files that are often uploaded by mistake, or under a wrong name.
fn known_stranger(bytes: &[u8]) -> Option<&'static str> {
    const SIGNATURES: [(&[u8], &str); 10] = [
        // A web page with its parts in one file.
        (b"MIME-Version:", "mht"),
        (b"%PDF", "pdf"),
        (b"Rar!", "rar"),
        (b"7z\xBC\xAF", "7z"),
        (b"\x1F\x8B", "gzip"),
        (b"\x89PNG", "png"),
        (b"\xFF\xD8\xFF", "jpeg"),
        (b"GIF8", "gif"),
        (b"{\\rtf", "rtf"),
        (b"SQLite format 3", "sqlite"),
    ];
    if let Some((_, name)) = SIGNATURES.iter().find(|(signature, _)| bytes.starts_with(signature)) {
        return Some(name);
    }
    let text: String = bytes
        .iter()
        .copied()
        .filter(|b| *b != 0)
        .take(16 << 10)
        .map(|b| char::from(b).to_ascii_lowercase())
        .collect();
    let text = text.trim_start_matches(|c: char| !c.is_ascii() || c.is_whitespace());
    if !text.starts_with('<') {
        return None;
    }
    if text.contains("urn:schemas-microsoft-com:office:spreadsheet") {
        return Some("xml-2003");
    }
    // Programs often leave out what a page begins with.
    let html = ["<html", "<!doctype html", "<table", "<head", "<meta", "<body", "<tr", "<style"]
        .iter()
        .any(|tag| text.contains(tag));
    Some(if html { "html" } else { "xml" })
}
