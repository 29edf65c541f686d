//! Checks of roles.

use crate::{
    check::naming::{choose, find, unique, words},
    definition::{Action, Campaign, Role, RoleLevel},
    marker::Marker,
    mistake::say,
    written::{Page, role as written},
};

/// The roles of every federation, in the shape of a campaign's `roles.toml`.
pub(super) const BUILT_IN: &str = include_str!("../roles.toml");

/// The built-in roles, with those of the campaigns in their place or after them. `campaigns` are the ids of those that a
/// role can be for.
pub(super) fn check(
    built_in: &Page<'_, written::Roles>,
    own: &[Page<'_, written::Roles>],
    campaigns: &[&str],
) -> Vec<Role> {
    let is_separate = own.iter().any(|page| page.value.separate_administrators);
    let mut roles: Vec<Role> = read(built_in, false, campaigns);
    if is_separate {
        roles = roles.into_iter().map(separated).collect();
    }
    for role in own.iter().flat_map(|page| read(page, is_separate, campaigns)) {
        match roles.iter_mut().find(|known| **known == role) {
            Some(known) => *known = role,
            None => roles.push(role),
        }
    }
    roles
}

/// A built-in role where administrators are separate: the three of them need a second factor, and all others
/// administer nothing.
fn separated(role: Role) -> Role {
    match role.administrations().len() {
        0 => role,
        1 if !role.allows(Action::WriteRecords) => role.with_second_factor(),
        _ => role.without_administration(),
    }
}

fn read(page: &Page<'_, written::Roles>, is_separate: bool, campaigns: &[&str]) -> Vec<Role> {
    unique(page.marker, page.value.role.iter().map(|role| &role.id));
    let read = |written: &written::Role| {
        let role = role(page.marker, written, campaigns);
        if is_separate {
            require_one_administration(page.marker, written, &role);
        }
        if is_separate && !role.administrations().is_empty() { role.with_second_factor() } else { role }
    };
    page.value.role.iter().map(read).collect()
}

/// Marks a role that administers in two ways, or that has business beside it.
fn require_one_administration(marker: Marker<'_>, written: &written::Role, role: &Role) {
    let span = &written.actions.span;
    if role.administrations().len() > 1 {
        marker.mark(
            span,
            say!(
                "系统管理、安全管理、审计管理要分开（separate_administrators），这个角色兼了几种",
                "administrators are separate (separate_administrators), and this role is more than one of system, \
                 security and audit administrator"
            ),
            say!("请拆成几个角色", "divide it into several roles"),
        );
    }
    let business: Vec<_> = role.actions().iter().filter(|action| action.administration().is_none()).collect();
    if !role.administrations().is_empty() && business.iter().any(|action| **action != Action::ReadFigures) {
        marker.mark(
            span,
            say!(
                "管理员不兼业务（separate_administrators）",
                "administrators have no business beside it (separate_administrators)"
            ),
            say!("请把业务权限放到另一个角色", "move the actions of the business to another role"),
        );
    }
}

fn role(marker: Marker<'_>, written: &written::Role, campaigns: &[&str]) -> Role {
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
    let role = if written.second_factor { role.with_second_factor() } else { role };
    let Some(named) = &written.campaigns else { return role };
    unique(marker, named.value.iter());
    for name in &named.value {
        find::<Campaign>(marker, name, campaigns.iter().copied(), &say!("竞赛", "campaign"));
    }
    role.for_campaigns(named.value.iter().map(|name| name.value.clone()).collect())
}
