//! Checks of code lists.

use crate::{
    check::naming::{find, unique, unique_former, words},
    definition::{Code, Dictionary},
    marker::Marker,
    mistake::say,
    written::{Page, dictionary as written, read::Located},
};

/// Checks one dictionary.
pub(super) fn check(page: &Page<'_, written::Dictionary>) -> Dictionary {
    let Page { marker, stem, value } = page;
    words(*marker, &(0..0), stem, '-');
    unique(*marker, value.code.iter().map(|code| &code.code));
    unique_former(value.code.iter().filter_map(|code| Some((*marker, code.was.as_ref()?))));
    if value.code.is_empty() {
        marker.mark(
            &(0..0),
            say!("字典里没有代码", "the dictionary has no codes"),
            say!("请至少写一个 [[code]]", "write at least one [[code]]"),
        );
    }
    for code in &value.code {
        shape(*marker, &code.code);
        if let Some(parent) = &code.parent {
            find::<Code>(
                *marker,
                parent,
                value.code.iter().map(|code| code.code.value.as_str()),
                &say!("代码", "code"),
            );
            ancestors(*marker, value, &code.code, parent);
        }
    }
    Dictionary {
        id: (*stem).to_owned(),
        label: value.label.clone(),
        source: value.source.clone(),
        open_digits: value.open.as_ref().and_then(|open| open_digits(*marker, open)),
        codes: value.code.iter().map(finished).collect(),
    }
}

fn finished(code: &written::Entry) -> Code {
    Code {
        code: code.code.value.clone(),
        was: code.was.as_ref().map(|was| was.value.clone()),
        label: code.label.clone(),
        names: code.names.clone(),
        parent: code.parent.as_ref().map(|parent| parent.value.clone()),
    }
}

/// Marks a code that could not be in an expression or a cell.
fn shape(marker: Marker<'_>, code: &Located<String>) {
    let written = &code.value;
    if written.bytes().any(|byte| !(byte.is_ascii_alphanumeric() || b"-._".contains(&byte))) {
        marker.mark(
            &code.span,
            say!("`{written}` 不能作代码", "`{written}` cannot be a code"),
            say!("请用字母、数字和 - . _,不要空格", "use letters, digits and - . _, without spaces"),
        );
    }
}

/// Marks a code that lies above itself.
fn ancestors(
    marker: Marker<'_>,
    dictionary: &written::Dictionary,
    code: &Located<String>,
    parent: &Located<String>,
) {
    let above = |code: &str| {
        let entry = dictionary.code.iter().find(|entry| entry.code.value == code)?;
        entry.parent.as_ref().map(|parent| parent.value.as_str())
    };
    let mut next = Some(parent.value.as_str());
    // No chain without a circle is longer than the list.
    for _ in 0..dictionary.code.len() {
        let Some(ancestor) = next else { return };
        if ancestor == code.value {
            let id = &code.value;
            marker.mark(
                &parent.span,
                say!("`{id}` 的上级绕回自身", "`{id}` lies above itself"),
                say!("请改正上级代码", "correct the parent"),
            );
            return;
        }
        next = above(ancestor);
    }
}

/// The number of digits in `[0-9]{n}`.
fn open_digits(marker: Marker<'_>, open: &Located<String>) -> Option<usize> {
    let digits = open.value.strip_prefix("[0-9]{").and_then(|rest| rest.strip_suffix('}'));
    let digits = digits.and_then(|digits| digits.parse().ok()).filter(|digits| (1..=18).contains(digits));
    if digits.is_none() && !open.value.is_empty() {
        marker.mark(
            &open.span,
            say!("表外代码的形状写法不对", "not a shape for codes outside the list"),
            say!(
                "请写 [0-9]{{n}},n 为位数,例如 [0-9]{{3}}",
                "write [0-9]{{n}} with n digits, such as [0-9]{{3}}"
            ),
        );
    }
    digits
}
