//! Coordinates of the small drawings that the server makes.

use std::fmt;

/// A coordinate to a tenth. The standard library computes the digits of a floating-point number exactly; with some
/// hundred of them on a dashboard that was an eighth of its time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coordinate(pub(crate) f64);

impl fmt::Display for Coordinate {
    #[expect(clippy::cast_possible_truncation, reason = "a drawing is some hundred units wide")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round() as i64;
        let sign = if tenths < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{}", tenths.abs() / 10, tenths.abs() % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::Coordinate;

    #[test]
    fn a_coordinate_has_one_decimal() {
        for (number, text) in
            [(0.0, "0.0"), (3.0, "3.0"), (61.04, "61.0"), (99.96, "100.0"), (-0.26, "-0.3"), (-0.01, "0.0")]
        {
            assert_eq!(Coordinate(number).to_string(), text);
        }
    }
}
