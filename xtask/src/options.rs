//! The command line of `cargo xtask`.

use anyhow::{Result, bail};

use crate::step::Step;

/// The parsed command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) task: Task,
    /// The names of the steps to skip.
    pub(crate) skipped: Vec<String>,
    /// The commit that `check` compares with.
    pub(crate) base: Option<String>,
}

/// A task: a list of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    Check,
    Test,
    Ci,
    Sdks,
}

const USAGE: &str = "\
Usage: cargo xtask check [--base COMMIT] [--skip STEP]...
       cargo xtask test | ci [--skip STEP]...
       cargo xtask sdks
       cargo xtask fuzz [--seconds N] [--jobs N] [--logs DIR] [--minimize] [TARGET]...
       cargo xtask mutants [--base COMMIT] | --all [--shard K/N]

  check  runs fmt, clippy, cargo deny and the unit tests of what changed; the soak test, the fault suite, the
         interoperability suite and a build of the benchmarks if a change affects them. Compares with COMMIT, by default
         where the branch left its upstream
  test   runs all tests, doc tests, model checks and the interoperability suite; installs what they need
  ci     runs fmt, clippy, rustdoc, each feature, a build of the benchmarks and cargo deny, then the same as `test`, then
         the examples and the README's commands
  sdks   generates the SDKs in sdks/ from their API descriptions
  fuzz   runs the fuzz targets, or adds the inputs that they found to the corpus
  mutants
         changes the code of the core, by default where it differs from COMMIT, and checks that a test notices each change

Steps: ";

impl Options {
    /// Parses the arguments after the program's name.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>, steps: &[Step]) -> Result<Self> {
        let mut names: Vec<&str> = Vec::new();
        for step in steps {
            if !names.contains(&step.name) {
                names.push(step.name);
            }
        }
        let usage = || format!("{USAGE}{}", names.join(", "));
        let mut arguments = arguments.into_iter();
        let task = match arguments.next().as_deref() {
            Some("check") => Task::Check,
            Some("test") => Task::Test,
            Some("ci") => Task::Ci,
            Some("sdks") => Task::Sdks,
            _ => bail!(usage()),
        };
        let mut options = Self {
            task,
            skipped: Vec::new(),
            base: None,
        };
        while let Some(argument) = arguments.next() {
            match (argument.as_str(), arguments.next()) {
                ("--skip", Some(name)) if names.contains(&name.as_str()) => options.skipped.push(name),
                ("--base", Some(base)) if task == Task::Check => options.base = Some(base),
                _ => bail!(usage()),
            }
        }
        Ok(options)
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
    fn steps_are_skipped_by_name() {
        let options = parse(&["ci", "--skip", "deny"]).unwrap();
        assert_eq!(options.task, Task::Ci);
        assert_eq!(options.skipped, ["deny"]);
        assert_eq!(parse(&["test"]).unwrap().skipped.len(), 0);
    }

    #[test]
    fn only_check_compares_with_a_commit() {
        let options = parse(&["check", "--base", "main"]).unwrap();
        assert_eq!(options.base.as_deref(), Some("main"));
        assert!(parse(&["test", "--base", "main"]).is_err());
    }

    #[test]
    fn unknown_arguments_are_errors() {
        for arguments in [
            &[][..],
            &["tests"],
            &["ci", "--skip"],
            &["ci", "--skip", "dney"],
            &["ci", "deny"],
        ] {
            assert!(parse(arguments).is_err(), "{arguments:?}");
        }
    }
}
