//! Zip files, which may be malicious: sizes are checked before and while unpacking.

use std::{
    cell::Cell,
    collections::HashMap,
    io::{self, Cursor, Read},
    rc::Rc,
};

use zip::{ZipArchive, read::ZipFile, result::ZipError};

use crate::{budget::Budget, fault::TableFault, workbook::Limits, xml::Xml};

/// Parts that a workbook may have; the largest real ones have some hundreds.
const MAX_PARTS: usize = 10_000;
/// Below this size a part may be packed as tightly as it likes.
const SMALL_PART: u64 = 16 << 20;
/// Bytes that one piece of XML (a tag, a text) may take.
const MAX_PIECE: u64 = 32 << 20;

/// What may still be unpacked, shared by all readers of one package.
#[derive(Debug)]
pub(crate) struct Meter {
    max: u64,
    left: Cell<u64>,
    piece_left: Cell<u64>,
    tripped: Cell<bool>,
    budget: Budget,
    steps: Cell<u32>,
}

/// Pieces of XML after which the budget is asked whether reading may go on.
const STEPS: u32 = 4_096;

impl Meter {
    /// For a document that is in no package.
    pub(crate) fn of_document(limits: &Limits) -> Rc<Self> {
        Rc::new(Self::new(limits))
    }

    fn new(limits: &Limits) -> Self {
        Self {
            max: limits.max_unpacked,
            left: Cell::new(limits.max_unpacked),
            piece_left: Cell::new(MAX_PIECE),
            tripped: Cell::new(false),
            budget: limits.budget.clone(),
            steps: Cell::new(0),
        }
    }

    /// Whether reading may go on; asked once for every piece.
    pub(crate) fn check(&self) -> Result<(), TableFault> {
        let steps = self.steps.get() + 1;
        self.steps.set(steps % STEPS);
        if steps == STEPS { self.budget.check() } else { Ok(()) }
    }

    /// A new piece of XML begins.
    pub(crate) fn next_piece(&self) {
        self.piece_left.set(MAX_PIECE);
    }

    /// The fault behind a failed read: the meter's own, or a damaged file.
    pub(crate) fn fault(&self, error: impl std::fmt::Display) -> TableFault {
        if self.tripped.get() { TableFault::ZipBomb { max: self.max } } else { TableFault::damaged(error) }
    }
}

/// A reader that counts what it unpacks.
pub(crate) struct Metered<R> {
    inner: R,
    meter: Rc<Meter>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buf)?;
        for left in [&self.meter.left, &self.meter.piece_left] {
            let Some(rest) = left.get().checked_sub(count as u64) else {
                self.meter.tripped.set(true);
                return Err(io::Error::other("unpacks to more than allowed"));
            };
            left.set(rest);
        }
        Ok(count)
    }
}

/// A part of a package, read as XML.
pub(crate) type Part<'a, 'b> = Xml<Metered<ZipFile<'a, Cursor<&'b [u8]>>>>;

/// An opened zip.
pub struct Package<'b> {
    archive: ZipArchive<Cursor<&'b [u8]>>,
    /// Lower-case path with forward slashes → position.
    parts: HashMap<String, usize>,
    meter: Rc<Meter>,
}

impl<'b> Package<'b> {
    /// Opens a zip and checks what its directory says about sizes.
    ///
    /// # Errors
    /// When it is broken, protected by a password, or claims more than the limits.
    pub fn open(bytes: &'b [u8], limits: &Limits) -> Result<Self, TableFault> {
        let bomb = TableFault::ZipBomb { max: limits.max_unpacked };
        if exceeds_max_parts(bytes) {
            return Err(bomb);
        }
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(TableFault::damaged)?;
        let mut parts = HashMap::new();
        let mut total = 0_u64;
        for index in 0..archive.len() {
            let part = archive.by_index_raw(index).map_err(TableFault::damaged)?;
            if part.encrypted() {
                return Err(TableFault::Encrypted);
            }
            total = total.saturating_add(part.size());
            let tight = part.size() / part.compressed_size().max(1) > limits.max_ratio;
            if total > limits.max_unpacked || part.size() > SMALL_PART && tight {
                return Err(bomb);
            }
            let name = part.name().map_err(TableFault::damaged)?;
            parts.entry(key(&name)).or_insert(index);
        }
        let meter = Rc::new(Meter::new(limits));
        Ok(Self { archive, parts, meter })
    }

