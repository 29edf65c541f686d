//! Checks of numberings: `{unit}-{year}-{serial:4}`.

use crate::{
    check::form::Fields,
    definition::{FieldIdx, FormKind, Numbering, Piece},
    expression::Fault,
    kinds::{KindSpec, Meaning},
    marker::Span,
    mistake::say,
    nearest::did_you_mean,
    written::{read::Located, workflow as written},
};

/// Gaps that a template may have.
const GAPS: [&str; 4] = ["unit", "year", "month", "serial"];
/// Most digits that a serial number is filled to.
const DIGITS: usize = 9;

/// Checks how the records of a form are numbered.
pub(super) fn check(
    numbering: &Located<written::Numbering>,
    form: FormKind,
    fields: Fields<'_>,
) -> Option<Numbering> {
    let Located { value: written, span } = numbering;
    if !form.has_records() {
        fields.marker.mark(
            span,
            say!("单位有统计编码，名册不编号", "units have codes of their own: the roster numbers nothing"),
            say!("请把 [numbering] 移到登记表", "move [numbering] to a register"),
        );
    }
    let is_text = |kind: &KindSpec<'_>| kind.meaning == Meaning::Words { lines: false };
    let field = fields.find_kind(&written.field, is_text, &say!("单行文本", "a text of one line"));
    let pieces = pieces(&written.template, fields)?;
    let serials = pieces.iter().filter(|piece| matches!(piece, Piece::Serial(_))).count();
    if serials != 1 {
        fields.marker.mark(
            &written.template.span,
            say!("编号规则中要有且只有一个 {{serial}}", "a template has exactly one {{serial}}"),
            say!("例如 {{unit}}-{{year}}-{{serial:4}}", "such as {{unit}}-{{year}}-{{serial:4}}"),
        );
    }
    Some(Numbering { field: field?, on: day(written, &pieces, fields)?, pieces })
}

/// The field that year and month are taken from: there when the template asks
/// for them, and a date when it asks for the month. The outer `None` is a mistake.
#[expect(clippy::option_option, reason = "absent and mistaken are told apart")]
fn day(written: &written::Numbering, pieces: &[Piece], fields: Fields<'_>) -> Option<Option<FieldIdx>> {
    let has_month = pieces.contains(&Piece::Month);
    let is_dated = has_month || pieces.contains(&Piece::Year);
    let Some(on) = &written.on else {
        if is_dated {
            fields.marker.mark(
                &written.template.span,
                say!("没有写年、月取自哪个字段", "nothing says which field year and month are taken from"),
                say!("请写 on = \"日期字段\"", "write on = \"…\" with a date field"),
            );
            return None;
        }
        return Some(None);
    };
    if !is_dated {
        fields.marker.mark(
            &on.span,
            say!(
                "编号规则没有用到年、月，`on` 没有意义",
                "the template has neither year nor month: `on` means nothing"
            ),
            say!("请删去 on,或写入 {{year}}", "leave it out, or write {{year}}"),
        );
    }
    let is_date = |kind: &KindSpec<'_>| kind.meaning == Meaning::Day;
    let is_time = |kind: &KindSpec<'_>| kind.meaning.tells_year();
    let found = if has_month {
        fields.find_kind(on, is_date, &say!("日期", "a date"))
    } else {
        fields.find_kind(on, is_time, &say!("日期或年份", "a date or a year"))
    };
    found.map(Some)
}

fn pieces(template: &Located<String>, fields: Fields<'_>) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut faults = Vec::new();
    let text = template.value.as_str();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if let Some(inner) = rest.strip_prefix('{') {
            let Some((name, _)) = inner.split_once('}') else {
                faults.push(brace(at..text.len()));
                break;
            };
            let end = at + name.len() + 2;
            match gap(name) {
                Some(piece) => pieces.push(piece),
                None => faults.push(no_gap(name, at..end)),
            }
            at = end;
        } else {
            let end = rest.find(['{', '}']).map_or(text.len(), |length| at + length);
            if end == at {
                faults.push(brace(at..at + 1));
                break;
            }
            pieces.push(Piece::Text(text[at..end].to_owned()));
            at = end;
        }
    }
    let is_sound = faults.is_empty() && !text.is_empty();
    fields.marker.mark_faults(template, faults);
    is_sound.then_some(pieces)
}

fn gap(name: &str) -> Option<Piece> {
    match name.split_once(':') {
        None => match name {
            "unit" => Some(Piece::Unit),
            "year" => Some(Piece::Year),
            "month" => Some(Piece::Month),
            "serial" => Some(Piece::Serial(1)),
            _ => None,
        },
        Some(("serial", digits)) => {
            digits.parse().ok().filter(|digits| (1..=DIGITS).contains(digits)).map(Piece::Serial)
        }
        Some(_) => None,
    }
}

fn no_gap(name: &str, span: Span) -> Fault {
    let (word, digits) = name.split_once(':').unwrap_or((name, ""));
    let remedy = if GAPS.contains(&word) && !digits.is_empty() {
        say!(
            "只有 serial 可写位数，1 至 {DIGITS}，例如 {{serial:4}}",
            "only serial takes digits, 1 to {DIGITS}, such as {{serial:4}}"
        )
    } else {
        did_you_mean(word, GAPS)
    };
    Fault { span, message: say!("编号规则中没有 {{{name}}}", "a template has no {{{name}}}"), remedy }
}

fn brace(span: Span) -> Fault {
    Fault {
        span,
        message: say!("花括号不成对", "a brace without its other half"),
        remedy: say!("请写成 {{serial:4}} 的样子", "write it as in {{serial:4}}"),
    }
}
