//! Units, their names over time, their affiliations and what they stated
//! themselves to be.

use ledger::{
    classes::Classes,
    hierarchy::{Affiliation, Line},
};
use model::{
    class::Class,
    ids::UnitId,
    month::{Month, Year},
};

use crate::{
    Error, Result, Tx,
    bulk::{self, Bind},
    db::on,
};

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
    unit_id: i64,
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
            id: UnitId(row.unit_id),
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
pub async fn list(tx: &mut Tx) -> Result<Vec<Unit>> {
    let region = tx.region.0;
    let rows: Vec<UnitRow> = on!(tx, |c| sqlx::query_as(LIST).bind(region).fetch_all(c).await)?;
    rows.into_iter().map(Unit::try_from).collect()
}

const LIST: &str = "SELECT unit_id, code, name, kind, attributes, closed_from, merged_into, version \
     FROM unit WHERE region_id = $1 ORDER BY unit_id";

/// Every affiliation of the region, past and present.
pub async fn list_affiliations(tx: &mut Tx) -> Result<Vec<Affiliation>> {
    let region = tx.region.0;
    let rows: Vec<(i64, String, i64, i64, i64)> =
        on!(tx, |c| sqlx::query_as(LIST_AFFILIATIONS).bind(region).fetch_all(c).await)?;
    rows.into_iter()
        .map(|(unit, line, from, parent, to)| {
            let corrupt = || Error::Corrupt {
                table: "affiliation",
                key: unit.to_string(),
                detail: "line or month".to_owned(),
            };
            let line = match line.as_str() {
                "subordination" => Line::Subordination,
                "guidance" => Line::Guidance,
                _ => return Err(corrupt()),
            };
            Ok(Affiliation {
                unit: UnitId(unit),
                line,
                from: month(from).ok_or_else(corrupt)?,
                to: month(to).ok_or_else(corrupt)?,
                parent: UnitId(parent),
            })
        })
        .collect()
}

const LIST_AFFILIATIONS: &str = "SELECT unit_id, line, from_month, parent_id, to_month FROM affiliation \
     WHERE region_id = $1 ORDER BY unit_id, line, from_month, parent_id";

/// What all units stated themselves to be.
pub async fn list_classes(tx: &mut Tx) -> Result<Classes> {
    let region = tx.region.0;
    let rows: Vec<(i64, i64, Option<i64>, bool)> =
        on!(tx, |c| sqlx::query_as(LIST_CLASSES).bind(region).fetch_all(c).await)?;
    let mut classes = Classes::default();
    for (unit, year, ownership, is_enterprise) in rows {
        let corrupt = || Error::Corrupt {
            table: "class_statement",
            key: format!("{unit} {year}"),
            detail: "year or ownership".to_owned(),
        };
        let year = Year::try_from(year).map_err(|_| corrupt())?;
        let ownership = ownership.map(u8::try_from).transpose().map_err(|_| corrupt())?;
        classes.state(UnitId(unit), year, Class { ownership, is_enterprise });
    }
    Ok(classes)
}

const LIST_CLASSES: &str =
    "SELECT unit_id, year, ownership, is_enterprise FROM class_statement WHERE region_id = $1";

/// Adds units, or replaces those that exist (by id).
pub async fn put(tx: &mut Tx, units: &[Unit]) -> Result<()> {
    let region = tx.region.0;
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
            unit.id.0.into(),
            unit.code.as_str().into(),
            unit.name.as_str().into(),
            unit.kind.name().into(),
            unit.attributes.as_str().into(),
            Bind::Int(unit.closed_from.map(|month| i64::from(month.number()))),
            Bind::Int(unit.merged_into.map(|unit| unit.0)),
            unit.version.into(),
        ]
    });
    bulk::insert(tx, "unit", columns, suffix, rows).await?;
    Ok(())
}

/// Keeps a name that a unit bore until a day (`YYYY-MM-DD`).
pub async fn put_former_name(tx: &mut Tx, unit: UnitId, until_on: &str, name: &str) -> Result<()> {
    let rows = [[tx.region.0.into(), unit.0.into(), until_on.into(), name.into()]];
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
pub async fn list_former_names(tx: &mut Tx, unit: UnitId) -> Result<Vec<(String, String)>> {
    let region = tx.region.0;
    let text = "SELECT until_on, name FROM unit_name WHERE region_id = $1 AND unit_id = $2 ORDER BY until_on";
    Ok(on!(tx, |c| sqlx::query_as(text).bind(region).bind(unit.0).fetch_all(c).await)?)
}

/// Adds affiliations, or changes the end of those that exist.
pub async fn put_affiliations(tx: &mut Tx, affiliations: &[Affiliation]) -> Result<()> {
    let region = tx.region.0;
    let columns = ["region_id", "unit_id", "line", "from_month", "parent_id", "to_month"];
    let suffix = "ON CONFLICT (region_id, unit_id, line, from_month, parent_id) \
         DO UPDATE SET to_month = excluded.to_month";
    let rows = affiliations.iter().map(|link| {
        [
            region.into(),
            link.unit.0.into(),
            line_name(link.line).into(),
            i64::from(link.from.number()).into(),
            link.parent.0.into(),
            i64::from(link.to.number()).into(),
        ]
    });
    bulk::insert(tx, "affiliation", columns, suffix, rows).await?;
    Ok(())
}

/// Removes an affiliation that a later command made void before it began.
pub async fn delete_affiliation(tx: &mut Tx, link: &Affiliation) -> Result<()> {
    let region = tx.region.0;
    on!(tx, |c| sqlx::query(DELETE_AFFILIATION)
        .bind(region)
        .bind(link.unit.0)
        .bind(line_name(link.line))
        .bind(i64::from(link.from.number()))
        .bind(link.parent.0)
        .execute(c)
        .await
        .map(|_| ()))?;
    Ok(())
}

const DELETE_AFFILIATION: &str = "DELETE FROM affiliation WHERE region_id = $1 AND unit_id = $2 AND line = $3 \
     AND from_month = $4 AND parent_id = $5";

/// One statement of class: unit, year, and the class, or `None` to take it back.
pub type ClassStatement = (UnitId, Year, Option<Class>);

/// Records what units stated themselves to be.
pub async fn put_classes(tx: &mut Tx, statements: &[ClassStatement]) -> Result<()> {
    let region = tx.region.0;
    for (unit, year, _) in statements.iter().filter(|(_, _, class)| class.is_none()) {
        let text = "DELETE FROM class_statement WHERE region_id = $1 AND unit_id = $2 AND year = $3";
        on!(tx, |c| sqlx::query(text)
            .bind(region)
            .bind(unit.0)
            .bind(i64::from(*year))
            .execute(c)
            .await
            .map(|_| ()))?;
    }
    let columns = ["region_id", "unit_id", "year", "ownership", "is_enterprise"];
    let suffix = "ON CONFLICT (region_id, unit_id, year) DO UPDATE SET ownership = excluded.ownership, \
         is_enterprise = excluded.is_enterprise";
    let rows = statements.iter().filter_map(|(unit, year, class)| {
        class.map(|class| {
            [
                region.into(),
                unit.0.into(),
                i64::from(*year).into(),
                Bind::Int(class.ownership.map(i64::from)),
                Bind::Bool(class.is_enterprise),
            ]
        })
    });
    bulk::insert(tx, "class_statement", columns, suffix, rows).await?;
    Ok(())
}
