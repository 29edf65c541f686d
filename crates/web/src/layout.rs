//! The frame of every page: brand, menu, the person signed in, language, notices.

use app::{Action, Actor, Role, Snapshot, figures::KnownOn};
use campaign::definition::{Campaign, CampaignIdx};
use model::{ids::UnitId, month::Month, period::ReportingPeriod};
use words::{Language, Words};

use crate::{
    form,
    parts::{heading::PageHeading, number::label},
    request_context::{CAMPAIGN, RequestContext, SignedIn},
    returned_form::escaped,
    urls::{self, Url},
};

/// The version of the program.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The frame of a page.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// The texts of the page.
    pub(crate) words: Words,
    /// The page's title.
    pub(crate) title: String,
    /// Its address, to come back to.
    pub(crate) address: String,
    /// Entries of the menu; empty before signing in.
    pub(crate) menu: Vec<Entry>,
    /// Name, role and unit of the person who has signed in.
    pub(crate) person: Option<Person>,
    /// Name of the absent person for whom the person acts.
    pub(crate) acting_for: Option<String>,
    /// Whether the data is invented.
    pub(crate) is_demonstration: bool,
    /// The day by which records are judged, in words; `None` while it is the calendar's.
    pub(crate) business_day: Option<String>,
    /// Where the help about the page is.
    pub(crate) help: String,
    /// What is above the page on paper; nothing before signing in.
    pub(crate) heading: Option<PageHeading>,
    /// Whether its tables need paper across.
    pub(crate) is_wide: bool,
    /// Whether the page has a list that somebody without a mouse can go to at once: its rows are in `#list`.
    pub(crate) has_list: bool,
    /// The other pages of administration that the person may open: title and address.
    pub(crate) administration: Vec<(&'static str, &'static str)>,
    /// The campaigns to choose from; none where the person has only one.
    pub(crate) campaigns: Vec<CampaignLink>,
    /// What a form of this page must carry.
    token: String,
}

/// A campaign to choose.
#[derive(Debug, Clone)]
pub(crate) struct CampaignLink {
    /// What people call it.
    pub(crate) label: String,
    /// Its title.
    pub(crate) title: String,
    /// The page about it.
    pub(crate) url: String,
    /// Whether the page is about it.
    pub(crate) is_here: bool,
}

/// One entry of the menu.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Its words.
    pub(crate) label: &'static str,
    /// Where it leads.
    pub(crate) url: String,
    /// Whether the page belongs to it.
    pub(crate) is_here: bool,
    /// Where a number beside it comes from, once the page is there.
    pub(crate) count: Option<&'static str>,
}

/// Who has signed in, in words.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    /// The person's name.
    pub(crate) name: String,
    /// What the person is.
    pub(crate) role: String,
    /// For which unit.
    pub(crate) unit: String,
}

/// The areas of the site, in the order of the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    /// The start page.
    Home,
    /// Figures.
    Figures,
    /// What waits for the person.
    Work,
    /// Units side by side.
    Ranking,
    /// Registers and their records.
    Registers,
    /// The tree.
    Units,
    /// Importing files.
    Imports,
    /// People with access.
    Users,
    /// One's own account; it is in no menu.
    Own,
}

impl Area {
    /// Its name in addresses.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Figures => "figures",
            Self::Work => "todo",
            Self::Ranking => "ranking",
            Self::Registers => "registers",
            Self::Units => "units",
            Self::Imports => "imports",
            Self::Users => "users",
            Self::Own => "account",
        }
    }
}

impl Layout {
    /// The frame of a page that needs no signing in.
    pub(crate) fn public_page(visit: &RequestContext, title: impl Into<String>) -> Self {
        Self {
            words: visit.words,
            title: title.into(),
            address: visit.address.clone(),
            menu: Vec::new(),
            person: None,
            acting_for: None,
            is_demonstration: false,
            business_day: None,
            help: "/help".to_owned(),
            heading: None,
            is_wide: false,
            has_list: false,
            administration: Vec::new(),
            campaigns: Vec::new(),
            token: visit.token.clone(),
        }
    }

