//! Errors and warnings about an OpenAPI description, each with its location in the description.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use crate::overlay_action::Action;

/// A location in an OpenAPI description: a JSON pointer (RFC 6901), displayed as a URI fragment such as
/// `#/paths/~1books/get`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer(String);

impl Pointer {
    /// Returns the pointer to the root of an OpenAPI description.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// Returns a pointer to a part of the value at this pointer. `key` is the name of a member or the index of an array
    /// item.
    #[must_use]
    pub fn child(&self, key: impl fmt::Display) -> Self {
        let key = key.to_string().replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{key}", self.0))
    }

    /// Builds the pointer from its keys, starting at the root. A long pointer is truncated, as only people read it.
    pub(crate) fn from_keys<'k>(keys: impl Iterator<Item = Cow<'k, str>>) -> Self {
        let mut pointer = String::new();
        for key in keys {
            pointer.push('/');
            for letter in key.chars() {
                if pointer.len() > MAX_POINTER_BYTES {
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

    /// Returns the unescaped keys from the root.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = String> {
        let tokens = self.0.split('/').skip(1);
        tokens.map(|token| token.replace("~1", "/").replace("~0", "~"))
    }
}

impl Located for Pointer {
    fn pointer(&self) -> Pointer {
        self.clone()
    }
}

/// A value that has a location in the description.
pub(crate) trait Located {
    fn pointer(&self) -> Pointer;
}

impl<L: Located> Located for &L {
    fn pointer(&self) -> Pointer {
        L::pointer(self)
    }
}

/// A name in a description may have any length, and many locations may be below it.
const MAX_POINTER_BYTES: usize = 2_000;

/// A message may list values that a description has many of.
const MAX_MESSAGE_BYTES: usize = 4_000;

/// Longer names are truncated in messages.
const MAX_EXCERPT_CHARS: usize = 200;

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", excerpt(&self.0))
    }
}

/// One error or warning about an OpenAPI description, with its location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pointer: Pointer,
    message: String,
    /// The overlay action that removes the problem.
    action: Option<Box<Action>>,
    /// The operation that cannot be generated because of the problem.
    operation: Option<Box<Pointer>>,
    /// Whether nothing can be generated, as a budget is exceeded.
    fatal: bool,
}

impl Problem {
    pub(crate) fn new(pointer: &Pointer, message: impl Into<String>) -> Self {
        Self {
            pointer: pointer.clone(),
            message: truncate(message.into()),
            action: None,
            operation: None,
            fatal: false,
        }
    }

    /// Creates the problem of an exceeded budget, which ends the generation.
    pub(crate) fn fatal(pointer: &Pointer, message: impl Into<String>) -> Self {
        Self {
            fatal: true,
            ..Self::new(pointer, message)
        }
    }

    /// Sets the overlay action that removes the problem, unless there is one.
    pub(crate) fn or_action(mut self, action: impl FnOnce() -> Option<Action>) -> Self {
        if self.action.is_none() {
            self.action = action().map(Box::new);
        }
        self
    }

    /// Sets the operation that cannot be generated, unless there is one.
    pub(crate) fn of_operation(mut self, operation: &Pointer) -> Self {
        self.operation.get_or_insert_with(|| Box::new(operation.clone()));
        self
    }

    pub(crate) fn operation(&self) -> Option<&Pointer> {
        self.operation.as_deref()
    }

    pub(crate) fn is_fatal(&self) -> bool {
        self.fatal
    }

    pub(crate) fn action(&self) -> Option<&Action> {
        self.action.as_deref()
    }

    /// Returns what distinguishes the problem from others.
    pub(crate) fn key(&self) -> (Pointer, String) {
        (self.pointer.clone(), self.message.clone())
    }

    /// Returns an overlay action (OpenAPI Overlay 1.0) that removes the problem, as an item of `actions` in YAML. Its
    /// values are examples.
    #[must_use]
    pub fn overlay_action(&self) -> Option<String> {
        self.action.as_ref().map(ToString::to_string)
    }

    /// Returns the location of the problem in the OpenAPI description.
    #[must_use]
    pub fn pointer(&self) -> &Pointer {
        &self.pointer
    }

    /// Returns a message that describes the problem and its remedy.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.message)?;
        match &self.action {
            Some(action) => write!(f, " (overlay action: {action})"),
            None => Ok(()),
        }
    }
}

/// Truncates a message to the length that a problem stores, and frees the remaining capacity.
pub(crate) fn truncate(mut message: String) -> String {
    if let Some((end, _)) = message.char_indices().find(|(at, _)| *at >= MAX_MESSAGE_BYTES) {
        message.truncate(end);
        message.push('…');
    }
    message.shrink_to_fit();
    message
}

/// Returns the escaped start of a name, for messages.
pub(crate) fn excerpt(name: &str) -> String {
    name.escape_debug().take(MAX_EXCERPT_CHARS).collect()
}

