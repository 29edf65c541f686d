//! Sentences for faults in input: what is wrong, and what to do about it.

use model::problem::{Problem, ProblemKind};

use crate::{FILE_FAULT, Language, PROBLEM, Words};

impl Words {
    /// The sentence for a fault of one value or row.
    pub fn problem(self, problem: &Problem) -> String {
        if let Some((row, (zh, en), inside)) = problem.placed() {
            let args = [row.to_owned(), self.pick(zh, en).to_owned(), self.problem(&inside)];
            return self.lookup(PROBLEM, problem.kind.name(), &args).unwrap_or_default();
        }
        // What comes from a campaign comes in both languages, the first half in Chinese.
        let is_double = matches!(
            problem.kind,
            ProblemKind::Rule
                | ProblemKind::StepOutOfOrder
                | ProblemKind::StepNotOpen
                | ProblemKind::StepElsewhere
                | ProblemKind::NotEditable
        );
        let args = match self.0 {
            Language::English if is_double => problem.args.get(problem.args.len() / 2..).unwrap_or_default(),
            _ => &problem.args,
        };
        self.lookup(PROBLEM, problem.kind.name(), args)
            .unwrap_or_else(|| self.fault_unknown(problem.kind.name(), problem.args.join(", ")))
    }

    /// The sentence for a fault of a whole file, by the fault's permanent name.
    pub fn file_fault(self, name: &str, args: &[String]) -> String {
        self.lookup(FILE_FAULT, name, args).unwrap_or_else(|| self.fault_unknown(name, args.join(", ")))
    }

    fn lookup(
        self,
        table: &[(&str, &'static str, &'static str)],
        name: &str,
        args: &[String],
    ) -> Option<String> {
        let (_, chinese, english) = table.iter().find(|(known, ..)| *known == name)?;
        Some(fill(self.pick(chinese, english), args))
    }
}

/// Puts `args` in the places of `{0}`, `{1}` …; an argument that is not there leaves a dash.
fn fill(text: &str, args: &[String]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        // The build has checked that every brace is closed and holds a number.
        let (number, after) = after.split_once('}').unwrap_or((after, ""));
        let arg = number.parse::<usize>().ok().and_then(|number| args.get(number));
        filled.push_str(before);
        filled.push_str(arg.map_or("—", String::as_str));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalogue;

    /// Names of a table with the numbers its texts use.
    fn numbers(area: &str) -> Vec<(String, BTreeSet<usize>)> {
        let messages =
            catalogue::read(include_str!("../messages/zh.toml"), include_str!("../messages/en.toml"));
        let messages = messages.expect("the build has checked it");
        let number = |name: &String| name.parse().expect("positional");
        messages
            .iter()
            .filter_map(|message| {
                let name = message.name_in(area)?;
                Some((name.to_owned(), message.placeholders.iter().map(number).collect()))
            })
            .collect()
    }

    /// How many arguments the doc comment of each kind promises.
    fn documented() -> Vec<(String, usize)> {
        let source = include_str!("../../model/src/problem.rs");
        let mut found = Vec::new();
        let mut args = "";
        for line in source.lines().map(str::trim) {
            if let Some((_, list)) = line.split_once("Args: ") {
                args = list.trim_end_matches('.');
            } else if let Some((variant, name)) = line.split_once(" = \"")
                && variant.bytes().all(|b| b.is_ascii_alphabetic())
            {
                let name = name.trim_end_matches("\",").to_owned();
                found.push((name, if args == "none" { 0 } else { args.split(", ").count() }));
            }
        }
        found
    }

    #[test]
    fn every_problem_has_a_message_that_uses_all_its_arguments() {
        let messages = numbers("problem");
        assert_eq!(documented().len(), ProblemKind::ALL.len(), "a kind has no `Args:` in its comment");
        assert_eq!(messages.len(), ProblemKind::ALL.len(), "a message belongs to no kind");
        for (name, count) in documented() {
            let (_, used) = messages.iter().find(|(known, _)| *known == name).expect(&name);
            let expected = if name == "rule" { BTreeSet::from([0]) } else { (0..count).collect() };
            assert_eq!(*used, expected, "messages/*.toml: problem.{name}");
        }
    }

    #[test]
    fn every_fault_of_a_file_has_a_message() {
        let source = include_str!("../../exchange/src/fault.rs");
        let (_, names) = source.split_once("NAMES: &[&str] = &[").expect("the list of names");
        let (names, _) = names.split_once("];").expect("its end");
        let mut names: Vec<_> = names.split(',').map(|name| name.trim().trim_matches('"')).collect();
        names.retain(|name| !name.is_empty());
        names.sort_unstable();
        let messages: Vec<_> = numbers("file_fault").into_iter().map(|(name, _)| name).collect();
        assert_eq!(messages, names, "messages/*.toml and exchange/src/fault.rs");
    }

    #[test]
    fn sentences_are_filled() {
        let check = |kind, args: &[&str], chinese: &str, english: &str| {
            let problem = Problem::error(kind, args.iter().map(ToString::to_string));
            assert_eq!(Words(Language::Chinese).problem(&problem), chinese);
            assert_eq!(Words(Language::English).problem(&problem), english);
        };
        check(
            ProblemKind::TooLong,
            &["250", "200"],
            "文字过长：250 个字，最多 200 个。请缩短。",
            "Text too long: 250 characters, at most 200 are allowed. Shorten it.",
        );
        check(
            ProblemKind::Rule,
            &["采纳日期早于提出日期", "Adopted before proposed"],
            "采纳日期早于提出日期",
            "Adopted before proposed",
        );
    }

    #[test]
    fn a_fault_in_a_table_is_told_with_its_place() {
        let inside = Problem::error(ProblemKind::TooLong, ["50".to_owned(), "40".to_owned()]);
        let problem = inside.in_row(2, ("编号", "Number"));
        assert_eq!(
            Words(Language::Chinese).problem(&problem),
            "第 2 行“编号”：文字过长：50 个字，最多 40 个。请缩短。"
        );
        assert_eq!(
            Words(Language::English).problem(&problem),
            "Row 2, “Number”: Text too long: 50 characters, at most 40 are allowed. Shorten it."
        );
    }

    #[test]
    fn an_unknown_file_fault_still_says_something() {
        let said = Words(Language::English).file_fault("brand_new", &["x".to_owned()]);
        assert!(said.contains("brand_new") && said.contains('x'), "{said}");
    }
}
