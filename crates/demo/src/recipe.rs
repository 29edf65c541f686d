//! The recipe of a demonstration city, read from the directory `demonstration/` of a
//! campaign and checked against the campaign
//! (`docs/demonstration.md` describes its language).

mod checks;
pub(crate) mod field_maker;
mod field_makers;
mod scope;
pub(crate) mod written;

use std::cell::RefCell;

use campaign::{
    definition::{Definition, FieldIdx, FormIdx, FormKind, IndicatorIdx, TransitionIdx},
    marker::{Marker, Span},
    mistake::{Mistake, say},
    source::{Source, SourceFile},
};
use model::{clock::BusinessDay, value::Value};
use serde::de::DeserializeOwned;

use self::{
    field_maker::FieldMaker,
    scope::Scope,
    written::{Pool, Yearly},
};
use crate::{
    person_names::PersonNames,
    words::{Template, Words},
};

/// Where the recipe lies in a campaign's directory.
const DIRECTORY: &str = "demonstration/";

/// How to make a demonstration city for one campaign.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// Numbers and names that are used as they are written.
    pub(crate) city: written::City,
    /// Nothing happens and nothing is entered after this day.
    pub(crate) business_day: BusinessDay,
    /// Industries in the order in which contests reach them.
    pub(crate) sector_codes: SectorCodes,
    pub(crate) words: Words,
    pub(crate) people: PersonNames,
    pub(crate) roster: Roster,
    /// Names of the traits that stay with a unit.
    pub(crate) traits: Vec<[f64; 2]>,
    /// In the campaign's order of forms.
    pub(crate) forms: Vec<FormRecipe>,
    /// Their positions, in the order in which records are made.
    pub(crate) order: Vec<usize>,
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
    pub(crate) code: FieldIdx,
    pub(crate) name_field: FieldIdx,
    pub(crate) parent: FieldIdx,
    pub(crate) guidance: FieldIdx,
    /// Position of the sector's code.
    pub(crate) sector: FieldIdx,
    pub(crate) org_code: FieldIdx,
    pub(crate) uscc: FieldIdx,
    pub(crate) steps: Vec<FieldMaker>,
    /// Values of the region, of each union, of the unions between, of each kind of each group.
    pub(crate) root: RosterValues,
    pub(crate) unions: Vec<RosterValues>,
    pub(crate) street: RosterValues,
    pub(crate) groups: Vec<Vec<RosterValues>>,
}

/// Values by position of the roster's field.
pub(crate) type RosterValues = Vec<(FieldIdx, Value)>;

/// How one form is filled in.
#[derive(Debug, Clone)]
pub(crate) struct FormRecipe {
    /// Position in the campaign.
    pub(crate) form: FormIdx,
    pub(crate) kind: FormKind,
    /// Numbers that are used as they are written.
    pub(crate) written: written::Form,
    /// Position in the recipe of the register whose units alone have records of this one.
    pub(crate) with: Option<usize>,
    /// The indicator whose target says how much smaller its totals are in a smaller city.
    pub(crate) toward: Option<IndicatorIdx>,
    /// Transitions that ask for nothing.
    pub(crate) passes: Vec<Pass>,
    /// Sums of the weights of the months up to each.
    pub(crate) months: [f64; 12],
    pub(crate) pools: Vec<Pool>,
    pub(crate) steps: Vec<FieldMaker>,
    /// Fields and what is kept aside.
    pub(crate) slots: usize,
}

impl FormRecipe {
    /// Positions in the recipe of the forms to whose records its own lead.
    pub(crate) fn referred(&self) -> impl Iterator<Item = usize> {
        self.steps.iter().filter_map(|step| match step.maker.what {
            field_maker::What::RecordOf(form) => Some(form),
            _ => None,
        })
    }
}

/// A transition that asks for nothing.
#[derive(Debug, Clone)]
pub(crate) struct Pass {
    /// Which.
    pub(crate) transition: TransitionIdx,
    /// So many days after what came before.
    pub(crate) days: [i64; 2],
    /// Only where the record states this field in the end.
    pub(crate) if_stated: Option<FieldIdx>,
}

/// A total of the whole city.
#[derive(Debug, Clone)]
pub(crate) struct Total {
    /// Position in the recipe of the form it belongs to.
    pub(crate) form: usize,
    pub(crate) years: Yearly,
    /// Position in the recipe of the register it is divided like; else by size alone.
    pub(crate) like: Option<usize>,
}

