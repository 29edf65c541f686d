//! `jiangong export` and `jiangong template`: registers as files.

use std::{fs::File, path::PathBuf};

use anyhow::{Context as _, Result};
use app::{
    App, Context,
    register_export::{self, Format, Which},
    units,
};
use model::ids::UnitId;

use super::console;
use crate::{
    cli::{Export, FileFormat, Options, Template},
    config,
    output::{DONE, line},
};

pub(super) async fn run(options: &Options, args: Export) -> Result<u8> {
    let app = config::open(options).await?;
    let ctx = console(options);
    let unit = unit(&app, &ctx, args.unit.as_deref()).await?;
    let form = register(&args.kind);
    let format = match args.format {
        FileFormat::Xlsx => Format::Xlsx,
        FileFormat::Csv => Format::Csv,
    };
    // What the file is called is known when it is there; until then it has a name of its own.
    let beside = args.output.clone().unwrap_or_else(|| PathBuf::from(form));
    let unfinished = beside.with_added_extension("unfinished");
    let out = File::create(&unfinished).with_context(|| unfinished.display().to_string())?;
    let made = register_export::export(&app, &ctx, unit, form, Which::All, format, out).await;
    let made = made.inspect_err(|_| drop(std::fs::remove_file(&unfinished)))?;
    let file = args.output.unwrap_or_else(|| PathBuf::from(&made.name));
    std::fs::rename(&unfinished, &file).with_context(|| file.display().to_string())?;
    let words = options.words();
    line(&words.command_export_done(words.count(made.rows), file.display()));
    app.close().await;
    Ok(DONE)
}

pub(super) async fn template(options: &Options, args: Template) -> Result<u8> {
    let app = config::open(options).await?;
    let ctx = console(options);
    let unit = unit(&app, &ctx, args.unit.as_deref()).await?;
    let (made, bytes) = register_export::template(&app, &ctx, unit, register(&args.kind)).await?;
    let file = args.output.unwrap_or_else(|| PathBuf::from(&made.name));
    std::fs::write(&file, bytes).with_context(|| file.display().to_string())?;
    line(&options.words().command_template_done(file.display()));
    app.close().await;
    Ok(DONE)
}

async fn unit(app: &App, ctx: &Context, code: Option<&str>) -> Result<UnitId> {
    let snapshot = app.current(ctx).await?;
    Ok(units::resolve(ctx, &snapshot, code)?)
}

/// The id in `register:ID`; that of a return or a baseline stands alone, as in an import.
fn register(kind: &str) -> &str {
    kind.strip_prefix("register:").unwrap_or(kind)
}
