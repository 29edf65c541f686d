//! The recipe of a demonstration city, read from `demonstration/` of a
//! campaign's directory and checked against the campaign
//! (`docs/demonstration.md` describes its language).

mod ground;
mod pen;
mod scope;
pub(crate) mod step;
mod steps;
pub(crate) mod written;

use std::cell::RefCell;

use campaign::{
    definition::{Campaign, FormKind},
    mistake::Mistake,
    source::{Source, SourceFile},
};
use jiff::civil::Date;
use model::value::Value;
use serde::de::DeserializeOwned;

use self::{
    pen::{Pen, say},
    scope::Scope,
    step::Step,
    written::{Pool, Yearly},
};
use crate::{
    people::People,
    words::{Template, Words},
};

/// Where the recipe lies in a campaign's directory.
const DIRECTORY: &str = "demonstration/";

/// How to make a demonstration city for one campaign.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// Numbers and names that are used as they are written.
    pub(crate) city: written::City,
    /// Nothing happens after this day.
    pub(crate) until: Date,
    pub(crate) words: Words,
    pub(crate) people: People,
    pub(crate) roster: Roster,
    /// Names of the traits that stay with a unit.
    pub(crate) traits: Vec<[f64; 2]>,
    /// In the campaign's order of forms.
    pub(crate) forms: Vec<FormRecipe>,
    /// Totals of the whole city that are divided among units.
    pub(crate) totals: Vec<Total>,
}

/// How the roster is filled in.
#[derive(Debug, Clone)]
pub(crate) struct Roster {
    /// Names of enterprises, without the mark of invention.
    pub(crate) name: Template,
    /// Names of teams.
    pub(crate) team: Template,
    /// Positions of code, name, parent and guidance.
    pub(crate) code: usize,
    pub(crate) name_field: usize,
    pub(crate) parent: usize,
    pub(crate) guidance: usize,
    /// Position of the sector's code.
    pub(crate) sector: usize,
    pub(crate) org_code: usize,
    pub(crate) uscc: usize,
    pub(crate) steps: Vec<Step>,
    /// Values of the region, of each union, of the unions between, of each kind of each group.
    pub(crate) root: Stated,
    pub(crate) unions: Vec<Stated>,
    pub(crate) street: Stated,
    pub(crate) groups: Vec<Vec<Stated>>,
}

/// Values by position of the roster's field.
pub(crate) type Stated = Vec<(usize, Value)>;

/// How one form is filled in.
#[derive(Debug, Clone)]
pub(crate) struct FormRecipe {
    /// Position in the campaign.
    pub(crate) form: usize,
    pub(crate) kind: FormKind,
    /// Numbers that are used as they are written.
    pub(crate) written: written::Form,
    /// Position in the recipe of the register whose units alone have records of this one.
    pub(crate) with: Option<usize>,
    /// Sums of the weights of the months up to each.
    pub(crate) months: [f64; 12],
    pub(crate) pools: Vec<Pool>,
    pub(crate) steps: Vec<Step>,
    /// Fields and what is kept aside.
    pub(crate) slots: usize,
}

/// A total of the whole city.
#[derive(Debug, Clone)]
pub(crate) struct Total {
    /// Position in the recipe of the form it stands in.
    pub(crate) form: usize,
    pub(crate) years: Yearly,
    /// Position in the recipe of the register it is divided like; else by size alone.
    pub(crate) like: Option<usize>,
}

impl Recipe {
    /// Reads the recipe of a campaign.
    ///
    /// # Errors
    /// Every mistake, with file, line and remedy. Of a file that cannot be read
    /// as it is meant only the first.
    pub fn read(source: &Source, campaign: &Campaign) -> Result<Self, Vec<Mistake>> {
        let mistakes = RefCell::default();
        let recipe = read(source, campaign, &mistakes);
        let mut mistakes: Vec<Mistake> = mistakes.into_inner();
        match recipe {
            Some(recipe) if mistakes.is_empty() => Ok(recipe),
            _ => {
                mistakes.sort_by_key(|mistake| (mistake.file.clone(), mistake.line, mistake.column));
                Err(mistakes)
            }
        }
    }
}

