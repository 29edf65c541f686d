//! `jiangong digest`: what waits for each person, for a message in the morning.

use anyhow::Result;
use app::todo::{self, Digest};
use serde_json::json;

use super::console;
use crate::{
    cli::{Digest as Args, Format, Options},
    config,
    output::{DONE, csv, line, table},
};

pub(super) async fn run(options: &Options, args: &Args) -> Result<u8> {
    let app = config::open(options).await?;
    let (_, digests) = todo::digest(&app, &console(options)).await?;
    let is_wanted = |digest: &&Digest| args.login.as_ref().is_none_or(|login| *login == digest.login);
    let digests: Vec<&Digest> = digests.iter().filter(is_wanted).collect();
    if args.format == Format::Json {
        let people = digests.iter().map(|digest| {
            json!({
                "login": digest.login,
                "name": digest.name,
                "unit": digest.unit_code,
                "all": digest.counts.all,
                "overdue": digest.counts.overdue,
                "week": digest.counts.week,
                "new": digest.counts.new,
                "counted_to": todo::MOST,
            })
        });
        line(&serde_json::to_string(&people.collect::<Vec<_>>())?);
        return Ok(DONE);
    }
    let heading = ["login", "name", "unit", "all", "overdue", "week", "new"].map(str::to_owned).to_vec();
    let rows = digests.iter().map(|digest| {
        let counts = digest.counts;
        let numbers = [counts.all, counts.overdue, counts.week, counts.new].map(|number| number.to_string());
        let who = [digest.login.clone(), digest.name.clone(), digest.unit_code.clone()];
        who.into_iter().chain(numbers).collect()
    });
    let rows: Vec<Vec<String>> = std::iter::once(heading).chain(rows).collect();
    match args.format {
        Format::Csv => rows.iter().for_each(|row| line(&csv(row))),
        _ => line(&table(&rows)),
    }
    Ok(DONE)
}
