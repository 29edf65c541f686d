//! Many rows into a table of PostgreSQL, as a stream of lines: it reads them in half the time of statements with values.

use std::io::Write as _;

use crate::{
    Result, Tx,
    db::{Inner, answered},
    query::Bind,
};

/// Bytes that are sent at once.
const SENT: usize = 1 << 17;

/// Rows in the text format of COPY.
#[derive(Default)]
pub(super) struct Lines(Vec<u8>);

impl Lines {
    /// Adds a row.
    pub(super) fn put(&mut self, row: &[Bind<'_>]) {
        for (place, value) in row.iter().enumerate() {
            if place > 0 {
                self.0.push(b'\t');
            }
            put(&mut self.0, value);
        }
        self.0.push(b'\n');
    }
}

/// Inserts `lines` and then `rows`; how many there were. On SQLite there is nothing like it, and nothing is done.
pub(super) async fn insert<'a, const N: usize>(
    tx: &mut Tx,
    table: &str,
    columns: [&str; N],
    mut lines: Lines,
    rows: impl Iterator<Item = [Bind<'a>; N]> + Send,
) -> Result<u64> {
    let longest = tx.longest();
    let Inner::Postgres(pg) = &mut tx.inner else { return Ok(0) };
    let text = format!("COPY {table} ({}) FROM STDIN", columns.join(","));
    let mut copy = answered(longest, pg.copy_in_raw(&text)).await?;
    for row in rows {
        lines.put(&row);
        if lines.0.len() >= SENT {
            answered(longest, copy.send(lines.0.as_slice())).await?;
            lines.0.clear();
        }
    }
    answered(longest, copy.send(lines.0.as_slice())).await?;
    Ok(answered(longest, copy.finish()).await?)
}

/// Writes a value in the text format of COPY.
fn put(buffer: &mut Vec<u8>, value: &Bind<'_>) {
    match value {
        Bind::Int(Some(number)) => {
            // Writing to a Vec cannot fail.
            let _ = write!(buffer, "{number}");
        }
        Bind::Text(Some(text)) => put_text(buffer, text),
        Bind::Bytes(Some(bytes)) => {
            buffer.extend_from_slice(b"\\\\x");
            for byte in bytes.iter() {
                buffer.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
            }
        }
        Bind::Bool(value) => buffer.push(if *value { b't' } else { b'f' }),
        Bind::Int(None) | Bind::Text(None) | Bind::Bytes(None) => buffer.extend_from_slice(b"\\N"),
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

fn put_text(buffer: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'\\' => buffer.extend_from_slice(b"\\\\"),
            b'\t' => buffer.extend_from_slice(b"\\t"),
            b'\n' => buffer.extend_from_slice(b"\\n"),
            b'\r' => buffer.extend_from_slice(b"\\r"),
            _ => buffer.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: impl Into<Bind<'static>>, expected: &str) {
        let mut buffer = Vec::new();
        put(&mut buffer, &value.into());
        assert_eq!(String::from_utf8(buffer).unwrap(), expected);
    }

    #[test]
    fn values_are_written_as_copy_reads_them() {
        check(-5, "-5");
        check("一\t\\N\r\n", "一\\t\\\\N\\r\\n");
        check("", "");
        check(None::<String>, "\\N");
        check(vec![0, 0xab], "\\\\x00ab");
        check(true, "t");
    }
}
