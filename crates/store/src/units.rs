//! Units, their names over time, their affiliations, and the values of their
//! roster and returns that classify them.

use boxed_async::boxed_async;
use ledger::hierarchy::{Affiliation, Line};
use model::{
    class::Class,
    ids::UnitId,
    month::{Month, Year},
};

use crate::{Error, Result, Tx, bulk};

/// What sort of unit it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnitKind {
    /// A union above the grass roots: federation, district, industrial, street union.
    Union,
    /// A grass-roots union: an enterprise, an institution, an office.
    Grassroots,
    /// A team below an enterprise (班组).
    Team,
}

impl UnitKind {
    /// Its name in storage and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Union => "union",
            Self::Grassroots => "grassroots",
            Self::Team => "team",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Union, Self::Grassroots, Self::Team].into_iter().find(|kind| kind.name() == text)
    }
}

/// One unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// Its union statistical code (统计编码), permanent.
    pub code: String,
    /// Its present name.
    pub name: String,
    /// What sort of unit it is.
    pub kind: UnitKind,
    /// The roster's other fields, encoded by the roster's [`crate::FormCodec`].
    pub attributes: String,
    /// The first month in which it no longer exists.
    pub closed_from: Option<Month>,
    /// The unit it was merged into.
    pub merged_into: Option<UnitId>,
    /// Rises with every change.
    pub version: i64,
}

#[derive(sqlx::FromRow)]
struct UnitRow {
    #[sqlx(try_from = "i64")]
    unit_id: UnitId,
    code: String,
    name: String,
    kind: String,
    attributes: String,
    closed_from: Option<i64>,
    merged_into: Option<i64>,
    version: i64,
}

impl TryFrom<UnitRow> for Unit {
    type Error = Error;

    fn try_from(row: UnitRow) -> Result<Self> {
        let corrupt = |detail: &str| Error::Corrupt {
            table: "unit",
            key: row.unit_id.to_string(),
            detail: detail.to_owned(),
        };
        Ok(Self {
            id: row.unit_id,
            kind: UnitKind::parse(&row.kind).ok_or_else(|| corrupt("unknown kind"))?,
            closed_from: row.closed_from.map(|m| month(m).ok_or_else(|| corrupt("no month"))).transpose()?,
            merged_into: row.merged_into.map(UnitId),
            code: row.code,
            name: row.name,
            attributes: row.attributes,
            version: row.version,
        })
    }
}

fn month(number: i64) -> Option<Month> {
    let number = i32::try_from(number).ok()?;
    if number == Month::NEVER.number() { Some(Month::NEVER) } else { Month::from_number(number) }
}

fn line_name(line: Line) -> &'static str {
    match line {
        Line::Subordination => "subordination",
        Line::Guidance => "guidance",
    }
}

/// Every unit of the region, by id.
#[boxed_async]
pub async fn list(tx: &mut Tx) -> Result<Vec<Unit>> {
    let rows: Vec<UnitRow> = tx.query(LIST).fetch_all(tx).await?;
    rows.into_iter().map(Unit::try_from).collect()
}

const LIST: &str = "SELECT unit_id, code, name, kind, attributes, closed_from, merged_into, version \
     FROM unit WHERE region_id = $1 ORDER BY unit_id";

#[derive(sqlx::FromRow)]
struct AffiliationRow {
    #[sqlx(try_from = "i64")]
    unit_id: UnitId,
    line: String,
    from_month: i64,
    #[sqlx(try_from = "i64")]
    parent_id: UnitId,
    to_month: i64,
}

impl TryFrom<AffiliationRow> for Affiliation {
    type Error = Error;

    fn try_from(row: AffiliationRow) -> Result<Self> {
        let corrupt = || Error::Corrupt {
            table: "affiliation",
            key: row.unit_id.to_string(),
            detail: "line or month".to_owned(),
        };
        let line =
            [Line::Subordination, Line::Guidance].into_iter().find(|line| line_name(*line) == row.line);
        Ok(Self {
            unit: row.unit_id,
            line: line.ok_or_else(corrupt)?,
            from: month(row.from_month).ok_or_else(corrupt)?,
            to: month(row.to_month).ok_or_else(corrupt)?,
            parent: row.parent_id,
        })
    }
}

/// Every affiliation of the region, past and present.
#[boxed_async]
pub async fn list_affiliations(tx: &mut Tx) -> Result<Vec<Affiliation>> {
    let rows: Vec<AffiliationRow> = tx.query(LIST_AFFILIATIONS).fetch_all(tx).await?;
    rows.into_iter().map(Affiliation::try_from).collect()
}

const LIST_AFFILIATIONS: &str = "SELECT unit_id, line, from_month, parent_id, to_month FROM affiliation \
     WHERE region_id = $1 ORDER BY unit_id, line, from_month, parent_id";

#[derive(sqlx::FromRow)]
struct ClassRow {
    #[sqlx(try_from = "i64")]
    unit_id: UnitId,
    year: i64,
    ownership: Option<i64>,
    is_enterprise: bool,
}

/// What units stated themselves to be in each year.
#[boxed_async]
pub async fn list_class_statements(tx: &mut Tx) -> Result<Vec<((UnitId, Year), Class)>> {
    let rows: Vec<ClassRow> = tx.query(LIST_CLASSES).fetch_all(tx).await?;
    let mut statements = Vec::with_capacity(rows.len());
    for row in rows {
        let corrupt = || Error::Corrupt {
            table: "class_statement",
            key: format!("{} {}", row.unit_id, row.year),
            detail: "year or ownership".to_owned(),
        };
        let year = Year::try_from(row.year).map_err(|_| corrupt())?;
        let ownership = row.ownership.map(u8::try_from).transpose().map_err(|_| corrupt())?;
        let class = Class { ownership, is_enterprise: row.is_enterprise };
        statements.push(((row.unit_id, year), class));
    }
    Ok(statements)
}

