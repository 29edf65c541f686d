//! Forms of one unit that read downwards, as printed ones do: in every row an item and beside it its
//! value, in some two such pairs. A sheet of this kind is turned: its items become the titles of
//! columns, its values one record below them. What is not clear is not turned, and asked about.

use std::collections::BTreeSet;

use campaign::definition::Form;
use sheet::workbook::{Cell, SheetRow, Table};

use crate::{
    header::{ColumnMeaning, Titles},
    non_data_rows::{Line, is_footer, line},
    normalise::{header_key, trim},
    recognise::{find_titles, is_item},
    vocabulary::ClerkWords,
};

/// Rows of the longest sheet that is looked at: the form of one unit fits on a few pages.
const MOST_ROWS: usize = 300;
/// Items of the form that a sheet must have, each with its value.
const FEWEST_ITEMS: usize = 3;

/// An item with its value.
struct Item {
    title: String,
    value: Cell,
    /// Where the value is: number of its row, and its column from 0.
    place: (u32, usize),
    meaning: Option<ColumnMeaning>,
}

/// The sheet as one row of titles and one record, when it is the form of one unit and reads downwards.
pub fn turned(table: &Table, form: &Form, words: ClerkWords<'_>) -> Option<Table> {
    if table.rows.len() > MOST_ROWS || !table.turned.is_empty() {
        return None;
    }
    let titles = Titles::for_form(form, words);
    let mut items: Vec<Item> = Vec::new();
    let (mut above, mut below) = (Vec::new(), Vec::new());
    let (mut read, mut unread) = (0, 0);
    for row in &table.rows {
        let mut found = items_of(row, &titles)?;
        // The heading of the items (项目, 数量) comes before the first of them.
        let is_known = found.iter().any(|item| item.meaning.is_some());
        let is_end = !is_known
            && (line(row, words).is_some_and(|line| line != Line::Other) || is_footer(row, 2, words));
        if found.is_empty() || is_end || (items.is_empty() && !is_known) {
            if items.is_empty() {
                above.push(row.clone());
            } else {
                unread += usize::from(!is_end && row.filled() > 1);
                below.push(row.clone());
            }
        } else if table.hidden_rows.contains(&row.number) {
            // Whether it is meant is for somebody to say.
            return None;
        } else {
            read += 1;
            items.append(&mut found);
        }
    }
    // Some lines of a head above a table of another kind do not make a form of one unit.
    if unread * 2 > read {
        return None;
    }
    let known: Vec<ColumnMeaning> = items.iter().filter_map(|item| item.meaning).collect();
    let distinct: BTreeSet<ColumnMeaning> = known.iter().copied().collect();
    // Two values for one item are two records, and nobody says which value belongs to which.
    if distinct.len() < FEWEST_ITEMS
        || distinct.len() < known.len()
        || find_titles(table, form, words) >= known.len()
    {
        return None;
    }
    let (first, last) = (items.first()?.place.0, items.last()?.place.0);
    let record = last.max(first + 1);
    let header =
        SheetRow { number: first, cells: items.iter().map(|item| Cell::Text(item.title.clone())).collect() };
    let values = SheetRow { number: record, cells: items.iter().map(|item| item.value.clone()).collect() };
    // What follows keeps its place, below the record.
    below.retain(|row| row.number > record);
    let rows = above.into_iter().chain([header, values]).chain(below).collect();
    let turned = items.iter().map(|item| item.place).collect();
    Some(Table { sheet: table.sheet.clone(), rows, turned, is_1904: table.is_1904, ..Table::default() })
}

/// The items of a row with their values; `None` when it is not clear which value is meant.
fn items_of(row: &SheetRow, titles: &Titles<'_>) -> Option<Vec<Item>> {
    let filled: Vec<(usize, &Cell)> =
        row.cells.iter().enumerate().filter(|(_, cell)| **cell != Cell::Empty).collect();
    if filled.len() < 2 {
        return Some(Vec::new());
    }
    let meaning = |cell: &Cell| match cell {
        Cell::Text(text) if is_item(text) => titles.meaning_of(&header_key(text)),
        _ => None,
    };
    // Titles side by side are the header of a table.
    let known: Vec<usize> = (0..filled.len()).filter(|place| meaning(filled[*place].1).is_some()).collect();
    if known.windows(2).any(|pair| pair[1] == pair[0] + 1) {
        return Some(Vec::new());
    }
    let starts = if known.is_empty() {
        let item = filled.iter().position(|(_, cell)| matches!(cell, Cell::Text(text) if is_item(text)));
        item.into_iter().collect()
    } else {
        known
    };
    let mut items = Vec::new();
    for (place, start) in starts.iter().enumerate() {
        let end = starts.get(place + 1).copied().unwrap_or(filled.len());
        let label = filled[*start].1;
        let title = trim(&label.text()).trim_end_matches([':', '：']).to_owned();
        let (title, (column, value)) = match &filled[start + 1..end] {
            [] => continue,
            [value] => (title, *value),
            // The unit of measure comes before the value.
            [(_, Cell::Text(unit)), value] if !unit.contains(|c: char| c.is_ascii_digit()) => {
                (format!("{title}({})", trim(unit)), *value)
            }
            // Some form's table, when its items are not known; else nobody knows which value is meant.
            _ if meaning(label).is_none() => continue,
            _ => return None,
        };
        let item = Item { title, value: value.clone(), place: (row.number, column), meaning: meaning(label) };
        items.push(item);
    }
    Some(items)
}
