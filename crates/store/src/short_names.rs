//! Short names: numbers that stand for the names of fields and codes where much is stored.
//!
//! A name gets its number when the definition that has it is put in force, and keeps it for good: names are added and
//! never changed. So whoever knows the first hundred can read whatever was written with them.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
};

use boxed_async::boxed_async;
use model::ids::RegionId;

use crate::{Error, Result, Tx, bulk};

/// What a short name begins with where it stands in place of a text.
const MARK: &str = "#";

/// The names of a region by their numbers.
#[derive(Debug, Default)]
pub(crate) struct ShortNames {
    names: Vec<String>,
    numbers: HashMap<String, u64>,
}

impl ShortNames {
    /// Names in the order of their numbers, the first of which is 0.
    pub(crate) fn new(names: Vec<String>) -> Self {
        let numbers = (0..).zip(&names).map(|(number, name)| (name.clone(), number)).collect();
        Self { names, numbers }
    }

    /// These and further ones.
    #[cfg(test)]
    pub(crate) fn with(&self, more: Vec<String>) -> Self {
        Self::new(self.names.iter().cloned().chain(more).collect())
    }

    /// The number of a name.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.numbers.get(name).copied()
    }

    /// The name that has a number.
    pub(crate) fn name(&self, number: u64) -> Option<&str> {
        self.names.get(usize::try_from(number).ok()?).map(String::as_str)
    }

    /// What is stored in place of a text.
    pub(crate) fn shorten(&self, text: &str) -> String {
        self.number(text).map_or_else(|| text.to_owned(), |number| format!("{MARK}{number}"))
    }

    /// The text that is stored in this way; `None` when it is a number that these names do not have.
    pub(crate) fn lengthen(&self, stored: String) -> Option<String> {
        match stored.strip_prefix(MARK) {
            Some(number) => self.name(number.parse().ok()?).map(ToOwned::to_owned),
            None => Some(stored),
        }
    }
}

/// The short names that this process has read, by region. All of them have been committed.
#[derive(Debug, Clone, Default)]
pub struct KnownNames(Arc<RwLock<BTreeMap<RegionId, Arc<ShortNames>>>>);

impl KnownNames {
    fn get(&self, region: RegionId) -> Option<Arc<ShortNames>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&region).cloned()
    }

    fn put(&self, region: RegionId, names: &Arc<ShortNames>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let former = known.entry(region).or_insert_with(|| names.clone());
        if former.names.len() < names.names.len() {
            *former = names.clone();
        }
    }
}

/// The names as a transaction knows them.
#[derive(Debug, Default)]
pub(crate) struct TxNames {
    known: KnownNames,
    /// Those that it has read itself.
    own: Option<Arc<ShortNames>>,
    /// Whether it has added some: others must not know them before it has committed.
    has_added: bool,
}

impl TxNames {
    pub(crate) fn new(known: KnownNames) -> Self {
        Self { known, ..Self::default() }
    }

    /// Lets all others know what it has added: it has committed.
    pub(crate) fn share(self, region: RegionId) {
        if let Some(own) = self.own.filter(|_| self.has_added) {
            self.known.put(region, &own);
        }
    }
}

/// The short names of the region, to write with: all that this process knows.
pub(crate) async fn known(tx: &mut Tx) -> Result<Arc<ShortNames>> {
    if let Some(own) = &tx.names.own {
        return Ok(own.clone());
    }
    match tx.names.known.get(tx.region) {
        Some(known) => Ok(known),
        None => read(tx).await,
    }
}

/// Reads the short names of the region anew: another process may have added some.
pub(crate) async fn read(tx: &mut Tx) -> Result<Arc<ShortNames>> {
    let text = "SELECT name FROM short_name WHERE region_id = $1 ORDER BY number";
    let names: Vec<String> = tx.query(text).values(tx).await?;
    let names = Arc::new(ShortNames::new(names));
    if !tx.names.has_added {
        tx.names.known.put(tx.region, &names);
    }
    tx.names.own = Some(names.clone());
    Ok(names)
}

/// The short names of the region, of which none is missing that anything visible was written with.
pub(crate) async fn latest(tx: &mut Tx) -> Result<Arc<ShortNames>> {
    let known = known(tx).await?;
    let text = "SELECT count(*) FROM short_name WHERE region_id = $1";
    let count: i64 = tx.query(text).value(tx).await?;
    let has_all = usize::try_from(count).is_ok_and(|count| count <= known.names.len());
    if has_all { Ok(known) } else { read(tx).await }
}

/// A row as it is stored, with short names in it.
pub(crate) trait Shortened: Sized {
    /// What it says.
    type Full;
    /// Its table, for errors.
    const TABLE: &'static str;

    /// Its key, for errors.
    fn key(&self) -> String;

    /// What it says; itself when something of it cannot be read with these names.
    fn read(self, names: &ShortNames) -> std::result::Result<Self::Full, Self>;

    /// What it says, read with all names that there are.
    ///
    /// # Errors
    /// [`Error::Corrupt`].
    fn read_or_fail(self, names: &ShortNames) -> Result<Self::Full> {
        self.read(names).map_err(|row| Error::Corrupt {
            table: Self::TABLE,
            key: row.key(),
            detail: "its compact form cannot be read".to_owned(),
        })
    }
}

/// What rows say. Names that another process has added meanwhile are read where they are needed.
///
/// # Errors
/// [`Error::Corrupt`].
pub(crate) async fn read_rows<S: Shortened + Send>(tx: &mut Tx, rows: Vec<S>) -> Result<Vec<S::Full>>
where
    S::Full: Send,
{
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut names = known(tx).await?;
    let mut full = Vec::with_capacity(rows.len());
    let mut is_latest = false;
    for row in rows {
        match row.read(&names) {
            Ok(row) => full.push(row),
            Err(row) => {
                if !is_latest {
                    names = read(tx).await?;
                    is_latest = true;
                }
                full.push(row.read_or_fail(&names)?);
            }
        }
    }
    Ok(full)
}

/// What one row says, if there is one.
///
/// # Errors
/// As [`read_rows`].
pub(crate) async fn read_row<S: Shortened + Send>(tx: &mut Tx, row: Option<S>) -> Result<Option<S::Full>>
where
    S::Full: Send,
{
    Ok(read_rows(tx, row.into_iter().collect()).await?.pop())
}

/// Gives numbers to those of the names that have none, in their order. The caller has locked the region.
#[boxed_async]
pub async fn add(tx: &mut Tx, names: Vec<String>) -> Result<()> {
    let known = read(tx).await?;
    let mut seen = HashSet::new();
    let fresh: Vec<String> = names
        .into_iter()
        .filter(|name| known.number(name).is_none() && !name.is_empty() && seen.insert(name.clone()))
        .collect();
    if fresh.is_empty() {
        return Ok(());
    }
    let region = tx.region;
    let first = i64::try_from(known.names.len()).unwrap_or(i64::MAX);
    let rows = (first..).zip(&fresh).map(|(number, name)| [region.into(), number.into(), name.into()]);
    bulk::insert(tx, "short_name", ["region_id", "number", "name"], "", rows).await?;
    tx.names.has_added = true;
    read(tx).await?;
    Ok(())
}
