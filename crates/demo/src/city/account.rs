//! The accounts of a demonstration city.

use super::{City, unit::UnitSort};

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
    let written = city.recipe.city.account.iter().map(toml::Spanned::get_ref);
    written
        .filter_map(|account| {
            let code = match (&account.unit, &account.largest_of) {
                (Some(code), _) => Some(code.clone()),
                (None, Some(union)) => largest_of(city, union),
                (None, None) => Some(city.recipe.city.root.code.clone()),
            };
            let unit_code = code.filter(|code| city.units.iter().any(|unit| unit.code == *code))?;
            let (login, name, role) = (account.login.clone(), account.name.clone(), account.role.clone());
            Some(DemoAccount { login, name, role, unit_code })
        })
        .collect()
}

/// Code of the largest enterprise that belongs to the union with this code.
fn largest_of(city: &City<'_>, union: &str) -> Option<String> {
    let members = city.grassroots.iter().filter(|unit| {
        city.recipe.city.union[unit.union].get_ref().code == union
            && unit.founded.is_none()
            && unit.closed.is_none()
    });
    let largest = members.max_by(|a, b| a.size.total_cmp(&b.size))?;
    let unit = city.units.get(largest.place).filter(|unit| unit.kind == UnitSort::Grassroots)?;
    Some(unit.code.clone())
}
