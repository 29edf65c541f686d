//! Which of the things of earlier versions each thing of another version continues.

use std::collections::BTreeSet;

use super::Name;

/// One thing through the versions.
#[derive(Debug, Clone, Default)]
pub(super) struct Thread {
    /// What it is called in the last version that has it.
    pub(super) id: String,
    /// All that it was called before, the oldest first.
    pub(super) former: Vec<String>,
    /// Whether the last version does not have it.
    pub(super) is_gone: bool,
}

/// What has a thread.
pub(super) trait Threaded {
    fn thread(&self) -> &Thread;
    fn thread_mut(&mut self) -> &mut Thread;
}

impl Threaded for Thread {
    fn thread(&self) -> &Thread {
        self
    }

    fn thread_mut(&mut self) -> &mut Thread {
        self
    }
}

impl Thread {
    fn has(&self, id: &str) -> bool {
        self.id == id || self.former.iter().any(|former| former == id)
    }

    fn remember(&mut self, id: String) {
        if !id.is_empty() && !self.former.contains(&id) {
            self.former.push(id);
        }
    }

    /// Goes on under the name that another version gives it.
    fn go_on(&mut self, name: &Name) {
        self.is_gone = false;
        if self.id != name.id {
            let former = std::mem::replace(&mut self.id, name.id.clone());
            self.remember(former);
        }
        if let Some(was) = &name.was {
            self.remember(was.clone());
        }
        self.former.retain(|former| *former != name.id);
    }
}

/// Things as they follow from a version.
pub(super) struct Followed<T> {
    /// Those of the version in its order, then those that are gone.
    pub(super) things: Vec<T>,
    /// What each of the version was called in the one before it, if that had it.
    pub(super) before: Vec<Option<String>>,
    /// Things that are called as others were, each with the other.
    pub(super) taken: Vec<(String, String)>,
}

impl<T: Threaded> Followed<T> {
    /// The present and the earlier id of everything that the version before had.
    pub(super) fn continued(&self) -> impl Iterator<Item = (String, String)> {
        let both = self.things.iter().zip(&self.before);
        both.filter_map(|(thing, before)| Some((thing.thread().id.clone(), before.clone()?)))
    }
}

/// Follows things into another version.
pub(super) fn follow<T: Threaded + Clone + Default>(known: &[T], names: &[&Name]) -> Followed<T> {
    let ids: BTreeSet<&str> = names.iter().map(|name| name.id.as_str()).collect();
    // What is there still is nobody's former name.
    let was = |name: &Name| name.was.clone().filter(|was| !ids.contains(was.as_str()));
    let names: Vec<Name> = names.iter().map(|name| Name { id: name.id.clone(), was: was(name) }).collect();
    let threads: Vec<&Thread> = known.iter().map(Threaded::thread).collect();
    let positions = continued_positions(&threads, &names);
    let (mut things, mut before) = (Vec::new(), Vec::new());
    for (name, position) in names.iter().zip(&positions) {
        let former = position.map(|position| &known[position]);
        let there = former.map(Threaded::thread).filter(|former| !former.is_gone);
        before.push(there.map(|former| former.id.clone()));
        let mut thing = former.cloned().unwrap_or_default();
        thing.thread_mut().go_on(name);
        things.push(thing);
    }
    for (position, thing) in known.iter().enumerate() {
        if !positions.contains(&Some(position)) {
            let mut gone = thing.clone();
            gone.thread_mut().is_gone = true;
            things.push(gone);
        }
    }
    let threads: Vec<Option<&Thread>> =
        positions.iter().map(|position| position.map(|position| threads[position])).collect();
    let taken = take_names(&mut things, &threads);
    Followed { things, before, taken }
}

/// Whether a thing goes on as what a version calls so.
type Rule = fn(&Thread, &Name) -> bool;

/// Under the same id; as the version says, of the last name or of one before it; back to an earlier name; and only then what
/// was gone.
const RULES: [Rule; 6] = [
    |known, name| !known.is_gone && known.id == name.id,
    |known, name| !known.is_gone && name.was.as_ref() == Some(&known.id),
    |known, name| !known.is_gone && name.was.as_ref().is_some_and(|was| known.has(was)),
    |known, name| !known.is_gone && known.has(&name.id),
    |known, name| known.is_gone && known.id == name.id,
    |known, name| known.is_gone && name.was.as_ref() == Some(&known.id),
];

/// The position of what each name continues.
fn continued_positions(known: &[&Thread], names: &[Name]) -> Vec<Option<usize>> {
    let mut found: Vec<Option<usize>> = vec![None; names.len()];
    let mut used = BTreeSet::new();
    for fits in RULES {
        for (found, name) in found.iter_mut().zip(names) {
            if found.is_none() {
                let is_free = |position: &usize| !used.contains(position);
                *found = (0..known.len()).filter(is_free).find(|position| fits(known[*position], name));
                used.extend(*found);
            }
        }
    }
    found
}

/// Gives every name to the thing that took it last. A thing of the version that takes the name of another one of it, or that
/// goes on and takes that of one that is gone, would read the values of the other as its own: such are returned.
fn take_names<T: Threaded>(things: &mut [T], continued: &[Option<&Thread>]) -> Vec<(String, String)> {
    let present = continued.len();
    let mut taken = Vec::new();
    for (position, continued) in continued.iter().enumerate() {
        let own = things[position].thread().clone();
        for name in own.former.iter().chain([&own.id]) {
            if continued.is_some_and(|known| known.has(name)) {
                continue;
            }
            for (number, other) in things.iter_mut().enumerate() {
                let other = other.thread_mut();
                if number == position || !other.has(name) {
                    continue;
                }
                other.former.retain(|former| former != name);
                let pair = (own.id.clone(), other.id.clone());
                if (number < present || continued.is_some()) && !taken.contains(&pair) {
                    taken.push(pair);
                }
            }
        }
    }
    taken
}
