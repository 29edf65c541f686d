//! The words that clerks write around the data: totals, signatures, units of
//! money, yes and no. The standard ones come with the program; a campaign may
//! add its own.

/// A list of words that mean the same in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordList {
    /// Open a row that adds up the rows above it.
    Totals,
    /// Open a line of signatures or remarks below the table.
    Footers,
    /// Open the line that numbers the pages …
    PageStarts,
    /// … in which one of these follows.
    PageWords,
    /// Stand for columns in a row that numbers them.
    ColumnStems,
    /// Stand around the number of a column.
    ColumnWords,
    /// Titles of columns that hold nothing to keep.
    IgnoredColumns,
    /// End the titles of columns that count the rows of a sheet: such a number identifies nothing.
    SerialColumns,
    /// Stand before the reporting unit's code.
    UnitCodes,
    /// Stand before the reporting unit's name.
    UnitNames,
    /// Remarks beside a unit's name that ask for its seal.
    Seals,
    /// End the text before a unit of money.
    MoneyLabels,
    /// End a column's title and are no part of its name: units of money.
    MoneyTitleEnds,
    /// The unit of money itself, after an amount.
    Yuan,
    /// Stand before an amount and say nothing.
    CurrencyBefore,
    /// Stand after an amount, or before its unit, and say nothing.
    Currency,
    /// End an amount and say nothing.
    AmountEnds,
    /// Say after a number what is counted.
    Counted,
    /// Mean yes.
    Yes,
    /// Mean no.
    No,
    /// Mean that nothing is stated.
    Nothing,
    /// End a year in a column of years.
    YearEnds,
    /// Stand between year and month of a date.
    YearWords,
    /// Stand between month and day of a date.
    MonthWords,
    /// End a date.
    DayEnds,
    /// Begin the day of the week after a date.
    Weekdays,
    /// Stand before the hour after a date.
    HalfDays,
    /// Stand after the hour.
    Hours,
    /// Money of other countries.
    ForeignMoney,
    /// Measures whose name begins with a power of ten that says nothing about a number (千克).
    KiloMeasures,
    /// Say in a row below the header what the columns hold; units of money and what is counted aside.
    ColumnUnits,
    /// End a row of totals, or begin one where nothing else follows.
    TotalEnds,
    /// Open a row that takes a row of totals apart.
    Breakdowns,
    /// Say that a table goes on, on a line of their own.
    Continuations,
    /// Are in lines that end a table: its seal, its signature.
    SignOffs,
    /// Stand for thousands or more, or for a part of a yuan, beside an amount, and are no name of a unit of money:
    /// somebody is asked.
    UnclearPowers,
    /// Stand in a cell for what is in the cell above it.
    Dittos,
    /// End the names of units.
    UnitEnds,
    /// Say that a question does not concern the unit; the reason follows.
    NotApplicable,
    /// Say in a column of numbers, days or flags that nothing has been reported.
    NotReported,
}

impl WordList {
    /// All of them, each with the key it has in a file.
    pub const ALL: &[(Self, &str)] = &[
        (Self::Totals, "totals"),
        (Self::Footers, "footers"),
        (Self::PageStarts, "page_starts"),
        (Self::PageWords, "page_words"),
        (Self::ColumnStems, "column_stems"),
        (Self::ColumnWords, "column_words"),
        (Self::IgnoredColumns, "ignored_columns"),
        (Self::SerialColumns, "serial_columns"),
        (Self::UnitCodes, "unit_codes"),
        (Self::UnitNames, "unit_names"),
        (Self::Seals, "seals"),
        (Self::MoneyLabels, "money_labels"),
        (Self::MoneyTitleEnds, "money_title_ends"),
        (Self::Yuan, "yuan"),
        (Self::CurrencyBefore, "currency_before"),
        (Self::Currency, "currency"),
        (Self::AmountEnds, "amount_ends"),
        (Self::Counted, "counted"),
        (Self::Yes, "yes"),
        (Self::No, "no"),
        (Self::Nothing, "nothing"),
        (Self::YearEnds, "year_ends"),
        (Self::YearWords, "year_words"),
        (Self::MonthWords, "month_words"),
        (Self::DayEnds, "day_ends"),
        (Self::Weekdays, "weekdays"),
        (Self::HalfDays, "half_days"),
        (Self::Hours, "hours"),
        (Self::ForeignMoney, "foreign_money"),
        (Self::KiloMeasures, "kilo_measures"),
        (Self::ColumnUnits, "column_units"),
        (Self::TotalEnds, "total_ends"),
        (Self::Breakdowns, "breakdowns"),
        (Self::Continuations, "continuations"),
        (Self::SignOffs, "sign_offs"),
        (Self::UnclearPowers, "unclear_powers"),
        (Self::Dittos, "dittos"),
        (Self::UnitEnds, "unit_ends"),
        (Self::NotApplicable, "not_applicable"),
        (Self::NotReported, "not_reported"),
    ];

    /// Pairs of lists between which a word must decide.
    pub const EXCLUSIVE: &[(Self, Self)] = &[
        (Self::Yes, Self::No),
        (Self::Yes, Self::Nothing),
        (Self::NotApplicable, Self::NotReported),
        (Self::Totals, Self::Footers),
        (Self::UnitCodes, Self::UnitNames),
        (Self::Counted, Self::Yuan),
    ];

    /// The key that it has in a file.
    pub fn key(self) -> &'static str {
        Self::ALL.iter().find(|(list, _)| *list == self).map_or("", |(_, key)| key)
    }
}

/// A unit of money, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyUnit {
    /// Its name.
    pub word: String,
    /// Fen in one of it.
    pub fen: i64,
}

/// A power of ten as a word after a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PowerWord {
    /// The word.
    pub word: String,
    /// How many zeros it means.
    pub zeros: u32,
}

/// Words of clerks, written as they are compared: without spaces, signs
/// half-width, Latin letters small.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vocabulary {
    /// The lists, in the order of [`WordList::ALL`]; those after the last are empty.
    pub lists: Vec<Vec<String>>,
    /// Units of money.
    pub money: Vec<MoneyUnit>,
    /// Powers of ten.
    pub powers: Vec<PowerWord>,
}

impl Vocabulary {
    /// The words of a list.
    pub fn words(&self, list: WordList) -> &[String] {
        self.lists.get(list as usize).map_or(&[], Vec::as_slice)
    }

    /// Whether the word is in a list.
    pub fn has(&self, list: WordList, word: &str) -> bool {
        self.words(list).iter().any(|known| known == word)
    }
}

#[cfg(test)]
mod tests {
    use super::WordList;

    #[test]
    fn lists_stand_in_their_order() {
        for (position, (list, key)) in WordList::ALL.iter().enumerate() {
            assert_eq!(*list as usize, position, "{key}");
            assert_eq!(list.key(), *key);
        }
    }
}
