//! Relations between the parts of a package: they give the path for an id.

use quick_xml::events::Event;

use crate::{fault::TableFault, package::Package, xml::attribute};

/// More would be no workbook.
const MAX_RELATIONS: usize = 10_000;
/// Bytes of all relations together.
const MAX_BYTES: usize = 8 << 20;

struct Relation {
    id: String,
    kind: String,
    path: String,
}

/// The relations of one part.
pub(super) struct Relations(Vec<Relation>);

impl Relations {
    /// Reads the relations of the part at `path`; the empty path is the package itself.
    pub(super) fn read(package: &mut Package<'_>, path: &str) -> Result<Self, TableFault> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let relations = if folder.is_empty() {
            format!("_rels/{name}.rels")
        } else {
            format!("{folder}/_rels/{name}.rels")
        };
        let mut found = Vec::new();
        let mut bytes = 0;
        let Some(mut xml) = package.part(&relations)? else { return Ok(Self(found)) };
        loop {
            match xml.next()? {
                Event::Start(element) if element.local_name().as_ref() == "Relationship" => {
                    let get = |name| attribute(&element, name).unwrap_or_default();
                    let relation =
                        Relation { id: get("Id"), kind: get("Type"), path: resolve(folder, &get("Target")) };
                    bytes += relation.id.len() + relation.kind.len() + relation.path.len();
                    found.push(relation);
                    if found.len() > MAX_RELATIONS || bytes > MAX_BYTES {
                        return Err(TableFault::damaged("too many relations"));
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
        Ok(Self(found))
    }

    /// Path of the first relation whose type ends so (the two editions of the standard differ before that).
    pub(super) fn of_kind(&self, suffix: &str) -> Option<&str> {
        self.0.iter().find(|relation| relation.kind.ends_with(suffix)).map(|relation| relation.path.as_str())
    }

    /// Path of the worksheet with this id; chart sheets and dialogs are none.
    pub(super) fn worksheet(&self, id: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|relation| relation.id == id && relation.kind.ends_with("/worksheet"))
            .map(|relation| relation.path.as_str())
    }
}

/// A target, relative to the folder of the part that names it, as a path in the package.
fn resolve(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut path: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            step => path.push(step),
        }
    }
    path.join("/")
}
