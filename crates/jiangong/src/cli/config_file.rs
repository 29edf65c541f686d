//! The configuration file: what could be said on the command line, written down. What is said there, or in the
//! environment, goes before it.
//!
//! Its lines become options at the end of the command line, so that they are read and checked as those are.

use std::{
    ffi::OsString,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use clap::{ArgMatches, Command, CommandFactory as _, FromArgMatches as _, parser::ValueSource};

use super::Cli;

/// The name of the file in the directory of the data.
const NAME: &str = "jiangong.toml";
/// What the file cannot say: where it is itself, and the secret, which is not to lie in clear beside other things.
const NOT_HERE: [&str; 3] = ["config", "secret", "help"];

/// What is wrong with the file.
#[derive(Debug)]
pub(crate) enum ConfigFault {
    /// It cannot be read.
    Unreadable(PathBuf, std::io::Error),
    /// It is no TOML.
    NotToml(PathBuf, String),
    /// A line sets what there is not.
    Unknown {
        /// The file.
        file: PathBuf,
        /// Line.
        line: usize,
        /// What it sets.
        key: String,
    },
    /// A value is not one of this setting, or the command line is wrong.
    Usage(Box<clap::Error>, Option<PathBuf>),
}

impl From<clap::Error> for ConfigFault {
    fn from(error: clap::Error) -> Self {
        Self::Usage(Box::new(error), None)
    }
}

/// Reads the command line, with the configuration file.
pub(crate) fn read(args: Vec<OsString>) -> Result<Cli, ConfigFault> {
    let matches = Cli::command().try_get_matches_from(&args)?;
    let options = Cli::from_arg_matches(&matches)?.options;
    let (file, is_named) = match options.config {
        Some(file) => (file, true),
        None => (options.data.join(NAME), false),
    };
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if !is_named && error.kind() != ErrorKind::PermissionDenied => {
            return Ok(Cli::from_arg_matches(&matches)?);
        }
        Err(error) => return Err(ConfigFault::Unreadable(file, error)),
    };
    let mut args = args;
    args.extend(further_args(&file, &text, &matches)?);
    let in_file = |error| ConfigFault::Usage(Box::new(error), Some(file.clone()));
    let matches = Cli::command().try_get_matches_from(&args).map_err(in_file)?;
    Cli::from_arg_matches(&matches).map_err(in_file)
}

/// What the file says and nobody else does, as options.
fn further_args(file: &Path, text: &str, matches: &ArgMatches) -> Result<Vec<OsString>, ConfigFault> {
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| ConfigFault::NotToml(file.to_owned(), error.to_string()))?;
    let command = Cli::command();
    let mut deepest = (&command, matches);
    while let Some((name, below)) = deepest.1.subcommand() {
        let Some(found) = deepest.0.find_subcommand(name) else { break };
        deepest = (found, below);
    }
    let mut further = Vec::new();
    for (key, value) in &table {
        let name = key.replace('_', "-");
        let unknown = || {
            let at = text.lines().position(|line| line.trim_start().starts_with(key.as_str()));
            ConfigFault::Unknown { file: file.to_owned(), line: at.map_or(0, |at| at + 1), key: key.clone() }
        };
        if NOT_HERE.contains(&name.as_str()) || !is_setting(&command, &name) {
            return Err(unknown());
        }
        let find = |command: &Command| {
            command
                .get_arguments()
                .find(|arg| arg.get_long() == Some(name.as_str()))
                .map(|arg| arg.get_id().clone())
        };
        // What another command takes says nothing to this one.
        let Some(id) = find(&command).or_else(|| find(deepest.0)) else { continue };
        let is_said = |source: Option<ValueSource>| {
            matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable))
        };
        let is_known = |matches: &ArgMatches| matches.try_contains_id(id.as_str()).is_ok();
        if [deepest.1, matches].into_iter().any(|m| is_known(m) && is_said(m.value_source(id.as_str()))) {
            continue;
        }
        further.extend(options_of(&name, value).ok_or_else(unknown)?);
    }
    Ok(further)
}

/// Whether a server can be told so.
fn is_setting(command: &Command, name: &str) -> bool {
    let has = |command: &Command| command.get_arguments().any(|arg| arg.get_long() == Some(name));
    has(command) || command.find_subcommand("serve").is_some_and(has)
}

/// A line of the file as options; `None` for a value that no option can have.
fn options_of(name: &str, value: &toml::Value) -> Option<Vec<OsString>> {
    let option = |text: String| OsString::from(format!("--{name}={text}"));
    Some(match value {
        toml::Value::String(text) => vec![option(text.clone())],
        toml::Value::Integer(number) => vec![option(number.to_string())],
        toml::Value::Boolean(true) => vec![OsString::from(format!("--{name}"))],
        toml::Value::Boolean(false) => Vec::new(),
        toml::Value::Array(values) => {
            let each = values.iter().map(|value| options_of(name, value));
            each.collect::<Option<Vec<_>>>()?.concat()
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(text: &str, args: &[&str]) -> Result<Cli, ConfigFault> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("settings.toml");
        std::fs::write(&file, text).unwrap();
        let start = ["jiangong", "--config", file.to_str().unwrap()];
        read(start.iter().chain(args).map(OsString::from).collect())
    }

    #[test]
    fn what_the_file_says_holds_unless_the_command_line_says_otherwise() {
        let text = "page-wait-seconds = 7\nread_mb = 99\nlisten = \"127.0.0.1:9\"\ntrusted-proxy = [\"10.0.0.0/8\"]\n";
        let cli = with_file(text, &["serve", "--read-mb", "50"]).unwrap();
        assert_eq!((cli.options.limits.page_wait_seconds, cli.options.read_mb), (7, 50));
        let crate::cli::Command::Serve(serve) = cli.command else { panic!("another command") };
        assert_eq!((serve.listen.port(), serve.trusted_proxies.len()), (9, 1));
        assert!(with_file(text, &["config"]).is_ok(), "what only a server takes says nothing to others");
    }

    #[test]
    fn a_mistake_in_the_file_is_named_with_its_place() {
        let fault = with_file("read-mb = 99\npage-wiat-seconds = 7\n", &["config"]).unwrap_err();
        assert!(
            matches!(&fault, ConfigFault::Unknown { line: 2, key, .. } if key == "page-wiat-seconds"),
            "{fault:?}"
        );
        assert!(matches!(with_file("read-mb = \n", &["config"]), Err(ConfigFault::NotToml(..))));
        let fault = with_file("read-mb = \"much\"\n", &["config"]).unwrap_err();
        assert!(
            matches!(&fault, ConfigFault::Usage(error, Some(_)) if error.to_string().contains("read-mb")),
            "{fault:?}"
        );
        assert!(matches!(with_file("secret = \"ab\"\n", &["config"]), Err(ConfigFault::Unknown { .. })));
    }
}
