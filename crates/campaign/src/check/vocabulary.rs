//! Checks of the words of clerks.

use crate::{
    check::naming::unique,
    column::normal_title,
    definition::{MoneyUnit, PowerWord, Vocabulary, WordList},
    marker::Marker,
    mistake::say,
    written::{Page, read::Located, vocabulary as written},
};

/// Most fen of a unit of money: 10,000 million yuan.
const MOST_FEN: i64 = 1_000_000_000_000;
/// Most zeros of a power of ten.
const MOST_ZEROS: i64 = 12;

/// Checks one file of words.
pub(super) fn check(page: &Page<'_, written::Vocabulary>) -> Vocabulary {
    let Page { marker, value, .. } = page;
    let list = |list: WordList| value.lists.get(list as usize).map_or(&[][..], Vec::as_slice);
    for (kind, _) in WordList::ALL {
        unique(*marker, list(*kind).iter());
        for word in list(*kind) {
            spelling(*marker, word);
        }
    }
    for (one, other) in WordList::EXCLUSIVE {
        for word in list(*other).iter().filter(|word| list(*one).iter().any(|same| same.value == word.value))
        {
            contradiction(*marker, word, one.key());
        }
    }
    unique(*marker, value.money.iter().map(|unit| &unit.word));
    unique(*marker, value.powers.iter().map(|power| &power.word));
    let numbered = value.money.iter().map(|unit| &unit.word).chain(value.powers.iter().map(|p| &p.word));
    for word in numbered {
        spelling(*marker, word);
    }
    Vocabulary {
        lists: value
            .lists
            .iter()
            .map(|list| list.iter().map(|word| word.value.clone()).filter(|word| !word.is_empty()).collect())
            .collect(),
        money: value.money.iter().map(|unit| money(*marker, unit)).collect(),
        powers: value.powers.iter().map(|power| zeros(*marker, power)).collect(),
    }
}

/// Marks a word that is written otherwise than words are compared.
fn spelling(marker: Marker<'_>, word: &Located<String>) {
    let (found, normal) = (&word.value, normal_title(&word.value));
    if *found != normal && !found.trim().is_empty() {
        marker.mark(
            &word.span,
            say!("`{found}` 与表中的字词比对不上", "`{found}` cannot be met in a file"),
            say!(
                "请写 `{normal}`:不留空格,符号用半角,字母用小写",
                "write `{normal}`: without spaces, signs half-width, letters small"
            ),
        );
    }
}

/// Marks a word that is in two lists between which it must decide.
fn contradiction(marker: Marker<'_>, word: &Located<String>, list: &str) {
    let found = &word.value;
    marker.mark(
        &word.span,
        say!("`{found}` 也在 `{list}` 中", "`{found}` stands in `{list}` too"),
        say!("请只留在其中一处", "leave it in one of the two lists"),
    );
}

fn money(marker: Marker<'_>, unit: &written::MoneyUnit) -> MoneyUnit {
    let fen = bounded(marker, &unit.fen, MOST_FEN);
    MoneyUnit { word: unit.word.value.clone(), fen }
}

fn zeros(marker: Marker<'_>, power: &written::PowerWord) -> PowerWord {
    let zeros = bounded(marker, &power.zeros, MOST_ZEROS);
    PowerWord { word: power.word.value.clone(), zeros: u32::try_from(zeros).unwrap_or_default() }
}

/// A number from 1 on; marked when it is none.
fn bounded(marker: Marker<'_>, number: &Located<i64>, most: i64) -> i64 {
    if !(1..=most).contains(&number.value) {
        marker.mark(
            &number.span,
            say!("数值不在范围内", "a number out of range"),
            say!("请写 1 至 {most}", "write 1 to {most}"),
        );
    }
    number.value
}
