//! A small campaign, a small city and small files.

use std::io::{Cursor, Write};

use campaign::{
    condition::Condition,
    definition::{
        Campaign, Classification, Code, Dictionary, Field, FieldKind, Form, FormKind, Label, Required, Years,
    },
};
use exchange::{
    reading::{ReadContext, UnitLookup},
    workbook::{Cell, Row, Table},
};
use jiff::civil::date;
use model::ids::UnitId;
use zip::{ZipWriter, write::SimpleFileOptions};

pub(crate) fn label(zh: &str) -> Label {
    Label { zh: zh.to_owned(), en: format!("{zh} in English") }
}

pub(crate) fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

/// A field; a star before its title makes it required, further titles follow after strokes.
pub(crate) fn field(id: &str, titles: &str, kind: FieldKind) -> Field {
    let required = if titles.starts_with('*') { Required::Yes } else { Required::No };
    let mut titles = titles.trim_start_matches('*').split('|');
    let label = label(titles.next().unwrap());
    Field { id: id.to_owned(), label, names: titles.map(str::to_owned).collect(), kind, required, help: None }
}

pub(crate) fn form(kind: FormKind, identity: &[usize], fields: Vec<Field>) -> Form {
    Form {
        id: "proposal".to_owned(),
        kind,
        label: label("合理化建议台账"),
        names: vec![],
        clause: None,
        fields,
        identity: identity.to_vec(),
        persons: vec![],
        claims: Vec::new(),
        rules: vec![],
        posts: vec![],
        classifying: vec![],
        sections: vec![],
        workflow: None,
        numbering: None,
    }
}

fn dictionary(title: &str, open_digits: Option<usize>, codes: &[(&str, &str, &[&str])]) -> Dictionary {
    let code = |(code, title, names): &(&str, &str, &[&str])| Code {
        code: (*code).to_owned(),
        label: label(title),
        names: strings(names),
        parent: None,
    };
    Dictionary {
        id: "dictionary".to_owned(),
        label: label(title),
        source: String::new(),
        open_digits,
        codes: codes.iter().map(code).collect(),
    }
}

/// Dictionaries: 0 unit types, 1 industries (open, three digits), 2 decisions (words).
pub(crate) fn campaign() -> Campaign {
    let years = Years { first: 2011, last: 2015 };
    Campaign {
        id: "test".to_owned(),
        hash: String::new(),
        title: label("竞赛"),
        document: label("文件"),
        period: years,
        baseline: years,
        classification: Classification {
            fields: vec![],
            enterprise: Condition::And(vec![]),
            ownership: vec![],
        },
        readings: vec![],
        clauses: vec![],
        dictionaries: vec![
            dictionary(
                "单位类别",
                None,
                &[
                    ("110", "国有企业", &["国企"]),
                    ("170", "私营企业", &["私企"]),
                    ("400", "事业", &[]),
                    ("051", "特殊", &[]),
                ],
            ),
            dictionary(
                "行业",
                Some(3),
                &[("051", "农业服务", &[]), ("352", "冶金设备", &[]), ("721", "环境", &[])],
            ),
            dictionary(
                "审查结论",
                None,
                &[
                    ("adopted", "采纳", &["已采纳", "通过"]),
                    ("partly", "部分采纳", &[]),
                    ("rejected", "不采纳", &["未采纳"]),
                    ("none", "无", &[]),
                ],
            ),
        ],
        forms: vec![],
        roster: 0,
        measures: vec![],
        indicators: vec![],
    }
}

/// Four units; two of them share a name.
pub(crate) struct City;

const UNITS: [(&str, &str); 4] = [
    ("210210100", "大连机床厂"),
    ("210210101", "大连船舶(集团)公司"),
    ("210210102", "第一分厂"),
    ("210210103", "第一分厂"),
];

impl UnitLookup for City {
    fn by_code(&self, code: &str) -> Option<UnitId> {
        UNITS
            .iter()
            .position(|unit| unit.0 == code)
            .and_then(|position| i64::try_from(position).ok())
            .map(UnitId)
    }

    fn by_name(&self, name: &str) -> Vec<UnitId> {
        (0..).zip(UNITS).filter(|(_, unit)| unit.1 == name).map(|(id, _)| UnitId(id)).collect()
    }

    fn name(&self, id: UnitId) -> Option<&str> {
        usize::try_from(id.0).ok().and_then(|id| UNITS.get(id)).map(|unit| unit.1)
    }

    fn code(&self, id: UnitId) -> Option<&str> {
        usize::try_from(id.0).ok().and_then(|id| UNITS.get(id)).map(|unit| unit.0)
    }
}

pub(crate) fn context(campaign: &Campaign) -> ReadContext<'_> {
    ReadContext { campaign, units: &City, today: date(2014, 3, 1), default_unit: None, default_year: None }
}

/// A sheet written as lines; cells are divided by strokes, and a line that is empty stays so.
pub(crate) fn sheet(text: &str) -> Table {
    let cell = |text: &str| {
        let text = text.trim();
        if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
    };
    let rows = (1..)
        .zip(text.lines())
        .map(|(number, line)| Row { number, cells: line.split('|').map(cell).collect() });
    Table { sheet: String::new(), rows: rows.filter(|row| row.filled() > 0).collect() }
}

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
    let entry = |name: &str, kind: u8, start: u32, size: usize| {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let length = u16::try_from(entry.len() + 2).unwrap();
        entry.resize(64, 0);
        entry.extend(length.to_le_bytes());
        entry.push(kind);
        entry.resize(116, 0);
        entry.extend(start.to_le_bytes());
        entry.extend(u32::try_from(size).unwrap().to_le_bytes());
        entry.resize(128, 0);
        entry
    };
    let mut directory = entry("Root Entry", 5, END, 0);
    directory.extend(entry(name, 2, tables + 1, stream.len()));
    directory.resize(SECTOR, 0);
    let fat: Vec<u8> = fat.into_iter().flat_map(u32::to_le_bytes).collect();
    [header, fat, directory, stream].concat()
}