    /// The frame of a page in `area`.
    pub(crate) fn new(person: &SignedIn, snapshot: &Snapshot, area: Area, title: impl Into<String>) -> Self {
        let title = title.into();
        let mut others = administration(person, snapshot);
        others.retain(|(other, _)| *other != title);
        Self {
            menu: menu(person, snapshot, area),
            administration: others,
            campaigns: campaigns(person, snapshot, area),
            person: who(person, snapshot),
            help: format!("/help#{}", area.name()),
            acting_for: person.ctx.acting_for.as_ref().map(|principal| principal.name.clone()),
            heading: Some(PageHeading::new(person.words(), &person.ctx, snapshot, person.campaign(snapshot))),
            ..Self::public_page(&person.visit, title).of_region(snapshot)
        }
    }

    /// The same frame with what every page of a region says of it.
    #[must_use]
    pub(crate) fn of_region(self, snapshot: &Snapshot) -> Self {
        let day = snapshot.region.business_day.map(|day| self.words.date(day.date()));
        Self { is_demonstration: snapshot.region.is_demonstration, business_day: day, ..self }
    }

    /// The same frame for a page with tables that need paper across.
    #[must_use]
    pub(crate) fn wide(self) -> Self {
        Self { is_wide: true, ..self }
    }

    /// The same frame for a page about `unit`.
    #[must_use]
    pub(crate) fn with_unit(self, snapshot: &Snapshot, unit: UnitId) -> Self {
        let heading = self.heading.map(|heading| heading.with_unit(self.words, snapshot, unit));
        Self { heading, ..self }
    }

    /// The same frame for a page of figures of a period, which reach up to a month and are as known on a day.
    #[must_use]
    pub(crate) fn with_period(self, period: ReportingPeriod, month: Month, known: KnownOn) -> Self {
        let words = self.words;
        let (through, known) =
            (words.dashboard_through(words.month(month)), words.known_on(words.date(known.day)));
        let as_of = |heading| PageHeading {
            as_of: format!("{through} · {known}"),
            period: Some(words.both_calendars(period)),
            ..heading
        };
        Self { heading: self.heading.map(as_of), ..self }
    }

    /// The same frame for a page that shows something as it is known on a day.
    #[must_use]
    pub(crate) fn with_known(self, known: KnownOn) -> Self {
        if !known.is_past {
            return self;
        }
        let known = self.words.known_on(self.words.date(known.day));
        Self { heading: self.heading.map(|heading| PageHeading { as_of: known, ..heading }), ..self }
    }

    /// The same frame for figures that are re-stated on today's tree.
    #[must_use]
    pub(crate) fn with_restated(self, is_restated: bool) -> Self {
        let words = self.words;
        let restated = |heading: PageHeading| {
            if !is_restated {
                return heading;
            }
            PageHeading { as_of: format!("{} · {}", heading.as_of, words.known_restated()), ..heading }
        };
        Self { heading: self.heading.map(restated), ..self }
    }

    /// The same frame for a page with a list, when it has rows.
    #[must_use]
    pub(crate) fn with_list(self, has_rows: bool) -> Self {
        Self { has_list: has_rows, ..self }
    }

    /// What a workbook says above and below its table.
    pub(crate) fn sheet_lines(&self) -> Vec<String> {
        self.heading.as_ref().map(PageHeading::lines).unwrap_or_default()
    }

    /// The first field of every form.
    pub(crate) fn token(&self) -> String {
        let value = escaped(&form::token_on(&self.token, &self.address));
        format!("<input type=\"hidden\" name=\"{}\" value=\"{value}\">", form::TOKEN)
    }

    /// The languages to choose from, with the present one marked.
    pub(crate) fn languages(&self) -> impl Iterator<Item = (Language, bool)> {
        let present = self.words.language();
        Language::ALL.into_iter().map(move |language| (language, language == present))
    }

    /// The value of the page's `lang`.
    pub(crate) fn tag(&self) -> &'static str {
        self.words.pick("zh-CN", "en")
    }
}

/// The campaigns that the person may choose: the same page of each, or the start page where the page is about none.
fn campaigns(person: &SignedIn, snapshot: &Snapshot, area: Area) -> Vec<CampaignLink> {
    let words = person.words();
    let all = snapshot.definition.campaigns.entries();
    let own: Vec<_> = all.filter(|(_, campaign)| person.ctx.may_see_campaign(campaign)).collect();
    if own.len() < 2 {
        return Vec::new();
    }
    let path = match area {
        Area::Home | Area::Figures | Area::Ranking | Area::Registers => {
            page_of_any_campaign(&person.visit.address)
        }
        _ => "/",
    };
    let link = |(position, campaign): (CampaignIdx, &Campaign)| CampaignLink {
        label: label(words, &campaign.short).to_owned(),
        title: label(words, &campaign.title).to_owned(),
        url: Url::new(path, &[]).with_param(CAMPAIGN, &campaign.id).into(),
        is_here: position == person.campaign,
    };
    own.into_iter().map(link).collect()
}

