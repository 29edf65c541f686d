//! Workbooks of Excel 5 to 2003: a compound file with records in it.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| fuzz::read_small("a.xls", bytes));
