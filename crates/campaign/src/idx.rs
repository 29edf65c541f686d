//! Typed positions: a position in one list of a definition cannot be used in another.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    iter::Enumerate,
    marker::PhantomData,
    ops::{Index, IndexMut},
    slice, vec,
};

/// The position of a `T` in the list that holds all of them.
pub struct Idx<T> {
    position: u32,
    of: PhantomData<fn() -> T>,
}

impl<T> Idx<T> {
    /// The first position.
    pub const FIRST: Self = Self { position: 0, of: PhantomData };

    /// The position with this number, counted from 0.
    ///
    /// # Panics
    /// When the number does not fit 32 bits; a definition has no list as long as that.
    #[expect(clippy::expect_used, reason = "a list in memory of more than four billion definitions")]
    pub fn new(position: usize) -> Self {
        Self { position: u32::try_from(position).expect("a list of a definition"), of: PhantomData }
    }

    /// Its number, counted from 0.
    pub const fn number(self) -> usize {
        self.position as usize
    }
}

impl<T> Default for Idx<T> {
    fn default() -> Self {
        Self::FIRST
    }
}

impl<T> Clone for Idx<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Idx<T> {}

impl<T> PartialEq for Idx<T> {
    fn eq(&self, other: &Self) -> bool {
        self.position == other.position
    }
}

impl<T> Eq for Idx<T> {}

impl<T> PartialOrd for Idx<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Idx<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.position.cmp(&other.position)
    }
}

impl<T> Hash for Idx<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.position.hash(state);
    }
}

impl<T> fmt::Debug for Idx<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.position.fmt(f)
    }
}

/// A list of `V`, one for each `T`: of the `T` themselves, or of something that each of them has.
pub struct IdxVec<T, V = T> {
    items: Vec<V>,
    of: PhantomData<fn() -> T>,
}

impl<T, V> IdxVec<T, V> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The element at this position, if the list is long enough.
    pub fn get(&self, idx: Idx<T>) -> Option<&V> {
        self.items.get(idx.number())
    }

    /// All of them, in their order.
    pub fn iter(&self) -> slice::Iter<'_, V> {
        self.items.iter()
    }

    /// All of them, in their order, to be changed.
    pub fn iter_mut(&mut self) -> slice::IterMut<'_, V> {
        self.items.iter_mut()
    }

    /// All positions, in their order.
    pub fn positions(&self) -> impl DoubleEndedIterator<Item = Idx<T>> + Clone + use<T, V> {
        (0..self.items.len()).map(Idx::new)
    }

    /// All of them with their positions.
    pub fn entries(&self) -> Entries<'_, T, V> {
        Entries { items: self.items.iter().enumerate(), of: PhantomData }
    }

    /// The position of the first that fits.
    pub fn position(&self, fits: impl FnMut(&V) -> bool) -> Option<Idx<T>> {
        self.items.iter().position(fits).map(Idx::new)
    }

    /// They as a plain list.
    pub fn as_slice(&self) -> &[V] {
        &self.items
    }

    /// The last of them.
    pub fn last(&self) -> Option<&V> {
        self.items.last()
    }

    /// Adds one at the end.
    pub fn push(&mut self, item: V) -> Idx<T> {
        self.items.push(item);
        Idx::new(self.items.len() - 1)
    }
}

/// Iterator of [`IdxVec::entries`].
pub struct Entries<'a, T, V> {
    items: Enumerate<slice::Iter<'a, V>>,
    of: PhantomData<fn() -> T>,
}

impl<T, V> Clone for Entries<'_, T, V> {
    fn clone(&self) -> Self {
        Self { items: self.items.clone(), of: PhantomData }
    }
}

impl<'a, T, V> Iterator for Entries<'a, T, V> {
    type Item = (Idx<T>, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        self.items.next().map(|(position, item)| (Idx::new(position), item))
    }
}

impl<T, V> DoubleEndedIterator for Entries<'_, T, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.items.next_back().map(|(position, item)| (Idx::new(position), item))
    }
}

impl<T, V> Index<Idx<T>> for IdxVec<T, V> {
    type Output = V;

    fn index(&self, idx: Idx<T>) -> &V {
        &self.items[idx.number()]
    }
}

impl<T, V> IndexMut<Idx<T>> for IdxVec<T, V> {
    fn index_mut(&mut self, idx: Idx<T>) -> &mut V {
        &mut self.items[idx.number()]
    }
}

impl<T, V: Clone> Clone for IdxVec<T, V> {
    fn clone(&self) -> Self {
        Self { items: self.items.clone(), of: PhantomData }
    }
}

impl<T, V: fmt::Debug> fmt::Debug for IdxVec<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.items.fmt(f)
    }
}

impl<T, V: Eq> Eq for IdxVec<T, V> {}

impl<T, V: PartialEq> PartialEq for IdxVec<T, V> {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
    }
}

impl<T, V> Default for IdxVec<T, V> {
    fn default() -> Self {
        Self { items: Vec::new(), of: PhantomData }
    }
}

impl<T, V> From<Vec<V>> for IdxVec<T, V> {
    fn from(items: Vec<V>) -> Self {
        Self { items, of: PhantomData }
    }
}

impl<T, V> FromIterator<V> for IdxVec<T, V> {
    fn from_iter<I: IntoIterator<Item = V>>(items: I) -> Self {
        items.into_iter().collect::<Vec<V>>().into()
    }
}

impl<T, V> IntoIterator for IdxVec<T, V> {
    type Item = V;
    type IntoIter = vec::IntoIter<V>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, T, V> IntoIterator for &'a mut IdxVec<T, V> {
    type Item = &'a mut V;
    type IntoIter = slice::IterMut<'a, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter_mut()
    }
}

impl<'a, T, V> IntoIterator for &'a IdxVec<T, V> {
    type Item = &'a V;
    type IntoIter = slice::Iter<'a, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_at_its_own_positions() {
        struct Letter;
        let list: IdxVec<Letter, char> = "abc".chars().collect();
        let b = list.position(|letter| *letter == 'b').expect("there is one");
        assert_eq!((b.number(), list[b], list.get(Idx::new(3))), (1, 'b', None));
        let read: String = list.positions().map(|position| list[position]).collect();
        assert_eq!(read, "abc");
        assert_eq!(list.entries().map(|(position, _)| position.number()).collect::<Vec<_>>(), [0, 1, 2]);
    }
}
