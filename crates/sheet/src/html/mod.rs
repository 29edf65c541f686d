//! Tables of web pages, which offices are sent under the name of an xls.
//!
//! The rows of all tables of the page follow each other, with the lines of text between them:
//! titles and the reporting unit are often there.

mod tokens;

use encoding_rs::{Encoding, GB18030, GBK};

use crate::{
    characters::{Decoded, REPLACEMENT, decode, decode_as},
    fault::TableFault,
    sheet_builder::{MAX_COLUMNS, MAX_ROWS, SheetBuilder},
    workbook::{Cell, Limits, MergedRange, Table, is_blank},
};

use self::tokens::{Tag, Token, Tokens, unescape};

/// Columns and rows that browsers let a cell cover at most.
const MAX_SPAN: (usize, u32) = (1_000, 65_534);
/// Bytes in which a page states its character set.
const HEAD: usize = 4_096;

/// Reads the tables of a page.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Table, TableFault> {
    let Decoded { text, is_damaged } = text_of(bytes)?;
    limits.budget.take(text.len())?;
    let mut page = Page {
        gather: SheetBuilder::new(limits),
        is_damaged,
        is_1904: false,
        has_table: false,
        row: 0,
        in_row: false,
        column: 0,
        covered: Vec::new(),
        open: None,
        text: String::new(),
    };
    for token in Tokens::new(&text) {
        page.gather.check_budget()?;
        page.take(token)?;
    }
    page.end_line()?;
    if !page.has_table {
        // A page that says something else: the session has ended, nothing was found.
        return Err(TableFault::UnknownFormat { looks_like: "html" });
    }
    let table = page.gather.table(String::new());
    Ok(Table { is_1904: page.is_1904, ..table })
}

/// The page as text, in the character set that it states.
fn text_of(bytes: &[u8]) -> Result<Decoded, TableFault> {
    let has_mark =
        [&b"\xEF\xBB\xBF"[..], b"\xFF\xFE", b"\xFE\xFF"].iter().any(|mark| bytes.starts_with(mark));
    let stated = if has_mark { None } else { declared_encoding(bytes) };
    match stated.map(|encoding| decode_as(bytes, encoding)) {
        Some(Ok(decoded)) if !decoded.is_damaged => Ok(decoded),
        // What it states may be wrong.
        _ => decode(bytes),
    }
}

fn declared_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(bytes.get(..HEAD.min(bytes.len()))?).to_ascii_lowercase();
    let (_, after) = head.split_once("charset=")?;
    let label: String = after
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    let encoding = Encoding::for_label(label.as_bytes())?;
    // Its larger successor; the page itself is not in 16 bits if this could be read.
    Some(if encoding == GBK { GB18030 } else { encoding }).filter(|encoding| encoding.is_ascii_compatible())
}

/// The cell that is open.
struct Open {
    column: usize,
    spans: (usize, u32),
    number: Option<f64>,
    flag: Option<bool>,
}

/// The page being read.
#[expect(clippy::struct_excessive_bools, reason = "each is true or not by itself")]
struct Page<'l> {
    gather: SheetBuilder<'l>,
    is_damaged: bool,
    is_1904: bool,
    has_table: bool,
    /// Number of the present row.
    row: u32,
    in_row: bool,
    /// The column of the next cell.
    column: usize,
    /// Of each column, the last row that a cell further up covers.
    covered: Vec<u32>,
    open: Option<Open>,
    /// What was read of the open cell, or of the line between tables.
    text: String,
}

