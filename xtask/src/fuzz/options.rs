//! The command line of `cargo xtask fuzz`.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

/// The parsed command line of `cargo xtask fuzz`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Run time of each target, in seconds; `None` for the defaults.
    pub(crate) seconds: Option<u64>,
    /// Number of targets that run in parallel.
    pub(crate) jobs: usize,
    /// The folder of the fuzzers' output.
    pub(crate) logs: PathBuf,
    /// Adds discovered inputs to the checked-in corpus instead of running the targets.
    pub(crate) minimize: bool,
    /// The selected targets; all by default.
    pub(crate) targets: Vec<String>,
}

const USAGE: &str = "cargo xtask fuzz [--seconds N] [--jobs N] [--logs DIR] [--minimize] [TARGET]...";

impl Options {
    /// Parses the arguments after `fuzz`. `known` are the names of all targets.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>, known: &[String]) -> Result<Self> {
        let mut options = Self {
            seconds: None,
            jobs: 1,
            logs: PathBuf::from("fuzz/target/logs"),
            minimize: false,
            targets: Vec::new(),
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .with_context(|| format!("{argument} needs a value; {USAGE}"))
            };
            match argument.as_str() {
                "--seconds" => options.seconds = Some(positive(&value()?)?),
                "--jobs" => options.jobs = usize::try_from(positive(&value()?)?)?,
                "--logs" => options.logs = value()?.into(),
                "--minimize" => options.minimize = true,
                target if known.iter().any(|name| name == target) => options.targets.push(argument),
                other => bail!(
                    "unknown target or option `{other}`; {USAGE}; targets: {}",
                    known.join(", ")
                ),
            }
        }
        if options.targets.is_empty() {
            options.targets = known.to_vec();
        }
        Ok(options)
    }
}

fn positive(text: &str) -> Result<u64> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.with_context(|| format!("`{text}` is not a positive number; {USAGE}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options> {
        let known = ["names".to_owned(), "sse".to_owned()];
        Options::parse(arguments.iter().map(|&argument| argument.to_owned()), &known)
    }

    #[test]
    fn all_targets_run_by_default() {
        assert_eq!(parse(&[]).unwrap().targets, ["names", "sse"]);
        let options = parse(&["sse", "--seconds", "5", "--jobs", "2", "--logs", "logs"]).unwrap();
        assert_eq!(options.targets, ["sse"]);
        assert_eq!((options.seconds, options.jobs), (Some(5), 2));
        assert_eq!(options.logs, PathBuf::from("logs"));
    }

    #[test]
    fn invalid_arguments_are_errors() {
        for arguments in [
            &["nmaes"][..],
            &["--seconds"],
            &["--seconds", "0"],
            &["--jobs", "x"],
            &["--all"],
        ] {
            assert!(parse(arguments).is_err(), "{arguments:?}");
        }
    }
}
