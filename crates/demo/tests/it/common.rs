//! The first campaign and its recipe, read as they are in the repository.

use std::path::Path;

use campaign::{check::check, definition::Definition, source::Source};
use demo::Recipe;

/// The files of the first campaign.
pub(crate) fn source() -> Source {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../campaigns/dalian-2011-23");
    Source::read_dir(&directory).unwrap()
}

/// The first campaign and its recipe; mistakes are printed.
pub(crate) fn read() -> (Definition, Recipe) {
    let source = source();
    let definition = check(&source).unwrap();
    match Recipe::read(&source, &definition) {
        Ok(recipe) => (definition, recipe),
        Err(mistakes) => {
            panic!("{}", mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        }
    }
}
