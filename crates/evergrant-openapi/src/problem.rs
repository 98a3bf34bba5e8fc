//! What is wrong with a description, and where in it.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

/// A place in the description: a JSON pointer (RFC 6901), written as a fragment such as `#/paths/~1books/get`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(String);

impl Place {
    /// The whole description.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// A member or an item below this place.
    #[must_use]
    pub fn below(&self, key: impl fmt::Display) -> Self {
        let key = key.to_string().replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{key}", self.0))
    }

    /// The place that these keys lead to from the root. A long one is cut: it is for people.
    pub(crate) fn of<'k>(keys: impl Iterator<Item = Cow<'k, str>>) -> Self {
        let mut pointer = String::new();
        for key in keys {
            pointer.push('/');
            for letter in key.chars() {
                if pointer.len() > LONGEST {
                    return Self(pointer);
                }
                match letter {
                    '~' => pointer.push_str("~0"),
                    '/' => pointer.push_str("~1"),
                    letter => pointer.push(letter),
                }
            }
        }
        Self(pointer)
    }
}

/// In bytes; a name in the description may have any length, and there may be many places below it.
const LONGEST: usize = 2_000;

/// In bytes. A message may list what a description has many of.
const LONGEST_MESSAGE: usize = 4_000;

/// Longer ones are cut, as a name in the description may have any length.
const LONGEST_SHOWN: usize = 200;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", shown(&self.0))
    }
}

/// One thing that is wrong with a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    place: Place,
    message: String,
}

impl Problem {
    pub(crate) fn new(place: &Place, message: impl Into<String>) -> Self {
        Self {
            place: place.clone(),
            message: cut(message.into()),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What it is, and what to do about it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// As much of a message as a problem keeps, in no more memory than that.
pub(crate) fn cut(mut message: String) -> String {
    if let Some((end, _)) = message.char_indices().find(|(at, _)| *at >= LONGEST_MESSAGE) {
        message.truncate(end);
        message.push('…');
    }
    message.shrink_to_fit();
    message
}

/// As much of a name in the description as a message repeats.
pub(crate) fn shown(name: &str) -> String {
    name.escape_debug().take(LONGEST_SHOWN).collect()
}

/// Why no SDK can be made. `Debug` writes the message.
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read.
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is neither YAML nor JSON, or goes beyond a limit.
    Parse {
        /// Its name.
        name: String,
        /// What the parser says.
        problem: String,
    },
    /// An overlay is none, or has an action that cannot be taken, or whose target is nowhere in the description.
    Overlay {
        /// Its name.
        name: String,
        /// The action, as `#/actions/0`, and why.
        problem: String,
    },
    /// The description says something that cannot be, or something that must not be left out.
    Description(Vec<Problem>),
    /// Operations whose security cannot be honoured. They are never generated without it.
    Security(Vec<Problem>),
    /// A file cannot be written.
    Write {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is in the way that this program has not written.
    InTheWay {
        /// Which one.
        path: PathBuf,
    },
    /// Something else than a plain directory or file is at a place that generation needs: a link, which is never followed, a pipe,
    /// a device, or a directory in place of a file.
    NotPlain {
        /// Which place.
        path: PathBuf,
        /// What is there, such as `a symbolic link`.
        found: &'static str,
        /// What has to be there: `a directory` or `a file`.
        expected: &'static str,
    },
    /// The list of an earlier generation's files names what generation cannot have written.
    FileList {
        /// The list: `.evergrant-files` in the package's directory.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// Why.
        problem: String,
    },
    /// A file that is kept and added to cannot be understood.
    Kept {
        /// Which one.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// What was written cannot be Rust; a defect of this program.
    Internal(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, source } => write!(f, "cannot read {}: {source}", path.display()),
            Self::Parse { name, problem } => write!(f, "{name} cannot be read: {problem}"),
            Self::Overlay { name, problem } => write!(f, "the overlay {name} cannot be used: {problem}"),
            Self::Description(problems) => {
                f.write_str("the description cannot be used:")?;
                list(f, problems)
            }
            Self::Security(problems) => {
                f.write_str(
                    "operations ask for a security that is not supported, and are never generated without it:",
                )?;
                list(f, problems)?;
                f.write_str("\nleave them out with --allow-skip, or describe their security otherwise in an overlay")
            }
            Self::Write { path, source } => write!(f, "cannot write {}: {source}", path.display()),
            Self::InTheWay { path } => write!(
                f,
                "{} is not one of this program's files; nothing was written. Move it, or choose another directory",
                path.display()
            ),
            Self::NotPlain { path, found, expected } => write!(
                f,
                "{} is {found} where {expected} belongs; nothing was written. Remove it, or choose another directory",
                path.display()
            ),
            Self::FileList { path, line, problem } => write!(
                f,
                "line {line} of {} names no generated file: {problem}; nothing was written. Remove the line, or the list and the generated files with it",
                path.display()
            ),
            Self::Kept { path, problem } => write!(
                f,
                "{} is kept and added to, and cannot be understood: {problem}",
                path.display()
            ),
            Self::Internal(problem) => write!(f, "a defect of evergrant-openapi, please report it: {problem}"),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, problems: &[Problem]) -> fmt::Result {
    problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { source, .. } | Self::Write { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Description(vec![problem])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_cut_and_keeps_no_more_memory_than_it_needs() {
        for letter in ["a", "é", "🔑"] {
            let problem = Problem::new(&Place::root(), letter.repeat(1 << 20));
            assert!(problem.message.ends_with('…') && problem.message.len() < LONGEST_MESSAGE + 10);
            assert!(problem.message.capacity() < 2 * LONGEST_MESSAGE, "{letter}");
        }
        let mut roomy = String::with_capacity(1 << 20);
        roomy.push_str("short");
        assert!(Problem::new(&Place::root(), roomy).message.capacity() < LONGEST_MESSAGE);
        assert_eq!(shown(&"\u{202e}".repeat(1 << 20)).len(), LONGEST_SHOWN);
    }
}
