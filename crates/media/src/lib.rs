//! Attached files: [`kind`] finds the kind of a file from its content and refuses
//! dangerous files; [`picture`] makes small pictures of large ones.
//!
//! Pure: bytes in, an answer or bytes out. Every size that a file claims is
//! checked before memory is reserved for it.

pub mod kind;
pub mod picture;
