//! The command line of `cargo xtask fuzz`.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// How long each target runs, if not for as long as it should.
    pub(crate) seconds: Option<u64>,
    /// How many targets run at once.
    pub(crate) jobs: usize,
    /// Where the fuzzers' output goes.
    pub(crate) logs: PathBuf,
    /// Instead of running targets, adds to the checked-in corpus what they have found.
    pub(crate) minimize: bool,
    /// Those to run; all if none is named.
    pub(crate) targets: Vec<String>,
}

const USAGE: &str = "cargo xtask fuzz [--seconds N] [--jobs N] [--logs DIR] [--minimize] [TARGET]...";

impl Options {
    /// Reads the arguments that follow `fuzz`. `known` are the targets that there are.
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
                other => bail!("there is no target `{other}`; {USAGE}; targets: {}", known.join(", ")),
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
    number.with_context(|| format!("`{text}` is not a number above zero; {USAGE}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options> {
        let known = ["names".to_owned(), "sse".to_owned()];
        Options::parse(arguments.iter().map(|&argument| argument.to_owned()), &known)
    }

    #[test]
    fn all_targets_run_unless_some_are_named() {
        assert_eq!(parse(&[]).unwrap().targets, ["names", "sse"]);
        let options = parse(&["sse", "--seconds", "5", "--jobs", "2", "--logs", "logs"]).unwrap();
        assert_eq!(options.targets, ["sse"]);
        assert_eq!((options.seconds, options.jobs), (Some(5), 2));
        assert_eq!(options.logs, PathBuf::from("logs"));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for wrong in [
            &["nmaes"][..],
            &["--seconds"],
            &["--seconds", "0"],
            &["--jobs", "x"],
            &["--all"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