/// The codes of the sectors: every city has them in the same order, first one of each sector.
#[derive(Debug, Clone, Default)]
pub(crate) struct SectorCodes {
    /// Of each sector its codes, each with its place in the order of all.
    by_sector: Vec<Vec<(usize, String)>>,
}

impl SectorCodes {
    fn new(city: &written::City) -> Self {
        let sectors: Vec<&[String]> =
            city.sector.iter().map(|sector| sector.get_ref().codes.as_slice()).collect();
        let longest = sectors.iter().map(|codes| codes.len()).max().unwrap_or(0);
        let mut by_sector = vec![Vec::new(); sectors.len()];
        let mut place = 0;
        for round in 0..longest {
            for (sector, codes) in sectors.iter().enumerate() {
                if let Some(code) = codes.get(round) {
                    by_sector[sector].push((place, code.clone()));
                    place += 1;
                }
            }
        }
        Self { by_sector }
    }

    /// Those codes of a sector that are among the first `most` of all; always one.
    pub(crate) fn first_codes(&self, sector: usize, most: usize) -> &[(usize, String)] {
        let codes = self.by_sector.get(sector).map_or(&[][..], Vec::as_slice);
        let count = codes.iter().take_while(|(place, _)| *place < most).count();
        &codes[..count.max(1).min(codes.len())]
    }
}

impl Recipe {
    /// The day at which the city stops.
    pub fn business_day(&self) -> BusinessDay {
        self.business_day
    }

