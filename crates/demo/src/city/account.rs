//! The accounts of a demonstration city.

use super::{
    City,
    unit::{DemoUnit, Grassroots, UnitSort},
};
use crate::recipe::{Recipe, written};

/// An account of the demonstration; its password is the caller's affair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoAccount {
    /// What is typed to sign in.
    pub login: String,
    /// Name shown on pages.
    pub name: String,
    /// Name of the role.
    pub role: String,
    /// Code of the unit.
    pub unit_code: String,
}

/// The accounts of a city. One whose unit is not in it is left out.
pub(crate) fn accounts(city: &City<'_>) -> Vec<DemoAccount> {
    let found = with_written(city.recipe, &city.units, &city.grassroots);
    let account = |(account, unit_code): (&written::Account, String)| {
        let (login, name, role) = (account.login.clone(), account.name.clone(), account.role.clone());
        DemoAccount { login, name, role, unit_code }
    };
    found.into_iter().map(account).collect()
}

/// The logins of a city's accounts with the codes of their units, in the order of the recipe.
pub(crate) fn with_units(
    recipe: &Recipe,
    units: &[DemoUnit],
    grassroots: &[Grassroots],
) -> Vec<(String, String)> {
    let found = with_written(recipe, units, grassroots).into_iter();
    found.map(|(account, code)| (account.login.clone(), code)).collect()
}

fn with_written<'r>(
    recipe: &'r Recipe,
    units: &[DemoUnit],
    grassroots: &[Grassroots],
) -> Vec<(&'r written::Account, String)> {
    let written = recipe.city.account.iter().map(toml::Spanned::get_ref);
    written
        .filter_map(|account| {
            let code = match (&account.unit, &account.largest_of) {
                (Some(code), _) => Some(code.clone()),
                (None, Some(union)) => largest_of(recipe, units, grassroots, union),
                (None, None) => Some(recipe.city.root.code.clone()),
            };
            Some((account, code.filter(|code| units.iter().any(|unit| unit.code == *code))?))
        })
        .collect()
}

/// Code of the largest enterprise that belongs to the union with this code.
fn largest_of(recipe: &Recipe, units: &[DemoUnit], grassroots: &[Grassroots], union: &str) -> Option<String> {
    let members = grassroots.iter().filter(|unit| {
        recipe.city.union[unit.union].get_ref().code == union
            && unit.founded.is_none()
            && unit.closed.is_none()
    });
    let largest = members.max_by(|a, b| a.size.total_cmp(&b.size))?;
    let unit = units.get(largest.place).filter(|unit| unit.kind == UnitSort::Grassroots)?;
    Some(unit.code.clone())
}
