//! The kind of an attached file. It is found from the content, and the ending of
//! the file's name must agree with it.

use sheet::{compound::Compound, fault::TableFault, package::Package, workbook::Limits};
use thiserror::Error;

/// What may be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A photograph.
    Jpeg,
    /// A picture without loss.
    Png,
    /// A picture of either sort.
    Webp,
    /// A document as printed.
    Pdf,
    /// A document as printed, by GB/T 33190.
    Ofd,
    /// Text of Word 2007 and later.
    Docx,
    /// Tables of Excel 2007 and later.
    Xlsx,
    /// Slides of PowerPoint 2007 and later.
    Pptx,
    /// Text of earlier Word and of WPS.
    Doc,
    /// Tables of earlier Excel and of WPS.
    Xls,
    /// Slides of earlier PowerPoint and of WPS.
    Ppt,
    /// Text without layout.
    Text,
}

/// Kind, permanent name, media type, and the endings that its files may have, the usual one first.
type KindRow = (FileKind, &'static str, &'static str, &'static [&'static str]);

const KINDS: &[KindRow] = &[
    (FileKind::Jpeg, "jpeg", "image/jpeg", &["jpg", "jpeg"]),
    (FileKind::Png, "png", "image/png", &["png"]),
    (FileKind::Webp, "webp", "image/webp", &["webp"]),
    (FileKind::Pdf, "pdf", "application/pdf", &["pdf"]),
    (FileKind::Ofd, "ofd", "application/ofd", &["ofd"]),
    (
        FileKind::Docx,
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        &["docx"],
    ),
    (FileKind::Xlsx, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &["xlsx"]),
    (
        FileKind::Pptx,
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        &["pptx"],
    ),
    (FileKind::Doc, "doc", "application/msword", &["doc", "wps"]),
    (FileKind::Xls, "xls", "application/vnd.ms-excel", &["xls", "et"]),
    (FileKind::Ppt, "ppt", "application/vnd.ms-powerpoint", &["ppt", "dps"]),
    (FileKind::Text, "text", "text/plain", &["txt", "csv"]),
];

impl FileKind {
    fn row(self) -> &'static KindRow {
        // The table has a row for every kind; the test below walks them.
        KINDS.iter().find(|(kind, ..)| *kind == self).unwrap_or(&KINDS[0])
    }

    /// Its permanent name.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The kind of this name.
    pub fn parse(name: &str) -> Option<Self> {
        KINDS.iter().find(|(_, known, ..)| *known == name).map(|(kind, ..)| *kind)
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        self.row().2
    }

    /// The endings that its files may have, the usual one first.
    pub fn endings(self) -> &'static [&'static str] {
        self.row().3
    }

    /// Whether it is a picture.
    pub fn is_picture(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Webp)
    }

    /// The endings of everything that may be attached.
    pub fn all_endings() -> impl Iterator<Item = &'static str> {
        KINDS.iter().flat_map(|(.., endings)| endings.iter().copied())
    }
}

/// Why a file cannot be attached.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KindFault {
    /// It has no bytes.
    #[error("the file is empty")]
    Empty,
    /// It is nothing that may be attached.
    #[error("not to be attached: {looks_like:?}")]
    Unknown {
        /// What the first bytes suggest, by its usual ending (`exe`).
        looks_like: Option<&'static str>,
    },
    /// Its name says something else than its content.
    #[error("it is called .{ending} and is {}", .kind.name())]
    Renamed {
        /// What its name says.
        ending: String,
        /// What it is.
        kind: FileKind,
    },
    /// It holds macros.
    #[error("it holds macros")]
    Macros,
    /// It is protected by a password, so that nobody can look into it.
    #[error("it is protected by a password")]
    Encrypted,
    /// It is cut off, or unpacks to far more than it seems.
    #[error("it is damaged")]
    Damaged,
    /// A picture with more points than can be looked at.
    #[error("the picture has {width} × {height} points")]
    TooManyPoints {
        /// Points from left to right.
        width: u32,
        /// Points from top to bottom.
        height: u32,
    },
}

/// What a file is.
///
/// # Errors
/// When it is nothing that may be attached, or its name says something else.
pub fn kind(file_name: &str, bytes: &[u8]) -> Result<FileKind, KindFault> {
    if bytes.is_empty() {
        return Err(KindFault::Empty);
    }
    let ending = file_name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    let kind = by_content(bytes, &ending)?;
    if kind.endings().contains(&ending.as_str()) {
        Ok(kind)
    } else {
        Err(KindFault::Renamed { ending, kind })
    }
}

const ZIP: &[u8] = b"PK\x03\x04";
const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

fn by_content(bytes: &[u8], ending: &str) -> Result<FileKind, KindFault> {
    if bytes.starts_with(ZIP) {
        return zipped(bytes);
    }
    if bytes.starts_with(COMPOUND) {
        return compound(bytes);
    }
    let guessed = infer::get(bytes).map(|found| found.extension());
    match guessed {
        Some("jpg") => Ok(FileKind::Jpeg),
        Some("png") => Ok(FileKind::Png),
        Some("webp") => Ok(FileKind::Webp),
        Some("pdf") => Ok(FileKind::Pdf),
        Some(other) => Err(KindFault::Unknown { looks_like: Some(other) }),
        None if FileKind::Text.endings().contains(&ending) && is_text(bytes) => Ok(FileKind::Text),
        None => Err(KindFault::Unknown { looks_like: None }),
    }
}

