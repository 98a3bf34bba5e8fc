//! The command line.

use anyhow::{Result, bail};

use crate::step::Step;

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) chore: Chore,
    /// The names of steps to leave out.
    pub(crate) skipped: Vec<String>,
}

/// Which list of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chore {
    Test,
    Ci,
    Sdks,
}

const USAGE: &str = "\
Usage: cargo xtask test | ci [--skip STEP]...
       cargo xtask sdks
       cargo xtask fuzz [--seconds N] [--jobs N] [--logs DIR] [--minimize] [TARGET]...

  test   all tests, doc tests, the model checks, and the interoperability suite; installs what these need
  ci     the same, then fmt, clippy, the benchmarks built, rustdoc, each feature, examples, cargo deny, the README's commands
  sdks   generates the SDKs in sdks/ anew from specs/
  fuzz   runs the fuzz targets, each for as long as it should; or adds what they have found to the corpus

Steps: ";

impl Options {
    /// Reads the arguments that follow the program's name.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>, steps: &[Step]) -> Result<Self> {
        let names: Vec<&str> = steps.iter().map(|step| step.name).collect();
        let usage = || format!("{USAGE}{}", names.join(", "));
        let mut arguments = arguments.into_iter();
        let chore = match arguments.next().as_deref() {
            Some("test") => Chore::Test,
            Some("ci") => Chore::Ci,
            Some("sdks") => Chore::Sdks,
            _ => bail!(usage()),
        };
        let mut skipped = Vec::new();
        while let Some(argument) = arguments.next() {
            let name = (argument == "--skip").then(|| arguments.next()).flatten();
            match name {
                Some(name) if names.contains(&name.as_str()) => skipped.push(name),
                _ => bail!(usage()),
            }
        }
        Ok(Self { chore, skipped })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::Outcome;

    fn parse(arguments: &[&str]) -> Result<Options> {
        let steps = [Step::new("deny", || Ok(Outcome::Passed))];
        Options::parse(arguments.iter().map(|&argument| argument.to_owned()), &steps)
    }

    #[test]
    fn steps_are_left_out_by_name() {
        let options = parse(&["ci", "--skip", "deny"]).unwrap();
        assert_eq!(options.chore, Chore::Ci);
        assert_eq!(options.skipped, ["deny"]);
        assert_eq!(parse(&["test"]).unwrap().skipped.len(), 0);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for wrong in [
            &[][..],
            &["tests"],
            &["ci", "--skip"],
            &["ci", "--skip", "dney"],
            &["ci", "deny"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
