//! The tables of a page as a workbook: one sheet for each, with the heading of the page on paper above it.

use std::collections::BTreeSet;

use app::access_log::{self, Exported};
use axum::response::Response;
use sheet::write::{Heading as SheetColumn, Output, SheetFrame, XlsxTable, sheet_title};
use words::Words;

use super::{
    download::{self, XLSX},
    table::Table,
};
use crate::{Error, WebState, layout::Layout, request_context::SignedIn};

/// Most rows of a list in a workbook; a list with more says so ([`Extent::truncation`]).
pub(crate) const MOST_ROWS: usize = 20_000;
/// Widths of columns in characters; a Chinese character takes two.
const WIDTHS: std::ops::RangeInclusive<usize> = 8..=56;
/// Rows that decide how wide columns are.
const MEASURED: usize = 300;

/// How much of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// A page of it.
    Page,
    /// All of it, for a file.
    File,
}

impl Extent {
    /// So many rows are asked for, where a page has `page`.
    pub(crate) fn rows(self, page: usize) -> usize {
        match self {
            Self::Page => page,
            Self::File => MOST_ROWS,
        }
    }

    /// That a file has not all rows; a page leads to the others.
    pub(crate) fn truncation(self, words: Words, has_more: bool) -> Option<String> {
        (self == Self::File && has_more).then(|| words.download_cut(words.count(MOST_ROWS)))
    }
}

/// A page whose tables can be taken along as a workbook.
pub(crate) trait HasTables {
    /// Its frame, with its title and heading.
    fn layout(&self) -> &Layout;
    /// Its tables, in their order on the page.
    fn tables(&self) -> Vec<Table>;
    /// Whether records are among them, which not everybody may take away.
    fn has_records(&self) -> bool {
        false
    }
}

/// The tables of a page as a workbook to download; noted in the log of access as `what`.
pub(crate) async fn workbook(
    state: &WebState,
    person: &SignedIn,
    what: &str,
    page: &(impl HasTables + Sync),
) -> Result<Response, Error> {
    let layout = page.layout();
    let tables = page.tables();
    let rows: usize = tables.iter().map(|table| table.rows.len()).sum();
    // Before anything leaves: a download that breaks off is noted too.
    let unit = layout.heading.as_ref().and_then(|heading| heading.unit_id).ok_or(Error::NoSuchPage)?;
    let content = if page.has_records() { Exported::Records } else { Exported::Figures };
    access_log::note_export(&state.app, &person.ctx, unit, content, what, &rows.to_string()).await?;
    let bytes = write(layout, &tables).map_err(app::Error::from)?;
    download::bytes(&file_name(layout, "", "xlsx"), XLSX, bytes)
}

/// The name of a file with a page, or with `part` of it.
pub(crate) fn file_name(layout: &Layout, part: &str, extension: &str) -> String {
    let day = layout.heading.as_ref().map(|heading| heading.day.to_string()).unwrap_or_default();
    let names = [&layout.title, part, &day].into_iter().filter(|name| !name.is_empty());
    let name = format!("{}.{extension}", names.collect::<Vec<_>>().join("-"));
    name.chars().filter(|c| !c.is_control() && !"/\\:*?\"<>|".contains(*c)).collect()
}

fn write(layout: &Layout, tables: &[Table]) -> Result<Vec<u8>, sheet::fault::TableFault> {
    let words = layout.words;
    let none = Table { title: layout.title.clone(), ..Table::default() };
    let (first, others) = tables.split_first().unwrap_or((&none, &[]));
    let mut names = BTreeSet::new();
    let mut book = {
        let (title, lines) = around(layout, first);
        let frame = SheetFrame { title: &title, lines: &lines, footer: words.heading_footer() };
        XlsxTable::framed(&unused_name(&first.title, &mut names), &frame, &columns(words, first))?
    };
    push_rows(words, first, &mut book)?;
    for table in others {
        let (title, lines) = around(layout, table);
        let frame = SheetFrame { title: &title, lines: &lines, footer: words.heading_footer() };
        book.next_sheet(&unused_name(&table.title, &mut names), &frame, &columns(words, table))?;
        push_rows(words, table, &mut book)?;
    }
    book.finish()
}

/// What is above a table in a file: its title, and the lines below that.
fn around(layout: &Layout, table: &Table) -> (String, Vec<String>) {
    let mut lines = layout.sheet_lines();
    lines.extend(table.cut.clone());
    let title = match table.title.as_str() {
        title if layout.title.contains(title) => layout.title.clone(),
        title => format!("{} · {title}", layout.title),
    };
    (title, lines)
}

/// A name that no other sheet has.
fn unused_name(title: &str, names: &mut BTreeSet<String>) -> String {
    let short: String = sheet_title(title).chars().take(27).collect();
    let numbered = (2..).map(|number: usize| format!("{short} {number}"));
    let name = std::iter::once(short.clone()).chain(numbered).find(|name| !names.contains(name));
    let name = name.unwrap_or(short);
    names.insert(name.clone());
    name
}

fn push_rows(words: Words, table: &Table, sheet: &mut XlsxTable) -> Result<(), sheet::fault::TableFault> {
    for row in &table.rows {
        if let Some(group) = &row.group {
            sheet.row(&[Output::Text(group)])?;
            continue;
        }
        let mut texts = vec![String::new(); row.cells.len()];
        let cells = row.cells.iter().zip(&mut texts).map(|(cell, text)| match cell.note.as_str() {
            "" => cell.value.output(words, text),
            // A number stays one; what else is known of it is on the page.
            _ if cell.value.is_number() => cell.value.output(words, text),
            note => {
                [&*cell.value.text(words), note].join(" ").trim().clone_into(text);
                Output::Text(text)
            }
        });
        sheet.row(&cells.collect::<Vec<_>>())?;
    }
    Ok(())
}

fn columns(words: Words, table: &Table) -> Vec<SheetColumn<'_>> {
    let width = |column: usize, label: &str| {
        let cells = table.rows.iter().take(MEASURED).filter_map(|row| row.cells.get(column));
        let widths = cells.map(|cell| width_of(&cell.text(&words)) + width_of(&cell.note));
        // A heading may take two lines.
        let most = widths.chain([width_of(label).div_ceil(2)]).max().unwrap_or_default() + 2;
        u16::try_from(most.clamp(*WIDTHS.start(), *WIDTHS.end())).unwrap_or(8)
    };
    let columns = table.columns.iter().enumerate();
    columns
        .map(|(at, column)| SheetColumn { title: &column.label, width: width(at, &column.label) })
        .collect()
}

/// Characters beside each other.
pub(crate) fn width_of(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}
