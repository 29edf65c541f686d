//! Compares what a campaign defines with what the catalogue has under the same name: it must be the same.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::{
    marker::{Marker, Span},
    mistake::say,
};

type Table<'t> = DeTable<'t>;
type Item<'p, 't> = &'p Spanned<DeValue<'t>>;

/// Marks every place of a file that says otherwise than the earlier one, the keys in `but` aside.
pub(super) fn file(marker: Marker<'_>, earlier: &str, but: &[&str]) {
    let (own, earlier) = (parsed(marker.text()), parsed(earlier));
    tables(marker, &own, &earlier, but, &(0..0));
}

/// The same for one table of a file, which need not be in both.
pub(super) fn table(marker: Marker<'_>, earlier: &str, key: &str) {
    let (own, earlier) = (parsed(marker.text()), parsed(earlier));
    if let Some((own, earlier)) = own.get(key).zip(earlier.get(key)) {
        values(marker, own, earlier);
    }
}

/// The same for the items of a list that both files have, known by the key `id`.
pub(super) fn items(marker: Marker<'_>, earlier: &str, list: &str, id: &str) {
    let (own, earlier) = (parsed(marker.text()), parsed(earlier));
    for item in list_of(&own, list) {
        let Some(name) = text(item, id) else { continue };
        if let Some(earlier) = list_of(&earlier, list).find(|earlier| text(earlier, id) == Some(name)) {
            values(marker, item, earlier);
        }
    }
}

/// Whether a list of a file has an item with this `id`.
pub(super) fn has_item(file: &str, list: &str, id: &str, name: &str) -> bool {
    list_of(&parsed(file), list).any(|item| text(item, id) == Some(name))
}

/// Marks every `[[post]]` to a measure of the catalogue that no earlier file has, and where the form is repeated as a whole
/// also such posts as it lacks itself: a measure counts the same for all.
pub(super) fn counted(marker: Marker<'_>, earlier: &[&str], is_whole: bool, is_known: impl Fn(&str) -> bool) {
    let own = parsed(marker.text());
    let earlier: Vec<Table<'_>> = earlier.iter().map(|text| parsed(text)).collect();
    let own: Vec<Item<'_, '_>> = posts(&own, &is_known).collect();
    let earlier: Vec<Item<'_, '_>> = earlier.iter().flat_map(|table| posts(table, &is_known)).collect();
    let is_among = |post: Item<'_, '_>, all: &[Item<'_, '_>]| all.iter().any(|other| is_same(post, other));
    for post in own.iter().filter(|post| !is_among(post, &earlier)) {
        let measure = text(post, "measure").unwrap_or_default();
        marker.mark(
            &post.span(),
            say!(
                "`{measure}` 已由目录定义，此处计法不同",
                "`{measure}` is a measure of the catalogue, which does not count this"
            ),
            say!(
                "请与目录一致，或另设统计项",
                "count the same as the catalogue, or define a measure of your own"
            ),
        );
    }
    let is_counted =
        |post: Item<'_, '_>| own.iter().any(|other| text(other, "measure") == text(post, "measure"));
    for post in earlier.iter().filter(|post| is_whole && is_counted(post) && !is_among(post, &own)) {
        let measure = text(post, "measure").unwrap_or_default();
        marker.mark(
            &(0..0),
            say!(
                "缺少目录中计入 `{measure}` 的一项",
                "a post to `{measure}` that the catalogue has is missing"
            ),
            say!("请补写，或删去本表的全部 [[post]]", "add it, or leave out all [[post]] of this form"),
        );
    }
}

/// The posts of a form to measures of the catalogue.
fn posts<'p, 't>(
    form: &'p Table<'t>,
    is_known: &'p impl Fn(&str) -> bool,
) -> impl Iterator<Item = Item<'p, 't>> {
    list_of(form, "post").filter(move |post| text(post, "measure").is_some_and(is_known))
}

