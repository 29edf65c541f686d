//! Small files, made byte by byte.

use std::io::{Cursor, Write};

use zip::{ZipWriter, write::SimpleFileOptions};

/// A zip of these parts.
pub(crate) fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A workbook of one sheet with this content of `sheetData`, and perhaps shared strings.
pub(crate) fn xlsx(sheet_data: &str, shared: Option<&str>) -> Vec<u8> {
    const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let relations = |of: &[(&str, &str)]| {
        let one = |id: usize, kind: &str, target: &str| {
            format!(r#"<Relationship Id="r{id}" Type="{RELATIONS}/{kind}" Target="{target}"/>"#)
        };
        let each: Vec<String> = (1..).zip(of).map(|(id, (kind, target))| one(id, kind, target)).collect();
        let each = each.concat();
        format!("<Relationships>{each}</Relationships>")
    };
    let package = relations(&[("officeDocument", "xl/workbook.xml")]);
    let book = relations(&[
        ("worksheet", "worksheets/sheet1.xml"),
        ("styles", "/xl/styles.xml"),
        ("sharedStrings", "sharedStrings.xml"),
    ]);
    let sheet = format!("<worksheet><sheetData>{sheet_data}</sheetData></worksheet>");
    let styles = r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts>
        <cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
        <cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="20"/></cellXfs></styleSheet>"#;
    let shared = format!("<sst>{}</sst>", shared.unwrap_or_default());
    zipped(&[
        ("_rels/.rels", package.as_bytes()),
        (
            "xl/workbook.xml",
            br#"<workbook><sheets><sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>"#,
        ),
        ("xl/_rels/workbook.xml.rels", book.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
        ("xl/sharedStrings.xml", shared.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

/// A record of an xls.
pub(crate) fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
}

/// A compound file with one stream, padded so that it lies in whole sectors.
pub(crate) fn compound(name: &str, stream: &[u8]) -> Vec<u8> {
    const SECTOR: usize = 512;
    const END: u32 = 0xFFFF_FFFE;
    let mut stream = stream.to_vec();
    stream.resize(stream.len().max(4096).next_multiple_of(SECTOR), 0);
    let sectors = u32::try_from(stream.len() / SECTOR).unwrap();
    let tables = (sectors + 2).div_ceil(127);
    // Sectors: the allocation table, the directory, the stream.
    let mut fat: Vec<u32> = vec![0xFFFF_FFFD; tables as usize];
    fat.push(END);
    fat.extend((1..sectors).map(|next| tables + 1 + next));
    fat.push(END);
    fat.resize(tables as usize * 128, 0xFFFF_FFFF);
    let mut header = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    header.resize(24, 0);
    for two in [0x3E_u16, 3, 0xFFFE, 9, 6] {
        header.extend(two.to_le_bytes());
    }
    header.resize(44, 0);
    for four in [tables, tables, 0, 4096, END, 0, END, 0] {
        header.extend(four.to_le_bytes());
    }
    header.extend((0..tables).flat_map(u32::to_le_bytes));
    header.resize(512, 0xFF);
    let mut directory = entry("Root Entry", 5, END, 0);
    directory.extend(entry(name, 2, tables + 1, u32::try_from(stream.len()).unwrap()));
    directory.resize(SECTOR, 0);
    let fat: Vec<u8> = fat.into_iter().flat_map(u32::to_le_bytes).collect();
    [header, fat, directory, stream].concat()
}

/// One entry of a compound file's directory.
fn entry(name: &str, kind: u8, start: u32, size: u32) -> Vec<u8> {
    let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let length = u16::try_from(entry.len() + 2).unwrap();
    entry.resize(64, 0);
    entry.extend(length.to_le_bytes());
    entry.push(kind);
    entry.resize(116, 0);
    entry.extend(start.to_le_bytes());
    entry.extend(size.to_le_bytes());
    entry.resize(128, 0);
    entry
}

/// A compound file whose workbook is a small stream of `size` bytes, as it
/// claims, whose pieces run in a circle. Streams below `cutoff` are small.
pub(crate) fn small_circle(cutoff: u32, size: u32) -> Vec<u8> {
    const SECTOR: usize = 512;
    const END: u32 = 0xFFFF_FFFE;
    const FREE: u32 = 0xFFFF_FFFF;
    let table = |entries: &[u32]| -> Vec<u8> {
        let mut table = entries.to_vec();
        table.resize(SECTOR / 4, FREE);
        table.into_iter().flat_map(u32::to_le_bytes).collect()
    };
    let mut header = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    header.resize(24, 0);
    for two in [0x3E_u16, 3, 0xFFFE, 9, 6] {
        header.extend(two.to_le_bytes());
    }
    header.resize(44, 0);
    // Tables, directory, cutoff, table of small pieces, further lists of tables; the first table.
    for four in [1, 1, 0, cutoff, 2, 1, END, 0, 0] {
        header.extend(four.to_le_bytes());
    }
    header.resize(SECTOR, 0xFF);
    // Sectors: the allocation table, the directory, the table of small pieces, the pieces.
    let fat = table(&[0xFFFF_FFFD, END, END, END]);
    let mut directory = entry("Root Entry", 5, 3, 512);
    directory.extend(entry("Workbook", 2, 0, size));
    directory.resize(SECTOR, 0);
    [header, fat, directory, table(&[0]), vec![0; SECTOR]].concat()
}

/// A compound file whose workbook is a small stream, as the smallest workbooks are. The root
/// states `stated` bytes for all small streams; the stream lies among them, or in sectors of its own.
pub(crate) fn small_workbook(stream: &[u8], stated: u32, in_sectors: bool) -> Vec<u8> {
    const SECTOR: usize = 512;
    const END: u32 = 0xFFFF_FFFE;
    const FREE: u32 = 0xFFFF_FFFF;
    let numbers = |entries: Vec<u32>| -> Vec<u8> {
        let mut table = entries;
        table.resize(SECTOR / 4, FREE);
        table.into_iter().flat_map(u32::to_le_bytes).collect()
    };
    let mut header = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    header.resize(24, 0);
    for two in [0x3E_u16, 3, 0xFFFE, 9, 6] {
        header.extend(two.to_le_bytes());
    }
    header.resize(44, 0);
    for four in [1, 1, 0, 4096, 2, 1, END, 0, 0] {
        header.extend(four.to_le_bytes());
    }
    header.resize(SECTOR, 0xFF);
    // Sectors: the allocation table, the directory, the table of small pieces, the pieces.
    let mut content = stream.to_vec();
    content.resize(stream.len().next_multiple_of(SECTOR), 0);
    let sectors = u32::try_from(content.len() / SECTOR).unwrap();
    let mut fat = vec![0xFFFF_FFFD, END, END];
    fat.extend((1..sectors).map(|next| 3 + next));
    fat.push(END);
    let pieces = u32::try_from(stream.len().div_ceil(64)).unwrap();
    let mut small: Vec<u32> = (1..pieces).collect();
    small.push(END);
    let size = u32::try_from(stream.len()).unwrap();
    let (root, start) = if in_sectors { (END, 3) } else { (3, 0) };
    let mut directory = entry("Root Entry", 5, root, stated);
    directory.extend(entry("Workbook", 2, start, size));
    directory.resize(SECTOR, 0);
    [header, numbers(fat), directory, numbers(small), content].concat()
}
