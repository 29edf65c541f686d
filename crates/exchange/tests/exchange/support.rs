//! A small campaign, a small city and small files.

use std::collections::BTreeMap;

use campaign::{
    condition::Condition,
    definition::{
        Campaign, Classification, Code, Definition, Dictionary, Field, FieldIdx, FieldKind, Form, FormIdx,
        FormKind, FormerField, IdxVec, Label, Required, RosterFields, Vocabulary, Years,
    },
};
use exchange::reading::{ReadContext, UnitLookup};
use jiff::civil::date;
use model::{clock::BusinessDay, ids::UnitId};
use sheet::workbook::{Cell, SheetRow, Table};

pub(crate) fn label(zh: &str) -> Label {
    Label { zh: zh.to_owned(), en: format!("{zh} in English") }
}

pub(crate) fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

/// A field; a star before its title makes it required, further titles follow after strokes.
pub(crate) fn field(id: &str, titles: &str, kind: FieldKind) -> Field {
    let required = if titles.starts_with('*') { Required::Yes } else { Required::No };
    let mut titles = titles.trim_start_matches('*').split('|');
    let label = label(titles.next().unwrap());
    Field {
        id: id.to_owned(),
        former: FormerField::default(),
        label,
        names: titles.map(str::to_owned).collect(),
        kind,
        required,
        when: None,
        takes_not_applicable: false,
        proposed_by: None,
        help: None,
    }
}

pub(crate) fn form(kind: FormKind, identity: &[usize], fields: Vec<Field>) -> Form {
    let fields: IdxVec<Field> = fields.into();
    let (unit, year) =
        (fields.position(|field| field.id == "unit"), fields.position(|field| field.id == "year"));
    let identity: Vec<FieldIdx> = identity.iter().copied().map(FieldIdx::new).collect();
    let identity: Vec<FieldIdx> = identity.into_iter().filter(|field| Some(*field) != unit).collect();
    let blamed = identity.iter().copied().find(|field| Some(*field) != year);
    Form {
        id: "proposal".to_owned(),
        was: None,
        kind,
        label: label("合理化建议台账"),
        names: vec![],
        fields,
        blamed: blamed.or(identity.first().copied()).unwrap_or(FieldIdx::FIRST),
        natural_identity: Vec::new(),
        group_by: None,
        identity,
        unit,
        year,
        reporting: None,
        deadline: None,
        persons: vec![],
        duplicate_keys: Vec::new().into(),
        rules: vec![],
        answers: Vec::new(),
        relations: vec![],
        derived: Vec::new(),
        posts: vec![],
        classifying: vec![],
        sections: vec![],
        workflow: None,
        numbering: None,
    }
}

fn dictionary(title: &str, open_digits: Option<usize>, codes: &[(&str, &str, &[&str])]) -> Dictionary {
    let code = |(code, title, names): &(&str, &str, &[&str])| Code {
        code: (*code).to_owned(),
        was: None,
        label: label(title),
        names: strings(names),
        parent: None,
    };
    Dictionary {
        id: "dictionary".to_owned(),
        label: label(title),
        source: String::new(),
        open_digits,
        codes: codes.iter().map(code).collect(),
    }
}

/// Dictionaries: 0 unit types, 1 industries (open, three digits), 2 decisions (words).
pub(crate) fn definition() -> Definition {
    let years = Years { first: 2011, last: 2015 };
    Definition {
        hash: String::new(),
        classification: Classification {
            fields: vec![],
            enterprise: Condition::And(vec![]),
            ownership: vec![],
        },
        dictionaries: dictionaries().into(),
        forms: IdxVec::default(),
        roster: FormIdx::FIRST,
        roster_fields: RosterFields {
            code: FieldIdx::FIRST,
            name: FieldIdx::FIRST,
            parent: FieldIdx::FIRST,
            guidance: FieldIdx::FIRST,
            founded_on: FieldIdx::FIRST,
            effective_on: FieldIdx::FIRST,
        },
        measures: IdxVec::default(),
        vocabulary: Vocabulary::default(),
        roles: Vec::new(),
        answer_pairs: Vec::new(),
        names: campaign::history::VersionNames::default(),
        history: campaign::history::NameHistory::default(),
        stored_forms: BTreeMap::new(),
        form_files: [].into(),
        campaigns: vec![Campaign {
            coverage_threshold: 0.8,
            id: "test".to_owned(),
            hash: "0".repeat(64),
            title: label("竞赛"),
            short: label("竞赛"),
            document: label("文件"),
            period: years,
            baseline: years,
            readings: IdxVec::default(),
            clauses: vec![],
            forms: BTreeMap::new(),
            indicators: IdxVec::default(),
        }]
        .into(),
    }
}

fn dictionaries() -> Vec<Dictionary> {
    vec![
        dictionary(
            "单位类别",
            None,
            &[
                ("110", "国有企业", &["国企"]),
                ("170", "私营企业", &["私企"]),
                ("400", "事业", &[]),
                ("051", "特殊", &[]),
            ],
        ),
        dictionary(
            "行业",
            Some(3),
            &[("051", "农业服务", &[]), ("352", "冶金设备", &[]), ("721", "环境", &[])],
        ),
        dictionary(
            "审查结论",
            None,
            &[
                ("adopted", "采纳", &["已采纳", "通过"]),
                ("partly", "部分采纳", &[]),
                ("rejected", "不采纳", &["未采纳"]),
                ("none", "无", &[]),
            ],
        ),
    ]
}

/// Four units; two of them share a name.
pub(crate) struct City;

const UNITS: [(&str, &str); 4] = [
    ("210210100", "大连机床厂"),
    ("210210101", "大连船舶(集团)公司"),
    ("210210102", "第一分厂"),
    ("210210103", "第一分厂"),
];

impl UnitLookup for City {
    fn by_code(&self, code: &str) -> Option<UnitId> {
        UNITS
            .iter()
            .position(|unit| unit.0 == code)
            .and_then(|position| i64::try_from(position).ok())
            .map(UnitId)
    }

    fn by_name(&self, name: &str) -> Vec<UnitId> {
        (0..).zip(UNITS).filter(|(_, unit)| unit.1 == name).map(|(id, _)| UnitId(id)).collect()
    }

    fn name(&self, id: UnitId) -> Option<&str> {
        usize::try_from(id.0).ok().and_then(|id| UNITS.get(id)).map(|unit| unit.1)
    }

    fn code(&self, id: UnitId) -> Option<&str> {
        usize::try_from(id.0).ok().and_then(|id| UNITS.get(id)).map(|unit| unit.0)
    }
}

pub(crate) fn context(definition: &Definition) -> ReadContext<'_> {
    ReadContext {
        definition,
        units: &City,
        today: BusinessDay::new(date(2014, 3, 1)),
        default_unit: None,
        default_year: None,
    }
}

/// A sheet written as lines; cells are divided by strokes, and a line that is empty stays so.
pub(crate) fn sheet(text: &str) -> Table {
    let cell = |text: &str| {
        let text = text.trim();
        if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
    };
    let rows = (1..)
        .zip(text.lines())
        .map(|(number, line)| SheetRow { number, cells: line.split('|').map(cell).collect() });
    Table { rows: rows.filter(|row| row.filled() > 0).collect(), ..Table::default() }
}