fn parsed(text: &str) -> Table<'_> {
    // What is not valid TOML has been marked when the file was read, or was when it was put in force.
    DeTable::parse_recoverable(text).0.into_inner()
}

fn list_of<'p, 't>(table: &'p Table<'t>, key: &str) -> impl Iterator<Item = Item<'p, 't>> {
    table.get(key).and_then(|list| list.get_ref().as_array()).into_iter().flat_map(|list| list.iter())
}

fn text<'p>(item: Item<'p, '_>, key: &str) -> Option<&'p str> {
    item.get_ref().as_table()?.get(key)?.get_ref().as_str()
}

fn tables(marker: Marker<'_>, own: &Table<'_>, earlier: &Table<'_>, but: &[&str], at: &Span) {
    for (key, value) in own {
        let name: &str = key.get_ref();
        match earlier.get(name) {
            _ if but.contains(&name) => {}
            Some(earlier) => values(marker, value, earlier),
            None => differs(marker, &key.span(), name),
        }
    }
    for (key, _) in earlier {
        let name: &str = key.get_ref();
        if !but.contains(&name) && !own.contains_key(name) {
            marker.mark(
                at,
                say!("目录中有 `{name}`，此处没有", "`{name}` is in the catalogue and missing here"),
                say!("请补写，使两处一致", "add it: what two campaigns define is the same"),
            );
        }
    }
}

fn values(marker: Marker<'_>, own: Item<'_, '_>, earlier: Item<'_, '_>) {
    match (own.get_ref(), earlier.get_ref()) {
        (DeValue::Table(mine), DeValue::Table(theirs)) => tables(marker, mine, theirs, &[], &own.span()),
        (DeValue::Array(mine), DeValue::Array(theirs)) if mine.len() == theirs.len() => {
            for (mine, theirs) in mine.iter().zip(theirs.iter()) {
                values(marker, mine, theirs);
            }
        }
        _ if is_same(own, earlier) => {}
        _ => {
            let shown: String =
                marker.text().get(own.span()).unwrap_or_default().chars().take(SHOWN).collect();
            differs(marker, &own.span(), &shown);
        }
    }
}

/// So many characters of what differs are shown.
const SHOWN: usize = 40;

fn differs(marker: Marker<'_>, at: &Span, what: &str) {
    marker.mark(
        at,
        say!("`{what}` 与目录中已有的定义不同", "`{what}` is otherwise in the catalogue"),
        say!(
            "请与目录一致，或换一个标识另行定义",
            "make it the same as in the catalogue, or define it under another id"
        ),
    );
}

/// Whether two values say the same, wherever they stand and however they are written.
fn is_same(own: Item<'_, '_>, earlier: Item<'_, '_>) -> bool {
    match (own.get_ref(), earlier.get_ref()) {
        (DeValue::Table(mine), DeValue::Table(theirs)) => {
            mine.len() == theirs.len()
                && mine.iter().all(|(key, value)| {
                    let name: &str = key.get_ref();
                    theirs.get(name).is_some_and(|other| is_same(value, other))
                })
        }
        (DeValue::Array(mine), DeValue::Array(theirs)) => {
            mine.len() == theirs.len()
                && mine.iter().zip(theirs.iter()).all(|(mine, theirs)| is_same(mine, theirs))
        }
        (DeValue::String(mine), DeValue::String(theirs)) => mine == theirs,
        (mine, theirs) => scalar(mine) == scalar(theirs),
    }
}

/// A number, a truth value or a date as text, with what sort it is.
fn scalar(value: &DeValue<'_>) -> (&'static str, String) {
    let text = match value {
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| number.as_str().to_owned(), |number| number.to_string()),
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .map_or_else(|_| number.as_str().to_owned(), |number: f64| number.to_string()),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(day) => day.to_string(),
        DeValue::String(_) | DeValue::Array(_) | DeValue::Table(_) => String::new(),
    };
    (value.type_str(), text)
}