impl Page<'_> {
    fn take(&mut self, token: Token<'_>) -> Result<(), TableFault> {
        match token {
            Token::Start(tag) => self.start(&tag)?,
            Token::End(name) => self.end(name)?,
            Token::Text(text) => {
                let mut plain = String::new();
                unescape(text, &mut plain);
                self.push(&plain)?;
            }
            // The options of the workbook come in a comment.
            Token::Comment(text) => self.is_1904 |= text.contains("<x:Date1904"),
        }
        Ok(())
    }

    fn start(&mut self, tag: &Tag<'_>) -> Result<(), TableFault> {
        match tag.name.to_ascii_lowercase().as_str() {
            "table" => {
                self.end_line()?;
                self.in_row = false;
                // Nothing reaches from one table into the next.
                self.covered.clear();
                self.has_table = true;
            }
            "tr" => {
                self.end_line()?;
                self.begin_row()?;
                if is_hidden(tag) {
                    self.gather.hide(self.row);
                }
            }
            "td" | "th" => {
                self.end_line()?;
                if !self.in_row {
                    self.begin_row()?;
                }
                self.begin_cell(tag);
            }
            "br" | "p" | "div" | "li" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "caption" => {
                self.line_break()?;
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<(), TableFault> {
        match name.to_ascii_lowercase().as_str() {
            "td" | "th" => self.end_line(),
            "tr" | "table" => {
                self.end_line()?;
                self.in_row = false;
                Ok(())
            }
            "p" | "div" | "li" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "caption"
                if self.open.is_none() =>
            {
                self.end_line()
            }
            _ => Ok(()),
        }
    }

    /// Adds text, with blanks as a browser shows them: one for several.
    fn push(&mut self, text: &str) -> Result<(), TableFault> {
        let is_space = |c: char| c.is_ascii_whitespace();
        for (position, word) in text.split(is_space).enumerate() {
            if position > 0 && !self.text.is_empty() && !self.text.ends_with([' ', '\n']) {
                self.text.push(' ');
            }
            self.text.push_str(word);
        }
        self.gather.allows_text(self.text.len())
    }

    /// A new line in a cell; between tables, a new row.
    fn line_break(&mut self) -> Result<(), TableFault> {
        if self.open.is_none() {
            return self.end_line();
        }
        if !self.text.is_empty() {
            self.text.truncate(self.text.trim_end_matches(' ').len());
            self.text.push('\n');
        }
        Ok(())
    }

    fn begin_row(&mut self) -> Result<(), TableFault> {
        if self.row >= MAX_ROWS {
            return Err(TableFault::TooManyRows { max: MAX_ROWS as usize });
        }
        self.row += 1;
        (self.in_row, self.column) = (true, 0);
        Ok(())
    }

    fn begin_cell(&mut self, tag: &Tag<'_>) {
        while self.covered.get(self.column).is_some_and(|last| *last >= self.row) {
            self.column += 1;
        }
        let mut open = Open { column: self.column, spans: (1, 1), number: None, flag: None };
        for (name, value) in tag.attributes() {
            match name.to_ascii_lowercase().as_str() {
                "colspan" => open.spans.0 = value.trim().parse().unwrap_or(1).clamp(1, MAX_SPAN.0),
                "rowspan" => open.spans.1 = value.trim().parse().unwrap_or(1).clamp(1, MAX_SPAN.1),
                "x:num" => open.number = value.trim().parse().ok().filter(|number: &f64| number.is_finite()),
                "x:bool" => open.flag = Some(value.eq_ignore_ascii_case("true")),
                _ => {}
            }
        }
        let last = self.row.saturating_add(open.spans.1 - 1);
        let end = open.column.saturating_add(open.spans.0).min(MAX_COLUMNS);
        if last > self.row && open.column < MAX_COLUMNS {
            if self.covered.len() < end {
                self.covered.resize(end, 0);
            }
            self.covered[open.column..end].fill(last);
        }
        self.column = end.max(open.column);
        self.open = Some(open);
    }

    /// Ends the open cell, or the line of text between tables.
    fn end_line(&mut self) -> Result<(), TableFault> {
        let text = std::mem::take(&mut self.text);
        let text = text.trim_matches(is_blank);
        let Some(open) = self.open.take() else {
            if text.is_empty() {
                return Ok(());
            }
            self.begin_row()?;
            self.in_row = false;
            let cell = self.cell(text);
            return self.gather.put(self.row, 0, cell);
        };
        let cell = match (open.flag, open.number) {
            (Some(flag), _) => Cell::Flag(flag),
            (None, Some(number)) => self.gather.number(number, text),
            (None, None) => self.cell(text),
        };
        self.gather.put(self.row, open.column, cell)?;
        self.gather.merge(MergedRange {
            rows: (self.row, self.row.saturating_add(open.spans.1 - 1)),
            columns: (open.column, open.column.saturating_add(open.spans.0 - 1)),
        })
    }

    fn cell(&self, text: &str) -> Cell {
        match self.gather.text(text) {
            Cell::Text(text) if self.is_damaged && text.contains(REPLACEMENT) => Cell::Damaged(text),
            cell => cell,
        }
    }
}

/// Whether a row is not shown.
fn is_hidden(tag: &Tag<'_>) -> bool {
    tag.attributes().any(|(name, value)| {
        let style: String = value.chars().take(400).filter(|c| !c.is_whitespace()).collect();
        name.eq_ignore_ascii_case("hidden")
            || name.eq_ignore_ascii_case("style") && style.to_ascii_lowercase().contains("display:none")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(page: &str) -> Table {
        read(page.as_bytes(), &Limits::default()).unwrap()
    }

    fn rows(table: &Table) -> Vec<(u32, Vec<String>)> {
        table.rows.iter().map(|row| (row.number, row.cells.iter().map(Cell::text).collect())).collect()
    }

    fn row(number: u32, cells: &[&str]) -> (u32, Vec<String>) {
        (number, cells.iter().map(|&cell| cell.to_owned()).collect())
    }

    #[test]
    fn a_table_with_its_titles() {
        let page = "<html><head><title>x</title></head><body><h1>2011年台账</h1>填报单位:大连<table>\
            <tr><th>编号<th>名 &nbsp;称</tr><tr style='display: none'><td>0001</td><td>一<br>二\n三</td></tr>\
            <tr><td rowspan=2>甲<td x:num='5.2'>5.20万元<tr><td>x<td x:bool=TRUE>TRUE</table>合计";
        let table = table(page);
        assert_eq!(
            rows(&table),
            [
                row(1, &["2011年台账"]),
                row(2, &["填报单位:大连"]),
                row(3, &["编号", "名 \u{a0}称"]),
                row(4, &["0001", "一\n二 三"]),
                row(5, &["甲", "5.20万元"]),
                row(6, &["", "x", "TRUE"]),
                row(7, &["合计"]),
            ]
        );
        assert_eq!(table.hidden_rows, [4]);
        assert_eq!(table.merged, [MergedRange { rows: (5, 6), columns: (0, 0) }]);
        assert_eq!(table.rows[4].cells[1].number(), Some(5.2));
    }

    #[test]
    fn a_table_in_a_table_gives_its_own_rows() {
        let page = "<table><tr><td><table><tr><td>a</td></tr><tr><td>b</td></tr></table></td></tr></table>";
        let texts: Vec<Vec<String>> = rows(&table(page)).into_iter().map(|(_, cells)| cells).collect();
        assert_eq!(texts, [["a"], ["b"]]);
    }

    #[test]
    fn the_stated_character_set_is_used_when_it_fits() {
        for stated in ["gb2312", "utf-8"] {
            let page = format!("<meta charset=\"{stated}\"><table><td>单位</table>");
            for bytes in [GB18030.encode(&page).0.into_owned(), page.clone().into_bytes()] {
                let table = read(&bytes, &Limits::default()).unwrap();
                let is_guess = stated == "gb2312" && bytes == page.as_bytes();
                assert!(is_guess || table.rows[0].cells[0].text() == "单位", "{stated}: {table:?}");
            }
        }
        let other = read(b"<html><body>Please sign in", &Limits::default());
        assert_eq!(other, Err(TableFault::UnknownFormat { looks_like: "html" }));
    }
}
