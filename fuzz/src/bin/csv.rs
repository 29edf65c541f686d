//! Text with delimiters: character sets, delimiters, quotes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| fuzz::read_small("a.csv", bytes));
