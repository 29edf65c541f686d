//! Who enters records: the officers of enterprises, of the unions above them, and of the city.

use campaign::definition::Level;

use super::{
    City, account,
    unit::{DemoUnit, Grassroots},
};
use crate::recipe::Recipe;

/// Who keeps records. Where somebody may sign in for a unit it is that account, by its login; elsewhere a person
/// whose account is of no importance, by name.
#[derive(Debug, Default)]
pub(crate) struct Officers {
    /// Of the city.
    city: String,
    /// Of each union of the second level.
    unions: Vec<String>,
    /// Logins of grass-roots units, by their place among all units.
    logins: Vec<(usize, String)>,
}

impl Officers {
    pub(crate) fn new(recipe: &Recipe, units: &[DemoUnit], grassroots: &[Grassroots]) -> Self {
        let accounts = account::with_units(recipe, units, grassroots);
        // An account that only looks enters nothing: it comes after those of the same unit.
        let login = |code: &str| accounts.iter().find(|(_, at)| *at == code).map(|(login, _)| login.clone());
        let beyond: u64 = grassroots.iter().map(Grassroots::persons).sum();
        let name = |number: u64| recipe.people.name(&recipe.words, beyond + number);
        let unions = recipe.city.union.iter().zip(1..);
        Self {
            city: login(&recipe.city.root.code).unwrap_or_else(|| name(0)),
            unions: unions
                .map(|(union, number)| login(&union.get_ref().code).unwrap_or_else(|| name(number)))
                .collect(),
            logins: grassroots
                .iter()
                .filter_map(|unit| Some((unit.place, login(&units[unit.place].code)?)))
                .collect(),
        }
    }

    /// Who does something with a record of a unit.
    pub(crate) fn name(&self, city: &City<'_>, unit: &Grassroots, level: Level, is_second: bool) -> String {
        let people = &city.recipe.people;
        match level {
            Level::City => self.city.clone(),
            Level::Above => self.unions.get(unit.union).cloned().unwrap_or_default(),
            // The chair, and who keeps the records (`Occasion::at_roster`).
            Level::Own if is_second => people.name(&city.recipe.words, unit.first_person),
            Level::Own => match self.logins.iter().find(|(place, _)| *place == unit.place) {
                Some((_, login)) => login.clone(),
                None => people.name(&city.recipe.words, unit.first_person + 1),
            },
        }
    }
}
