//! A value of the description together with its location, for error messages.

use std::borrow::Cow;
use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::Document;
use crate::errors_and_warnings::{Located, Pointer, Problem};
use crate::overlay_action::{self, Action};

/// A value of the description and its location. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    document: &'a Document,
    value: &'a Value,
    path: NodePath<'a>,
}

/// The identity of a value, independent of the path by which it was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct NodeId(usize);

/// The keys from the root to a value. Paths share their common prefix, as names may be long and have many values below
/// them.
#[derive(Debug, Clone, Default)]
pub(super) struct NodePath<'a>(Option<Rc<PathSegment<'a>>>);

#[derive(Debug)]
struct PathSegment<'a> {
    parent: NodePath<'a>,
    key: Key<'a>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Key<'a> {
    Member(&'a str),
    Item(usize),
}

/// A name may have any length, and many locations may be below it.
const MAX_JSON_PATH_BYTES: usize = 2_000;

/// A longer chain of references is treated as a cycle.
const MAX_REFERENCES: usize = 64;

impl Located for Node<'_> {
    fn pointer(&self) -> Pointer {
        Node::pointer(self)
    }
}

impl<'a> Node<'a> {
    pub(super) fn root(document: &'a Document, value: &'a Value) -> Self {
        let path = NodePath::default();
        Self { document, value, path }
    }

    pub(crate) fn id(&self) -> NodeId {
        NodeId(std::ptr::from_ref(self.value).addr())
    }

