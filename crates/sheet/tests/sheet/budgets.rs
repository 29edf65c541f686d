//! Reading within a budget: of every format, memory and time are counted, and who stops it is obeyed.

use std::{path::Path, time::Duration};

use sheet::{
    budget::Budget,
    fault::TableFault,
    workbook::{Limits, read, sheets},
};

use crate::support::{compound, record, xlsx, zipped};

/// A file of each format with some ten thousand cells.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let row = "<row><c><v>1</v></c><c t=\"str\"><v>一二三四五六七八九十</v></c></row>";
    let ods = "<table:table-row><table:table-cell office:value-type=\"float\" office:value=\"1\"/><table:table-cell office:value-type=\"string\"><text:p>一二三四五六七八九十</text:p></table:table-cell></table:table-row>";
    let ods = format!("<d><table:table table:name=\"a\">{}</table:table></d>", ods.repeat(8_000));
    let label = |row: u16| {
        let head = [&row.to_le_bytes()[..], &[0; 4], &[20, 0, 0]].concat();
        record(0x0204, &[&head[..], &[b'a'; 20]].concat())
    };
    let cells: Vec<u8> = (0..8_000).flat_map(label).collect();
    let bare = [record(0x0809, &[0, 6, 0x10, 0, 0, 0, 0, 0]), cells.clone(), record(0x000A, &[])].concat();
    let mut globals = record(0x0809, &[0, 6, 5, 0]);
    let start = u32::try_from(globals.len() + 4 + 9 + 4).unwrap();
    globals.extend(record(0x0085, &[&start.to_le_bytes()[..], &[0, 0, 1, 0, b'a']].concat()));
    globals.extend(record(0x000A, &[]));
    let page = "<tr><td>1<td>一二三四五六七八九十</tr>".repeat(8_000);
    let ml = "<Row><Cell><Data ss:Type=\"Number\">1</Data></Cell><Cell><Data ss:Type=\"String\">一二三四五六七八九十</Data></Cell></Row>";
    let ml = format!(
        "<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"><Worksheet ss:Name=\"a\"><Table>{}</Table></Worksheet></Workbook>",
        ml.repeat(8_000)
    );
    vec![
        ("xlsx", xlsx(&row.repeat(8_000), None)),
        ("shared", xlsx("<row/>", Some(&"<si><t>一二三四五六七八九十</t></si>".repeat(20_000)))),
        (
            "ods",
            zipped(&[
                ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
                ("content.xml", ods.as_bytes()),
            ]),
        ),
        ("xls", compound("Workbook", &[globals, bare.clone()].concat())),
        ("bare xls", bare),
        ("csv", "1,一二三四五六七八九十\n".repeat(8_000).into_bytes()),
        ("html", format!("<html><table>{page}</table>").into_bytes()),
        ("xml", ml.into_bytes()),
    ]
}

fn within(budget: &Budget) -> Limits {
    Limits { budget: budget.clone(), ..Limits::default() }
}

const HOUR: Duration = Duration::from_hours(1);

#[test]
fn every_format_stays_within_its_memory() {
    for (name, bytes) in files() {
        let budget = Budget::new(100_000, HOUR);
        let outcome = read(name, &bytes, None, &within(&budget));
        assert_eq!(outcome.err(), Some(TableFault::TooMuchMemory { max: 100_000 }), "{name}");
        let budget = Budget::new(10_000_000, HOUR);
        let table = read(name, &bytes, None, &within(&budget)).unwrap();
        assert!(table.rows.is_empty() || budget.taken() > 8_000 * 20, "{name}: {}", budget.taken());
    }
}

#[test]
fn every_format_is_stopped() {
    for (name, bytes) in files() {
        let budget = Budget::new(usize::MAX, HOUR);
        budget.stop();
        assert_eq!(read(name, &bytes, None, &within(&budget)).err(), Some(TableFault::Stopped), "{name}");
        let budget = Budget::new(usize::MAX, Duration::ZERO);
        let late = TableFault::TookTooLong { seconds: 0 };
        assert_eq!(read(name, &bytes, None, &within(&budget)).err(), Some(late), "{name}");
    }
}

/// What two small files claim took 4.3 GB and some hours once.
#[test]
fn hostile_files_are_refused_at_once() {
    for (name, expected) in [("mem-4g.xls", "damaged"), ("hang-1000rows.ods", "too_many_rows")] {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/tests/inputs/clerks/hostile").join(name);
        let bytes = std::fs::read(&path).unwrap();
        let budget = Budget::new(64 << 20, Duration::from_secs(20));
        let limits = within(&budget);
        let fault =
            sheets(name, &bytes, &limits).and_then(|_| read(name, &bytes, None, &limits)).unwrap_err();
        assert_eq!(fault.name(), expected, "{name}: {fault}");
    }
}