fn read(source: &Source, campaign: &Campaign, mistakes: &RefCell<Vec<Mistake>>) -> Option<Recipe> {
    let (words, _) = file::<written::Words>(source, "words.toml", mistakes)?;
    let words = ground::words(words);
    let (city, pen) = file::<written::City>(source, "city.toml", mistakes)?;
    let mut forms = Vec::new();
    for (position, form) in campaign.forms.iter().enumerate() {
        let folder = if form.kind == FormKind::Register { "registers" } else { "returns" };
        let path = format!("{folder}/{}.toml", form.id);
        if form.kind != FormKind::Roster && source.file(&format!("{DIRECTORY}{path}")).is_some() {
            let (written, pen) = file::<written::Form>(source, &path, mistakes)?;
            forms.push((position, written, pen));
        }
    }
    strays(source, campaign, mistakes);
    let ids: Vec<String> = forms.iter().map(|(position, ..)| campaign.forms[*position].id.clone()).collect();
    let traits: Vec<String> = city.enterprise.traits.keys().cloned().collect();
    let scope = |form: usize, pen, persons| Scope {
        campaign,
        form: &campaign.forms[form],
        city: &city,
        words: &words,
        traits: &traits,
        forms: &ids,
        persons,
        aside: Vec::new(),
        filled: Vec::new(),
        pen,
    };
    let mut totals = Vec::new();
    let person = vec!["chair".to_owned(), "contact".to_owned()];
    let roster = ground::roster(&mut scope(campaign.roster, pen, person));
    let people = ground::people(&city.person, &words, pen)?;
    let until = ground::date(&city.until, pen)?;
    let mut recipes = Vec::new();
    for (position, written, pen) in forms {
        let persons = written.people().into_iter().map(|(name, _)| name.to_owned()).collect();
        recipes.push(form(&mut scope(position, pen, persons), position, written, &mut totals));
    }
    drop((ids, traits));
    let traits = city.enterprise.traits.values().copied().collect();
    Some(Recipe { until, people, roster, traits, forms: recipes, totals, words, city })
}

fn form(
    scope: &mut Scope<'_>,
    position: usize,
    written: written::Form,
    totals: &mut Vec<Total>,
) -> FormRecipe {
    let kind = scope.form.kind;
    let given: Vec<usize> = scope.form.unit_field().into_iter().chain(scope.form.year_field()).collect();
    if kind == FormKind::Register && written.totals.is_none() {
        scope.pen.mark(
            &(0..0),
            say("缺少 `totals`", "`totals` is missing"),
            say("请写全市每年的条数", "write the city's records of each year"),
        );
    }
    ground::check_factors(scope, &written);
    ground::check_persons(scope, &written);
    let with = written.with.as_ref().and_then(|id| {
        let found = scope.forms.iter().position(|known| known == id.get_ref());
        if found.is_none() {
            scope.pen.unknown(&id.span(), "with", id.get_ref(), scope.forms.iter().map(String::as_str));
        }
        found
    });
    let months = ground::months(scope, &written);
    let steps = steps::check(scope, &written.fields, &given, totals);
    FormRecipe {
        form: position,
        kind,
        with,
        months,
        pools: written.people().into_iter().map(|(_, pool)| pool).collect(),
        steps,
        slots: scope.form.fields.len() + scope.aside.len(),
        written,
    }
}

/// Reads one file of the recipe.
fn file<'a, T: DeserializeOwned>(
    source: &'a Source,
    path: &str,
    mistakes: &'a RefCell<Vec<Mistake>>,
) -> Option<(T, Pen<'a>)> {
    let path = format!("{DIRECTORY}{path}");
    let Some(SourceFile { path, text }) = source.file(&path) else {
        mistakes.borrow_mut().push(Mistake {
            file: path,
            line: 1,
            column: 1,
            message: say("缺少这个文件", "the file is missing"),
            remedy: say("写法见 docs/demonstration.md", "write it as docs/demonstration.md says"),
        });
        return None;
    };
    let pen = Pen { path, text, mistakes };
    match toml::from_str(text) {
        Ok(value) => Some((value, pen)),
        Err(error) => {
            let reason = error.message();
            pen.mark(
                &error.span().unwrap_or_default(),
                say(&format!("写法有误:{reason}"), &format!("not as it should be written: {reason}")),
                say("写法见 docs/demonstration.md", "docs/demonstration.md describes it"),
            );
            None
        }
    }
}

/// Marks files that belong to no form.
fn strays(source: &Source, campaign: &Campaign, mistakes: &RefCell<Vec<Mistake>>) {
    for SourceFile { path, text } in source.files() {
        let Some(name) = path.strip_prefix(DIRECTORY) else { continue };
        let is_known = match name.trim_end_matches(".toml").split_once('/') {
            None => ["city.toml", "words.toml"].contains(&name),
            Some((folder, id)) => campaign.form(id).is_some_and(|(_, form)| match form.kind {
                FormKind::Roster => false,
                FormKind::Register => folder == "registers",
                FormKind::Return | FormKind::Baseline => folder == "returns",
            }),
        };
        if !is_known {
            Pen { path, text, mistakes }.mark(
                &(0..0),
                say("这个文件不对应任何表", "the file belongs to no form"),
                say(
                    "台账放在 registers/,报表放在 returns/,文件名用表的 id",
                    "registers lie in registers/, returns in returns/, each under its form's id",
                ),
            );
        }
    }
}
