//! Messages for faults in input: what is wrong, and what to do about it.

use model::{label::Label, problem::Problem};

use crate::{FILE_FAULT, Words};

/// Defines [`Words::problem`] from one line for each problem. The `match` is exhaustive: a problem without a
/// sentence does not compile, nor does a sentence without one of its arguments.
macro_rules! sentences {
    ($words:ident: $($variant:ident $({ $($field:tt)* })? => $sentence:expr,)*) => {
        impl Words {
            /// The sentence for a problem of one value or row.
            pub fn problem(self, problem: &Problem) -> String {
                let $words = self;
                match problem { $(Problem::$variant $({ $($field)* })? => $sentence),* }
            }
        }
    };
}

sentences! { words:
    Missing => words.problem_missing().to_owned(),
    TooLong { found, max } => words.problem_too_long(found, max),
    TooMany { found, max } => words.problem_too_many(found, max),
    NotInteger { found } => words.problem_not_integer(found),
    NotNumber { found } => words.problem_not_number(found),
    Negative { found } => words.problem_negative(found),
    OutOfRange { found, min, max } => words.problem_out_of_range(found, min, max),
    NotDate { found } => words.problem_not_date(found),
    ImpossibleDate { found } => words.problem_impossible_date(found),
    FutureDate { found, today } => words.problem_future_date(found, today),
    NotPeriod { found, example } => words.problem_not_period(found, example),
    PeriodOutside { found, first, last } => words.problem_period_outside(found, first, last),
    PeriodBackwards { found, example } => words.problem_period_backwards(found, example),
    PeriodNoGrain { found, example } => words.problem_period_no_grain(found, example),
    OtherGrain { found, example } => words.problem_other_grain(found, example),
    NotFlag { found } => words.problem_not_flag(found),
    UnknownCode { found, list, nearest } => words.problem_unknown_code(found, list, nearest),
    UnknownUnit { found } => words.problem_unknown_unit(found),
    AmbiguousUnit { name, codes } => words.problem_ambiguous_unit(name, codes),
    UnitNameDiffers { code, found, name } => words.problem_unit_name_differs(code, name, found),
    UnknownReference { found, register } => words.problem_unknown_reference(words.label(register), found),
    AmbiguousReference { found, register, count } => words.problem_ambiguous_reference(words.label(register), count, found),
    NotLinked { found, register, .. } => words.problem_not_linked(words.label(register), found),
    CircularReference { found, .. } => words.problem_circular_reference(found),
    DerivedField { derived, .. } => words.problem_derived_field(derived),
    DerivedClosed { record, name, state, .. } => words.problem_derived_closed(name, record, words.label(state)),
    Referred { record, register, count } => words.problem_referred(words.label(register), count, record),
    UnitOutOfScope { unit } => words.problem_unit_out_of_scope(unit),
    IdNumberShape { found } => words.problem_id_number_shape(found),
    IdNumberDate { digits } => words.problem_id_number_date(digits),
    IdNumberCheck { expected } => words.problem_id_number_check(expected),
    OrgCodeCheck { expected } => words.problem_org_code_check(expected),
    OrgCodeShape { found } => words.problem_org_code_shape(found),
    UsccCheck { expected } => words.problem_uscc_check(expected),
    UsccShape { found } => words.problem_uscc_shape(found),
    Rule { message, .. } => words.problem_rule(words.label(message)),
    RepeatedInFile { first } => words.problem_repeated_in_file(first),
    RepeatedInStore { fields } => words.problem_repeated_in_store(fields),
    NumberOfAnother { fields } => words.problem_number_of_another(fields),
    SerialColumn { column } => words.problem_serial_column(column),
    Registered { identity, record } => words.problem_registered(identity, record),
    RecordMark { found } => words.problem_record_mark(found),
    RecordGone { .. } => words.problem_record_gone().to_owned(),
    RecordUnit { unit } => words.problem_record_unit(unit),
    Conflict { stored, .. } => words.problem_conflict(stored),
    MaskedNumber { found } => words.problem_masked_number(found),
    TransitionOutOfOrder { transition, state } => words.problem_step_out_of_order(words.label(state), words.label(transition)),
    TransitionNotOpen { transition } => words.problem_step_not_open(words.label(transition)),
    TransitionElsewhere { meant, resulting } => words.problem_step_elsewhere(words.label(resulting), words.label(meant)),
    NotEditable { state } => words.problem_not_editable(words.label(state)),
    StatedByOthers { who, transition } => words.problem_stated_by_others(words.label(who), words.label(transition)),
    StatedInTransition { transition } => words.problem_stated_in_transition(words.label(transition)),
    Pending { who, transition } => words.problem_pending(words.label(who), words.label(transition)),
    SecondPerson { transition } => words.problem_second_person(words.label(transition)),
    CommentLength { found, max } => words.problem_comment_length(max, found),
    FormulaWithoutValue => words.problem_formula_without_value().to_owned(),
    CellError { found } => words.problem_cell_error(found),
    Picture => words.problem_picture().to_owned(),
    DamagedText { found } => words.problem_damaged_text(found),
    MergedAmount { first, last } => words.problem_merged_amount(first, last),
    DateInText { found } => words.problem_date_in_text(found),
    FlagInText { found } => words.problem_flag_in_text(found),
    DigitsLost { found } => words.problem_digits_lost(found),
    CellTooLarge { found, max } => words.problem_cell_too_large(found, max),
    NameOnly { name } => words.problem_name_only(name),
    CircularTree { unit, parent } => words.problem_circular_tree(unit, parent),
    ParentDiffers { found, in_force } => words.problem_parent_differs(found, in_force),
    SecondRoot { root } => words.problem_second_root(root),
    UnitClosed { unit, from } => words.problem_unit_closed(unit, from),
    RepeatedUnitCode { code } => words.problem_repeated_unit_code(code),
    NotMonth { found } => words.problem_not_month(found),
    SameParent { unit, parent } => words.problem_same_parent(unit, parent),
    MonthTooEarly { month, parent, first } => words.problem_month_too_early(month, parent, first),
    WrongLevel { unit, parent } => words.problem_wrong_level(unit, parent),
    UnitEnded { unit, from } => words.problem_unit_ended(unit, from),
    TopUnit { unit } => words.problem_top_unit(unit),
    UnitsBelow { unit, count, month } => words.problem_units_below(unit, month, count),
    Itself { unit } => words.problem_itself(unit),
    MergeBelow { unit, other } => words.problem_merge_below(unit, other),
    KindDiffers { unit, other } => words.problem_kind_differs(unit, other),
    NameUnchanged { name } => words.problem_name_unchanged(name),
    BeforeFormerName { day, earliest } => words.problem_before_former_name(day, earliest),
    NoGuidance { unit } => words.problem_no_guidance(unit),
    NotShare { name, found } => words.problem_not_share(name, found),
    ShareOfNobody { share } => words.problem_share_of_nobody(share),
    ShareMissing { name } => words.problem_share_missing(name),
    TooManyRecords { found, max } => words.problem_too_many_records(found, max),
    SharesTooMany { sum } => words.problem_shares_too_many(sum),
    PersonTwice { name } => words.problem_person_twice(name),
    InRow { row, column, inner } => words.problem_in_row(row, words.label(column), words.problem(inner)),
    CellsTooMany { row, found, max } => words.problem_cells_too_many(row, found, max),
    RowsTooMany { found, max } => words.problem_rows_too_many(found, max),
    RepeatedOnSheet { sheet, first } => words.problem_repeated_on_sheet(sheet, first),
    MoneyUnit { found } => words.problem_money_unit(found),
    NumberUnit { found } => words.problem_number_unit(found),
    UnknownUnitAbove { found, cell } => words.problem_unknown_unit_above(cell, found),
    OtherHeader => words.problem_other_header().to_owned(),
    MarkOfAnother { record } => words.problem_mark_of_another(record),
    NumberInText { found } => words.problem_number_in_text(found),
    Ditto { found } => words.problem_ditto(found),
    NotApplicable { found } => words.problem_not_applicable(found),
    ReasonMissing { .. } => words.problem_reason_missing().to_owned(),
    TwoAnswers => words.problem_two_answers().to_owned(),
    NumberTyped { found } => words.problem_number_typed(found),
    PasswordTooShort { min } => words.problem_password_too_short(min),
    PasswordTooLong { max } => words.problem_password_too_long(max),
    PasswordHolds { what } => words.problem_password_holds(what),
    PasswordGuessable => words.problem_password_guessable().to_owned(),
    PasswordUnchanged => words.problem_password_unchanged().to_owned(),
    LoginUnusable { min, max } => words.problem_login_unusable(min, max),
    LoginTaken { login } => words.problem_login_taken(login),
    LoginUnknown { login } => words.problem_login_unknown(login),
    PersonHasAccount { login } => words.problem_person_has_account(login),
    UnknownRole { found, roles } => words.problem_unknown_role(found, roles),
    RoleTooHigh { role } => words.problem_role_too_high(words.label(role)),
    NoColumnOfUnits => words.problem_no_column_of_units().to_owned(),
    AbsenceDays { first, last, most } => words.problem_absence_days(first, last, most),
    AbsenceOverlaps { name, first, last } => words.problem_absence_overlaps(first, last, name),
    NoDeputy { name } => words.problem_no_deputy(name),
    NoSuccessor { name } => words.problem_no_successor(name),
}

