//! `jiangong figures`: all figures of a unit.

use anyhow::Result;
use app::{
    figures::{FiguresJson, Shown, parse_readings, show},
    units::resolve,
};
use ledger::figure::{FigureState, Note};
use words::Words;

use super::console;
use crate::{
    cli::{Figures, Format, Options},
    config,
    output::{DONE, csv, line, table},
};

pub(super) async fn run(options: &Options, args: &Figures) -> Result<u8> {
    let app = config::open(options).await?;
    let ctx = console(options);
    let snapshot = app.current(&ctx).await?;
    let unit = resolve(&ctx, &snapshot, args.unit.as_deref())?;
    let choices = args.readings.iter().map(|(reading, option)| (reading.as_str(), option.as_str()));
    let campaign = config::campaign(options, &snapshot)?;
    let readings = parse_readings(ctx.require_campaign(&snapshot, campaign)?, choices)?;
    let ask = args.view.request(args.when.figure_request(campaign, readings));
    let shown = show(&app, &ctx, unit, &ask).await?;
    match args.format {
        Format::Json => line(&serde_json::to_string(&FiguresJson::from(&shown))?),
        Format::Csv => rows(&shown, options.words()).iter().for_each(|row| line(&csv(row))),
        Format::Table => {
            let words = options.words();
            let through = words.dashboard_through(words.month(shown.through));
            let period = words.both_calendars(shown.whole_period());
            let mut known = words.known_on(words.date(shown.known.day));
            if shown.is_restated {
                known = format!("{known} · {}", words.known_restated());
            }
            line(&format!("{} {}  {period}  {through} · {known}", shown.unit.code, shown.unit.name));
            line(&table(&rows(&shown, options.words())));
        }
    }
    Ok(DONE)
}

fn rows(shown: &Shown, words: Words) -> Vec<Vec<String>> {
    let number = |value: Option<f64>| {
        value.map_or_else(
            || "-".to_owned(),
            |value| format!("{value:.6}").trim_end_matches('0').trim_end_matches('.').to_owned(),
        )
    };
    let heading = ["id", "label", "value", "target", "expected", "state", "note"].map(str::to_owned).to_vec();
    let entries = shown.entries.iter().map(|entry| {
        let indicator = &shown.campaign().indicators[entry.indicator];
        let state = match entry.figure.state {
            FigureState::Met => words.state_met(),
            FigureState::OnTrack => words.state_on_track(),
            FigureState::Behind => words.state_behind(),
            FigureState::Incomplete => words.state_incomplete(),
            FigureState::NoValue => words.state_no_value(),
            FigureState::NoTarget => words.state_no_target(),
        };
        vec![
            indicator.id.clone(),
            words.pick(&indicator.label.zh, &indicator.label.en).to_owned(),
            number(entry.figure.value),
            number(entry.figure.target),
            number(entry.figure.expected),
            state.to_owned(),
            entry.figure.note.map(Note::name).unwrap_or_default().to_owned(),
        ]
    });
    std::iter::once(heading).chain(entries).collect()
}
