//! Licences as packages state them: `MIT OR Apache-2.0`, `(A OR B) AND C`, and
//! `MIT/Apache-2.0` as it was written in former years.

use std::fmt;

/// What a package may be used under.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Licence {
    /// One licence, with its exception.
    One(String),
    /// Whichever of these is chosen.
    Any(Vec<Licence>),
    /// All of these together.
    All(Vec<Licence>),
}

/// Names that are not those of SPDX.
const OTHER_NAMES: [(&str, &str); 1] = [("BSD-0-Clause", "0BSD")];

impl Licence {
    /// Reads an expression. Alternatives are put in order, so that equal ones are equal.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let spaced = text.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
        let mut words = spaced.split_whitespace().peekable();
        let licence = any(&mut words)?;
        words.next().is_none().then_some(licence)
    }

    /// Whether licences that are allowed suffice.
    pub(crate) fn is_satisfied(&self, allowed: &[&str]) -> bool {
        match self {
            Self::One(name) => allowed.contains(&name.as_str()),
            Self::Any(of) => of.iter().any(|licence| licence.is_satisfied(allowed)),
            Self::All(of) => of.iter().all(|licence| licence.is_satisfied(allowed)),
        }
    }
}

type Words<'a, 'b> = &'a mut std::iter::Peekable<std::str::SplitWhitespace<'b>>;

/// `A OR B`: binds less than `AND`.
fn any(words: Words<'_, '_>) -> Option<Licence> {
    let parts = joined(words, "OR", all)?;
    Some(one_or(parts, Licence::Any))
}

fn all(words: Words<'_, '_>) -> Option<Licence> {
    let parts = joined(words, "AND", one)?;
    Some(one_or(parts, Licence::All))
}

fn one(words: Words<'_, '_>) -> Option<Licence> {
    let name = words.next()?;
    if name == "(" {
        let inner = any(words)?;
        return (words.next()? == ")").then_some(inner);
    }
    if [")", "OR", "AND", "WITH"].contains(&name) {
        return None;
    }
    let name = OTHER_NAMES.iter().find(|(other, _)| *other == name).map_or(name, |(_, name)| name);
    if words.next_if_eq(&"WITH").is_some() {
        return Some(Licence::One(format!("{name} WITH {}", words.next()?)));
    }
    Some(Licence::One(name.to_owned()))
}

fn joined(
    words: Words<'_, '_>,
    by: &str,
    part: fn(Words<'_, '_>) -> Option<Licence>,
) -> Option<Vec<Licence>> {
    let mut parts = vec![part(words)?];
    while words.next_if_eq(&by).is_some() {
        parts.push(part(words)?);
    }
    parts.sort();
    parts.dedup();
    Some(parts)
}

fn one_or(mut parts: Vec<Licence>, several: fn(Vec<Licence>) -> Licence) -> Licence {
    if parts.len() == 1 { parts.remove(0) } else { several(parts) }
}

impl fmt::Display for Licence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (of, word) = match self {
            Self::One(name) => return f.write_str(name),
            Self::Any(of) => (of, " OR "),
            Self::All(of) => (of, " AND "),
        };
        for (position, licence) in of.iter().enumerate() {
            if position > 0 {
                f.write_str(word)?;
            }
            match licence {
                Self::One(name) => f.write_str(name)?,
                _ => write!(f, "({licence})")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_and_put_in_order() {
        for (text, expected) in [
            ("MIT", "MIT"),
            ("MIT OR Apache-2.0", "Apache-2.0 OR MIT"),
            ("Apache-2.0 / MIT", "Apache-2.0 OR MIT"),
            ("MIT/Apache-2.0", "Apache-2.0 OR MIT"),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", "Unicode-3.0 AND (Apache-2.0 OR MIT)"),
            ("A WITH LLVM-exception OR A OR MIT", "A OR A WITH LLVM-exception OR MIT"),
            ("BSD-0-Clause", "0BSD"),
        ] {
            assert_eq!(Licence::parse(text).map(|licence| licence.to_string()).as_deref(), Some(expected));
        }
        for text in ["", "MIT OR", "(MIT", "MIT Apache-2.0", "AND MIT", "SEE LICENSE IN x"] {
            assert_eq!(Licence::parse(text), None, "{text}");
        }
    }

    #[test]
    fn one_alternative_suffices_and_all_parts_are_needed() {
        for (text, expected) in [
            ("MIT", true),
            ("GPL-3.0", false),
            ("GPL-3.0 OR MIT", true),
            ("GPL-3.0 AND MIT", false),
            ("(GPL-3.0 OR MIT) AND Zlib", true),
            ("MIT WITH GPL-exception", false),
        ] {
            let licence = Licence::parse(text).unwrap();
            assert_eq!(licence.is_satisfied(&["MIT", "Zlib"]), expected, "{text}");
        }
    }
}