/// The kind of a zip is found by a part that every document of this kind has.
fn zipped(bytes: &[u8]) -> Result<FileKind, KindFault> {
    let mut package = Package::open(bytes, &Limits::default()).map_err(|fault| match fault {
        TableFault::Encrypted => KindFault::Encrypted,
        _ => KindFault::Damaged,
    })?;
    let parts = [
        ("word/document.xml", FileKind::Docx),
        ("xl/workbook.xml", FileKind::Xlsx),
        ("ppt/presentation.xml", FileKind::Pptx),
        ("ofd.xml", FileKind::Ofd),
    ];
    let kind = parts.iter().find(|(part, _)| package.has(part)).map(|(_, kind)| *kind);
    let kind = kind.ok_or(KindFault::Unknown { looks_like: Some("zip") })?;
    if package.has_suffix("vbaproject.bin") || names_macros(&mut package) {
        return Err(KindFault::Macros);
    }
    Ok(kind)
}

/// A document that was saved for macros says so, also when it has none yet.
fn names_macros(package: &mut Package<'_>) -> bool {
    let types = package.short_text("[Content_Types].xml").ok().flatten().unwrap_or_default();
    types.to_lowercase().contains("macroenabled")
}

fn compound(bytes: &[u8]) -> Result<FileKind, KindFault> {
    let file = Compound::open(bytes).map_err(|_| KindFault::Damaged)?;
    if file.has("EncryptedPackage") {
        return Err(KindFault::Encrypted);
    }
    let streams = [
        ("WordDocument", FileKind::Doc),
        ("Workbook", FileKind::Xls),
        ("Book", FileKind::Xls),
        ("PowerPoint Document", FileKind::Ppt),
    ];
    let kind = streams.iter().find(|(stream, _)| file.has(stream)).map(|(_, kind)| *kind);
    let kind = kind.ok_or(KindFault::Unknown { looks_like: None })?;
    if ["Macros", "_VBA_PROJECT_CUR", "_VBA_PROJECT"].iter().any(|storage| file.has(storage)) {
        return Err(KindFault::Macros);
    }
    Ok(kind)
}

/// UTF-8, UTF-16 with its mark, or GB 18030, without characters that no text has.
fn is_text(bytes: &[u8]) -> bool {
    let (encoding, bytes) = encoding_rs::Encoding::for_bom(bytes)
        .map_or((encoding_rs::UTF_8, bytes), |(encoding, mark)| (encoding, &bytes[mark..]));
    let decoded = encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .or_else(|| encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes));
    decoded.is_some_and(|text| !text.contains(|c: char| c.is_control() && !"\t\r\n\u{c}".contains(c)))
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn zip(parts: &[(&str, &str)]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, text) in parts {
            writer.start_file(*path, SimpleFileOptions::default()).expect("a part");
            writer.write_all(text.as_bytes()).expect("its text");
        }
        writer.finish().expect("a zip").into_inner()
    }

    #[test]
    fn every_kind_has_its_row() {
        for (kind, name, media_type, endings) in KINDS {
            assert_eq!((kind.name(), kind.media_type(), kind.endings()), (*name, *media_type, *endings));
            assert_eq!(FileKind::parse(name), Some(*kind));
        }
        assert_eq!(FileKind::parse("exe"), None);
    }

    #[test]
    fn a_file_is_what_its_content_says() {
        let check = |name: &str, bytes: &[u8], expected: Result<FileKind, KindFault>| {
            assert_eq!(kind(name, bytes), expected, "{name}");
        };
        let unknown = |looks_like| Err(KindFault::Unknown { looks_like });
        let renamed = |ending: &str, kind| Err(KindFault::Renamed { ending: ending.to_owned(), kind });
        let exe = b"MZ\x90\x00\x03\x00\x00\x00";
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        let docx = zip(&[("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<w/>")]);
        check("现场.jpg", b"\xFF\xD8\xFF\xE0\0\x10JFIF", Ok(FileKind::Jpeg));
        check("现场.JPEG", b"\xFF\xD8\xFF\xE0\0\x10JFIF", Ok(FileKind::Jpeg));
        check("图.png", png, Ok(FileKind::Png));
        check("图.jpg", png, renamed("jpg", FileKind::Png));
        check("图", png, renamed("", FileKind::Png));
        check("扫描.pdf", b"%PDF-1.4\n", Ok(FileKind::Pdf));
        check("照片.jpg", exe, unknown(Some("exe")));
        check("说明.txt", exe, unknown(Some("exe")));
        check("说明.txt", "节能措施\n".as_bytes(), Ok(FileKind::Text));
        check("说明.txt", b"\xBD\xDA\xC4\xDC", Ok(FileKind::Text));
        check("说明.txt", b"a\0b", unknown(None));
        check("说明.html", b"plain words", unknown(None));
        check("空.pdf", b"", Err(KindFault::Empty));
        check("报告.docx", &docx, Ok(FileKind::Docx));
        check("报告.xlsx", &docx, renamed("xlsx", FileKind::Docx));
        check("报告.docx", &docx[..docx.len() / 2], Err(KindFault::Damaged));
        check("打包.zip", &zip(&[("a.txt", "a")]), unknown(Some("zip")));
        check("发票.ofd", &zip(&[("OFD.xml", "<OFD/>")]), Ok(FileKind::Ofd));
    }

    #[test]
    fn macros_are_refused_whatever_the_name() {
        let with_project = zip(&[("xl/workbook.xml", "<x/>"), ("xl/vbaProject.bin", "")]);
        assert_eq!(kind("台账.xlsx", &with_project), Err(KindFault::Macros));
        let types = "<Types><Override ContentType=\"application/vnd.ms-word.document.macroEnabled.main+xml\"/></Types>";
        let enabled = zip(&[("[Content_Types].xml", types), ("word/document.xml", "<w/>")]);
        assert_eq!(kind("报告.docx", &enabled), Err(KindFault::Macros));
        assert_eq!(kind("报告.docm", &enabled), Err(KindFault::Macros));
    }
}
