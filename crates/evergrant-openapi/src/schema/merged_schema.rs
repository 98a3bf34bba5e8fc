//! A schema merged with its references and its `allOf`.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use serde_json::Value;

use crate::parsed_description::{Node, NodeId};

/// One of the schemas to be merged.
#[derive(Debug, Clone)]
pub(super) struct Part<'a> {
    pub(super) node: Node<'a>,
    /// Excludes `oneOf` and `anyOf`, whose branches are each combined with the schema.
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

/// The identity of a type: the merged schemas, and the JSON type if they allow several.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    parts: Rc<[(NodeId, bool)]>,
    json_type: Option<JsonTypes>,
}

impl Key {
    pub(super) fn of(parts: &[Part<'_>]) -> Self {
        Self {
            parts: parts.iter().map(|part| (part.node.id(), part.bare)).collect(),
            json_type: None,
        }
    }

    pub(super) fn with_type(&self, json_type: JsonTypes) -> Self {
        Self {
            parts: Rc::clone(&self.parts),
            json_type: Some(json_type),
        }
    }

    /// Returns the schema, if there is only one.
    pub(super) fn single_schema(&self) -> Option<NodeId> {
        match (&*self.parts, self.json_type) {
            ([(node, false)], None) => Some(*node),
            _ => None,
        }
    }
}

/// A set of JSON types, without null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct JsonTypes(u8);

impl JsonTypes {
    pub(super) const NONE: Self = Self(0);
    pub(super) const STRING: Self = Self(1);
    pub(super) const INTEGER: Self = Self(2);
    /// Includes integers.
    pub(super) const NUMBER: Self = Self(2 | 4);
    pub(super) const BOOL: Self = Self(8);
    pub(super) const ARRAY: Self = Self(16);
    pub(super) const OBJECT: Self = Self(32);

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "string" => Self::STRING,
            "integer" => Self::INTEGER,
            "number" => Self::NUMBER,
            "boolean" => Self::BOOL,
            "array" => Self::ARRAY,
            "object" => Self::OBJECT,
            "null" => Self::NONE,
            _ => return None,
        })
    }

    pub(super) fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns the single types, in the order in which they are tried.
    pub(super) fn single_types(self) -> Vec<Self> {
        let numbers = if self.contains(Self::NUMBER) {
            Self::NUMBER
        } else {
            Self::INTEGER
        };
        let all = [Self::BOOL, numbers, Self::STRING, Self::ARRAY, Self::OBJECT];
        all.into_iter().filter(|json_type| self.contains(*json_type)).collect()
    }
}

/// A member of an object, with all schemas that describe it.
#[derive(Debug, Clone)]
pub(super) struct Member<'a> {
    pub(super) name: &'a str,
    pub(super) nodes: Vec<Node<'a>>,
    /// The type that declares the member, if it is another one.
    pub(super) owner: Option<String>,
    /// Whether the value has one of the schemas, each with one value, instead of all of them.
    pub(super) is_choice: bool,
}

/// The allowed members without a name in the schema.
#[derive(Debug, Clone, Default)]
pub(super) enum AdditionalProperties<'a> {
    #[default]
    Unspecified,
    Any,
    Schemas(Vec<Node<'a>>),
}

/// A `oneOf` or `anyOf`.
#[derive(Debug, Clone)]
pub(super) struct Choice<'a> {
    pub(super) branches: Vec<Node<'a>>,
    pub(super) discriminator: Option<Node<'a>>,
    /// The schema that contains the choice.
    pub(super) node: Node<'a>,
}

/// The merged keywords.
#[derive(Debug, Clone, Default)]
pub(super) struct MergedSchema<'a> {
    /// `None` if no schema has a `type`.
    pub(super) types: Option<JsonTypes>,
    pub(super) nullable: bool,
    pub(super) members: Vec<Member<'a>>,
    pub(super) by_name: HashMap<&'a str, usize>,
    pub(super) required: BTreeSet<&'a str>,
    pub(super) additional: AdditionalProperties<'a>,
    pub(super) values: Option<Vec<&'a Value>>,
    /// The schema that contains the values.
    pub(super) values_node: Option<Node<'a>>,
    pub(super) choices: Vec<Choice<'a>>,
    pub(super) items: Vec<Node<'a>>,
    pub(super) prefix_items: Vec<Node<'a>>,
    pub(super) format: Option<String>,
    /// The type implied by other keywords, for schemas without a `type`.
    pub(super) inferred: Option<JsonTypes>,
    /// No value is valid, or the schema is nested too deeply.
    pub(super) invalid: bool,
    /// The merged schemas, each with whether it allows null.
    pub(super) visited: HashMap<NodeId, bool>,
}

impl<'a> MergedSchema<'a> {
    pub(super) fn types(&self) -> JsonTypes {
        self.types.or(self.inferred).unwrap_or(JsonTypes::NONE)
    }

    pub(super) fn member(&self, name: &str) -> Option<&Member<'a>> {
        self.by_name.get(name).map(|&index| &self.members[index])
    }

    pub(super) fn narrow_types(&mut self, types: JsonTypes) {
        self.types = Some(self.types.map_or(types, |known| known.intersection(types)));
    }

    pub(super) fn infer(&mut self, types: JsonTypes) {
        self.inferred.get_or_insert(types);
    }

    /// Adds a schema of a member, and returns the number of its schemas.
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
            is_choice: false,
        });
        1
    }

    /// Restricts the values to those that are also in this list.
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
