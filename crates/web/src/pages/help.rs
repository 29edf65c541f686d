//! Help: first steps for what the person may do, and what each page is for. Every page leads to its own part.

use app::Action;
use askama::Template;
use axum::response::Html;
use words::Words;

use crate::{
    Error,
    error::print,
    layout::{Area, Layout, has_ranking, role_name},
    request_context::{RequestContext, SignedIn},
};

#[derive(Template)]
#[template(path = "help.html")]
struct HelpPage {
    layout: Layout,
    /// What the first steps are called.
    title: String,
    guide_steps: Vec<&'static str>,
    topics: Vec<Topic>,
}

/// The part of the help that is about one area.
struct Topic {
    area: Area,
    title: &'static str,
    texts: Vec<&'static str>,
}

/// GET `/help`.
pub(crate) async fn show(
    visit: RequestContext,
    person: Result<SignedIn, Error>,
) -> Result<Html<String>, Error> {
    let words = visit.words;
    print(&match person {
        Ok(person) => HelpPage {
            layout: Layout::new(&person, &person.snapshot, Area::Own, words.help_title()),
            title: match person.ctx.role() {
                Some(role) => words.help_guide_for(role_name(words, role)),
                None => words.help_guide().to_owned(),
            },
            guide_steps: guide(words, &person),
            topics: topics(words),
        },
        Err(_) => HelpPage {
            layout: Layout::public_page(&visit, words.help_title()),
            title: words.help_guide().to_owned(),
            guide_steps: vec![words.help_guide_public()],
            topics: topics(words),
        },
    })
}

/// The first steps of somebody with these rights.
fn guide(words: Words, person: &SignedIn) -> Vec<&'static str> {
    let all = [
        (None, words.help_first_account()),
        (Some(Action::ReadTodo), words.help_first_todo()),
        (Some(Action::WriteRecords), words.help_first_write()),
        (Some(Action::ImportFiles), words.help_first_import()),
        (Some(Action::TransitionRecords), words.help_first_transition()),
        (Some(Action::ReadFigures), words.help_first_figures()),
        (Some(Action::ManageUnits), words.help_first_units()),
        (Some(Action::ManageAccounts), words.help_first_accounts()),
        (Some(Action::ReadAudit), words.help_first_audit()),
    ];
    let may = |action: Option<Action>| action.is_none_or(|action| person.ctx.allows(action));
    let steps = all.into_iter().filter(|(action, _)| may(*action)).map(|(_, text)| text);
    // As in the menu: a ranking is for whoever has units to rank.
    steps.chain(has_ranking(person, &person.snapshot).then(|| words.help_first_ranking())).collect()
}

fn topics(words: Words) -> Vec<Topic> {
    let topic = |area, title, texts: &[&'static str]| Topic { area, title, texts: texts.to_vec() };
    vec![
        topic(Area::Home, words.help_home(), &[words.help_home_1(), words.help_home_2()]),
        topic(
            Area::Figures,
            words.help_figures(),
            &[words.help_figures_1(), words.help_figures_2(), words.help_figures_3(), words.help_figures_4()],
        ),
        topic(
            Area::Work,
            words.help_todo(),
            &[words.help_todo_1(), words.help_todo_2(), words.help_todo_3()],
        ),
        topic(Area::Ranking, words.help_ranking(), &[words.help_ranking_1(), words.help_ranking_2()]),
        topic(
            Area::Registers,
            words.help_registers(),
            &[
                words.help_registers_1(),
                words.help_registers_2(),
                words.help_registers_3(),
                words.help_registers_4(),
                words.help_registers_5(),
            ],
        ),
        topic(
            Area::Imports,
            words.help_imports(),
            &[words.help_imports_1(), words.help_imports_2(), words.help_imports_3(), words.help_imports_4()],
        ),
        topic(Area::Units, words.help_units(), &[words.help_units_1(), words.help_units_2()]),
        topic(
            Area::Users,
            words.help_accounts(),
            &[words.help_accounts_1(), words.help_accounts_2(), words.help_accounts_3()],
        ),
        topic(Area::Own, words.help_own(), &[words.help_own_1(), words.help_own_2()]),
    ]
}
