//! Web pages with tables, under the name of an xls.
#![no_main]

use libfuzzer_sys::fuzz_target;

// What the target adds in front makes a page of every input.
fuzz_target!(|bytes: &[u8]| fuzz::read_small("a.xls", &[b"<html><table>".as_slice(), bytes].concat()));
