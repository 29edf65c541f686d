//! Steps, checked: how each field of a record is made, in the order in which
//! they are made.

use campaign::definition::FieldIdx;
use model::value::Value;

use super::written::Yearly;
use crate::words::{Choice, Template};

/// One step: fills one slot. Slots are the form's fields and, after them, what
/// the recipe keeps aside.
#[derive(Debug, Clone)]
pub(crate) struct FieldMaker {
    /// Which one.
    pub(crate) slot: usize,
    /// How it is made.
    pub(crate) maker: Maker,
    /// When it is stated at all.
    pub(crate) only: Only,
}

/// When something is stated.
#[derive(Debug, Clone, Default)]
pub(crate) struct Only {
    /// With this probability.
    pub(crate) chance: Option<Yearly>,
    /// The chance is that of recent records; earlier ones always state it.
    pub(crate) while_recent: bool,
    /// When every one of these slots holds one of its values.
    pub(crate) when: Vec<(usize, Vec<Value>)>,
    /// When this slot is stated.
    pub(crate) if_stated: Option<usize>,
    /// When the form requires it.
    pub(crate) if_required: bool,
    /// When what is made is more than zero.
    pub(crate) if_positive: bool,
    /// What is stated else.
    pub(crate) otherwise: Option<i64>,
}

/// How something is made.
#[derive(Debug, Clone)]
pub(crate) struct Maker {
    /// What.
    pub(crate) what: What,
    /// The unit always has the same luck.
    pub(crate) steady: bool,
    /// The unit's vigour helps.
    pub(crate) vigour: bool,
    /// Small numbers are likelier than large ones.
    pub(crate) skewed: bool,
}

/// What is made.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// A text.
    Text(Template),
    /// A table, written as a text.
    Rows(Template),
    /// One of several codes or texts: value, weight, whether vigour lifts it.
    Pick(Vec<(Value, Yearly, bool)>),
    /// Yes with this probability, else no.
    Flag(Yearly),
    /// A whole number between two bounds.
    Number(f64, f64),
    /// A number with one decimal between two bounds.
    Decimal(f64, f64),
    /// Money between two bounds in yuan.
    Yuan(f64, f64),
    /// The day of the record.
    Event,
    /// A day so many days after another one, and so many months as this slot says; before it when negative.
    Apart(usize, Option<usize>, i64, i64),
    /// A day so many days after the end of the year.
    AfterYear(i64, i64),
    /// Of one of the record's persons: the name.
    NameOf(usize),
    /// The ID number.
    IdOf(usize),
    /// The gender.
    GenderOf(usize),
    /// A telephone number.
    PhoneOf(usize),
    /// What the roster says, at this position.
    Copy(FieldIdx),
    /// A record of the unit: position of its form among the recipe's forms. It is called by its number or its title.
    RecordOf(usize),
    /// What the record that was chosen last states in this field.
    Its(FieldIdx),
    /// One of the codes of the unit's sector: up to each year so many different ones in the whole city.
    SectorCode(Vec<usize>),
    /// Another unit.
    Another,
    /// One of several, by the value of something else.
    Case(Box<Choice<Maker>>),
    /// A part of another number.
    Part(PartOf),
    /// The unit's part of a total of the whole city: position among all such totals.
    Total(usize),
    /// What a register leaves to be stated as a number: position among the recipe's forms.
    Rest(usize),
}

/// A part of another number.
#[derive(Debug, Clone)]
pub(crate) struct PartOf {
    /// The slot of the other.
    pub(crate) of: usize,
    /// Least and greatest part.
    pub(crate) share: (f64, f64),
    /// Trait of the unit it is multiplied with.
    pub(crate) times: Option<usize>,
    /// Factor of each year.
    pub(crate) yearly: Yearly,
    /// Rounded down or up instead of to one side or the other by chance.
    pub(crate) rounding: Rounding,
}

/// Which way a part is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// Either way, so that sums come out right.
    Chance,
    /// Down: several parts are never more than the whole.
    Down,
    /// Up: a part is never nothing.
    Up,
}
