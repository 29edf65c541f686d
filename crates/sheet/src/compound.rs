//! OLE compound files: a small file system in a file. Its chains of sectors may be
//! broken or circular.

use crate::{fault::TableFault, sniff::COMPOUND};

const HEADER: usize = 512;
/// Sector numbers from here on are marks (end of chain, free …).
const MARKS: u32 = 0xFFFF_FFFA;

/// An opened compound file.
pub struct Compound<'b> {
    bytes: &'b [u8],
    sector: usize,
    fat: Vec<u32>,
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    start: u32,
    size: usize,
    is_root: bool,
}

impl<'b> Compound<'b> {
    /// Reads header, allocation table and directory.
    ///
    /// # Errors
    /// When one of them is broken or cut off.
    pub fn open(bytes: &'b [u8]) -> Result<Self, TableFault> {
        let header = bytes.get(..HEADER).filter(|header| header.starts_with(COMPOUND));
        let header = header.ok_or_else(|| TableFault::damaged("the header is cut off"))?;
        let sector = match u16_at(header, 30) {
            Some(9) => 512,
            Some(12) => 4096,
            _ => return Err(TableFault::damaged("unknown sector size")),
        };
        let mut compound = Self { bytes, sector, fat: Vec::new(), entries: Vec::new() };
        for id in compound.table_sectors(header)? {
            let part =
                compound.sector(id).ok_or_else(|| TableFault::damaged("the allocation table is cut off"))?;
            compound.fat.extend(part.as_chunks::<4>().0.iter().map(|four| u32::from_le_bytes(*four)));
        }
        let directory = compound.chain(u32_at(header, 48).unwrap_or(MARKS), usize::MAX)?;
        compound.entries = directory.chunks_exact(128).filter_map(entry).collect();
        Ok(compound)
    }

    /// Whether there is a stream or storage of this name.
    pub fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// The content of a stream.
    pub(crate) fn stream(&self, name: &str) -> Result<Option<Vec<u8>>, TableFault> {
        let Some(entry) = self.entry(name) else { return Ok(None) };
        let cutoff = u32_at(self.bytes, 56).unwrap_or(4096) as usize;
        if entry.size >= cutoff {
            return self.chain(entry.start, entry.size).map(Some);
        }
        self.small_stream(entry).map(Some)
    }

    /// The content of a stream that lies in sectors of its own although it is a small one:
    /// some programs write it so, and state nothing of it.
    pub(crate) fn stream_in_sectors(&self, name: &str) -> Option<Vec<u8>> {
        let entry = self.entry(name)?;
        self.chain(entry.start, entry.size).ok()
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// Streams below the cutoff lie in the root's own stream, in pieces of 64 bytes.
    fn small_stream(&self, entry: &Entry) -> Result<Vec<u8>, TableFault> {
        const PIECE: usize = 64;
        let broken = || TableFault::damaged("a small stream is cut off");
        let root = self.entries.iter().find(|entry| entry.is_root);
        let root = root.or(self.entries.first()).ok_or_else(broken)?;
        // All of its sectors: some programs state no size of it, or one that ends in the last piece.
        let pieces = self.chain(root.start, usize::MAX)?;
        let table = self.chain(u32_at(self.bytes, 60).unwrap_or(MARKS), usize::MAX)?;
        let mut content = Vec::new();
        let mut id = entry.start;
        while id < MARKS && content.len() < entry.size {
            let start = id as usize * PIECE;
            let rest = pieces.get(start..).filter(|rest| !rest.is_empty()).ok_or_else(broken)?;
            content.extend_from_slice(&rest[..rest.len().min(PIECE)]);
            if content.len() >= entry.size {
                break;
            }
            // A chain that visits no piece twice is no longer than all of them.
            if content.len() > pieces.len() {
                return Err(TableFault::damaged("a small stream runs in a circle"));
            }
            id = u32_at(&table, id as usize * 4).ok_or_else(broken)?;
        }
        content.truncate(entry.size);
        Ok(content)
    }

    /// The sectors that hold the allocation table.
    fn table_sectors(&self, header: &[u8]) -> Result<Vec<u32>, TableFault> {
        let limit = self.bytes.len() / self.sector + 2;
        let mut sectors: Vec<u32> = (0..109).filter_map(|i| u32_at(header, 76 + i * 4)).collect();
        let mut next = u32_at(header, 68).unwrap_or(MARKS);
        let mut steps = 0;
        while next < MARKS {
            let part = self.sector(next).filter(|part| part.len() == self.sector);
            let part = part.ok_or_else(|| TableFault::damaged("the list of tables is cut off"))?;
            let last = self.sector - 4;
            sectors.extend((0..last / 4).filter_map(|i| u32_at(part, i * 4)));
            next = u32_at(part, last).unwrap_or(MARKS);
            steps += 1;
            if steps > limit {
                return Err(TableFault::damaged("the list of tables runs in a circle"));
            }
        }
        sectors.retain(|id| *id < MARKS);
        if sectors.len() > limit {
            return Err(TableFault::damaged("more tables than sectors"));
        }
        Ok(sectors)
    }

    /// A sector; the last one of a file may be short.
    fn sector(&self, id: u32) -> Option<&'b [u8]> {
        let start = (id as usize + 1).checked_mul(self.sector)?;
        let end = (start + self.sector).min(self.bytes.len());
        self.bytes.get(start..end).filter(|part| !part.is_empty())
    }

    /// Follows a chain of sectors, for at most `size` bytes.
    fn chain(&self, start: u32, size: usize) -> Result<Vec<u8>, TableFault> {
        let mut content = Vec::new();
        let mut id = start;
        while id < MARKS && content.len() < size {
            let part = self.sector(id).ok_or_else(|| TableFault::damaged("a stream is cut off"))?;
            content.extend_from_slice(part);
            if content.len() > self.bytes.len() {
                return Err(TableFault::damaged("a stream runs in a circle"));
            }
            id = self.fat.get(id as usize).copied().unwrap_or(MARKS);
        }
        content.truncate(size);
        Ok(content)
    }
}

/// Reads one entry of the directory; unused ones are none.
fn entry(bytes: &[u8]) -> Option<Entry> {
    let length = usize::from(u16_at(bytes, 64)?).min(64);
    let units: Vec<u16> =
        bytes.get(..length)?.as_chunks::<2>().0.iter().map(|two| u16::from_le_bytes(*two)).collect();
    let name = String::from_utf16_lossy(&units).trim_end_matches('\0').to_owned();
    let kind = *bytes.get(66)?;
    (kind != 0).then(|| Entry {
        name,
        start: u32_at(bytes, 116).unwrap_or(MARKS),
        size: u32_at(bytes, 120).unwrap_or(0) as usize,
        is_root: kind == 5,
    })
}

/// Two bytes at an offset.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at.checked_add(2)?)?.try_into().ok().map(u16::from_le_bytes)
}

/// Four bytes at an offset.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_le_bytes)
}

/// Eight bytes at an offset, as a number.
pub(super) fn f64_at(bytes: &[u8], at: usize) -> Option<f64> {
    bytes.get(at..at.checked_add(8)?)?.try_into().ok().map(f64::from_le_bytes)
}