    /// Reads the recipe of a definition from the directories of its campaigns: the city and its words from the first one,
    /// how a form is filled in from whichever has it.
    ///
    /// # Errors
    /// Every mistake, with file, line and remedy. Of a file that cannot be read
    /// as it is meant only the first.
    pub fn read(sources: &[Source], definition: &Definition) -> Result<Self, Vec<Mistake>> {
        let mistakes = RefCell::default();
        let recipe = read(sources, definition, &mistakes);
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

fn read(sources: &[Source], definition: &Definition, mistakes: &RefCell<Vec<Mistake>>) -> Option<Recipe> {
    let source = sources.first()?;
    let (words, _) = file::<written::Words>(source, "words.toml", mistakes)?;
    let words = checks::words(words);
    let (city, marker) = file::<written::City>(source, "city.toml", mistakes)?;
    let mut forms = Vec::new();
    for (position, form) in definition.forms.entries() {
        let path = format!("{}{}.toml", form.kind.folder().path(), form.id);
        let holds = |source: &&Source| source.file(&format!("{DIRECTORY}{path}")).is_some();
        if let Some(source) = sources.iter().find(holds).filter(|_| form.kind.has_records()) {
            let (written, marker) = file::<written::Form>(source, &path, mistakes)?;
            forms.push((position, written, marker));
        }
    }
    for (number, source) in sources.iter().enumerate() {
        strays(source, number == 0, definition, mistakes);
    }
    let ids: Vec<String> =
        forms.iter().map(|(position, ..)| definition.forms[*position].id.clone()).collect();
    let traits: Vec<String> = city.enterprise.traits.keys().cloned().collect();
    let scope = |form: FormIdx, marker, persons| Scope {
        definition,
        form: &definition.forms[form],
        city: &city,
        words: &words,
        traits: &traits,
        forms: &ids,
        persons,
        aside: Vec::new(),
        filled: Vec::new(),
        marker,
    };
    let mut totals = Vec::new();
    let person = vec!["chair".to_owned(), "contact".to_owned()];
    let roster = checks::roster(&mut scope(definition.roster, marker, person));
    let people = checks::people(&city.person, &words, marker)?;
    let business_day = checks::business_day(&city.business_day, definition, marker)?;
    checks::entry(&city.entry, marker);
    checks::unscaled(&city.targets, definition, marker);
    let mut recipes = Vec::new();
    for (position, written, marker) in forms {
        let persons = written.people().into_iter().map(|(name, _)| name.to_owned()).collect();
        recipes.push(form(&mut scope(position, marker, persons), position, written, &mut totals));
    }
    drop((ids, traits));
    let traits = city.enterprise.traits.values().copied().collect();
    let sector_codes = SectorCodes::new(&city);
    let order = order(&recipes);
    Some(Recipe {
        business_day,
        sector_codes,
        people,
        roster,
        traits,
        forms: recipes,
        order,
        totals,
        words,
        city,
    })
}

/// The forms in an order in which records are made after those to which they lead; a circle is left as it is.
fn order(forms: &[FormRecipe]) -> Vec<usize> {
    let mut order = Vec::with_capacity(forms.len());
    while order.len() < forms.len() {
        let left = || (0..forms.len()).filter(|form| !order.contains(form));
        let is_free = |form: &usize| forms[*form].referred().all(|to| to == *form || order.contains(&to));
        let Some(next) = left().find(is_free).or(left().next()) else { break };
        order.push(next);
    }
    order
}

fn form(
    scope: &mut Scope<'_>,
    position: FormIdx,
    written: written::Form,
    totals: &mut Vec<Total>,
) -> FormRecipe {
    let kind = scope.form.kind;
    let given: Vec<usize> =
        scope.form.unit.into_iter().chain(scope.form.year).map(FieldIdx::number).collect();
    if kind == FormKind::Register && written.totals.is_none() {
        scope.marker.mark(
            &(0..0),
            say!("缺少 `totals`", "`totals` is missing"),
            say!("请写全市每年的条数", "write the city's records of each year"),
        );
    }
    checks::check_factors(scope, &written);
    checks::check_persons(scope, &written);
    let with = written.with.as_ref().and_then(|id| {
        let found = scope.forms.iter().position(|known| known == id.get_ref());
        if found.is_none() {
            mark_unknown(
                scope.marker,
                &id.span(),
                "with",
                id.get_ref(),
                scope.forms.iter().map(String::as_str),
            );
        }
        found
    });
    let months = checks::months(scope, &written);
    let toward = written
        .toward
        .as_ref()
        .and_then(|id| checks::count_called(scope.definition, scope.marker, "toward", id));
    let passes = checks::passes(scope, &written);
    let steps = field_makers::check(scope, &written.fields, &given, totals);
    FormRecipe {
        form: position,
        kind,
        with,
        toward,
        passes,
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
) -> Option<(T, Marker<'a>)> {
    let path = format!("{DIRECTORY}{path}");
    let Some(SourceFile { path, text }) = source.file(&path) else {
        mistakes.borrow_mut().push(Mistake {
            file: path,
            line: 1,
            column: 1,
            message: say!("缺少这个文件", "the file is missing"),
            remedy: say!("写法见 docs/demonstration.md", "write it as docs/demonstration.md says"),
        });
        return None;
    };
    let marker = Marker::new(path, text, mistakes);
    match toml::from_str(text) {
        Ok(value) => Some((value, marker)),
        Err(error) => {
            let reason = error.message();
            marker.mark(
                &error.span().unwrap_or_default(),
                say!("写法有误:{reason}", "not as it should be written: {reason}"),
                say!("写法见 docs/demonstration.md", "docs/demonstration.md describes it"),
            );
            None
        }
    }
}

/// Marks files that belong to no form.
fn strays(source: &Source, is_first: bool, definition: &Definition, mistakes: &RefCell<Vec<Mistake>>) {
    for SourceFile { path, text } in source.files() {
        let Some(name) = path.strip_prefix(DIRECTORY) else { continue };
        let is_known = match name.trim_end_matches(".toml").split_once('/') {
            None => is_first && ["city.toml", "words.toml"].contains(&name),
            Some((folder, id)) => definition.form(id).is_some_and(|(_, form)| {
                form.kind.folder().path().strip_suffix('/').is_some_and(|own| own == folder)
            }),
        };
        if !is_known {
            Marker::new(path, text, mistakes).mark(
                &(0..0),
                say!("这个文件不对应任何表", "the file belongs to no form"),
                say!(
                    "台账放在 registers/,报表放在 returns/,文件名用表的 id",
                    "registers lie in registers/, returns in returns/, each under its form's id"
                ),
            );
        }
    }
}

/// Marks that `found`, the value of `key`, is none of those that are `known`.
fn mark_unknown<'k>(
    marker: Marker<'_>,
    span: &Span,
    key: &str,
    found: &str,
    known: impl IntoIterator<Item = &'k str>,
) {
    let known: Vec<&str> = known.into_iter().take(24).collect();
    let known = known.join(", ");
    marker.mark(
        span,
        say!("`{key}` 中不认识的 `{found}`", "`{key}` names `{found}`, which does not exist"),
        say!("可以写:{known}", "one of: {known}"),
    );
}