const LIST_CLASSES: &str =
    "SELECT unit_id, year, ownership, is_enterprise FROM class_statement WHERE region_id = $1";

/// Adds units, or replaces those that exist (by id).
#[boxed_async]
pub async fn put(tx: &mut Tx, units: &[Unit]) -> Result<()> {
    let region = tx.region;
    let columns = [
        "region_id",
        "unit_id",
        "code",
        "name",
        "kind",
        "attributes",
        "closed_from",
        "merged_into",
        "version",
    ];
    let suffix = "ON CONFLICT (region_id, unit_id) DO UPDATE SET code = excluded.code, name = excluded.name, \
         kind = excluded.kind, attributes = excluded.attributes, closed_from = excluded.closed_from, \
         merged_into = excluded.merged_into, version = excluded.version";
    let rows = units.iter().map(|unit| {
        [
            region.into(),
            unit.id.into(),
            (&unit.code).into(),
            (&unit.name).into(),
            unit.kind.name().into(),
            (&unit.attributes).into(),
            unit.closed_from.into(),
            unit.merged_into.into(),
            unit.version.into(),
        ]
    });
    bulk::insert(tx, "unit", columns, suffix, rows).await?;
    Ok(())
}

/// Keeps a name that a unit bore until a day (`YYYY-MM-DD`).
#[boxed_async]
pub async fn put_former_name(tx: &mut Tx, unit: UnitId, until_on: &str, name: &str) -> Result<()> {
    let rows = [[tx.region.into(), unit.into(), until_on.into(), name.into()]];
    bulk::insert(
        tx,
        "unit_name",
        ["region_id", "unit_id", "until_on", "name"],
        "ON CONFLICT DO NOTHING",
        rows,
    )
    .await?;
    Ok(())
}

/// Names that a unit bore before, with the day until which it did.
#[boxed_async]
pub async fn list_former_names(tx: &mut Tx, unit: UnitId) -> Result<Vec<(String, String)>> {
    let text = "SELECT until_on, name FROM unit_name WHERE region_id = $1 AND unit_id = $2 ORDER BY until_on";
    tx.query(text).bind(unit).fetch_all(tx).await
}

/// Adds affiliations, or changes the end of those that exist.
#[boxed_async]
pub async fn put_affiliations(tx: &mut Tx, affiliations: &[Affiliation]) -> Result<()> {
    let region = tx.region;
    let columns = ["region_id", "unit_id", "line", "from_month", "parent_id", "to_month"];
    let suffix = "ON CONFLICT (region_id, unit_id, line, from_month, parent_id) \
         DO UPDATE SET to_month = excluded.to_month";
    let rows = affiliations.iter().map(|link| {
        [
            region.into(),
            link.unit.into(),
            line_name(link.line).into(),
            link.from.into(),
            link.parent.into(),
            link.to.into(),
        ]
    });
    bulk::insert(tx, "affiliation", columns, suffix, rows).await?;
    Ok(())
}

/// Removes an affiliation that a later command made void before it began.
#[boxed_async]
pub async fn delete_affiliation(tx: &mut Tx, link: &Affiliation) -> Result<()> {
    let query = tx.query(DELETE_AFFILIATION).bind(link.unit).bind(line_name(link.line));
    query.bind(link.from).bind(link.parent).execute(tx).await?;
    Ok(())
}

const DELETE_AFFILIATION: &str = "DELETE FROM affiliation WHERE region_id = $1 AND unit_id = $2 AND line = $3 \
     AND from_month = $4 AND parent_id = $5";

/// One statement of class: unit, year, and the class, or `None` to take it back.
pub type ClassStatement = (UnitId, Year, Option<Class>);

/// Removes what all units stated themselves to be.
#[boxed_async]
pub async fn clear_classes(tx: &mut Tx) -> Result<()> {
    tx.query("DELETE FROM class_statement WHERE region_id = $1").execute(tx).await?;
    Ok(())
}

/// Records what units stated themselves to be.
#[boxed_async]
pub async fn put_classes(tx: &mut Tx, statements: &[ClassStatement]) -> Result<()> {
    let region = tx.region;
    for (unit, year, _) in statements.iter().filter(|(_, _, class)| class.is_none()) {
        let text = "DELETE FROM class_statement WHERE region_id = $1 AND unit_id = $2 AND year = $3";
        tx.query(text).bind(*unit).bind(i64::from(*year)).execute(tx).await?;
    }
    let columns = ["region_id", "unit_id", "year", "ownership", "is_enterprise"];
    let suffix = "ON CONFLICT (region_id, unit_id, year) DO UPDATE SET ownership = excluded.ownership, \
         is_enterprise = excluded.is_enterprise";
    let rows = statements.iter().filter_map(|(unit, year, class)| {
        class.map(|class| {
            [
                region.into(),
                (*unit).into(),
                i64::from(*year).into(),
                class.ownership.map(i64::from).into(),
                class.is_enterprise.into(),
            ]
        })
    });
    bulk::insert(tx, "class_statement", columns, suffix, rows).await?;
    Ok(())
}
