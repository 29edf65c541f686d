//! From bytes to text: which character set it is, and what to do with bytes that are no character.

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use crate::fault::TableFault;

/// Stands in the place of bytes that are no character.
pub(crate) const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// Text with what is to be known of its bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub(crate) text: String,
    /// Whether some bytes were no characters: [`REPLACEMENT`] stands in their place.
    pub(crate) is_damaged: bool,
}

impl Decoded {
    fn sound(text: String) -> Self {
        Self { text, is_damaged: false }
    }
}

/// Text of an unknown character set: by its mark, else UTF-8 or GB18030.
///
/// A few bytes that are no character are marked in the text; the rest is read. When they are
/// many, the set is none of these.
pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded, TableFault> {
    for (mark, encoding) in [(&b"\xEF\xBB\xBF"[..], UTF_8), (b"\xFF\xFE", UTF_16LE), (b"\xFE\xFF", UTF_16BE)]
    {
        if let Some(rest) = bytes.strip_prefix(mark) {
            return decode_as(rest, encoding);
        }
    }
    let utf8 = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(Decoded::sound(text.to_owned())),
        Err(error) => error,
    };
    // GB18030 takes nearly every sequence of bytes: a UTF-8 text with one bad byte would become
    // other characters from there on. What has many characters of UTF-8 and few faults is UTF-8.
    let (good, bad) = utf8_characters(bytes);
    if good > 2 * bad {
        let is_cut = utf8.error_len().is_none() && bytes.len() - utf8.valid_up_to() < 4;
        return if is_cut {
            Ok(Decoded::sound(String::from_utf8_lossy(&bytes[..utf8.valid_up_to()]).into_owned()))
        } else {
            decode_as(bytes, UTF_8)
        };
    }
    decode_as(bytes, GB18030)
}

/// Text of a known character set.
pub(crate) fn decode_as(bytes: &[u8], encoding: &'static Encoding) -> Result<Decoded, TableFault> {
    if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        return Ok(Decoded::sound(text.into_owned()));
    }
    let text = encoding.decode_without_bom_handling(bytes).0.into_owned();
    let lines = text.lines().count();
    let damaged = text.lines().filter(|line| line.contains(REPLACEMENT)).count();
    if lines < 3 || damaged * 5 > lines.max(5) {
        return Err(TableFault::UnknownEncoding);
    }
    Ok(Decoded { text, is_damaged: true })
}

/// How many characters of several bytes there are in UTF-8, and how many faults.
fn utf8_characters(mut bytes: &[u8]) -> (usize, usize) {
    let (mut good, mut bad) = (0, 0);
    loop {
        let (valid, skipped) = match std::str::from_utf8(bytes) {
            Ok(_) => (bytes.len(), None),
            Err(error) => (error.valid_up_to(), Some(error.error_len().unwrap_or(bytes.len()))),
        };
        let (head, rest) = bytes.split_at(valid);
        // Only the first byte of a character is not a continuation.
        good += head.iter().filter(|byte| **byte >= 0xC0).count();
        let Some(skipped) = skipped else { return (good, bad) };
        bad += 1;
        bytes = rest.get(skipped..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> Result<(String, bool), TableFault> {
        decode(bytes).map(|decoded| (decoded.text, decoded.is_damaged))
    }

    #[test]
    fn a_bad_byte_does_not_change_the_character_set() {
        let text = "单位编码,单位名称\n210211001,大连晨光机械厂\n210211002,大连海纳化工有限公司\n";
        for encoding in [UTF_8, GB18030] {
            let mut bytes = encoding.encode(text).0.into_owned();
            assert_eq!(decoded(&bytes), Ok((text.to_owned(), false)), "{encoding:?}");
            let at = bytes.len() - 3;
            bytes.insert(at, 0xFF);
            let (read, is_damaged) = decoded(&bytes).unwrap();
            assert!(is_damaged && read.contains(REPLACEMENT), "{encoding:?}: {read}");
            assert!(
                read.starts_with("单位编码,单位名称\n210211001,大连晨光机械厂\n"),
                "{encoding:?}: {read}"
            );
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert_eq!(decoded(b"\xFF\x00\xFF\xFF,\xFF"), Err(TableFault::UnknownEncoding));
        assert_eq!(decoded(b"\xEF\xBB\xBF\xFF\xFF\n\xFF"), Err(TableFault::UnknownEncoding));
    }
}
