//! The container of xlsx and ods: opening a zip and reading the beginning of its parts.
#![no_main]

use fuzz::{LOW_LIMITS, memory};
use libfuzzer_sys::fuzz_target;
use sheet::package::Package;

fuzz_target!(|bytes: &[u8]| {
    memory::run_within(16 << 20, || {
        let Ok(mut package) = Package::open(bytes, &LOW_LIMITS) else { return };
        let _ = package.has_suffix("vbaproject.bin");
        for path in ["mimetype", "[Content_Types].xml", "xl/workbook.xml", "content.xml"] {
            let has = package.has(path);
            if let Ok(text) = package.short_text(path) {
                assert_eq!(text.is_some(), has, "{path}");
                // A byte that is no UTF-8 becomes a mark of three bytes.
                assert!(text.is_none_or(|text| text.len() <= 3 * 4096), "{path} is not short");
            }
        }
    });
});