/// The path of an address up to what only one campaign has: an indicator.
fn page_of_any_campaign(address: &str) -> &str {
    let path = address.split('?').next().unwrap_or("/");
    match path.split_once("/figures/") {
        Some((unit, _)) => &path[..unit.len() + "/figures".len()],
        None => path,
    }
}

fn who(person: &SignedIn, snapshot: &Snapshot) -> Option<Person> {
    let Actor::User { name, role, unit, .. } = &person.ctx.actor else { return None };
    let unit = snapshot.units.get(unit).map(|unit| unit.name.clone()).unwrap_or_default();
    Some(Person { name: name.clone(), role: role_name(person.words(), role).to_owned(), unit })
}

/// The words for a role.
pub(crate) fn role_name(words: Words, role: &Role) -> &str {
    words.pick(&role.label().zh, &role.label().en)
}

/// The pages of administration that the person may open, with their titles.
fn administration(person: &SignedIn, snapshot: &Snapshot) -> Vec<(&'static str, &'static str)> {
    let words = person.words();
    [
        (Action::ManageAccounts, words.accounts_title(), "/accounts"),
        (Action::ReadTasks, words.tasks_title(), "/tasks"),
        (Action::LoadRegions, words.version_title(), "/definition"),
        (Action::ReadUnmaskLog, words.unmask_log_log(), "/unmask-log"),
        (Action::ReadAccessLog, words.access_log_title(), "/access-log"),
        (Action::ReadAudit, words.audit_trail_title(), "/audit-trail"),
    ]
    .into_iter()
    .filter(|(action, ..)| match action {
        // A level-2 office manages the accounts of its own units.
        Action::ManageAccounts => person.ctx.allows(*action),
        _ => person.ctx.may_for_region(*action, snapshot),
    })
    .map(|(_, title, url)| (title, url))
    .collect()
}

/// Whether there are units below the person's own to be ranked.
pub(crate) fn has_ranking(person: &SignedIn, snapshot: &Snapshot) -> bool {
    let own = person.ctx.unit().or_else(|| snapshot.root());
    own.is_some_and(|own| snapshot.has_units_below(own, person.ctx.today(snapshot)))
}

/// Only what the person may use.
fn menu(person: &SignedIn, snapshot: &Snapshot, here: Area) -> Vec<Entry> {
    let (words, ctx) = (person.words(), &person.ctx);
    let own = ctx.unit().or_else(|| snapshot.root());
    let code =
        own.and_then(|own| snapshot.units.get(&own)).map(|unit| unit.code.as_str()).unwrap_or_default();
    let may = |action| own.is_some_and(|own| ctx.may(action, snapshot, own));
    let pages = administration(person, snapshot);
    let first = pages.first().map_or("", |(_, url)| *url);
    let about = |url: Url| String::from(person.with_campaign(url));
    [
        (Area::Home, words.menu_home(), about(Url::new("/", &[])), own.is_some()),
        (Area::Figures, words.menu_dashboard(), about(urls::figures(code, None)), own.is_some()),
        (Area::Work, words.menu_work(), urls::todo().into(), own.is_none() || may(Action::ReadTodo)),
        (
            Area::Ranking,
            words.menu_ranking(),
            about(urls::ranking(code, None)),
            has_ranking(person, snapshot),
        ),
        (Area::Registers, words.registers_title(), about(urls::registers(code)), may(Action::ReadRecords)),
        (Area::Units, words.menu_units(), "/units".to_owned(), true),
        (
            Area::Imports,
            words.menu_import(),
            "/imports".to_owned(),
            own.is_none() || may(Action::ImportFiles),
        ),
        (Area::Users, words.menu_users(), first.to_owned(), !first.is_empty()),
    ]
    .into_iter()
    .filter(|(.., is_shown)| *is_shown)
    .map(|(area, label, url, _)| {
        let count = (area == Area::Work).then_some("/todo/count");
        Entry { label, url, is_here: area == here, count }
    })
    .collect()
}
