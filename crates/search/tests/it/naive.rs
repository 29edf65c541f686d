//! What fits a filter and in which order, as a reader of the facts would say.

use std::cmp::Ordering;

use model::value::Value;
use search::{By, Filter, Sort, Test};

use crate::{Action, filters::KINDS};

pub(crate) fn find(actions: &[Action], filter: &Filter, units: Option<&[i64]>, sort: Sort) -> Vec<i64> {
    let mut found: Vec<&Action> = actions
        .iter()
        .filter(|action| units.is_none_or(|units| units.contains(&action.unit)) && fits(action, filter))
        .collect();
    found.sort_by(|a, b| compare(a, b, sort).then(b.id.cmp(&a.id)));
    found.iter().map(|action| action.id).collect()
}

fn fits(action: &Action, filter: &Filter) -> bool {
    let texts: Vec<&str> = action
        .values
        .iter()
        .flatten()
        .filter_map(|value| if let Value::Text(text) = value { Some(text.as_str()) } else { None })
        .collect();
    let words: Vec<Vec<Atom>> =
        filter.text.split_whitespace().map(atoms).filter(|word| !word.is_empty()).collect();
    let has_words = filter.text.trim().is_empty() || !words.is_empty();
    has_words
        && words.iter().all(|word| texts.iter().any(|text| stands_in(word, &atoms(text))))
        && (filter.states.is_empty() || action.state.is_some_and(|state| filter.states.contains(&state)))
        && filter.from.is_none_or(|from| action.id >= from.0)
        && filter.fields.iter().all(|(field, test)| {
            let value = action.values[*field].as_ref();
            let is_value = value.is_some_and(Value::is_value);
            match test {
                Test::OneOf(values) => value.is_some_and(|value| values.contains(value)),
                Test::HasValue(true) => is_value,
                Test::HasValue(false) => value.is_none(),
                Test::NotApplicable => value.is_some_and(|value| !value.is_value()),
                Test::NoValue => !is_value,
                Test::Between(from, to) => value.filter(|value| value.is_value()).is_some_and(|value| {
                    from.as_ref().is_none_or(|from| order(value, from) != Ordering::Less)
                        && to.as_ref().is_none_or(|to| order(value, to) != Ordering::Greater)
                }),
            }
        })
}

fn compare(a: &Action, b: &Action, sort: Sort) -> Ordering {
    let turned = |order: Ordering| if sort.is_descending { order.reverse() } else { order };
    let present = |a: bool, b: bool| b.cmp(&a);
    match sort.by {
        By::Entered => turned(a.id.cmp(&b.id)),
        By::State => match (a.state, b.state) {
            (Some(a), Some(b)) => turned(a.cmp(&b)),
            (a, b) => present(a.is_some(), b.is_some()),
        },
        By::Field(field) => {
            let [a, b] = [a, b].map(|action| action.values.value(field).filter(|value| value.is_value()));
            match (a, b) {
                (Some(a), Some(b)) => turned(order(a, b)),
                (a, b) => present(a.is_some(), b.is_some()),
            }
        }
    }
}

fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        (Value::Decimal(a), Value::Decimal(b)) => a.partial_cmp(b).unwrap(),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::Flag(a), Value::Flag(b)) => a.cmp(b),
        (Value::Code(a), Value::Code(b)) => {
            let place = |code: &String| KINDS.iter().position(|kind| kind == code);
            place(a).cmp(&place(b))
        }
        (Value::Unit(a), Value::Unit(b)) => a.cmp(b),
        _ => panic!("{a:?} beside {b:?}"),
    }
}

/// A Chinese character or a word of letters and digits.
#[derive(Debug, PartialEq, Clone)]
struct Atom {
    text: String,
    is_chinese: bool,
    /// Whether it is a Chinese character right behind another.
    is_joined: bool,
}

fn atoms(text: &str) -> Vec<Atom> {
    let mut atoms: Vec<Atom> = Vec::new();
    let mut last = ' ';
    for c in text.to_lowercase().chars() {
        let is_chinese = ('\u{4E00}'..='\u{9FFF}').contains(&c);
        let was_chinese = ('\u{4E00}'..='\u{9FFF}').contains(&last);
        if is_chinese {
            atoms.push(Atom { text: c.to_string(), is_chinese, is_joined: was_chinese });
        } else if c.is_alphanumeric() {
            if last.is_alphanumeric() && !was_chinese {
                atoms.last_mut().unwrap().text.push(c);
            } else {
                atoms.push(Atom { text: c.to_string(), is_chinese, is_joined: false });
            }
        }
        last = c;
    }
    atoms
}

fn stands_in(word: &[Atom], text: &[Atom]) -> bool {
    text.windows(word.len()).any(|there| {
        there.iter().zip(word).enumerate().all(|(number, (there, wanted))| {
            let is_joined = number == 0 || there.is_joined == wanted.is_joined;
            there.text == wanted.text && is_joined
        })
    })
}
