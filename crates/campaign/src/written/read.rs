//! Reads TOML values with their positions; mistakes are marked, never returned.

use std::collections::BTreeMap;

use model::month::Year;
use toml::de::{DeArray, DeTable, DeValue};

use crate::{
    definition::Label,
    marker::{Marker, Span},
    mistake::say,
    nearest::did_you_mean,
};

/// Marks a value of the wrong type.
pub(crate) fn mark_type(marker: Marker<'_>, span: &Span, found: &DeValue<'_>, expected: &Label) {
    let found = found.type_str();
    let Label { zh, en } = expected;
    marker.mark(
        span,
        say!("这里的值类型不对(现为 {found})", "a value of the wrong type ({found})"),
        say!("请写{zh}", "write {en}"),
    );
}

/// A value with its place.
#[derive(Debug, Clone, Default)]
pub(crate) struct Located<T> {
    /// The value.
    pub(crate) value: T,
    /// Its position.
    pub(crate) span: Span,
}

/// Something that can be read from a TOML value. What cannot be read is marked and replaced by the default.
pub(crate) trait Read: Default {
    /// Reads it.
    fn read(value: &DeValue<'_>, span: &Span, marker: Marker<'_>) -> Self;

    /// What an absent key means; `table` is the place of the table that lacks it.
    fn absent(key: &str, table: &Span, marker: Marker<'_>) -> Self {
        marker.mark(table, say!("缺少 `{key}`", "`{key}` is missing"), say!("请补写 `{key}`", "add `{key}`"));
        Self::default()
    }
}

impl<T: Read> Read for Located<T> {
    fn read(value: &DeValue<'_>, span: &Span, marker: Marker<'_>) -> Self {
        Self { value: T::read(value, span, marker), span: span.clone() }
    }

    fn absent(key: &str, table: &Span, marker: Marker<'_>) -> Self {
        Self { value: T::absent(key, table, marker), span: table.clone() }
    }
}

impl<T: Read> Read for Option<T> {
    fn read(value: &DeValue<'_>, span: &Span, marker: Marker<'_>) -> Self {
        Some(T::read(value, span, marker))
    }

    fn absent(_: &str, _: &Span, _: Marker<'_>) -> Self {
        None
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(value: &DeValue<'_>, span: &Span, marker: Marker<'_>) -> Self {
        let Some(array) = value.as_array() else {
            mark_type(marker, span, value, &say!("数组 `[…]`", "an array `[…]`"));
            return Self::default();
        };
        items(array).map(|(value, span)| T::read(value, &span, marker)).collect()
    }

    fn absent(_: &str, _: &Span, _: Marker<'_>) -> Self {
        Self::default()
    }
}

fn items<'a, 'i>(array: &'a DeArray<'i>) -> impl Iterator<Item = (&'a DeValue<'i>, Span)> {
    array.iter().map(|item| (item.get_ref(), item.span()))
}

impl Read for String {
    fn read(value: &DeValue<'_>, span: &Span, marker: Marker<'_>) -> Self {
        let Some(text) = value.as_str() else {
            mark_type(marker, span, value, &say!("文本,用英文双引号括起", "a text in double quotes"));
            return Self::default();
        };
        if text.trim().is_empty() {
            marker.mark(
                span,
                say!("文本为空", "an empty text"),
                say!("请填写,或删去这一项", "fill it in or leave the key out"),
            );
        }
        text.to_owned()
    }
}

impl Read for bool {
    fn read(value: &DeValue<'_>, span: &Span, marker: Marker<'_>) -> Self {
        value.as_bool().unwrap_or_else(|| {
            mark_type(marker, span, value, &say!(" true 或 false", "true or false"));
            false
        })
    }

    fn absent(_: &str, _: &Span, _: Marker<'_>) -> Self {
        false
    }
}

impl Read for i64 {
    fn read(value: &DeValue<'_>, span: &Span, marker: Marker<'_>) -> Self {
        whole_number(value).unwrap_or_else(|| {
            mark_type(marker, span, value, &say!("整数", "a whole number"));
            0
        })
    }
}

/// A number, with or without decimals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Number {
    /// Its value.
    pub(crate) value: f64,
    /// Its value when it was written without decimals.
    pub(crate) whole: Option<i64>,
}

impl Default for Number {
    /// The value of a number that could not be read: no written number is NaN.
    fn default() -> Self {
        Self { value: f64::NAN, whole: None }
    }
}

impl Number {
    /// Whether it could be read.
    pub(crate) fn is_known(self) -> bool {
        !self.value.is_nan()
    }
}

