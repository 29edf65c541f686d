//! Files of any format, within the limits of the program itself.
#![no_main]

use fuzz::memory;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use sheet::{sniff, workbook::Limits};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    memory::run_within(400 << 20, || {
        if sniff::format("a.xls", bytes, &limits).is_err() {
            assert!(
                sheet::workbook::read("a.xls", bytes, None, &limits).is_err(),
                "a table of no known format"
            );
        }
        fuzz::read("a.xls", bytes, &limits);
    });
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::parts::mutate(data, size, max_size, seed)
});
