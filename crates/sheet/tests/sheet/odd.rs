//! Files put together from pieces in no order: no reader may panic, and every table keeps to
//! what tables promise. `make fuzz` does the same with far more inputs.

use std::time::Duration;

use proptest::{collection::vec, prelude::*, sample::select};
use sheet::{
    budget::Budget,
    workbook::{Cell, Limits, read},
};

const HTML: [&str; 24] = [
    "<table>",
    "</table>",
    "<tr>",
    "</tr>",
    "<td>",
    "</td>",
    "<th colspan=2>",
    "<td rowspan=3>",
    "<td colspan=99999999 rowspan=99999999>",
    "<td x:num='1e9'>",
    "<td x:num=0.5>h",
    "<tr style='display:none'>",
    "<br>",
    "<!--",
    "-->",
    "<style>",
    "</style>",
    "<td a=\"",
    "&nbsp;",
    "&#0;",
    "&#x1F600;",
    "建0012",
    "=DISPIMG(\"a\",1)",
    "<",
];
const SPREADSHEET_ML: [&str; 22] = [
    "<Worksheet ss:Name=\"a\">",
    "</Worksheet>",
    "<Table>",
    "</Table>",
    "<Row>",
    "</Row>",
    "<Row ss:Index=\"9\" ss:Hidden=\"1\">",
    "<Row ss:Index=\"4294967295\">",
    "<Row ss:Span=\"4294967295\"/>",
    "<Cell>",
    "</Cell>",
    "<Cell ss:Index=\"0\"/>",
    "<Cell ss:Index=\"99999999999\" ss:MergeDown=\"9\">",
    "<Cell ss:StyleID=\"s1\">",
    "<Data ss:Type=\"Number\">",
    "</Data>",
    "<Data ss:Type=\"DateTime\">2011-05-03T",
    "40756",
    "<NumberFormat ss:Format=\"0000\"/>",
    "<Style ss:ID=\"s1\">",
    "<Date1904/>",
    "&amp;",
];
const CSV: [&str; 16] = [
    "\"",
    "\"\"",
    ",",
    ";",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "=\"0001\"",
    "'0002",
    "单位",
    "a,b,c\n",
    "1E+05",
    " ",
    "\u{feff}",
    "x",
];

fn check(name: &str, bytes: &[u8]) {
    let limits = Limits {
        max_rows: 500,
        max_cells: 10_000,
        budget: Budget::new(4 << 20, Duration::from_mins(1)),
        ..Limits::default()
    };
    let Ok(table) = read(name, bytes, None, &limits) else { return };
    assert!(table.rows.is_sorted_by(|before, after| before.number < after.number));
    assert!(table.rows.iter().all(|row| row.filled() > 0 && row.cells.len() <= 16_384));
    assert!(table.hidden_rows.is_sorted());
    for cell in table.rows.iter().flat_map(|row| &row.cells) {
        assert!(
            *cell == Cell::Empty || !cell.text().is_empty() || *cell == Cell::FormulaWithoutValue,
            "{cell:?}"
        );
    }
}

fn bytes(head: &str, pieces: &[&str], odd: &[(usize, u8)]) -> Vec<u8> {
    let mut bytes = format!("{head}{}", pieces.concat()).into_bytes();
    for (at, byte) in odd {
        let at = at % bytes.len();
        bytes[at] = *byte;
    }
    bytes
}

proptest! {
    #[test]
    fn web_tables(pieces in vec(select(&HTML[..]), 0..40), odd in vec((0_usize..4_000, any::<u8>()), 0..3)) {
        check("a.xls", &bytes("<html>", &pieces, &odd));
    }

    #[test]
    fn workbooks_of_2003(pieces in vec(select(&SPREADSHEET_ML[..]), 0..40), odd in vec((0_usize..4_000, any::<u8>()), 0..3)) {
        check("a.xls", &bytes("<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">", &pieces, &odd));
    }

    #[test]
    fn texts(pieces in vec(select(&CSV[..]), 1..60), odd in vec((0_usize..400, any::<u8>()), 0..3)) {
        check("a.csv", &bytes("a", &pieces, &odd));
    }

    #[test]
    fn bare_worksheets(kinds in vec((select(&[0x0002_u16, 0x0003, 0x0004, 0x0005, 0x0006, 0x0203, 0x0204, 0x0205, 0x0207, 0x0208, 0x027E, 0x00BD, 0x00E0, 0x00E5, 0x041E, 0x000A, 0x0809, 0x003C][..]), vec(any::<u8>(), 0..24)), 0..30), second in any::<bool>()) {
        let mut file = crate::support::record(if second { 0x0009 } else { 0x0809 }, &[0, 6, 0x10, 0]);
        for (kind, data) in &kinds {
            file.extend(crate::support::record(*kind, data));
        }
        check("a.xls", &file);
    }
}
