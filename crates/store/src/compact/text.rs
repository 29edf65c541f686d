//! Chinese text in two bytes a character instead of the three of UTF-8: texts are most of what a record takes.
//!
//! A byte below 128 is that character. A Chinese character of the basic block (U+4E00 to U+9FFF) is two bytes, the
//! first from 128 on. Any other is a mark and the character's number in two or three bytes.

/// The first character of the basic block.
const FIRST: u32 = 0x4E00;
/// Beyond the last one.
const END: u32 = 0xA000;
/// The first byte of a character of the basic block.
const CHINESE: u8 = 0x80;
/// Before a character's number in two bytes.
const TWO: u8 = 0xFE;
/// Before a character's number in three bytes.
const THREE: u8 = 0xFF;

/// Adds a text.
pub(super) fn put(bytes: &mut Vec<u8>, text: &str) {
    for letter in text.chars() {
        let number = u32::from(letter);
        let [_, high, middle, low] = number.to_be_bytes();
        if number < 0x80 {
            bytes.push(low);
        } else if (FIRST..END).contains(&number) {
            let [_, _, upper, lower] = (number - FIRST).to_be_bytes();
            bytes.extend_from_slice(&[CHINESE + upper, lower]);
        } else if high == 0 {
            bytes.extend_from_slice(&[TWO, middle, low]);
        } else {
            bytes.extend_from_slice(&[THREE, high, middle, low]);
        }
    }
}

/// Reads a text; `None` when the bytes are not one.
pub(super) fn take(bytes: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(bytes.len() * 3 / 2 + 1);
    let mut rest = bytes.iter().copied();
    while let Some(first) = rest.next() {
        let number = match first {
            0..CHINESE => u32::from(first),
            TWO => u32::from_be_bytes([0, 0, rest.next()?, rest.next()?]),
            THREE => u32::from_be_bytes([0, rest.next()?, rest.next()?, rest.next()?]),
            _ => FIRST + u32::from_be_bytes([0, 0, first - CHINESE, rest.next()?]),
        };
        text.push(char::from_u32(number)?);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_comes_back() {
        for number in (0..=0x0010_FFFF).step_by(7).chain([0x7f, 0x80, 0x4dff, 0x4e00, 0x9fff, 0xa000, 0xffff])
        {
            let Some(letter) = char::from_u32(number) else { continue };
            let text = format!("a{letter}b");
            let mut bytes = Vec::new();
            put(&mut bytes, &text);
            assert_eq!(take(&bytes), Some(text));
        }
    }

    #[test]
    fn chinese_takes_two_bytes_a_character() {
        let mut bytes = Vec::new();
        put(&mut bytes, "改用快换结构A-1");
        assert_eq!(bytes.len(), 15);
        assert_eq!(take(&bytes[..1]), None);
        assert_eq!(take(&[THREE, 0xff, 0, 0]), None);
    }
}
