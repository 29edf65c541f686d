//! `jiangong campaign`: check, show, load.

use anyhow::Result;
use campaign::check::check;

use crate::{
    cli::{Campaign, Options},
    config,
    output::{DONE, FINDINGS, line, mistake_text, table},
    places::open_database,
};

pub(super) async fn run(options: &Options, command: &Campaign) -> Result<u8> {
    match command {
        Campaign::Check { dir } => Ok(verdict(options, &config::source(Some(dir))?)),
        Campaign::Show { dir } => {
            let source = config::source(dir.as_deref().or(options.campaign.as_deref()))?;
            let code = verdict(options, &source);
            if let Ok(campaign) = check(&source) {
                show(options, &campaign);
            }
            Ok(code)
        }
        Campaign::Load { dir } => {
            let source = config::source(dir.as_deref().or(options.campaign.as_deref()))?;
            let db = open_database(options, &config::database_url(options)?).await?;
            let (region, secret) = (config::region(options), config::secret(options, &db).await?);
            let setup = config::setup(options, region, secret, None);
            let setup = app::Setup { campaign: Some(&source), ..setup };
            app::App::open(db, region, setup, std::sync::Arc::new(model::clock::SystemClock)).await?;
            line(&source.hash());
            Ok(DONE)
        }
    }
}

fn verdict(options: &Options, source: &campaign::source::Source) -> u8 {
    let words = options.words();
    match check(source) {
        Ok(campaign) => {
            eprintln!("{}", words.command_campaign_good(&campaign.id, &campaign.hash[..12]));
            DONE
        }
        Err(mistakes) => {
            for mistake in &mistakes {
                line(&mistake_text(mistake, words));
            }
            eprintln!("{}", words.command_campaign_bad(mistakes.len()));
            FINDINGS
        }
    }
}

fn show(options: &Options, campaign: &campaign::definition::Campaign) {
    let words = options.words();
    let label = |label: &campaign::definition::Label| words.pick(&label.zh, &label.en).to_owned();
    line(&label(&campaign.title));
    let mut rows = Vec::new();
    for form in &campaign.forms {
        rows.push(vec![form.id.clone(), label(&form.label), format!("{}", form.fields.len())]);
    }
    line(&table(&rows));
    let indicators = campaign.indicators.iter().map(|indicator| {
        vec![
            indicator.id.clone(),
            label(&indicator.label),
            indicator.target.to_string(),
            label(&indicator.explain),
        ]
    });
    line(&table(&indicators.collect::<Vec<_>>()));
}
