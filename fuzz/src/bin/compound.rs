//! The container of xls: header, allocation table and directory of a compound file.
#![no_main]

use fuzz::memory;
use libfuzzer_sys::fuzz_target;
use sheet::compound::Compound;

fuzz_target!(|bytes: &[u8]| {
    memory::run_within(16 << 20, || {
        let Ok(compound) = Compound::open(bytes) else { return };
        let _ = compound.has("Workbook");
        let _ = compound.has("EncryptedPackage");
    });
});
