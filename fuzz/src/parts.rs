//! Mutates a part inside a zip. Bytes changed in a packed part only break its
//! checksum, so that the readers of the parts would never see them.

use std::io::{Cursor, Read, Write};

use libfuzzer_sys::fuzzer_mutate;
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// Changes one part of the zip in `data`, or one time in eight the zip itself. Returns the new size.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    if seed % 8 != 0
        && let Some(mut parts) = unpack(&data[..size], max_size)
        && let Some(zip) = mutate_part(&mut parts, max_size, seed as usize / 8)
    {
        data[..zip.len()].copy_from_slice(&zip);
        return zip.len();
    }
    fuzzer_mutate(data, size, max_size)
}

type Part = (String, Vec<u8>);

/// All parts of a zip, if they are small enough.
fn unpack(zip: &[u8], max_size: usize) -> Option<Vec<Part>> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).ok()?;
    let mut parts = Vec::new();
    let mut total = 0;
    for index in 0..archive.len() {
        let part = archive.by_index(index).ok()?;
        let name = part.name().ok()?.into_owned();
        let mut content = Vec::new();
        // A part with a wrong checksum is taken as far as it goes.
        let _ = part.take(max_size as u64).read_to_end(&mut content);
        total += content.len();
        parts.push((name, content));
        if total > max_size || parts.len() > 100 {
            return None;
        }
    }
    Some(parts)
}

/// Changes one part and packs all of them again.
fn mutate_part(parts: &mut [Part], max_size: usize, choice: usize) -> Option<Vec<u8>> {
    let index = choice.checked_rem(parts.len())?;
    let choice = choice / parts.len();
    let content = &mut parts[index].1;
    if choice % 4 == 0 && content.len() > 1000 {
        // Real sheets are long; the fuzzer keeps what is shorter and reaches as much.
        let start = choice / 4 % content.len();
        let end = content.len().min(start + content.len() / 2);
        content.drain(start..end);
    }
    let size = content.len();
    content.resize((size * 2 + 64).min(max_size).max(size), 0);
    let room = content.len();
    let size = fuzzer_mutate(content, size, room);
    content.truncate(size);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in parts {
        writer.start_file(name.as_str(), options).ok()?;
        writer.write_all(content).ok()?;
    }
    Some(writer.finish().ok()?.into_inner()).filter(|zip| zip.len() <= max_size)
}
