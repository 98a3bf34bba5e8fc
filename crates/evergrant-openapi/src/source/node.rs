//! A value of the description together with its place, so that whatever is wrong with it can be said with its address.

use std::borrow::Cow;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::Document;
use crate::problem::{Place, Problem};

/// One value of the description. A cheap clone.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    document: &'a Document,
    value: &'a Value,
    way: Way<'a>,
}

/// What tells a value of the description from any other, however it is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct NodeId(usize);

/// The keys from the root to a value. What values have in common is shared: a name may be long, and much may be below it.
#[derive(Debug, Clone, Default)]
pub(super) struct Way<'a>(Option<Rc<Step<'a>>>);

#[derive(Debug)]
struct Step<'a> {
    above: Way<'a>,
    key: Key<'a>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Key<'a> {
    Member(&'a str),
    Item(usize),
}

/// A chain of references longer than this leads in a circle.
const LONGEST_CHAIN: usize = 64;

impl<'a> Node<'a> {
    pub(super) fn root(document: &'a Document, value: &'a Value) -> Self {
        let way = Way::default();
        Self { document, value, way }
    }

    pub(crate) fn id(&self) -> NodeId {
        NodeId(std::ptr::from_ref(self.value).addr())
    }

    pub(crate) fn value(&self) -> &'a Value {
        self.value
    }

    pub(crate) fn place(&self) -> Place {
        Place::of(self.keys().into_iter().map(|key| match key {
            Key::Member(name) => Cow::Borrowed(name),
            Key::Item(index) => Cow::Owned(index.to_string()),
        }))
    }

    pub(crate) fn is_root(&self) -> bool {
        self.way.0.is_none()
    }

    /// The keys from the root; `None` for an item of an array.
    pub(crate) fn names(&self) -> Vec<Option<&'a str>> {
        let names = self.keys().into_iter().map(|key| match key {
            Key::Member(name) => Some(name),
            Key::Item(_) => None,
        });
        names.collect()
    }

    pub(crate) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(&self.place(), message)
    }

    /// A member that is there and not null.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        let (key, value) = self.value.as_object()?.get_key_value(key)?;
        (!value.is_null()).then(|| self.below(Key::Member(key), value))
    }

    /// What a token of a JSON pointer names (RFC 6901 section 4).
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

    /// The members of an object.
    pub(crate) fn entries(&self) -> Result<impl Iterator<Item = (&'a str, Self)> + use<'a>, Problem> {
        let node = self.clone();
        let members = self.object()?.iter();
        Ok(members.map(move |(key, value)| (key.as_str(), node.below(Key::Member(key), value))))
    }

    /// The items of an array.
    pub(crate) fn items(&self) -> Result<impl Iterator<Item = Self> + use<'a>, Problem> {
        let Some(items) = self.value.as_array() else {
            return Err(self.problem(format!("an array is expected here, not {}", kind(self.value))));
        };
        let node = self.clone();
        let items = items.iter().enumerate();
        Ok(items.map(move |(index, value)| node.below(Key::Item(index), value)))
    }

    /// The items of an array member; none if it is absent.
    pub(crate) fn list(&self, key: &str) -> Result<Vec<Self>, Problem> {
        self.object()?;
        match self.get(key) {
            Some(node) => Ok(node.items()?.collect()),
            None => Ok(Vec::new()),
        }
    }

    /// The members of an object member; none if it is absent.
    pub(crate) fn map(&self, key: &str) -> Result<Vec<(&'a str, Self)>, Problem> {
        self.object()?;
        match self.get(key) {
            Some(node) => Ok(node.entries()?.collect()),
            None => Ok(Vec::new()),
        }
    }

    pub(crate) fn object(&self) -> Result<&'a Map<String, Value>, Problem> {
        let object = self.value.as_object();
        object.ok_or_else(|| self.problem(format!("an object is expected here, not {}", kind(self.value))))
    }

    pub(crate) fn text(&self) -> Result<&'a str, Problem> {
        let text = self.value.as_str();
        text.ok_or_else(|| self.problem(format!("text is expected here, not {}", kind(self.value))))
    }

    /// A text member, if it is there.
    pub(crate) fn string(&self, key: &str) -> Result<Option<&'a str>, Problem> {
        self.object()?;
        self.get(key).map(|node| node.text()).transpose()
    }

    /// A text member that must be there.
    pub(crate) fn required(&self, key: &str) -> Result<&'a str, Problem> {
        let text = self.string(key)?;
        text.ok_or_else(|| self.problem(format!("the member `{key}` is missing")))
    }

    /// A boolean member; `false` if it is absent.
    pub(crate) fn flag(&self, key: &str) -> Result<bool, Problem> {
        self.object()?;
        let Some(node) = self.get(key) else { return Ok(false) };
        let flag = node.value.as_bool();
        flag.ok_or_else(|| node.problem(format!("true or false is expected here, not {}", kind(node.value))))
    }

    pub(crate) fn reference(&self) -> Option<&'a str> {
        self.value.get("$ref")?.as_str()
    }

    /// What this stands for: itself, or what its reference names at the end.
    pub(crate) fn resolved(&self) -> Result<Self, Problem> {
        let mut node = self.clone();
        for _ in 0..LONGEST_CHAIN {
            match node.referred()? {
                Some(next) => node = next,
                None => return Ok(node),
            }
        }
        Err(self.problem("this reference leads in a circle"))
    }

    /// Itself, and what its references name one after the other: what stands beside a reference comes before what it names.
    pub(crate) fn layers(&self) -> Result<Vec<Self>, Problem> {
        let mut layers = vec![self.clone()];
        let mut next = self.referred()?;
        while let Some(node) = next {
            if layers.len() > LONGEST_CHAIN {
                return Err(self.problem("this reference leads in a circle"));
            }
            next = node.referred()?;
            layers.push(node);
        }
        Ok(layers)
    }

    /// What its own reference names.
    fn referred(&self) -> Result<Option<Self>, Problem> {
        match self.reference() {
            Some(reference) => self.document.find(reference, self).map(Some),
            None if self.value.get("$ref").is_some() => Err(self.problem("`$ref` is not text")),
            None => Ok(None),
        }
    }

    fn keys(&self) -> Vec<Key<'a>> {
        let mut keys = Vec::new();
        let mut way = &self.way;
        while let Way(Some(step)) = way {
            keys.push(step.key);
            way = &step.above;
        }
        keys.reverse();
        keys
    }

    fn below(&self, key: Key<'a>, value: &'a Value) -> Self {
        let above = self.way.clone();
        Self {
            document: self.document,
            value,
            way: Way(Some(Rc::new(Step { above, key }))),
        }
    }
}

/// What a value is, for messages. Never the value itself.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
