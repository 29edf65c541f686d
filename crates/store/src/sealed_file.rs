//! Files that are sealed piece by piece, so that none is ever in memory whole.
//!
//! A sealed file begins with a head: a mark, what tells the secret it was sealed with, and 16 random
//! bytes, from which and from the secret its own key is derived. Then come pieces of 64 KiB, each
//! sealed by itself (AES-256-GCM-SIV). The number of the piece and whether it is the last one are its
//! nonce, and the name of the file is its associated data: pieces cannot be exchanged, left out or cut
//! off, and no file can stand for another. (This is the STREAM construction of Hoang, Reyhanitabar,
//! Rogaway and Vizár, "Online authenticated-encryption and its nonce-reuse misuse-resistance", 2015.)

use std::io::{self, BufRead, BufReader, Read, Write};

use aes_gcm_siv::{
    Aes256GcmSiv, Nonce, Tag,
    aead::{AeadInOut, inout::InOutBuf},
};

use crate::vault::Vault;

/// What a sealed file begins with.
pub(crate) const MARK: &[u8; 8] = b"\0JGSEAL2";
/// Bytes of the head.
const HEAD: usize = MARK.len() + SECRET + SALT;
/// Bytes that tell the secret.
const SECRET: usize = 8;
const SALT: usize = 16;
const TAG: usize = 16;
/// Bytes of a piece before it is sealed.
const PIECE: usize = 64 << 10;

/// Whether a file is sealed, and with which secret, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SealState {
    /// It is in clear.
    None,
    /// It is sealed with the secret of the vault that was asked.
    Own,
    /// It is sealed with another secret.
    Other,
}

/// How a file that begins with `head` is sealed.
pub(crate) fn seal_state(vault: &Vault, head: &[u8]) -> SealState {
    match head.strip_prefix(MARK) {
        Some(rest) if rest.starts_with(&vault.file_mark()) => SealState::Own,
        Some(_) => SealState::Other,
        None => SealState::None,
    }
}

/// Reads as many bytes as a head has, or all there are.
pub(crate) fn read_head(source: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    source.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// Seals everything that `source` gives into `target`, for a file of this name.
pub(crate) fn seal(vault: &Vault, name: &str, source: impl Read, target: &mut impl Write) -> io::Result<()> {
    let salt: [u8; SALT] = rand::random();
    target.write_all(MARK)?;
    target.write_all(&vault.file_mark())?;
    target.write_all(&salt)?;
    let cipher = vault.file_cipher(&salt);
    let mut source = BufReader::with_capacity(PIECE, source);
    let mut piece = Vec::with_capacity(PIECE + TAG);
    for number in 0.. {
        piece.clear();
        source.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
        let is_last = source.fill_buf()?.is_empty();
        let buffer = InOutBuf::from(piece.as_mut_slice());
        let tag = cipher.encrypt_inout_detached(&nonce(number, is_last), name.as_bytes(), buffer);
        let tag: [u8; TAG] = tag.map_err(|_| io::Error::other("a piece cannot be sealed"))?.into();
        target.write_all(&piece)?;
        target.write_all(&tag)?;
        if is_last {
            break;
        }
    }
    Ok(())
}

/// Twelve bytes: the number of a piece, and whether it is the last one.
fn nonce(number: u64, is_last: bool) -> Nonce {
    let mut bytes = [0; 12];
    bytes[3..11].copy_from_slice(&number.to_be_bytes());
    bytes[11] = u8::from(is_last);
    Nonce::from(bytes)
}

/// What a sealed file holds, piece by piece. What is not as it was sealed is an error of the kind
/// [`io::ErrorKind::InvalidData`].
pub struct Opened<R> {
    source: BufReader<R>,
    cipher: Aes256GcmSiv,
    name: String,
    next: u64,
    piece: Vec<u8>,
    read: usize,
    is_over: bool,
}

impl<R: Read> Opened<R> {
    /// Opens a file of this name whose head has been read from `source`.
    pub(crate) fn new(vault: &Vault, name: &str, head: &[u8], source: R) -> io::Result<Self> {
        if seal_state(vault, head) != SealState::Own {
            return Err(broken("it was sealed with another secret"));
        }
        let salt = head.get(MARK.len() + SECRET..HEAD).ok_or_else(|| broken("its head is cut off"))?;
        Ok(Self {
            source: BufReader::with_capacity(PIECE + TAG, source),
            cipher: vault.file_cipher(salt),
            name: name.to_owned(),
            next: 0,
            piece: Vec::with_capacity(PIECE + TAG),
            read: 0,
            is_over: false,
        })
    }

    fn open_next(&mut self) -> io::Result<()> {
        self.piece.clear();
        self.read = 0;
        self.source.by_ref().take((PIECE + TAG) as u64).read_to_end(&mut self.piece)?;
        let is_last = self.source.fill_buf()?.is_empty();
        let length = self.piece.len().checked_sub(TAG).ok_or_else(|| broken("it is cut off"))?;
        let tag: [u8; TAG] = self.piece[length..].try_into().map_err(|_| broken("it is cut off"))?;
        self.piece.truncate(length);
        let (nonce, name) = (nonce(self.next, is_last), self.name.as_bytes());
        let buffer = InOutBuf::from(self.piece.as_mut_slice());
        let opened = self.cipher.decrypt_inout_detached(&nonce, name, buffer, &Tag::from(tag));
        opened.map_err(|_| broken("its content has changed"))?;
        self.next += 1;
        self.is_over = is_last;
        Ok(())
    }
}

impl<R: Read> Read for Opened<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.read == self.piece.len() {
            if self.is_over {
                return Ok(0);
            }
            self.open_next()?;
        }
        let rest = &self.piece[self.read..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.read += count;
        Ok(count)
    }
}

