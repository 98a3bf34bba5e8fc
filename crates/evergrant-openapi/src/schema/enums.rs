//! Enums: of texts or of integers. Both are open, as an API may have more values tomorrow.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::describe;
use super::facts::{Facts, Key, Kinds, Part};
use super::model::{EnumVariant, Enumeration, Shape};
use super::resolve::At;
use super::{Schemas, Type};
use crate::docs;
use crate::limits::LINES;
use crate::names::{self, Names};
use crate::problem::Problem;
use crate::source::Node;

/// One value of an enum.
#[derive(Debug, Clone)]
pub(super) struct Labelled<'a> {
    pub(super) value: &'a Value,
    pub(super) name: Option<&'a str>,
    pub(super) docs: Option<&'a str>,
}

/// More values than this are rather data than an enum.
const MOST_VALUES: usize = 3_000;

impl<'a> Schemas<'a> {
    /// The type of `enum` or `const`.
    pub(super) fn enumeration(
        &mut self,
        facts: &Facts<'a>,
        parts: &[Part<'a>],
        key: &Key,
        at: &At,
    ) -> Result<Type, Problem> {
        let values = facts.values.iter().flatten();
        let names = |keyword: &str| {
            facts
                .values_node
                .as_ref()
                .and_then(|node| node.get(keyword)?.value().as_array())
        };
        if let (Some(names), Some(node)) = (names("x-evergrant-enum-names"), &facts.values_node)
            && Some(names.len())
                != node
                    .get("enum")
                    .and_then(|values| Some(values.value().as_array()?.len()))
        {
            return Err(node.problem("`x-evergrant-enum-names` has to have a name for each value"));
        }
        let labels = names("x-evergrant-enum-names")
            .or_else(|| names("x-enum-varnames"))
            .or_else(|| names("x-enumNames"));
        let docs = names("x-enum-descriptions").or_else(|| names("x-enumDescriptions"));
        let at_index = |list: Option<&'a Vec<Value>>, index: usize| list.and_then(|list| list.get(index)?.as_str());
        // The names go by the place in the list as it was written.
        let written = facts
            .values_node
            .as_ref()
            .and_then(|node| node.get("enum")?.value().as_array());
        let mut places: HashMap<&Value, usize> = HashMap::new();
        if labels.or(docs).is_some() {
            for (index, value) in written.into_iter().flatten().enumerate() {
                places.entry(value).or_insert(index);
            }
        }
        let values = values.map(|value| {
            let index = places.get(value).copied();
            Labelled {
                value,
                name: index.and_then(|index| at_index(labels, index)),
                docs: index.and_then(|index| at_index(docs, index)),
            }
        });
        let values = values.collect::<Vec<_>>();
        self.enumeration_of(values, facts.kinds, parts, key, at)
    }

    pub(super) fn enumeration_of(
        &mut self,
        values: Vec<Labelled<'a>>,
        kinds: Option<Kinds>,
        parts: &[Part<'a>],
        key: &Key,
        at: &At,
    ) -> Result<Type, Problem> {
        let node = parts[0].node.clone();
        let mut seen = HashSet::new();
        let mut values = values;
        values.retain(|labelled| !labelled.value.is_null() && seen.insert(labelled.value.to_string()));
        self.spend(&node, values.len())?;
        let all = |is: fn(&Value) -> bool| values.iter().all(|labelled| is(labelled.value));
        if values.is_empty() {
            return Ok(Type::Json);
        }
        if all(Value::is_string) {
            if values.len() > MOST_VALUES {
                return Ok(Type::String);
            }
            let texts = values
                .iter()
                .filter_map(|labelled| Some((labelled.value.as_str()?, labelled)));
            let texts = texts_of(texts);
            self.copied.text.spend_at(texts.length(|value| value.len()), &node)?;
            LINES.check_at(texts.lines(), &node)?;
            let shape = Shape::Texts(texts);
            return self.define_enum(shape, parts, key, at);
        }
        if all(Value::is_i64) {
            if values.len() > MOST_VALUES || kinds == Some(Kinds::NUMBER) {
                return Ok(if kinds == Some(Kinds::NUMBER) {
                    Type::F64
                } else {
                    Type::I64
                });
            }
            let integers = values
                .iter()
                .filter_map(|labelled| Some((labelled.value.as_i64()?, labelled)));
            let integers = integers_of(integers);
            self.copied
                .text
                .spend_at(integers.length(|_| size_of::<i64>()), &node)?;
            LINES.check_at(integers.lines(), &node)?;
            let shape = Shape::Integers(integers);
            return self.define_enum(shape, parts, key, at);
        }
        if all(Value::is_boolean) {
            return Ok(Type::Bool);
        }
        if all(Value::is_number) {
            return Ok(Type::F64);
        }
        self.warn(
            &node,
            "the values are neither all text nor all numbers; taken as any JSON",
        );
        Ok(Type::Json)
    }

    fn define_enum(&mut self, shape: Shape, parts: &[Part<'a>], key: &Key, at: &At) -> Result<Type, Problem> {
        let docs = self.model_docs(parts, &at.hint);
        let (ty, model) = self.allocate(parts, key, at, docs)?;
        self.models[model].shape = shape;
        Ok(ty)
    }

    /// The labels of `oneOf` with a `const` each.
    pub(super) fn labelled(facts: &Facts<'a>, branch: &Node<'a>) -> Vec<Labelled<'a>> {
        let text = |keyword: &str| branch.value().get(keyword).and_then(Value::as_str);
        let values = facts.values.iter().flatten();
        let alone = facts.values.as_ref().is_some_and(|values| values.len() == 1);
        values
            .map(|value| Labelled {
                value,
                name: text("title").filter(|_| alone && !value.is_string()),
                docs: text("description").or(text("title")).filter(|_| alone),
            })
            .collect()
    }
}

impl<V> Enumeration<V> {
    /// In bytes, of values and documentation.
    fn length(&self, value: impl Fn(&V) -> usize) -> usize {
        let lengths = self
            .variants
            .iter()
            .map(|variant| value(&variant.value) + variant.docs.len());
        lengths.sum()
    }

    /// Of documentation.
    fn lines(&self) -> usize {
        self.variants.iter().map(|variant| docs::lines(&variant.docs)).sum()
    }
}

fn texts_of<'v, 'a: 'v>(values: impl Iterator<Item = (&'a str, &'v Labelled<'a>)>) -> Enumeration<String> {
    let mut taken = Names::default();
    let variants = values
        .map(|(value, labelled)| EnumVariant {
            name: taken.take(variant_name(labelled.name.unwrap_or(if value.is_empty() {
                "Empty"
            } else {
                value
            }))),
            value: value.to_owned(),
            docs: documented(labelled, &describe::code(value)),
        })
        .collect();
    Enumeration {
        variants,
        unknown: taken.take_or("Unknown".to_owned(), "Value"),
    }
}

fn integers_of<'v, 'a: 'v>(values: impl Iterator<Item = (i64, &'v Labelled<'a>)>) -> Enumeration<i64> {
    let mut taken = Names::default();
    let variants = values
        .map(|(value, labelled)| {
            let sign = if value < 0 { "Minus" } else { "" };
            let plain = format!("Value{sign}{}", value.unsigned_abs());
            EnumVariant {
                name: taken.take(labelled.name.map_or(plain, variant_name)),
                value,
                docs: documented(labelled, &describe::code(&value.to_string())),
            }
        })
        .collect();
    Enumeration {
        variants,
        unknown: taken.take_or("Unknown".to_owned(), "Value"),
    }
}

fn variant_name(name: &str) -> String {
    super::naming::shortened(names::pascal(name))
}

fn documented(labelled: &Labelled<'_>, value: &str) -> String {
    match labelled.docs {
        Some(docs) => format!("{value}: {docs}"),
        None => format!("{value}."),
    }
}