    pub(crate) fn value(&self) -> &'a Value {
        self.value
    }

    pub(crate) fn pointer(&self) -> Pointer {
        Pointer::from_keys(self.keys().into_iter().map(|key| match key {
            Key::Member(name) => Cow::Borrowed(name),
            Key::Item(index) => Cow::Owned(index.to_string()),
        }))
    }

    /// Returns the location as a JSONPath (RFC 9535). The path to a location with long names is that of a value above.
    pub(crate) fn json_path(&self) -> String {
        let mut path = "$".to_owned();
        for key in self.keys() {
            let step = match key {
                Key::Member(name) if name.len() > MAX_JSON_PATH_BYTES => break,
                Key::Member(name) => overlay_action::member(name),
                Key::Item(index) => format!("[{index}]"),
            };
            if path.len() + step.len() > MAX_JSON_PATH_BYTES {
                break;
            }
            path.push_str(&step);
        }
        path
    }

    pub(crate) fn is_root(&self) -> bool {
        self.path.0.is_none()
    }

    /// Returns the keys from the root; `None` for an item of an array.
    pub(crate) fn names(&self) -> Vec<Option<&'a str>> {
        let names = self.keys().into_iter().map(|key| match key {
            Key::Member(name) => Some(name),
            Key::Item(_) => None,
        });
        names.collect()
    }

    pub(crate) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(&self.pointer(), message)
    }

    /// Returns the member with this key, if it exists and is not null.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        let (key, value) = self.value.as_object()?.get_key_value(key)?;
        (!value.is_null()).then(|| self.below(Key::Member(key), value))
    }

    /// Returns the member or item that a token of a JSON pointer identifies (RFC 6901 section 4).
    pub(super) fn child(&self, token: &str) -> Option<Self> {
        match self.value {
            Value::Object(members) => {
                let (key, value) = members.get_key_value(token)?;
                Some(self.below(Key::Member(key), value))
            }
            Value::Array(items) => {
                let is_plain = token == "0" || !token.starts_with(['0', '+']);
                let index: usize = token.parse().ok().filter(|_| is_plain)?;
                Some(self.below(Key::Item(index), items.get(index)?))
            }
            _ => None,
        }
    }

    /// Iterates over the members of an object.
    pub(crate) fn entries(&self) -> Result<impl Iterator<Item = (&'a str, Self)> + use<'a>, Problem> {
        let node = self.clone();
        let members = self.object()?.iter();
        Ok(members.map(move |(key, value)| (key.as_str(), node.below(Key::Member(key), value))))
    }

    /// Iterates over the items of an array.
    pub(crate) fn items(&self) -> Result<impl Iterator<Item = Self> + use<'a>, Problem> {
        let Some(items) = self.value.as_array() else {
            return Err(self.problem(format!("expected an array, found {}", type_name(self.value))));
        };
        let node = self.clone();
        let items = items.iter().enumerate();
        Ok(items.map(move |(index, value)| node.below(Key::Item(index), value)))
    }

    /// Returns the items of the array at `key`, or none if it is missing.
    pub(crate) fn list(&self, key: &str) -> Result<Vec<Self>, Problem> {
        self.object()?;
        match self.get(key) {
            Some(node) => Ok(node.items()?.collect()),
            None => Ok(Vec::new()),
        }
    }

    /// Returns the members of the object at `key`, or none if it is missing.
    pub(crate) fn map(&self, key: &str) -> Result<Vec<(&'a str, Self)>, Problem> {
        self.object()?;
        match self.get(key) {
            Some(node) => Ok(node.entries()?.collect()),
            None => Ok(Vec::new()),
        }
    }

    pub(crate) fn object(&self) -> Result<&'a Map<String, Value>, Problem> {
        let object = self.value.as_object();
        object.ok_or_else(|| self.problem(format!("expected an object, found {}", type_name(self.value))))
    }

    /// Returns the string, or the string that a reference points to.
    pub(crate) fn text(&self) -> Result<&'a str, Problem> {
        if self.reference().is_some() {
            return self.resolved()?.text();
        }
        let text = self.value.as_str();
        text.ok_or_else(|| self.problem(format!("expected a string, found {}", type_name(self.value))))
    }

    /// Returns the string at `key`, if it exists.
    pub(crate) fn string(&self, key: &str) -> Result<Option<&'a str>, Problem> {
        self.object()?;
        self.get(key).map(|node| node.text()).transpose()
    }

    /// Returns the string at `key`, which is required.
    pub(crate) fn required(&self, key: &str) -> Result<&'a str, Problem> {
        let text = self.string(key)?;
        text.ok_or_else(|| self.problem(format!("the member `{key}` is missing")))
            .map_err(|problem| match key {
                "title" | "url" => {
                    let example = if key == "url" { "https://api.example.com" } else { "API" };
                    problem.or_action(|| Some(Action::update(self.json_path(), json!({key: example}))))
                }
                _ => problem,
            })
    }

    /// Returns the boolean at `key`, or `false` if it is missing.
    pub(crate) fn flag(&self, key: &str) -> Result<bool, Problem> {
        self.object()?;
        let Some(node) = self.get(key) else { return Ok(false) };
        let flag = node.value.as_bool();
        flag.ok_or_else(|| node.problem(format!("expected a boolean, found {}", type_name(node.value))))
    }

    pub(crate) fn reference(&self) -> Option<&'a str> {
        self.value.get("$ref")?.as_str()
    }

    /// Follows references until a node without one.
    pub(crate) fn resolved(&self) -> Result<Self, Problem> {
        let mut node = self.clone();
        for _ in 0..MAX_REFERENCES {
            match node.target()? {
                Some(next) => node = next,
                None => return Ok(node),
            }
        }
        Err(self.problem("this reference is part of a cycle"))
    }

    /// Returns this node and the targets of its references in order: siblings of a `$ref` come before its target.
    pub(crate) fn reference_chain(&self) -> Result<Vec<Self>, Problem> {
        let mut chain = vec![self.clone()];
        let mut next = self.target()?;
        while let Some(node) = next {
            if chain.len() > MAX_REFERENCES {
                return Err(self.problem("this reference is part of a cycle"));
            }
            next = node.target()?;
            chain.push(node);
        }
        Ok(chain)
    }

    /// Returns the target of the node's own reference.
    fn target(&self) -> Result<Option<Self>, Problem> {
        match self.reference() {
            Some(reference) => self.document.find(reference, self).map(Some),
            None if self.value.get("$ref").is_some() => Err(self.problem("`$ref` is not a string")),
            None => Ok(None),
        }
    }

    fn keys(&self) -> Vec<Key<'a>> {
        let mut keys = Vec::new();
        let mut path = &self.path;
        while let NodePath(Some(segment)) = path {
            keys.push(segment.key);
            path = &segment.parent;
        }
        keys.reverse();
        keys
    }

    fn below(&self, key: Key<'a>, value: &'a Value) -> Self {
        let parent = self.path.clone();
        Self {
            document: self.document,
            value,
            path: NodePath(Some(Rc::new(PathSegment { parent, key }))),
        }
    }
}

/// Returns the name of a value's JSON type for messages, which never contain the value itself.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