impl Read for Number {
    fn read(value: &DeValue<'_>, span: &Span, marker: Marker<'_>) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "targets and bounds are far below 2^53")]
        let number = match value {
            DeValue::Integer(_) => {
                whole_number(value).map(|whole| Self { value: whole as f64, whole: Some(whole) })
            }
            DeValue::Float(float) => float.as_str().parse().ok().map(|value| Self { value, whole: None }),
            _ => None,
        };
        number.filter(|number| number.value.is_finite()).unwrap_or_else(|| {
            mark_type(marker, span, value, &say!("数字", "a number"));
            Self::default()
        })
    }
}

fn whole_number(value: &DeValue<'_>) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

impl Read for Year {
    fn read(value: &DeValue<'_>, span: &Span, marker: Marker<'_>) -> Self {
        let year = whole_number(value).and_then(|year| Self::try_from(year).ok());
        year.filter(|year| (1900..=2200).contains(year)).unwrap_or_else(|| {
            mark_type(marker, span, value, &say!("四位年份", "a year of four digits"));
            Self::default()
        })
    }
}

/// A table whose keys are years.
impl<T: Read> Read for BTreeMap<Year, T> {
    fn read(value: &DeValue<'_>, span: &Span, marker: Marker<'_>) -> Self {
        let Some(table) = as_table(value, span, marker) else { return Self::default() };
        let mut years = Self::new();
        for (key, value) in table {
            if let Ok(year) = key.get_ref().parse() {
                years.insert(year, T::read(value.get_ref(), &value.span(), marker));
            } else {
                let name = key.get_ref();
                marker.mark(
                    &key.span(),
                    say!("`{name}` 不是年份", "`{name}` is not a year"),
                    say!("请写四位年份,例如 2012", "write a year of four digits, such as 2012"),
                );
            }
        }
        years
    }
}

/// The table that `value` is; marked when it is none.
fn as_table<'a, 'i>(value: &'a DeValue<'i>, span: &Span, marker: Marker<'_>) -> Option<&'a DeTable<'i>> {
    let table = value.as_table();
    if table.is_none() {
        mark_type(marker, span, value, &say!("表 `{{…}}`", "a table `{{…}}`"));
    }
    table
}

/// The keys of one table, to be asked for one by one.
pub(crate) struct Keys<'a, 'i> {
    table: &'a DeTable<'i>,
    span: Span,
    marker: Marker<'a>,
}

impl<'a, 'i> Keys<'a, 'i> {
    /// The keys of `value`; marked when it is no table.
    pub(crate) fn from_table(value: &'a DeValue<'i>, span: &Span, marker: Marker<'a>) -> Option<Self> {
        as_table(value, span, marker).map(|table| Self { table, span: span.clone(), marker })
    }

    /// The value of `key`.
    pub(crate) fn take<T: Read>(&self, key: &str) -> T {
        match self.table.get(key) {
            Some(value) => T::read(value.get_ref(), &value.span(), self.marker),
            None => T::absent(key, &self.span, self.marker),
        }
    }

    /// Marks keys that are not among those `known`.
    pub(crate) fn finish(&self, known: &[&str]) {
        for (key, _) in self.table {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                self.marker.mark(
                    &key.span(),
                    say!("不认识的键 `{name}`", "unknown key `{name}`"),
                    did_you_mean(name, known.iter().copied()),
                );
            }
        }
    }
}

/// Declares a table: a struct whose fields are its keys.
macro_rules! table {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $key:ident : $kind:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default)]
        pub(crate) struct $name {
            $($(#[$doc])* pub(crate) $key: $kind),*
        }

        impl $crate::written::read::Read for $name {
            fn read(
                value: &toml::de::DeValue<'_>,
                span: &$crate::marker::Span,
                marker: $crate::marker::Marker<'_>,
            ) -> Self {
                let Some(keys) = $crate::written::read::Keys::from_table(value, span, marker) else {
                    return Self::default();
                };
                keys.finish(&[$(stringify!($key)),*]);
                Self { $($key: keys.take(stringify!($key))),* }
            }
        }
    };
}

pub(crate) use table;

impl Read for Label {
    fn read(value: &DeValue<'_>, span: &Span, marker: Marker<'_>) -> Self {
        let Some(keys) = Keys::from_table(value, span, marker) else { return Self::default() };
        keys.finish(&["zh", "en"]);
        Self { zh: keys.take("zh"), en: keys.take("en") }
    }
}
