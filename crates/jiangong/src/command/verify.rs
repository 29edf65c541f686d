//! `jiangong verify`: the recount.

use anyhow::Result;
use app::rebuild::{rebuild, verify};
use serde_json::json;

use super::console;
use crate::{
    cli::{Format, Options, Verify},
    config,
    output::{DONE, FINDINGS, line},
};

pub(super) async fn run(options: &Options, args: &Verify) -> Result<u8> {
    let words = options.words();
    let app = config::open(options, false).await?;
    let ctx = console(options);
    if args.rebuild {
        rebuild(&app, &ctx).await?;
    }
    let verified = verify(&app, &ctx).await?;
    let snapshot = app.current(&ctx).await?;
    let difference = verified.difference.as_ref().map(|difference| {
        let unit = snapshot.units.get(&difference.place.unit).map_or("", |unit| unit.code.as_str());
        let measure = snapshot.campaign.measures.iter().find(|measure| {
            measure.listed_slot == difference.slot || measure.unlisted_slot == Some(difference.slot)
        });
        (unit.to_owned(), measure.map_or("", |measure| measure.id.as_str()).to_owned(), difference)
    });
    if args.format == Format::Json {
        let difference = difference.as_ref().map(|(unit, measure, difference)| {
            json!({
                "unit": unit,
                "period": difference.place.period.0,
                "measure": measure,
                "stored": difference.stored,
                "recounted": difference.recounted,
            })
        });
        line(&json!({"facts": verified.facts, "rows": verified.rows, "difference": difference}).to_string());
    } else if let Some((unit, measure, difference)) = &difference {
        line(&words.command_verify_differs(
            unit,
            difference.place.period.0,
            measure,
            difference.stored,
            difference.recounted,
        ));
    } else {
        line(&words.command_verify_agrees(verified.facts, verified.rows));
    }
    Ok(if difference.is_some() { FINDINGS } else { DONE })
}
