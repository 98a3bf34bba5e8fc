//! The description as it came: read within limits, overlaid, and looked at through nodes that know their place.

mod node;
mod overlay;
mod read;
mod search;
mod size;
mod strict;

use std::path::Path;

use percent_encoding::percent_decode_str;
use serde_json::Value;

pub(crate) use self::node::{Node, NodeId, kind};
use crate::problem::{Error, Place, Problem};

/// A whole description.
#[derive(Debug, Clone)]
pub struct Document {
    root: Value,
}

impl Document {
    /// Reads a description: YAML or JSON, of at most 64 MiB.
    ///
    /// # Errors
    /// [`Error::Read`], and those of [`parse`](Self::parse).
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = read::file(path)?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// Reads a description as [`read`](Self::read) does, from a stream; `name` is for errors.
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    pub fn read_from(name: &str, stream: impl std::io::Read) -> Result<Self, Error> {
        let text = read::text(Path::new(name), stream)?;
        Self::parse(name, &text)
    }

    /// Takes a description from text; `name` is for errors. Nothing that it refers to outside of itself is read.
    ///
    /// # Errors
    /// [`Error::Parse`] when it is neither JSON nor YAML, or exceeds a budget: those keep a hostile file from taking all memory or
    /// time, and the crate's documentation lists them; [`Error::Description`] when it is no OpenAPI 3.0 or 3.1 description.
    pub fn parse(name: &str, text: &str) -> Result<Self, Error> {
        let root = read::value(name, text)?;
        let document = Self { root };
        document.check_version()?;
        Ok(document)
    }

    /// Changes it by an overlay (OpenAPI Overlay 1.0), in place.
    ///
    /// # Errors
    /// [`Error::Read`] and [`Error::Parse`] for the file; [`Error::Overlay`] for an action that cannot be taken, or whose target is
    /// nowhere in the description; [`Error::Description`] when it is no description any more.
    pub fn overlay(&mut self, path: &Path) -> Result<(), Error> {
        let text = read::file(path)?;
        let name = path.display().to_string();
        let overlay = read::value(&name, &text)?;
        overlay::apply(&mut self.root, &overlay).map_err(|problem| Error::Overlay { name, problem })?;
        Ok(self.check_version()?)
    }

    pub(crate) fn root(&self) -> Node<'_> {
        Node::root(self, &self.root)
    }

    /// What a local reference names: `#/...`.
    pub(crate) fn find(&self, reference: &str, from: &Node<'_>) -> Result<Node<'_>, Problem> {
        let shown = || reference.escape_debug().take(120).collect::<String>();
        let Some(fragment) = reference.strip_prefix('#') else {
            return Err(from.problem(format!(
                "the reference `{}` leads out of this file, and nothing else is read; bundle the description into one file",
                shown()
            )));
        };
        let pointer = percent_decode_str(fragment).decode_utf8_lossy();
        let found = self.at(&pointer);
        found.ok_or_else(|| from.problem(format!("the reference `{}` leads nowhere", shown())))
    }

    /// What a JSON pointer names (RFC 6901).
    fn at(&self, pointer: &str) -> Option<Node<'_>> {
        let mut node = self.root();
        if pointer.is_empty() {
            return Some(node);
        }
        for token in pointer.strip_prefix('/')?.split('/') {
            node = match token.contains('~') {
                true => node.child(&token.replace("~1", "/").replace("~0", "~"))?,
                false => node.child(token)?,
            };
        }
        Some(node)
    }

    fn check_version(&self) -> Result<(), Problem> {
        let place = Place::root();
        let Some(root) = self.root.as_object() else {
            return Err(Problem::new(
                &place,
                "this is no OpenAPI description: it is not an object",
            ));
        };
        if root.contains_key("swagger") {
            return Err(Problem::new(
                &place.below("swagger"),
                "this is a Swagger 2.0 description; convert it to OpenAPI 3 first (swagger2openapi does)",
            ));
        }
        match root.get("openapi") {
            Some(Value::String(version)) if is_supported(version) => Ok(()),
            Some(Value::Number(version)) if is_supported(&version.to_string()) => Err(Problem::new(
                &place.below("openapi"),
                format!("the version is a number here; write it in quotes: '{version}.0'"),
            )),
            Some(version) => {
                let shown: String = version.to_string().chars().take(40).collect();
                Err(Problem::new(
                    &place.below("openapi"),
                    format!("OpenAPI {shown} is not supported; 3.0 and 3.1 are"),
                ))
            }
            None => Err(Problem::new(
                &place,
                "this is no OpenAPI description: the member `openapi` is missing",
            )),
        }
    }
}

/// 3.0 and 3.1, with or without a patch number and what follows it.
fn is_supported(version: &str) -> bool {
    let rest = version.strip_prefix("3.0").or_else(|| version.strip_prefix("3.1"));
    let plain = |rest: &str| {
        rest.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
    };
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.') && plain(rest))
}
