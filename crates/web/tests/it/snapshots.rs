//! Pages as they were when somebody last looked at them, in both languages.
//! `CONTRIBUTING.md` says how a snapshot is accepted.

use std::fmt::Write as _;

use crate::{
    outline::{outline, outline_of_main},
    page::Element,
    site::{Answer, Site, Visitor, between},
};

/// English pages with Chinese words on them: names of fields and codes in the sentence of a fault. A page that
/// has none any more is taken from the list.
const NOT_TRANSLATED: [&str; 2] = ["import_that_changes_a_record", "register_filtered_wrongly"];

/// Compares a page with its snapshot.
pub(crate) async fn check(name: &str, site: &Site, login: &str, path: &str) {
    check_answers(name, site, login, async |visitor| {
        let answer = visitor.get(path).await;
        let again = visitor.get(path).await;
        assert_eq!(described(site, &answer).await, described(site, &again).await, "{path} twice");
        answer
    })
    .await;
}

/// Compares what somebody is answered with its snapshot, asking once in each language.
pub(crate) async fn check_answers(
    name: &str,
    site: &Site,
    login: &str,
    ask: impl AsyncFn(&mut Visitor<'_>) -> Answer,
) {
    compare(name, site, login, async |visitor| {
        let answer = ask(visitor).await;
        let text = described(site, &answer).await;
        assert!(text.contains("\n# "), "{name} has no heading:\n{text}");
        text
    })
    .await;
}

/// Compares a part of a page, which scripts ask for, with its snapshot.
pub(crate) async fn check_part(name: &str, site: &Site, login: &str, path: &str) {
    compare(name, site, login, async |visitor| {
        let answer = visitor.get(path).await;
        format!("{}\n{}", answer.status, fragment(&answer))
    })
    .await;
}

/// Compares what is around a page with its snapshot.
pub(crate) async fn check_frame(name: &str, site: &Site, login: &str, path: &str) {
    compare(name, site, login, async |visitor| {
        let mut document = visitor.get(path).await.document();
        document.remove("main");
        outline(&document).replace(env!("CARGO_PKG_VERSION"), "{version}")
    })
    .await;
}

/// Compares what somebody is told in each language with one snapshot.
pub(crate) async fn compare(
    name: &str,
    site: &Site,
    login: &str,
    ask: impl AsyncFn(&mut Visitor<'_>) -> String,
) {
    let mut visitor = if login.is_empty() { site.stranger().await } else { site.visitor(login).await };
    let mut both = String::new();
    for language in ["zh", "en"] {
        visitor.reads(language);
        let text = ask(&mut visitor).await;
        let is_translated = !NOT_TRANSLATED.contains(&name);
        assert!(language == "zh" || has_chinese(&text) != is_translated, "{name} in {language}:\n{text}");
        let _ = writeln!(both, "[{language}] {text}");
    }
    assert(name, both.trim_end());
}

/// Compares a text with its snapshot.
pub(crate) fn assert(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// Status, title and content of a page, without what differs between two runs.
async fn described(site: &Site, answer: &Answer) -> String {
    let document = answer.document();
    let title = document.all("title").first().map(|title| title.text()).unwrap_or_default();
    let mut text = format!("{} {title}\n{}", answer.status, outline_of_main(&document));
    let snapshot = site.app.current(&testkit::console(&site.app)).await.unwrap();
    let hash = &snapshot.definition.hash;
    for (found, name) in [(hash.as_str(), "{definition}"), (&hash[..10], "{definition}")] {
        text = text.replace(found, name);
    }
    let text = without_number(&without_error_number(&text), "/audit-trail/entries/", "{entry}");
    without_number(&text, "/definition/versions/", "{version}")
}

/// The numbers of some things are different each time, or with each change of the campaign.
fn without_number(text: &str, before: &str, name: &str) -> String {
    let mut parts = text.split(before);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let after = part.trim_start_matches(|c: char| c.is_ascii_digit());
        text.extend([before, name, after]);
    }
    text
}

/// The number under which an error is in the log is different each time.
fn without_error_number(text: &str) -> String {
    let mut text = text.to_owned();
    for before in ["\n编号 ", "\nNumber "] {
        let number = between(&text, before, "\n").filter(|number| number.len() == 8).map(ToOwned::to_owned);
        if let Some(number) = number {
            text = text.replace(&number, "{number}");
        }
    }
    text
}

/// An answer that is no whole page, as text.
fn fragment(answer: &Answer) -> String {
    let document: Element = answer.document();
    let options = document.all("option").into_iter();
    let options = options.map(|option| format!("{} = {}\n", option.attribute("value"), option.text()));
    format!("{}{}", options.collect::<String>(), outline(&document))
}

fn has_chinese(text: &str) -> bool {
    // The switch names each language in itself; quotation marks of the campaign are no letters.
    text.replace("中文", "").contains(|c: char| ('\u{4e00}'..='\u{9fff}').contains(&c))
}
