//! The campaigns that are shipped and their recipe, read as they are in the repository.

use std::path::Path;

use campaign::{
    check::{Age, Directory, check_all},
    definition::Definition,
    source::Source,
};
use demo::Recipe;

/// The files of the first campaign and of the one that stands beside it.
pub(crate) fn sources() -> Vec<Source> {
    let campaigns = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../campaigns");
    let read = |id| Source::read_dir(&campaigns.join(id)).unwrap();
    vec![read("dalian-2011-23"), read("wuchuang-wubi-2011")]
}

/// The campaigns and their recipe; mistakes are printed.
pub(crate) fn read() -> (Definition, Recipe) {
    let sources = sources();
    let directories: Vec<_> = sources.iter().map(|source| Directory { source, age: Age::New }).collect();
    let definition = check_all(&directories).unwrap();
    match Recipe::read(&sources, &definition) {
        Ok(recipe) => (definition, recipe),
        Err(mistakes) => {
            panic!("{}", mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        }
    }
}
