//! Strings in records: 8-bit or 16-bit characters, formatting runs, phonetic
//! guides. Any of them may be divided between a record and the next.

use encoding_rs::{Encoding, GB18030};

use crate::{
    compound::{u16_at, u32_at},
    fault::TableFault,
    strings::Strings,
    workbook::Limits,
};

/// Which edition of the format, as far as strings differ.
#[derive(Debug, Clone, Copy)]
pub(super) enum Edition {
    /// Excel 97 and later: characters are Unicode.
    Unicode,
    /// Excel 5 and 95: characters are of a code page.
    CodePage(&'static Encoding),
}

impl Edition {
    /// The code page with this number.
    pub(super) fn code_page(number: u16) -> Self {
        Self::CodePage(match number {
            950 => encoding_rs::BIG5,
            932 => encoding_rs::SHIFT_JIS,
            949 => encoding_rs::EUC_KR,
            1250 => encoding_rs::WINDOWS_1250,
            1251 => encoding_rs::WINDOWS_1251,
            1252 | 367 => encoding_rs::WINDOWS_1252,
            _ => GB18030,
        })
    }

    /// A string whose length is given in `width` bytes (1 or 2) at an offset.
    pub(super) fn string(self, pieces: &[&[u8]], at: usize, width: usize) -> Option<String> {
        let data = *pieces.first()?;
        let length = if width == 1 { usize::from(*data.get(at)?) } else { usize::from(u16_at(data, at)?) };
        match self {
            Self::CodePage(encoding) => {
                let bytes = data.get(at + width..(at + width + length).min(data.len()))?;
                Some(encoding.decode_without_bom_handling(bytes).0.into_owned())
            }
            Self::Unicode => {
                let mut cursor = Cursor { pieces, piece: 0, at: at + width };
                let flags = cursor.byte()?;
                cursor.characters(length, flags)
            }
        }
    }
}

/// Reads the table of shared strings.
pub(super) fn shared(pieces: &[&[u8]], limits: &Limits) -> Result<Strings, TableFault> {
    let mut strings = Strings::new(limits);
    let count = pieces.first().and_then(|first| u32_at(first, 4)).unwrap_or(0);
    let mut cursor = Cursor { pieces, piece: 0, at: 8 };
    for _ in 0..count {
        let one = cursor.rich().ok_or_else(|| TableFault::damaged("the shared strings are cut off"))?;
        strings.push(&one, limits)?;
    }
    Ok(strings)
}

/// A place in a record and its continuations.
struct Cursor<'p, 's> {
    pieces: &'p [&'s [u8]],
    piece: usize,
    at: usize,
}

impl Cursor<'_, '_> {
    fn byte(&mut self) -> Option<u8> {
        while self.at >= self.pieces.get(self.piece)?.len() {
            self.piece += 1;
            self.at = 0;
        }
        self.at += 1;
        Some(self.pieces[self.piece][self.at - 1])
    }

    fn number(&mut self, bytes: usize) -> Option<usize> {
        let mut number = 0;
        for place in 0..bytes {
            number |= usize::from(self.byte()?) << (8 * place);
        }
        Some(number)
    }

    fn skip(&mut self, mut bytes: usize) -> Option<()> {
        while bytes > 0 {
            let left = self.pieces.get(self.piece)?.len().saturating_sub(self.at);
            let step = left.min(bytes);
            self.at += step;
            bytes -= step;
            if bytes > 0 {
                self.piece += 1;
                self.at = 0;
            }
        }
        Some(())
    }

    /// A string of the shared table, with runs and phonetic guide left out.
    fn rich(&mut self) -> Option<String> {
        let length = self.number(2)?;
        let flags = self.byte()?;
        let runs = if flags & 8 != 0 { self.number(2)? } else { 0 };
        let guide = if flags & 4 != 0 { self.number(4)? } else { 0 };
        let text = self.characters(length, flags)?;
        self.skip(runs * 4 + guide)?;
        Some(text)
    }

    /// Characters; where a record ends, the next one states their width anew.
    fn characters(&mut self, length: usize, mut flags: u8) -> Option<String> {
        let mut units: Vec<u16> = Vec::with_capacity(length);
        while units.len() < length {
            if self.at >= self.pieces.get(self.piece)?.len() {
                self.piece += 1;
                self.at = 0;
                flags = self.byte()?;
                continue;
            }
            let unit = self.number(if flags & 1 != 0 { 2 } else { 1 })?;
            units.push(u16::try_from(unit).ok()?);
        }
        Some(String::from_utf16_lossy(&units))
    }
}
