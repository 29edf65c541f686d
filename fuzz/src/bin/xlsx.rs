//! Workbooks of Excel 2007 and later: the parts inside the zip are mutated.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_target!(|bytes: &[u8]| fuzz::read_small("a.xlsx", bytes));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::parts::mutate(data, size, max_size, seed)
});
