//! The command line of `cargo xtask mutants`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context as _, Result, bail};

/// The parsed command line of `cargo xtask mutants`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) selection: Selection,
}

/// The mutants to test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Selection {
    /// Those in lines that differ from this commit; from the default commit if it is `None`.
    ChangesSince(Option<String>),
    /// All of the listed modules, or one part of them.
    All { shard: Option<Shard> },
}

/// One of `count` parts; `index` starts at zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shard {
    index: u32,
    count: u32,
}

const USAGE: &str = "\
Usage: cargo xtask mutants [--base COMMIT]
       cargo xtask mutants --all [--shard K/N]

Tests the mutants in lines that differ from COMMIT, by default from where the branch left its upstream; or those of all
listed modules, of which a shard is a part: 0/4 is the first of four.";

impl Options {
    /// Parses the arguments after `mutants`.
    pub(super) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let (mut all, mut base, mut shard) = (false, None, None);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--all" => all = true,
                "--base" => base = Some(arguments.next().context(USAGE)?),
                "--shard" => shard = Some(arguments.next().context(USAGE)?.parse()?),
                _ => bail!(USAGE),
            }
        }
        let selection = match (all, base, shard) {
            (true, None, shard) => Selection::All { shard },
            (false, base, None) => Selection::ChangesSince(base),
            _ => bail!(USAGE),
        };
        Ok(Self { selection })
    }

    /// Returns the folder for the results of a package.
    pub(super) fn folder(&self, package: &str) -> PathBuf {
        let run = match &self.selection {
            Selection::ChangesSince(_) => "changes".to_owned(),
            Selection::All { shard: None } => "all".to_owned(),
            Selection::All { shard: Some(shard) } => format!("shard-{}-of-{}", shard.index, shard.count),
        };
        Path::new("results").join(run).join(package)
    }

    /// Returns the folders of the results to add up: those of all shards, if this run is one of them.
    pub(super) fn folders(&self, package: &str) -> Vec<PathBuf> {
        let Selection::All { shard: Some(shard) } = self.selection else {
            return vec![self.folder(package)];
        };
        let of_shard = |index| Self {
            selection: Selection::All {
                shard: Some(Shard { index, ..shard }),
            },
        };
        (0..shard.count).map(|index| of_shard(index).folder(package)).collect()
    }
}

impl FromStr for Shard {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (index, count) = text.split_once('/').context(USAGE)?;
        let (index, count) = (index.parse().context(USAGE)?, count.parse().context(USAGE)?);
        if index >= count {
            bail!(USAGE);
        }
        Ok(Self { index, count })
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options> {
        Options::parse(arguments.iter().map(|&argument| argument.to_owned()))
    }

    #[test]
    fn changes_are_the_default() {
        assert_eq!(parse(&[]).unwrap().selection, Selection::ChangesSince(None));
        let options = parse(&["--base", "HEAD~3"]).unwrap();
        assert_eq!(options.selection, Selection::ChangesSince(Some("HEAD~3".to_owned())));
        assert_eq!(options.folders("evergrant"), [Path::new("results/changes/evergrant")]);
    }

    #[test]
    fn the_results_of_all_shards_are_added_up() {
        let options = parse(&["--all", "--shard", "1/2"]).unwrap();
        assert_eq!(options.folder("evergrant"), Path::new("results/shard-1-of-2/evergrant"));
        assert_eq!(options.folders("evergrant").len(), 2);
        let all = parse(&["--all"]).unwrap();
        assert_eq!(all.folders("evergrant"), [Path::new("results/all/evergrant")]);
    }

    #[test]
    fn invalid_arguments_are_errors() {
        for arguments in [
            &["--shard", "1/4"][..],
            &["--all", "--shard", "4/4"],
            &["--all", "--shard", "1"],
            &["--all", "--base", "main"],
            &["--base"],
            &["origin"],
        ] {
            assert!(parse(arguments).is_err(), "{arguments:?}");
        }
    }
}
