//! `jiangong campaign`: check, show, load.

use anyhow::Result;
use campaign::{
    check::{base_campaign, check_after},
    definition::{Campaign, Definition, Label},
    mistake::Mistake,
};

use crate::{
    cli::{self, Options},
    config,
    output::{DONE, FINDINGS, line, mistake_text, table},
};

pub(super) async fn run(options: &Options, command: &cli::Campaign) -> Result<u8> {
    match command {
        cli::Campaign::Check { dir } => Ok(verdict(options, &checked(Some(dir))?)),
        cli::Campaign::Show { dir } => {
            let checked = checked(dir.as_deref().or(options.campaign.as_deref()))?;
            let code = verdict(options, &checked);
            if let Ok(definition) = &checked {
                show(options, definition);
            }
            Ok(code)
        }
        cli::Campaign::Load { dir, consent } => {
            super::definition::load(options, dir.as_deref(), consent.as_deref()).await
        }
    }
}

/// The definition of a campaign, after the one beside which it stands; or every mistake.
type Checked = std::result::Result<Definition, Vec<Mistake>>;

fn checked(named: Option<&str>) -> Result<Checked> {
    let source = config::source(named)?;
    let other =
        base_campaign(&source).map(|id| config::source_beside(named.unwrap_or_default(), &id)).transpose()?;
    Ok(check_after(other.as_ref(), &source))
}

/// The campaign that was asked for: no other stands after it.
fn last_campaign(definition: &Definition) -> &Campaign {
    definition.campaigns.last().unwrap_or_else(|| definition.first_campaign())
}

fn verdict(options: &Options, checked: &Checked) -> u8 {
    let words = options.words();
    match checked {
        Ok(definition) => {
            let campaign = last_campaign(definition);
            eprintln!("{}", words.command_campaign_good(&campaign.id, &campaign.hash[..12]));
            DONE
        }
        Err(mistakes) => {
            for mistake in mistakes {
                line(&mistake_text(mistake, words));
            }
            eprintln!("{}", words.command_campaign_bad(mistakes.len()));
            FINDINGS
        }
    }
}

fn show(options: &Options, definition: &Definition) {
    let campaign = last_campaign(definition);
    let words = options.words();
    let label = |label: &Label| words.pick(&label.zh, &label.en).to_owned();
    line(&label(&campaign.title));
    let rows = campaign.forms.keys().map(|form| {
        let form = &definition.forms[*form];
        vec![form.id.clone(), label(&form.label), form.fields.len().to_string()]
    });
    line(&table(&rows.collect::<Vec<_>>()));
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