impl Words {
    /// The text of a label in this language.
    pub fn label(self, label: &Label) -> &str {
        self.pick(&label.zh, &label.en)
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

    use model::problem::Severity;

    use super::*;
    use crate::{Language, catalogue};

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

    #[test]
    fn every_fault_of_a_file_has_a_message() {
        let mut names = Vec::new();
        for source in [include_str!("../../sheet/src/fault.rs"), include_str!("../../exchange/src/fault.rs")]
        {
            let (_, list) = source.split_once("NAMES: &[&str] = &[").expect("the list of names");
            let (list, _) = list.split_once("];").expect("its end");
            names.extend(list.split(',').map(|name| name.trim().trim_matches('"')));
        }
        names.retain(|name| !name.is_empty());
        names.sort_unstable();
        let messages: Vec<_> = numbers("file_fault").into_iter().map(|(name, _)| name).collect();
        assert_eq!(messages, names, "messages/*.toml, sheet/src/fault.rs and exchange/src/fault.rs");
    }

    /// Every message of `[problem]` belongs to a problem; that every problem has one is checked by the compiler.
    #[test]
    fn no_message_is_left_over() {
        let messages =
            catalogue::read(include_str!("../messages/zh.toml"), include_str!("../messages/en.toml"));
        let messages = messages.expect("the build has checked it");
        let mut names: Vec<&str> = messages.iter().filter_map(|message| message.name_in("problem")).collect();
        let mut problems = Problem::NAMES.to_vec();
        names.sort_unstable();
        problems.sort_unstable();
        assert_eq!(names, problems);
    }

    fn check(problem: &Problem, chinese: &str, english: &str) {
        assert_eq!(Words(Language::Chinese).problem(problem), chinese);
        assert_eq!(Words(Language::English).problem(problem), english);
    }

    fn label(zh: &str, en: &str) -> Label {
        Label { zh: zh.to_owned(), en: en.to_owned() }
    }

    #[test]
    fn sentences_are_filled() {
        check(
            &Problem::TooLong { found: 250, max: 200 },
            "文字过长：250 个字，最多 200 个。请缩短。",
            "The text is too long: 250 characters, at most 200. Shorten it.",
        );
        check(
            &Problem::UnitNameDiffers { code: "2".into(), found: "甲厂".into(), name: "乙厂".into() },
            "代码 2 的单位在名册上是“乙厂”，表中写的是“甲厂”。请核对代码和名称。",
            "On the unit roster the unit with code 2 is “乙厂”; the table has “甲厂”. Check code and name.",
        );
    }

    #[test]
    fn texts_of_a_campaign_are_in_the_language_of_the_sentence() {
        check(
            &Problem::Rule {
                message: label("采纳日期早于提出日期", "Adopted before proposed"),
                severity: Severity::Error,
            },
            "采纳日期早于提出日期",
            "Adopted before proposed",
        );
        check(
            &Problem::TransitionElsewhere {
                meant: label("已采纳", "adopted"),
                resulting: label("已提出", "proposed"),
            },
            "照这样填，记录会成为“已提出”，而不是“已采纳”。请核对与状态有关的各项。",
            "With these entries the record would be “proposed”, not “adopted”. Check the fields that decide the state.",
        );
    }

    #[test]
    fn a_fault_in_a_table_is_told_with_its_place() {
        check(
            &Problem::TooLong { found: 50, max: 40 }.in_row(2, label("编号", "Number")),
            "第 2 行“编号”：文字过长：50 个字，最多 40 个。请缩短。",
            "Row 2, “Number”: The text is too long: 50 characters, at most 40. Shorten it.",
        );
    }

    #[test]
    fn an_unknown_file_fault_still_says_something() {
        let said = Words(Language::English).file_fault("brand_new", &["x".to_owned()]);
        assert!(said.contains("brand_new") && said.contains('x'), "{said}");
    }
}
