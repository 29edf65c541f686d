//! Problems in JSON: a name with a list of texts. Reports of imports store them so.

use std::vec;

use serde::{Deserialize, Serialize};

use super::{Problem, Severity};
use crate::{ids::RecordId, label::Label};

/// How a problem is written down.
#[derive(Serialize, Deserialize)]
pub(super) struct Wire {
    kind: String,
    args: Vec<String>,
    severity: Severity,
}

impl From<Problem> for Wire {
    fn from(problem: Problem) -> Self {
        let mut args = Vec::new();
        problem.write(&mut args);
        by_language(&problem, &mut args);
        Self { kind: problem.name().to_owned(), args, severity: problem.severity() }
    }
}

impl TryFrom<Wire> for Problem {
    type Error = String;

    fn try_from(wire: Wire) -> Result<Self, String> {
        let Wire { kind, mut args, severity } = wire;
        if has_two_labels(&kind) {
            swap_middle(&mut args);
        }
        Self::read(&kind, &mut Arguments { args: args.into_iter(), severity })
    }
}

/// Two labels are written down as both Chinese texts, then both English ones.
fn by_language(problem: &Problem, args: &mut [String]) {
    if has_two_labels(problem.name()) {
        swap_middle(args);
    }
}

fn has_two_labels(kind: &str) -> bool {
    matches!(kind, "step_out_of_order" | "step_elsewhere")
}

fn swap_middle(args: &mut [String]) {
    if let [_, second, third, _] = args {
        std::mem::swap(second, third);
    }
}

/// Texts that are not read yet, and how bad the problem is.
pub(super) struct Arguments {
    args: vec::IntoIter<String>,
    severity: Severity,
}

/// A field of a problem as texts in a list.
pub(super) trait Argument: Sized {
    /// Appends its texts.
    fn write(&self, args: &mut Vec<String>);
    /// Takes its texts from the front.
    fn read(args: &mut Arguments) -> Result<Self, String>;
}

impl Argument for String {
    fn write(&self, args: &mut Vec<String>) {
        args.push(self.clone());
    }

    fn read(args: &mut Arguments) -> Result<Self, String> {
        args.args.next().ok_or_else(|| "a problem has too few arguments".to_owned())
    }
}

macro_rules! numbers {
    ($($type:ty: $make:expr),*) => {$(
        impl Argument for $type {
            fn write(&self, args: &mut Vec<String>) {
                args.push(self.to_string());
            }

            fn read(args: &mut Arguments) -> Result<Self, String> {
                let text = String::read(args)?;
                text.parse().map($make).map_err(|_| format!("{text} is no number in a problem"))
            }
        }
    )*};
}

numbers!(usize: |number| number, u32: |number| number, RecordId: RecordId);

impl Argument for Label {
    fn write(&self, args: &mut Vec<String>) {
        args.extend([self.zh.clone(), self.en.clone()]);
    }

    fn read(args: &mut Arguments) -> Result<Self, String> {
        Ok(Self { zh: String::read(args)?, en: String::read(args)? })
    }
}

impl Argument for Box<Problem> {
    fn write(&self, args: &mut Vec<String>) {
        args.push(self.name().to_owned());
        Problem::write(self, args);
    }

    fn read(args: &mut Arguments) -> Result<Self, String> {
        let name = String::read(args)?;
        Problem::read(&name, args).map(Self::new)
    }
}

impl Argument for Severity {
    fn write(&self, _: &mut Vec<String>) {}

    fn read(args: &mut Arguments) -> Result<Self, String> {
        Ok(args.severity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(zh: &str, en: &str) -> Label {
        Label { zh: zh.to_owned(), en: en.to_owned() }
    }

    /// `json` is what an earlier version stored: it is read, and written in the same way.
    fn check(json: &str, problem: &Problem) {
        assert_eq!(&serde_json::from_str::<Problem>(json).expect(json), problem);
        assert_eq!(serde_json::to_string(problem).expect(json), json);
    }

    #[test]
    fn what_earlier_versions_stored_is_read_and_written_alike() {
        check(r#"{"kind":"missing","args":[],"severity":"error"}"#, &Problem::Missing);
        check(
            r#"{"kind":"too_long","args":["250","200"],"severity":"error"}"#,
            &Problem::TooLong { found: 250, max: 200 },
        );
        check(
            r#"{"kind":"rule","args":["采纳早于提出","Adopted before proposed"],"severity":"warning"}"#,
            &Problem::Rule {
                message: label("采纳早于提出", "Adopted before proposed"),
                severity: Severity::Warning,
            },
        );
        check(
            r#"{"kind":"conflict","args":["12"],"severity":"warning"}"#,
            &Problem::Conflict { stored: "12".to_owned(), severity: Severity::Warning },
        );
        check(
            r#"{"kind":"record_gone","args":[],"severity":"error"}"#,
            &Problem::RecordGone { severity: Severity::Error },
        );
        check(
            r#"{"kind":"registered","args":["三号","7"],"severity":"error"}"#,
            &Problem::Registered { identity: "三号".to_owned(), record: RecordId(7) },
        );
        check(
            r#"{"kind":"name_only","args":["张三"],"severity":"warning"}"#,
            &Problem::NameOnly { name: "张三".to_owned() },
        );
        check(
            r#"{"kind":"not_editable","args":["已采纳","adopted"],"severity":"error"}"#,
            &Problem::NotEditable { state: label("已采纳", "adopted") },
        );
    }

    #[test]
    fn two_labels_stand_language_by_language() {
        check(
            r#"{"kind":"step_out_of_order","args":["采纳","已实施","Adopt","implemented"],"severity":"error"}"#,
            &Problem::TransitionOutOfOrder {
                transition: label("采纳", "Adopt"),
                state: label("已实施", "implemented"),
            },
        );
    }

    #[test]
    fn a_problem_in_a_table_carries_its_place() {
        check(
            r#"{"kind":"in_row","args":["2","编号","Number","too_long","50","40"],"severity":"error"}"#,
            &Problem::TooLong { found: 50, max: 40 }.in_row(2, label("编号", "Number")),
        );
    }

    #[test]
    fn what_is_no_problem_is_refused() {
        for json in [
            r#"{"kind":"brand_new","args":[],"severity":"error"}"#,
            r#"{"kind":"too_long","args":["250"],"severity":"error"}"#,
            r#"{"kind":"too_long","args":["many","200"],"severity":"error"}"#,
        ] {
            assert!(serde_json::from_str::<Problem>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn names_are_permanent_and_stand_once() {
        let mut names = Problem::NAMES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Problem::NAMES.len());
    }
}
