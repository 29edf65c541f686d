//! Checks of roles.

use crate::{
    check::naming::{choose, unique, words},
    definition::{Action, Role, RoleLevel},
    marker::Marker,
    mistake::say,
    written::{Page, role as written},
};

/// The roles of every federation, in the shape of a campaign's `roles.toml`.
pub(super) const BUILT_IN: &str = include_str!("../roles.toml");

/// The built-in roles, with those of the campaign in their place or after them.
pub(super) fn check(built_in: &Page<'_, written::Roles>, own: &Page<'_, written::Roles>) -> Vec<Role> {
    let mut roles = read(built_in);
    for role in read(own) {
        match roles.iter_mut().find(|known| **known == role) {
            Some(known) => *known = role,
            None => roles.push(role),
        }
    }
    roles
}

fn read(page: &Page<'_, written::Roles>) -> Vec<Role> {
    unique(page.marker, page.value.role.iter().map(|role| &role.id));
    page.value.role.iter().map(|written| role(page.marker, written)).collect()
}

fn role(marker: Marker<'_>, written: &written::Role) -> Role {
    words(marker, &written.id.span, &written.id.value, '-');
    let levels = [
        ("city", RoleLevel::City),
        ("level-2", RoleLevel::LevelTwo),
        ("grassroots", RoleLevel::Grassroots),
        ("any", RoleLevel::Any),
    ];
    let level = choose(marker, &written.level, &levels).unwrap_or(RoleLevel::Any);
    let known: Vec<_> = Action::ALL.iter().map(|action| (action.name(), *action)).collect();
    let names = &written.actions.value;
    unique(marker, names.iter());
    let actions: Vec<_> = names.iter().filter_map(|name| choose(marker, name, &known)).collect();
    // A person who may not see a unit's figures gets the answer that the unit does not exist.
    if actions.len() == names.len() && !actions.contains(&Action::ReadFigures) {
        let name = Action::ReadFigures.name();
        marker.mark(
            &written.actions.span,
            say!("`{name}` 是任何权限的前提", "every role needs `{name}`"),
            say!("请在 actions 中加上 {name}", "add {name} to actions"),
        );
    }
    let role = Role::new(&written.id.value, written.label.clone(), written.help.clone(), level, actions);
    if written.second_factor { role.with_second_factor() } else { role }
}
