//! How records are numbered (编号规则).

use super::FieldIdx;

/// How the records of a form are numbered, when they are entered without a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbering {
    /// Position of the text field that holds the number.
    pub field: FieldIdx,
    /// Position of the date or year field that `{year}` and `{month}` are taken from.
    pub on: Option<FieldIdx>,
    /// The number, piece by piece; exactly one is a serial.
    pub pieces: Vec<Piece>,
}

/// A piece of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Itself.
    Text(String),
    /// The code of the record's unit.
    Unit,
    /// Year of the record's date, four digits.
    Year,
    /// Month of the record's date, two digits; a year field has none and gives `00`.
    Month,
    /// The serial number, filled with zeros to at least so many digits. It
    /// counts among the unit's records whose numbers are otherwise the same.
    Serial(usize),
}

impl Numbering {
    /// The texts before and after the serial number, for this unit and month.
    pub fn prefix_and_suffix(&self, unit: &str, year: i16, month: i8) -> (String, String) {
        let (mut before, mut after) = (String::new(), String::new());
        let mut into = &mut before;
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => into.push_str(text),
                Piece::Unit => into.push_str(unit),
                Piece::Year => into.extend(format!("{year:04}").chars()),
                Piece::Month => into.extend(format!("{month:02}").chars()),
                Piece::Serial(_) => into = &mut after,
            }
        }
        (before, after)
    }

    /// The number with this serial number.
    pub fn number(&self, unit: &str, year: i16, month: i8, serial: u64) -> String {
        let (before, after) = self.prefix_and_suffix(unit, year, month);
        let digits = self.pieces.iter().find_map(|piece| match piece {
            Piece::Serial(digits) => Some(*digits),
            _ => None,
        });
        let digits = digits.unwrap_or(1);
        format!("{before}{serial:0digits$}{after}")
    }

    /// The serial number in a number of this unit and month; `None` when it was made otherwise.
    pub fn serial(&self, unit: &str, year: i16, month: i8, number: &str) -> Option<u64> {
        let (before, after) = self.prefix_and_suffix(unit, year, month);
        let serial = number.strip_prefix(&before)?.strip_suffix(&after)?;
        let is_number = !serial.is_empty() && serial.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| serial.parse().ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_made_and_read_back() {
        let numbering = Numbering {
            field: FieldIdx::new(0),
            on: Some(FieldIdx::new(1)),
            pieces: vec![
                Piece::Unit,
                Piece::Text("-".to_owned()),
                Piece::Year,
                Piece::Month,
                Piece::Text("-".to_owned()),
                Piece::Serial(4),
                Piece::Text("号".to_owned()),
            ],
        };
        let number = numbering.number("210211001", 2011, 8, 7);
        assert_eq!(number, "210211001-201108-0007号");
        assert_eq!(numbering.serial("210211001", 2011, 8, &number), Some(7));
        assert_eq!(numbering.number("1", 2011, 8, 12345), "1-201108-12345号");
        for other in ["210211001-201109-0007号", "210211001-201108-号", "210211001-201108-7a号", "7", ""] {
            assert_eq!(numbering.serial("210211001", 2011, 8, other), None, "{other}");
        }
    }
}