    /// Whether there is a part of this path.
    pub fn has(&self, path: &str) -> bool {
        self.parts.contains_key(&key(path))
    }

    /// Whether some part's path ends so (in lower case).
    pub fn has_suffix(&self, suffix: &str) -> bool {
        self.parts.keys().any(|path| path.ends_with(suffix))
    }

    /// The beginning of a part as text; `None` when there is no such part.
    ///
    /// # Errors
    /// When the part is broken.
    pub fn short_text(&mut self, path: &str) -> Result<Option<String>, TableFault> {
        let Some(part) = self.reader(path)? else { return Ok(None) };
        let mut bytes = Vec::new();
        let meter = Rc::clone(&part.meter);
        part.take(4096).read_to_end(&mut bytes).map_err(|error| meter.fault(error))?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// All parts whose paths end so (in lower case), with their paths, as texts.
    ///
    /// # Errors
    /// When a part is broken, is no UTF-8, or together they are more than the limits.
    pub fn texts(&mut self, suffix: &str) -> Result<Vec<(String, String)>, TableFault> {
        let paths: Vec<String> = self.parts.keys().filter(|path| path.ends_with(suffix)).cloned().collect();
        let mut texts = Vec::with_capacity(paths.len());
        for path in paths {
            let Some(mut part) = self.reader(&path)? else { continue };
            let (meter, mut text) = (Rc::clone(&part.meter), String::new());
            part.read_to_string(&mut text).map_err(|error| meter.fault(format!("{path}: {error}")))?;
            texts.push((path, text));
        }
        Ok(texts)
    }

    /// A part as a stream of XML; `None` when there is no such part.
    pub(crate) fn part(&mut self, path: &str) -> Result<Option<Part<'_, 'b>>, TableFault> {
        let meter = Rc::clone(&self.meter);
        Ok(self.reader(path)?.map(|reader| Xml::new(reader, meter)))
    }

    /// A part as XML that must be there.
    pub(crate) fn required(&mut self, path: &str) -> Result<Part<'_, 'b>, TableFault> {
        self.part(path)?.ok_or_else(|| TableFault::damaged(format!("{path} is missing")))
    }

    #[expect(clippy::type_complexity, reason = "named where it is used, as Part")]
    fn reader(&mut self, path: &str) -> Result<Option<Metered<ZipFile<'_, Cursor<&'b [u8]>>>>, TableFault> {
        let Some(index) = self.parts.get(&key(path)) else { return Ok(None) };
        self.meter.next_piece();
        match self.archive.by_index(*index) {
            Ok(inner) => Ok(Some(Metered { inner, meter: Rc::clone(&self.meter) })),
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => Err(TableFault::Encrypted),
            Err(error) => Err(TableFault::damaged(error)),
        }
    }
}

/// Whether the directory of a zip has, or claims to have, more parts than any workbook. This is
/// found out before the library looks at it, which reserves memory for all of them.
fn exceeds_max_parts(bytes: &[u8]) -> bool {
    let number = |at: usize| Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let (mut parts, mut ends) = (0, 0);
    for (at, signature) in bytes.windows(4).enumerate() {
        match signature {
            b"PK\x01\x02" => parts += 1,
            // The end of a directory in a zip of more than 4 GB; what follows it leads back to it.
            b"PK\x06\x06" => {
                ends += 1;
                let after = number(at + 4).and_then(|size| usize::try_from(size).ok()?.checked_add(at + 12));
                let is_end = after.and_then(|after| bytes.get(after..)?.first_chunk()) == Some(b"PK\x06\x07");
                let claims = [number(at + 24), number(at + 32)].into_iter().flatten().max();
                if is_end && claims.is_some_and(|claims| claims > MAX_PARTS as u64) {
                    return true;
                }
            }
            _ => {}
        }
        if parts > MAX_PARTS || ends > MAX_PARTS {
            return true;
        }
    }
    false
}

/// Paths compare without case and leading slash, and some writers use backslashes.
fn key(path: &str) -> String {
    path.replace('\\', "/").trim_start_matches('/').to_lowercase()
}
