//! Word lists, and texts made of their words.

use std::collections::BTreeMap;

use crate::random::Random;

/// All word lists of a recipe.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    /// Words of every list.
    pub(crate) lists: Vec<Vec<String>>,
    /// Positions of lists that are by themselves.
    pub(crate) named: BTreeMap<String, usize>,
    /// Positions of lists that are chosen by the value of something else.
    pub(crate) groups: BTreeMap<String, BTreeMap<String, usize>>,
}

impl Words {
    /// A word of the list at this position.
    pub(crate) fn draw(&self, list: usize, random: &mut Random) -> &str {
        let words = self.lists.get(list).map_or(&[][..], Vec::as_slice);
        words.get(random.index(words.len())).map_or("", String::as_str)
    }
}

/// A text with gaps.
#[derive(Debug, Clone, Default)]
pub(crate) struct Template(pub(crate) Vec<Part>);

/// One part of it.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    /// Stands as it is.
    Literal(String),
    /// A word of a list.
    Word(usize),
    /// A word of the list that belongs to the value of something else.
    WordBy(Choice<usize>),
    /// What an earlier step made.
    Slot(usize),
    /// The name of one of the record's persons.
    Person(usize),
    /// The record's number in its unit and year, with leading zeros.
    Serial(usize),
    /// The year.
    Year,
    /// The unit's name.
    UnitName,
    /// The unit's name without the mark of invention.
    UnitShort,
    /// The unit's code.
    UnitCode,
    /// How often the yearly pool of persons has been used up, from 1.
    Round,
}

/// One of several things, by the value of something else.
#[derive(Debug, Clone)]
pub(crate) struct Choice<T> {
    /// What decides.
    pub(crate) by: Variable,
    /// One for each value.
    pub(crate) arms: Vec<(String, T)>,
    /// For every sector or group, where they decide: the place of its arm.
    pub(crate) places: Vec<Option<usize>>,
    /// The one for all other values.
    pub(crate) otherwise: Option<T>,
}

impl<T> Choice<T> {
    /// The one that belongs to `key`.
    pub(crate) fn for_key(&self, key: &str) -> Option<&T> {
        let arm = self.arms.iter().find(|(value, _)| value == key);
        arm.map(|(_, thing)| thing).or(self.otherwise.as_ref())
    }

    /// The one that belongs to the sector or group at this position.
    pub(crate) fn at_position(&self, position: usize) -> Option<&T> {
        let place = self.places.get(position).copied().flatten();
        place.map(|place| &self.arms[place].1).or(self.otherwise.as_ref())
    }
}

/// What a choice can depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variable {
    /// What an earlier step made.
    Slot(usize),
    /// The sector of the unit.
    Sector,
    /// The group of the unit.
    Group,
    /// `first`, `running` or `last`: the unit's stage of life in the year.
    Life,
    /// `recent` or `earlier`: whether the record's day is one of the last before the business day.
    Age,
}
