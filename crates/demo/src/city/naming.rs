//! Names of invented units. Every one of them ends in the mark for invented
//! names, and no two are the same.

use std::collections::HashSet;

use campaign::definition::{Definition, Values};

use super::{make::Occasion, unit::Grassroots};
use crate::{random::Random, recipe::Recipe};

/// Invents names.
pub(crate) struct Naming<'a> {
    definition: &'a Definition,
    recipe: &'a Recipe,
}

impl<'a> Naming<'a> {
    pub(crate) fn new(definition: &'a Definition, recipe: &'a Recipe) -> Self {
        Self { definition, recipe }
    }

    /// A name for an enterprise, without the mark, that is not among those `given`.
    pub(crate) fn name(&self, unit: &Grassroots, random: &mut Random, given: &mut HashSet<String>) -> String {
        let mut name = String::new();
        for _ in 0..50 {
            let mut occasion = Occasion::at_roster(self.definition, self.recipe, random.bits(), unit);
            name = occasion.text(&self.recipe.roster.name, &Values::default());
            if given.insert(name.clone()) {
                return name;
            }
        }
        // A recipe with too few words: numbers tell them apart.
        name.push_str(&(unit.index + 1).to_string());
        given.insert(name.clone());
        name
    }

    /// A name for a team of a unit.
    pub(crate) fn team(&self, unit: &Grassroots, number: u32, random: &mut Random) -> String {
        let mut occasion = Occasion::at_roster(self.definition, self.recipe, random.bits(), unit);
        occasion.serial = number;
        format!("{}{}", occasion.text(&self.recipe.roster.team, &Values::default()), self.recipe.city.mark)
    }
}
