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
    let app = config::open(options).await?;
    let ctx = console(options);
    if args.rebuild {
        rebuild(&app, &ctx).await?;
    }
    let verified = verify(&app, &ctx).await?;
    let snapshot = app.current(&ctx).await?;
    let code = |unit| snapshot.units.get(&unit).map_or("", |unit| unit.code.as_str());
    let posting = verified.posting.map(|posting| {
        let measure = snapshot.campaign.measures.get(posting.key.measure);
        (code(posting.key.unit), measure.map_or("", |measure| measure.id.as_str()), posting)
    });
    let difference = verified.difference.as_ref().map(|difference| {
        let unit = code(difference.place.unit);
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
        let posting = posting.as_ref().map(|(unit, measure, posting)| {
            json!({
                "fact": posting.key.fact,
                "unit": unit,
                "month": posting.key.month.to_string(),
                "measure": measure,
                "stored": posting.stored,
                "recounted": posting.recounted,
            })
        });
        let report = json!({
            "facts": verified.facts,
            "rows": verified.rows,
            "difference": difference,
            "postings": verified.postings,
            "posting": posting,
        });
        line(&report.to_string());
    } else if let Some((unit, measure, difference)) = &difference {
        line(&words.command_verify_differs(
            unit,
            difference.place.period.0,
            measure,
            difference.stored,
            difference.recounted,
        ));
    } else if let Some((unit, measure, posting)) = &posting {
        line(&words.command_verify_posting_differs(
            posting.key.fact,
            unit,
            posting.key.month,
            measure,
            posting.stored,
            posting.recounted,
        ));
    } else {
        line(&words.command_verify_agrees(verified.facts, verified.rows, verified.postings));
    }
    Ok(if verified.agrees() { DONE } else { FINDINGS })
}
