//! What a schema says, put together from itself, its references and its `allOf`.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use serde_json::Value;

use crate::source::{Node, NodeId};

/// A schema that says a part of what is put together.
#[derive(Debug, Clone)]
pub(super) struct Part<'a> {
    pub(super) node: Node<'a>,
    /// Without its `oneOf` and `anyOf`, whose branches are put together with it one by one.
    pub(super) bare: bool,
}

impl<'a> Part<'a> {
    pub(super) fn whole(node: Node<'a>) -> Self {
        Self { node, bare: false }
    }

    pub(super) fn bare(node: Node<'a>) -> Self {
        Self { node, bare: true }
    }
}

/// What tells a type from any other: what it is put together from, and which kind of value it is where those allow several.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    parts: Rc<[(NodeId, bool)]>,
    kind: Option<Kinds>,
}

impl Key {
    pub(super) fn of(parts: &[Part<'_>]) -> Self {
        Self {
            parts: parts.iter().map(|part| (part.node.id(), part.bare)).collect(),
            kind: None,
        }
    }

    pub(super) fn of_kind(&self, kind: Kinds) -> Self {
        Self {
            parts: Rc::clone(&self.parts),
            kind: Some(kind),
        }
    }

    /// The schema, if it is one alone.
    pub(super) fn alone(&self) -> Option<NodeId> {
        match (&*self.parts, self.kind) {
            ([(node, false)], None) => Some(*node),
            _ => None,
        }
    }
}

/// A set of JSON's types besides null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Kinds(u8);

impl Kinds {
    pub(super) const NONE: Self = Self(0);
    pub(super) const TEXT: Self = Self(1);
    pub(super) const INTEGER: Self = Self(2);
    /// Integers are numbers, too.
    pub(super) const NUMBER: Self = Self(2 | 4);
    pub(super) const BOOL: Self = Self(8);
    pub(super) const ARRAY: Self = Self(16);
    pub(super) const OBJECT: Self = Self(32);

    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "string" => Self::TEXT,
            "integer" => Self::INTEGER,
            "number" => Self::NUMBER,
            "boolean" => Self::BOOL,
            "array" => Self::ARRAY,
            "object" => Self::OBJECT,
            "null" => Self::NONE,
            _ => return None,
        })
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// One by one, in the order in which a value is tried.
    pub(super) fn each(self) -> Vec<Self> {
        let numbers = if self.has(Self::NUMBER) {
            Self::NUMBER
        } else {
            Self::INTEGER
        };
        let all = [Self::BOOL, numbers, Self::TEXT, Self::ARRAY, Self::OBJECT];
        all.into_iter().filter(|kind| self.has(*kind)).collect()
    }
}

/// A member of an object, with all that is said of it in one place or another.
#[derive(Debug, Clone)]
pub(super) struct Member<'a> {
    pub(super) name: &'a str,
    pub(super) nodes: Vec<Node<'a>>,
    /// The type whose schema brings it in, if that is another one.
    pub(super) owner: Option<String>,
}

/// Which members there may be besides the named ones.
#[derive(Debug, Clone, Default)]
pub(super) enum Rest<'a> {
    #[default]
    Unsaid,
    Any,
    Of(Vec<Node<'a>>),
}

/// A `oneOf` or `anyOf`.
#[derive(Debug, Clone)]
pub(super) struct Choice<'a> {
    pub(super) branches: Vec<Node<'a>>,
    pub(super) discriminator: Option<Node<'a>>,
    /// The schema that has it.
    pub(super) node: Node<'a>,
}

/// All that is said of a value.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts<'a> {
    /// `None` if nothing is said.
    pub(super) kinds: Option<Kinds>,
    pub(super) nullable: bool,
    pub(super) members: Vec<Member<'a>>,
    pub(super) by_name: HashMap<&'a str, usize>,
    pub(super) required: BTreeSet<&'a str>,
    pub(super) rest: Rest<'a>,
    pub(super) values: Option<Vec<&'a Value>>,
    /// The schema that has the values.
    pub(super) values_node: Option<Node<'a>>,
    pub(super) choices: Vec<Choice<'a>>,
    pub(super) items: Vec<Node<'a>>,
    pub(super) prefix: Vec<Node<'a>>,
    pub(super) format: Option<String>,
    /// Keywords that tell the type of a schema that does not.
    pub(super) guess: Option<Kinds>,
    /// No value is right, or nothing sensible can be made of it.
    pub(super) broken: bool,
    /// All that was put together, and whether each may be null.
    pub(super) seen: HashMap<NodeId, bool>,
}

impl<'a> Facts<'a> {
    pub(super) fn kinds(&self) -> Kinds {
        self.kinds.or(self.guess).unwrap_or(Kinds::NONE)
    }

    pub(super) fn member(&self, name: &str) -> Option<&Member<'a>> {
        self.by_name.get(name).map(|&index| &self.members[index])
    }

    pub(super) fn narrow(&mut self, kinds: Kinds) {
        self.kinds = Some(self.kinds.map_or(kinds, |said| said.and(kinds)));
    }

    pub(super) fn hint_at(&mut self, kinds: Kinds) {
        self.guess.get_or_insert(kinds);
    }

    /// Gives how many schemas say something of the member now.
    pub(super) fn add_member(&mut self, name: &'a str, node: Node<'a>, owner: Option<&str>) -> usize {
        if let Some(&index) = self.by_name.get(name) {
            let nodes = &mut self.members[index].nodes;
            if !nodes.iter().any(|known| known.value() == node.value()) {
                nodes.push(node);
            }
            return nodes.len();
        }
        self.by_name.insert(name, self.members.len());
        self.members.push(Member {
            name,
            nodes: vec![node],
            owner: owner.map(str::to_owned),
        });
        1
    }

    /// The values that are right by this and by what was said before.
    pub(super) fn narrow_values(&mut self, values: Vec<&'a Value>, node: &Node<'a>) {
        match &mut self.values {
            Some(known) => {
                let values: HashSet<&Value> = values.into_iter().collect();
                known.retain(|value| values.contains(value));
            }
            None => {
                self.values = Some(values);
                self.values_node = Some(node.clone());
            }
        }
    }
}
