//! The description as parsed JSON: read within the budgets, changed by overlays, and accessed through nodes that know
//! their location.

mod duplicate_keys;
mod jsonpath_cost;
mod located_value;
mod overlay;
mod parse_json_and_yaml;
mod value_size;

use std::path::Path;

use percent_encoding::percent_decode_str;
use serde_json::Value;

pub(crate) use self::located_value::{Node, NodeId, type_name};
use crate::errors_and_warnings::{Error, Pointer, Problem};

/// An OpenAPI 3.0 or 3.1 description, as parsed JSON.
#[derive(Debug, Clone)]
pub struct Document {
    root: Value,
}

impl Document {
    /// Reads an OpenAPI description from a YAML or JSON file of at most 64 MiB.
    ///
    /// # Errors
    /// Returns [`Error::Read`] if the file cannot be read or is too large, and the errors of [`parse`](Self::parse).
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = parse_json_and_yaml::file(path)?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// Reads an OpenAPI description in YAML or JSON from `stream`, at most 64 MiB. Error messages refer to the stream
    /// as `name`.
    ///
    /// # Errors
    /// Returns the errors of [`read`](Self::read).
    pub fn read_from(name: &str, stream: impl std::io::Read) -> Result<Self, Error> {
        let text = parse_json_and_yaml::text(Path::new(name), stream)?;
        Self::parse(name, &text)
    }

    /// Parses an OpenAPI description from YAML or JSON. Error messages refer to the text as `name`. References to other
    /// files or URLs are not followed.
    ///
    /// # Errors
    /// Returns [`Error::Parse`] if the text is neither JSON nor YAML, or exceeds a limit on memory or time, which the
    /// [crate documentation](crate) lists. Returns [`Error::Description`] if the text is not an OpenAPI 3.0 or 3.1
    /// description.
    pub fn parse(name: &str, text: &str) -> Result<Self, Error> {
        let root = parse_json_and_yaml::value(name, text)?;
        let document = Self { root };
        document.check_version()?;
        Ok(document)
    }

    /// Applies an overlay (OpenAPI Overlay 1.0) to this OpenAPI description. `path` is the path of the overlay file.
    ///
    /// # Errors
    /// Returns [`Error::Read`] or [`Error::Parse`] if the overlay file cannot be read or parsed. Returns
    /// [`Error::Overlay`] if an action cannot be applied or its target matches nothing. Returns [`Error::Description`]
    /// if the result is not an OpenAPI description.
    pub fn overlay(&mut self, path: &Path) -> Result<(), Error> {
        let text = parse_json_and_yaml::file(path)?;
        let name = path.display().to_string();
        let overlay = parse_json_and_yaml::value(&name, &text)?;
        overlay::apply(&mut self.root, &overlay).map_err(|problem| Error::Overlay { name, problem })?;
        Ok(self.check_version()?)
    }

    pub(crate) fn root(&self) -> Node<'_> {
        Node::root(self, &self.root)
    }

    /// Returns the node that a local reference (`#/...`) points to.
    pub(crate) fn find(&self, reference: &str, from: &Node<'_>) -> Result<Node<'_>, Problem> {
        let shown = || reference.escape_debug().take(120).collect::<String>();
        let Some(fragment) = reference.strip_prefix('#') else {
            return Err(from.problem(format!(
                "the reference `{}` points to another file or URL, which is not read; bundle the description into one file",
                shown()
            )));
        };
        let pointer = percent_decode_str(fragment).decode_utf8_lossy();
        let found = self.at(&pointer);
        found.ok_or_else(|| from.problem(format!("the target of the reference `{}` does not exist", shown())))
    }

    /// Returns the node at a JSON pointer (RFC 6901).
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
        let root_pointer = Pointer::root();
        let Some(root) = self.root.as_object() else {
            return Err(Problem::new(
                &root_pointer,
                "not an OpenAPI description: the root is not an object",
            ));
        };
        if root.contains_key("swagger") {
            return Err(Problem::new(
                &root_pointer.child("swagger"),
                "this is a Swagger 2.0 description; convert it to OpenAPI 3, for example with swagger2openapi",
            ));
        }
        match root.get("openapi") {
            Some(Value::String(version)) if is_supported(version) => Ok(()),
            Some(Value::Number(version)) if is_supported(&version.to_string()) => Err(Problem::new(
                &root_pointer.child("openapi"),
                format!("the version is a number; write it in quotes: '{version}.0'"),
            )),
            Some(version) => {
                let shown: String = version.to_string().chars().take(40).collect();
                Err(Problem::new(
                    &root_pointer.child("openapi"),
                    format!("OpenAPI {shown} is not supported; use 3.0 or 3.1"),
                ))
            }
            None => Err(Problem::new(
                &root_pointer,
                "not an OpenAPI description: the member `openapi` is missing",
            )),
        }
    }
}

/// Returns whether a version is 3.0 or 3.1, with or without a patch number and a suffix.
fn is_supported(version: &str) -> bool {
    let rest = version.strip_prefix("3.0").or_else(|| version.strip_prefix("3.1"));
    let plain = |rest: &str| {
        rest.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
    };
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.') && plain(rest))
}
