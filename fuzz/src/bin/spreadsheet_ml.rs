//! Workbooks of Excel 2003 as XML, under the name of an xls.
#![no_main]

use libfuzzer_sys::fuzz_target;

/// Makes a workbook of every input.
const HEAD: &[u8] = b"<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">";

fuzz_target!(|bytes: &[u8]| fuzz::read_small("a.xls", &[HEAD, bytes].concat()));
