//! What the files of a version call its parts, and what they say of earlier names.

use std::collections::BTreeSet;

use super::{
    files::{Files, FormFile},
    naming::{Age, unique_former},
};
use crate::{
    history::{FieldNames, FormNames, Name, VersionNames},
    mistake::say,
    written::{form::Field, read::Located},
};

/// What a version calls its parts.
pub(super) fn read(files: &Files<'_>) -> VersionNames {
    let dictionaries = files.dictionaries.iter().map(|page| {
        let codes = page.value.code.iter();
        (page.stem.to_owned(), codes.map(|code| name(&code.code.value, code.was.as_ref())).collect())
    });
    let measures = files.campaigns.iter().flat_map(|campaign| &campaign.measures.value.measure);
    VersionNames {
        forms: files.forms.iter().map(form).collect(),
        dictionaries: dictionaries.collect(),
        measures: measures.map(|measure| name(&measure.id.value, measure.was.as_ref())).collect(),
    }
}

fn form(file: &FormFile<'_>) -> FormNames {
    let form = &file.page.value;
    FormNames {
        name: name(file.page.stem, form.was.as_ref()),
        fields: form.field.iter().map(|written| field(&written.value)).collect(),
    }
}

fn field(written: &Field) -> FieldNames {
    FieldNames {
        name: name(&written.id.value, written.was.as_ref()),
        kind: written.kind.value.clone(),
        from: written.from.as_ref().map(|from| from.value.clone()),
        dictionary: written.dictionary.as_ref().map(|dictionary| dictionary.value.clone()),
    }
}

fn name(id: &str, was: Option<&Located<String>>) -> Name {
    Name { id: id.to_owned(), was: was.map(|was| was.value.clone()) }
}

/// Marks former names of forms and measures that two of them say, and those of forms that are there still.
pub(super) fn check(files: &Files<'_>) {
    let present: BTreeSet<&str> = files.forms.iter().map(|file| file.page.stem).collect();
    let new_forms = files.forms.iter().filter(|file| file.age == Age::New);
    let forms: Vec<_> =
        new_forms.filter_map(|file| Some((file.page.marker, file.page.value.was.as_ref()?))).collect();
    for (marker, was) in forms.iter().filter(|(_, was)| present.contains(was.value.as_str())) {
        let name = &was.value;
        marker.mark(
            &was.span,
            say!("`{name}` 仍是一张表，不能是旧名", "`{name}` is a form still, and no former name"),
            say!("请改正 was", "correct `was`"),
        );
    }
    unique_former(forms.into_iter());
    let new_campaigns = files.campaigns.iter().filter(|campaign| campaign.age == Age::New);
    let measures = new_campaigns.flat_map(|campaign| {
        let marker = campaign.measures.marker;
        let measures = campaign.measures.value.measure.iter();
        measures.filter_map(move |measure| Some((marker, measure.was.as_ref()?)))
    });
    unique_former(measures);
}
