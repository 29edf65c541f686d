//! `reference`: a record of a form, found by its number or its title. Where none is found, the text as it was
//! stated is kept, and the reference is not linked.

use super::{
    CellCheck, CellStyle, ColumnWidth, EnterAs, FieldKeys, FieldKind, FilterBy, KindSpec, MOST_FORMS,
    Meaning, ReadAs, ReferenceKind, ReferenceScope, Sample, SheetColumn, Takes, ValueShape, WrittenKind,
};
use crate::{
    check::naming::{choose, find},
    definition::FormIdx,
    mistake::say,
    written::read::Located,
};

/// Characters of a number or a title.
const LONGEST: usize = 200;

/// As written.
pub(super) const WRITTEN: WrittenKind = WrittenKind {
    name: "reference",
    keys: &["form", "also", "within", "linked", "same_year"],
    fits_column: false,
    check,
};

/// Words for `within`.
const SCOPES: [(&str, ReferenceScope); 3] = [
    ("unit", ReferenceScope::OwnUnit),
    ("seen", ReferenceScope::Readable),
    ("region", ReferenceScope::Region),
];

fn check(keys: &FieldKeys<'_>) -> Option<FieldKind> {
    let Some(name) = &keys.field.form else {
        keys.marker.mark(
            &keys.field.kind.span,
            say!("引用字段没有指明引用哪张表", "a field of kind reference without its form"),
            say!("请写 form = \"…\"", "add form = \"…\""),
        );
        return None;
    };
    let form = named_form(keys, name)?;
    let others = keys.field.also.as_ref().map(|also| also.value.as_slice()).unwrap_or_default();
    if let Some(beyond) = others.get(MOST_FORMS) {
        keys.marker.mark(
            &beyond.span,
            say!("引用的表太多", "a reference to more forms than it can lead to"),
            say!("also 最多写 {MOST_FORMS} 个", "name at most {MOST_FORMS} in `also`"),
        );
    }
    let mut also = [None; MOST_FORMS];
    for (place, name) in also.iter_mut().zip(others) {
        *place = named_form(keys, name);
    }
    let scope = match &keys.field.within {
        None => ReferenceScope::Readable,
        Some(word) => choose(keys.marker, word, &SCOPES)?,
    };
    let must_be_linked = keys.field.linked.as_ref().is_some_and(|linked| linked.value);
    let same_year = keys.field.same_year.as_ref().is_some_and(|same| same.value);
    Some(FieldKind::Reference { to: ReferenceKind { form, also, scope, must_be_linked, same_year } })
}

/// The form that is named, whose records must be called something.
fn named_form(keys: &FieldKeys<'_>, name: &Located<String>) -> Option<FormIdx> {
    let ids = keys.defined.forms.iter().map(|form| form.id.as_str());
    let form: FormIdx = find(keys.marker, name, ids, &say!("登记表", "form"))?;
    if !keys.defined.forms[form.number()].is_called_something {
        let id = &name.value;
        keys.marker.mark(
            &name.span,
            say!(
                "`{id}` 的记录没有编号，也没有名称，无法引用",
                "records of `{id}` have neither a number nor a title"
            ),
            say!(
                "请给该表写 [numbering]，或以文本字段作 identity",
                "add [numbering] to that form, or identify its records by a text"
            ),
        );
    }
    Some(form)
}

#[inline]
pub(super) fn spec(to: ReferenceKind) -> KindSpec<'static> {
    KindSpec {
        shape: ValueShape::Reference(to),
        meaning: Meaning::Plain,
        personal: None,
        read_as: ReadAs::Reference { longest: LONGEST },
        enter_as: EnterAs::Reference { to, longest: LONGEST },
        filter_by: FilterBy::Reference,
        column: SheetColumn {
            width: ColumnWidth::Chars(24),
            style: CellStyle::Text,
            check: CellCheck::LengthUpTo(LONGEST),
            takes: Takes::Sentence {
                zh: "所引用记录的编号，没有编号的写名称。",
                en: "Number of the record referred to, or its title where it has no number.",
            },
        },
        sample: Sample::Words { max: LONGEST, lines: false },
    }
}
