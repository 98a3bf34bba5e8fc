//! The description as parsed JSON: read within the budgets, changed by overlays, and accessed through nodes that know
//! their location.

mod anchors;
mod duplicate_keys;
mod jsonpath_cost;
mod located_value;
mod overlay;
mod parse_json_and_yaml;
mod quoted_text;
mod reference_positions;
mod referenced_files;
mod value_size;

use std::collections::HashMap;
use std::path::Path;
use std::sync::OnceLock;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

pub(crate) use self::located_value::{Node, NodeId, type_name};
use crate::errors_and_warnings::{Error, Pointer, Problem};
use crate::overlay_action::Action;

/// An OpenAPI 3.0, 3.1 or 3.2 description, as parsed JSON.
#[derive(Debug, Clone)]
pub struct Document {
    root: Value,
    warnings: Vec<Problem>,
    /// Why references to files are not followed, by reference.
    unread: HashMap<String, String>,
    /// The JSON pointers of schemas with a `$anchor` or an `$id`.
    anchors: OnceLock<HashMap<String, String>>,
}

/// The member of the root that contains the referenced files, by their path.
pub(crate) const FILES_MEMBER: &str = "x-evergrant-files";

impl Document {
    /// Reads an OpenAPI description from a YAML or JSON file of at most 64 MiB. References to other files in the
    /// directory of the description, or below it, are followed. References through symbolic links, to files elsewhere
    /// and to URLs are not.
    ///
    /// # Errors
    /// Returns [`Error::Read`] if the file or a referenced file cannot be read or is too large, and the errors of
    /// [`parse`](Self::parse).
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = parse_json_and_yaml::file(path)?;
        let mut document = Self::parse(&path.display().to_string(), &text)?;
        let files = referenced_files::Files::of(path);
        document.unread = files.insert_into(&mut document.root, &mut document.warnings)?;
        Ok(document)
    }

    /// Reads an OpenAPI description in YAML or JSON from `stream`, at most 64 MiB. Error messages refer to the stream
    /// as `name`. References to other files are not followed.
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
    /// [crate documentation](crate) lists. Returns [`Error::Description`] if the text is not an object. The version of
    /// OpenAPI is checked later, as an overlay may change it.
    pub fn parse(name: &str, text: &str) -> Result<Self, Error> {
        let parsed = parse_json_and_yaml::value(name, text)?;
        let document = Self {
            root: parsed.value,
            warnings: parsed
                .warning
                .into_iter()
                .map(|text| Problem::new(&Pointer::root(), text))
                .collect(),
            unread: HashMap::new(),
            anchors: OnceLock::new(),
        };
        match document.root.is_object() {
            true => Ok(document),
            false => Err(document.not_an_object().into()),
        }
    }

    /// Applies an overlay (OpenAPI Overlay 1.0) to this OpenAPI description. `path` is the path of the overlay file.
    ///
    /// # Errors
    /// Returns [`Error::Read`] or [`Error::Parse`] if the overlay file cannot be read or parsed. Returns
    /// [`Error::Overlay`] if an action cannot be applied or its target matches nothing.
    pub fn overlay(&mut self, path: &Path) -> Result<(), Error> {
        let text = parse_json_and_yaml::file(path)?;
        let name = path.display().to_string();
        let overlay = parse_json_and_yaml::value(&name, &text)?.value;
        self.anchors = OnceLock::new();
        overlay::apply(&mut self.root, &overlay).map_err(|problem| Error::Overlay { name, problem })
    }

    pub(crate) fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    pub(crate) fn root(&self) -> Node<'_> {
        Node::root(self, &self.root)
    }

    /// Returns the node that a local reference (`#/...`) points to.
    pub(crate) fn find(&self, reference: &str, from: &Node<'_>) -> Result<Node<'_>, Problem> {
        let shown = || reference.escape_debug().take(120).collect::<String>();
        let own = self.root.get("$self").and_then(Value::as_str);
        let local = own
            .and_then(|own| reference.strip_prefix(own))
            .filter(|rest| rest.starts_with('#'));
        let reference = local.unwrap_or(reference);
        if !reference.is_empty()
            && !reference.starts_with("#/")
            && let Some(named) = self.named(reference)
        {
            return Ok(named);
        }
        let Some(fragment) = reference.strip_prefix('#') else {
            let why = self.unread.get(reference).map_or("is not read", String::as_str);
            return Err(from.problem(format!(
                "the reference `{}` points to another file or URL, which {why}; bundle the description into one file",
                shown()
            )));
        };
        let pointer = percent_decode_str(fragment).decode_utf8_lossy();
        let found = self.at(&pointer).or_else(|| self.below_id(&pointer, from));
        found.ok_or_else(|| {
            let problem = from.problem(format!("the target of the reference `{}` does not exist", shown()));
            problem.or_action(|| missing_component(&pointer))
        })
    }

    /// Returns the schema with a `$anchor` or an `$id`, or a value below the latter.
    fn named(&self, reference: &str) -> Option<Node<'_>> {
        let anchors = self.anchors.get_or_init(|| anchors::anchors(&self.root));
        if let Some(pointer) = anchors.get(reference) {
            return self.at(pointer);
        }
        let (id, fragment) = reference.split_once('#').filter(|(id, _)| !id.is_empty())?;
        let whole = anchors.get(id)?;
        self.at(&format!("{whole}{}", percent_decode_str(fragment).decode_utf8_lossy()))
    }

    /// Returns the value at a JSON pointer within the innermost schema with an `$id` around the reference.
    fn below_id(&self, pointer: &str, from: &Node<'_>) -> Option<Node<'_>> {
        let mut node = self.root();
        let mut with_id = None;
        for key in from.pointer().tokens() {
            node = node.child(&key)?;
            if node.get("$id").is_some() {
                with_id = Some(node.clone());
            }
        }
        pointer.strip_prefix('/')?.split('/').try_fold(with_id?, |node, token| {
            node.child(&token.replace("~1", "/").replace("~0", "~"))
        })
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

    fn not_an_object(&self) -> Problem {
        Problem::new(
            &Pointer::root(),
            "not an OpenAPI description: the root is not an object",
        )
    }

    /// Checks the version of OpenAPI, after overlays are applied.
    pub(crate) fn check_version(&self) -> Result<(), Problem> {
        let root_pointer = Pointer::root();
        let root = self.root.as_object().ok_or_else(|| self.not_an_object())?;
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
                    format!("OpenAPI {shown} is not supported; use 3.0, 3.1 or 3.2"),
                )
                .or_action(|| Some(Action::update("$", json!({"openapi": "3.1.0"})))))
            }
            None => Err(Problem::new(
                &root_pointer,
                "not an OpenAPI description: the member `openapi` is missing",
            )),
        }
    }
}

/// Returns the action that adds a missing schema or response, which may be empty.
fn missing_component(pointer: &str) -> Option<Action> {
    let (kind, name) = pointer.strip_prefix("/components/")?.split_once('/')?;
    let empty = match kind {
        _ if name.contains(['/', '~']) => return None,
        "schemas" => json!({}),
        "responses" => json!({"description": ""}),
        _ => return None,
    };
    Some(Action::update("$", json!({"components": {kind: {name: empty}}})))
}

/// Returns whether a version is 3.0, 3.1 or 3.2, with or without a patch number and a suffix.
fn is_supported(version: &str) -> bool {
    let rest = ["3.0", "3.1", "3.2"]
        .iter()
        .find_map(|known| version.strip_prefix(known));
    let plain = |rest: &str| {
        rest.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
    };
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.') && plain(rest))
}
