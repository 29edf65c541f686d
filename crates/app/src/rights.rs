//! Who may do what: a role, for a unit and everything under it.
//!
//! What can be allowed is [`Action`]; what a role may do is data of the
//! campaign. Use cases ask for an action and never for a role.

use campaign::definition::{Campaign, CampaignIdx, FormIdx};
use model::ids::UnitId;

use crate::{Context, Error, Result, Snapshot, Thing};

pub use campaign::definition::{Action, Role, RoleLevel};

impl Context {
    /// Whether the person may do `action` to `unit`, which must be the
    /// person's own unit or under it today.
    pub fn may(&self, action: Action, snapshot: &Snapshot, unit: UnitId) -> bool {
        let today = self.today(snapshot).month();
        let is_theirs = self.unit().is_none_or(|own| snapshot.tree.is_within(unit, own, today));
        // What was read of another region is nobody's business here.
        self.region == snapshot.region_id && self.allows(action) && is_theirs
    }

    /// The first line of a use case that concerns a unit.
    ///
    /// # Errors
    /// A unit outside the person's own does not exist for them ([`Error::NotFound`]);
    /// within it, what the role may not do is [`Error::Forbidden`].
    pub fn require(&self, action: Action, snapshot: &Snapshot, unit: UnitId) -> Result<()> {
        if self.may(action, snapshot, unit) {
            Ok(())
        } else if self.may(Action::ReadFigures, snapshot, unit) {
            Err(Error::Forbidden(action.into()))
        } else {
            Err(Error::NotFound { what: Thing::Unit, key: unit.to_string() })
        }
    }

    /// Whether the person's role is for a campaign.
    pub fn may_see_campaign(&self, campaign: &Campaign) -> bool {
        self.role().is_none_or(|role| role.is_for(&campaign.id))
    }

    /// The campaign that a question is about.
    ///
    /// # Errors
    /// One that the person's role is not for does not exist for them: [`Error::NotFound`].
    pub fn require_campaign<'s>(
        &self,
        snapshot: &'s Snapshot,
        campaign: CampaignIdx,
    ) -> Result<&'s Campaign> {
        let found = snapshot.definition.campaigns.get(campaign).filter(|found| self.may_see_campaign(found));
        found.ok_or_else(|| Error::NotFound { what: Thing::Campaign, key: campaign.number().to_string() })
    }

    /// Whether a form is any business of the person's role: of those that campaigns use, at least one must be the role's.
    pub fn may_see_form(&self, snapshot: &Snapshot, form: FormIdx) -> bool {
        is_of_role(self.role(), snapshot, form)
    }

    /// Whether the person may do `action` to the whole region.
    pub fn may_for_region(&self, action: Action, snapshot: &Snapshot) -> bool {
        match snapshot.root() {
            Some(root) => self.may(action, snapshot, root),
            None => self.region == snapshot.region_id && self.allows(action),
        }
    }

    /// The first line of a use case that concerns the whole region.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn require_for_region(&self, action: Action, snapshot: &Snapshot) -> Result<()> {
        if self.may_for_region(action, snapshot) { Ok(()) } else { Err(Error::Forbidden(action.into())) }
    }
}

/// Whether a form is any business of a role; `None` for the system, whose business everything is.
fn is_of_role(role: Option<&Role>, snapshot: &Snapshot, form: FormIdx) -> bool {
    let is_own = |campaign: &Campaign| role.is_none_or(|role| role.is_for(&campaign.id));
    let mut users =
        snapshot.definition.campaigns.iter().filter(|campaign| campaign.forms.contains_key(&form));
    users.next().is_none_or(|first| is_own(first) || users.any(is_own))
}

/// Ids of the forms that are the business of a role; `None` when all are.
pub(crate) fn forms_of_role<'s>(role: Option<&Role>, snapshot: &'s Snapshot) -> Option<Vec<&'s str>> {
    let forms = snapshot.definition.forms.entries();
    let (own, others): (Vec<_>, Vec<_>) = forms.partition(|(form, _)| is_of_role(role, snapshot, *form));
    (!others.is_empty()).then(|| own.into_iter().map(|(_, form)| form.id.as_str()).collect())
}