/// The reason why an SDK could not be generated or written. `Debug` writes the same message as `Display`.
#[non_exhaustive]
pub enum Error {
    /// An OpenAPI description, an overlay or a file of the package cannot be read.
    Read {
        /// The path of the file.
        path: PathBuf,
        /// The I/O error.
        source: std::io::Error,
    },
    /// An OpenAPI description or an overlay is neither YAML nor JSON, or exceeds a limit on memory or time.
    Parse {
        /// The name of the file.
        name: String,
        /// The parser's message.
        problem: String,
    },
    /// A file is not a valid overlay (OpenAPI Overlay 1.0). Or one of the overlay's actions cannot be applied, or the
    /// target of an action matches nothing in the OpenAPI description.
    Overlay {
        /// The name of the file.
        name: String,
        /// The location of the action in the overlay, such as `#/actions/0`, and the reason.
        problem: String,
    },
    /// The OpenAPI description is invalid, contradicts itself, or exceeds a limit on memory or time.
    Description(Vec<Problem>),
    /// Operations require a security scheme that is not supported. The generator never generates such operations
    /// without their security.
    Security(Vec<Problem>),
    /// A file of the package cannot be written.
    Write {
        /// The path of the file.
        path: PathBuf,
        /// The I/O error.
        source: std::io::Error,
    },
    /// A file that the generator would write already exists and was not generated.
    NotGenerated {
        /// The path of the file.
        path: PathBuf,
    },
    /// A path that the generator would read or write is not a regular file or directory as expected. It is a symbolic
    /// link, which is never followed, a pipe, a device, or a directory instead of a file.
    UnexpectedFileType {
        /// The path that has an unexpected type.
        path: PathBuf,
        /// The actual type of the path, such as `a symbolic link`.
        found: &'static str,
        /// The expected type of the path: `a directory` or `a file`.
        expected: &'static str,
    },
    /// The list of generated files in the directory of the package contains a path that cannot be a generated file.
    InvalidFileList {
        /// The path of the list: `.evergrant-files` in the directory of the package.
        path: PathBuf,
        /// The number of the invalid line in the list, starting at 1.
        line: usize,
        /// The reason why the line is invalid.
        problem: String,
    },
    /// An existing `Cargo.toml` or `README.md` cannot be updated.
    Unmergeable {
        /// The path of the file.
        path: PathBuf,
        /// The reason why the file cannot be updated.
        problem: String,
    },
    /// The generated code is not valid Rust. This is a bug in the crate `evergrant-openapi`. The text describes the
    /// problem.
    Internal(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, source } => write!(f, "cannot read {}: {source}", path.display()),
            Self::Parse { name, problem } => write!(f, "cannot parse {name}: {problem}"),
            Self::Overlay { name, problem } => write!(f, "cannot apply the overlay {name}: {problem}"),
            Self::Description(problems) => {
                f.write_str("the description cannot be used:")?;
                list(f, problems)
            }
            Self::Security(problems) => {
                f.write_str("operations require unsupported security schemes, and cannot be generated without them:")?;
                list(f, problems)?;
                f.write_str("\nskip them with --allow-skip, or change their security with an overlay")
            }
            Self::Write { path, source } => write!(f, "cannot write {}: {source}", path.display()),
            Self::NotGenerated { path } => write!(
                f,
                "{} was not generated by evergrant; nothing was written. Move the file, or choose another directory",
                path.display()
            ),
            Self::UnexpectedFileType { path, found, expected } => write!(
                f,
                "{} is {found} where {expected} is expected; nothing was written. Remove it, or choose another directory",
                path.display()
            ),
            Self::InvalidFileList { path, line, problem } => write!(
                f,
                "line {line} of {} is not the path of a generated file: {problem}; nothing was written. Remove the line, or remove the list together with the generated files",
                path.display()
            ),
            Self::Unmergeable { path, problem } => write!(f, "cannot update {}: {problem}", path.display()),
            Self::Internal(problem) => write!(f, "internal error in evergrant-openapi, please report it: {problem}"),
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
    fn a_long_message_is_truncated_and_its_capacity_freed() {
        for letter in ["a", "é", "🔑"] {
            let problem = Problem::new(&Pointer::root(), letter.repeat(1 << 20));
            assert!(problem.message.ends_with('…') && problem.message.len() < MAX_MESSAGE_BYTES + 10);
            assert!(problem.message.capacity() < 2 * MAX_MESSAGE_BYTES, "{letter}");
        }
        let mut oversized = String::with_capacity(1 << 20);
        oversized.push_str("short");
        assert!(Problem::new(&Pointer::root(), oversized).message.capacity() < MAX_MESSAGE_BYTES);
        assert_eq!(excerpt(&"\u{202e}".repeat(1 << 20)).len(), MAX_EXCERPT_CHARS);
    }
}
