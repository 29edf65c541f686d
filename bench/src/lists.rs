//! Lists of the largest register with the filters that people use most.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use app::registers::{self, By, Filter, IndexReach, Selection, Sort, Test};
use campaign::{
    definition::{FieldIdx, Form, FormIdx, StateIdx},
    kinds::ValueShape,
};
use model::{ids::UnitId, month::Month, value::Value};

use crate::{
    city::{City, PAGE},
    report::{Report, ms, percentile},
};

/// How often each list is asked for.
const ASKED: usize = 60;

/// What the lists are made of.
struct Stock {
    form: FormIdx,
    root: UnitId,
    district: UnitId,
    date: FieldIdx,
    code: FieldIdx,
    codes: Vec<String>,
    states: usize,
    words: Vec<String>,
    years: std::ops::RangeInclusive<i16>,
}

pub(crate) async fn measure(city: &City, engine: &str, report: &mut Report) -> Result<()> {
    let start = Instant::now();
    registers::update_indexes(&city.app, &city.ctx, true).await?;
    let took = start.elapsed();
    let is_held = took < Duration::from_mins(1);
    let what = format!("indexes of all registers built anew, {engine}");
    report.limit(&what, "< 60 s at 3,000,000", &ms(took), is_held);
    let stock = stock(city).await?;
    let snapshot = city.app.current(&city.ctx).await?;
    let form = &snapshot.definition.forms[stock.form];
    let mut all = Vec::new();
    let mut count = 0;
    for (name, list) in lists() {
        let mut times = Vec::with_capacity(ASKED);
        let mut found = 0;
        for number in 0..ASKED + 5 {
            let selection = list(&stock, form, number);
            let start = Instant::now();
            let page = registers::list(&city.app, &city.ctx, &selection, 1, PAGE).await?;
            let time = start.elapsed();
            anyhow::ensure!(page.reach == IndexReach::Everything, "{name}: the index is behind");
            found = found.max(page.count);
            count = count.max(page.count);
            if number >= 5 {
                times.push(time);
            }
        }
        let measured = format!(
            "p50 {}, p95 {}; up to {found} records",
            ms(percentile(&mut times, 50)),
            ms(percentile(&mut times, 95))
        );
        report.note(&format!("list, {engine}: {name}"), &measured);
        all.extend(times);
    }
    let p95 = percentile(&mut all, 95);
    report.limit(
        &format!(
            "a page of a list of {count} records with an exact count, common filters, in the server, {engine}"
        ),
        "p95 < 100 ms",
        &format!("p50 {}, p95 {}", ms(percentile(&mut all, 50)), ms(p95)),
        p95 < Duration::from_millis(100),
    );
    Ok(())
}

type List = fn(&Stock, &Form, usize) -> Selection;

/// The lists that people ask for, each from a number that varies it.
fn lists() -> [(&'static str, List); 9] {
    [
        ("everything, newest first", |stock, form, _| selection(form, stock.root, Filter::default())),
        ("in a state", |stock, form, number| {
            let states = vec![StateIdx::new(number % stock.states.max(1))];
            selection(form, stock.root, Filter { states, ..Filter::default() })
        }),
        ("of a category", |stock, form, number| {
            selection(form, stock.root, Filter { fields: vec![stock.category(number)], ..Filter::default() })
        }),
        ("of a quarter", |stock, form, number| {
            selection(form, stock.root, Filter { fields: vec![stock.quarter(number)], ..Filter::default() })
        }),
        ("with a word", |stock, form, number| {
            let text = stock.word(number);
            selection(form, stock.root, Filter { text, ..Filter::default() })
        }),
        ("of a district", |stock, form, _| selection(form, stock.district, Filter::default())),
        ("of a district, in a state, of a category, of a quarter", |stock, form, number| {
            let fields = vec![stock.category(number), stock.quarter(number)];
            let states = vec![StateIdx::new(number % stock.states.max(1))];
            selection(form, stock.district, Filter { states, fields, ..Filter::default() })
        }),
        ("everything, sorted by date", |stock, form, _| Selection {
            sort: Sort { by: By::Field(stock.date), is_descending: true },
            ..selection(form, stock.root, Filter::default())
        }),
        ("of a category, sorted by date, with a word", |stock, form, number| {
            let filter = Filter {
                text: stock.word(number),
                fields: vec![stock.category(number)],
                ..Filter::default()
            };
            Selection {
                sort: Sort { by: By::Field(stock.date), is_descending: false },
                ..selection(form, stock.root, filter)
            }
        }),
    ]
}

fn selection(form: &Form, unit: UnitId, filter: Filter) -> Selection {
    Selection { form: form.id.clone(), unit, filter, sort: Sort::default() }
}

impl Stock {
    fn category(&self, number: usize) -> (FieldIdx, Test) {
        let code = &self.codes[number % self.codes.len()];
        (self.code, Test::OneOf(vec![Value::Code(code.clone())]))
    }

    fn quarter(&self, number: usize) -> (FieldIdx, Test) {
        let years: Vec<i16> = self.years.clone().collect();
        let year = years[number % years.len()];
        let month = [1, 4, 7, 10][number / years.len() % 4];
        let first = jiff::civil::date(year, month, 1);
        let last = jiff::civil::date(year, month + 2, 28);
        (self.date, Test::Between(Some(Value::Date(first)), Some(Value::Date(last))))
    }

    fn word(&self, number: usize) -> String {
        self.words[number % self.words.len()].clone()
    }
}

async fn stock(city: &City) -> Result<Stock> {
    let snapshot = city.app.current(&city.ctx).await?;
    let root = city.root().await?;
    let (position, page) = city.registers().await?.swap_remove(0);
    let form = &snapshot.definition.forms[position];
    let kinds = || form.fields.entries();
    let date = form.posts.first().context("a register that counts nothing")?.on;
    let code = kinds().find_map(|(position, field)| match field.kind.spec().shape {
        ValueShape::Code(dictionary) => Some((position, dictionary)),
        _ => None,
    });
    let (code, dictionary) = code.context("no codes")?;
    let words = page.rows.iter().flat_map(|row| &row.fact.values).flatten();
    let words = words.filter_map(Value::as_str).map(|text| text.chars().skip(1).take(2).collect::<String>());
    let words: Vec<String> =
        words.filter(|word| word.chars().all(|c| ('一'..='龥').contains(&c))).take(40).collect();
    anyhow::ensure!(!words.is_empty(), "no words");
    let month = Month::december(snapshot.definition.first_campaign().period.last);
    let below = snapshot.tree.children(root, month).map(|(unit, _)| unit);
    let district = below.max_by_key(|unit| snapshot.tree.ever_below(*unit).len()).context("no districts")?;
    Ok(Stock {
        form: position,
        root,
        district,
        date,
        code,
        codes: snapshot.definition.dictionaries[dictionary]
            .codes
            .iter()
            .map(|code| code.code.clone())
            .collect(),
        states: form.workflow.as_ref().map_or(0, |workflow| workflow.states.len()),
        words,
        years: snapshot.definition.first_campaign().period.first
            ..=snapshot.definition.first_campaign().period.last,
    })
}
