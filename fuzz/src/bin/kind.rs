//! What an attached file is: told by its content, within the limits for workbooks.
#![no_main]

use fuzz::memory;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use media::kind::{FileKind, KindFault, kind};

fuzz_target!(|bytes: &[u8]| {
    memory::run_within(64 << 20, || {
        match kind("a.txt", bytes) {
            Ok(found) => assert_eq!(found, FileKind::Text),
            // By its own name it must be accepted.
            Err(KindFault::Renamed { kind: found, .. }) => {
                for ending in found.endings() {
                    assert_eq!(kind(&format!("a.{ending}"), bytes), Ok(found));
                }
            }
            Err(fault) => assert!(!fault.to_string().is_empty()),
        }
    });
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::parts::mutate(data, size, max_size, seed)
});