fn broken(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Secret;

    const NAME: &str = "name";

    fn vault(byte: u8) -> Vault {
        Vault::new(&Secret::new([byte; 32]))
    }

    fn sealed(content: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::new();
        seal(&vault(7), NAME, content, &mut sealed).expect("sealed");
        sealed
    }

    fn open(vault: &Vault, name: &str, sealed: &[u8]) -> io::Result<Vec<u8>> {
        let mut source = sealed;
        let head = read_head(&mut source)?;
        let mut content = Vec::new();
        Opened::new(vault, name, &head, source)?.read_to_end(&mut content)?;
        Ok(content)
    }

    #[test]
    fn contents_of_every_length_come_back() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5] {
            let content: Vec<u8> = (0..=250).cycle().take(length).collect();
            let stored = sealed(&content);
            let pieces = length.div_ceil(PIECE).max(1);
            assert_eq!(stored.len(), HEAD + length + pieces * TAG, "{length}");
            assert_eq!(open(&vault(7), NAME, &stored).expect("opened"), content, "{length}");
        }
    }

    #[test]
    fn the_same_content_is_sealed_to_other_bytes_each_time() {
        assert_ne!(sealed(b"content"), sealed(b"content"));
        assert!(!sealed(b"content").windows(7).any(|part| part == b"content"));
    }

    #[test]
    fn what_was_changed_cut_off_exchanged_or_renamed_is_not_opened() {
        let stored = sealed(&vec![5; 3 * PIECE]);
        let (head, pieces) = stored.split_at(HEAD);
        let pieces: Vec<&[u8]> = pieces.chunks(PIECE + TAG).collect();
        let of = |order: &[usize]| {
            let pieces = order.iter().flat_map(|piece| pieces[*piece]);
            head.iter().chain(pieces).copied().collect::<Vec<u8>>()
        };
        let check = |what: &str, name: &str, stored: &[u8]| {
            let opened = open(&vault(7), name, stored);
            assert_eq!(opened.expect_err(what).kind(), io::ErrorKind::InvalidData, "{what}");
        };
        assert!(open(&vault(7), NAME, &of(&[0, 1, 2])).is_ok());
        check("exchanged", NAME, &of(&[1, 0, 2]));
        check("one left out", NAME, &of(&[0, 2]));
        check("the last one cut off", NAME, &of(&[0, 1]));
        check("all cut off", NAME, &of(&[]));
        check("one more", NAME, &of(&[0, 1, 2, 2]));
        check("cut off inside", NAME, &stored[..stored.len() - 3]);
        check("another name", "other", &stored);
        for position in [9, HEAD - 1, HEAD, HEAD + PIECE, stored.len() - 1] {
            let mut changed = stored.clone();
            changed[position] ^= 1;
            check("changed", NAME, &changed);
        }
        let other = open(&vault(8), NAME, &stored).expect_err("another secret");
        assert_eq!(other.to_string(), "it was sealed with another secret");
    }
}
