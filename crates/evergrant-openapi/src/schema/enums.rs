//! Enums of strings or integers. They are open, as an API may add values.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::merged_schema::{JsonTypes, Key, MergedSchema, Part};
use super::model::{EnumVariant, Enumeration, Shape};
use super::model_documentation;
use super::resolve_schema::ModelHint;
use super::{Schemas, Type};
use crate::doc_sanitizer;
use crate::errors_and_warnings::Problem;
use crate::limits::LINES;
use crate::names::{self, Names};
use crate::parsed_description::Node;

/// A value of an enum, with its optional name and documentation.
#[derive(Debug, Clone)]
pub(super) struct EnumEntry<'a> {
    pub(super) value: &'a Value,
    pub(super) name: Option<&'a str>,
    pub(super) docs: Option<&'a str>,
}

/// An enum with more values becomes a string or an integer.
const MAX_VARIANTS: usize = 3_000;

impl<'a> Schemas<'a> {
    /// Returns the type of an `enum` or a `const`.
    pub(super) fn enumeration(
        &mut self,
        merged: &MergedSchema<'a>,
        parts: &[Part<'a>],
        key: &Key,
        hint: &ModelHint,
    ) -> Result<Type, Problem> {
        let values = merged.values.iter().flatten();
        let names = |keyword: &str| {
            merged
                .values_node
                .as_ref()
                .and_then(|node| node.get(keyword)?.value().as_array())
        };
        if let (Some(names), Some(node)) = (names("x-evergrant-enum-names"), &merged.values_node)
            && Some(names.len())
                != node
                    .get("enum")
                    .and_then(|values| Some(values.value().as_array()?.len()))
        {
            return Err(node.problem("`x-evergrant-enum-names` must contain one name for each value"));
        }
        let labels = names("x-evergrant-enum-names")
            .or_else(|| names("x-enum-varnames"))
            .or_else(|| names("x-enumNames"));
        let docs = names("x-enum-descriptions").or_else(|| names("x-enumDescriptions"));
        let at_index = |list: Option<&'a Vec<Value>>, index: usize| list.and_then(|list| list.get(index)?.as_str());
        // Names and descriptions use the positions in the original list.
        let listed = merged
            .values_node
            .as_ref()
            .and_then(|node| node.get("enum")?.value().as_array());
        let mut positions: HashMap<&Value, usize> = HashMap::new();
        if labels.or(docs).is_some() {
            for (index, value) in listed.into_iter().flatten().enumerate() {
                positions.entry(value).or_insert(index);
            }
        }
        let values = values.map(|value| {
            let index = positions.get(value).copied();
            EnumEntry {
                value,
                name: index.and_then(|index| at_index(labels, index)),
                docs: index.and_then(|index| at_index(docs, index)),
            }
        });
        let values = values.collect::<Vec<_>>();
        self.enumeration_of(values, merged.types, parts, key, hint)
    }

    pub(super) fn enumeration_of(
        &mut self,
        values: Vec<EnumEntry<'a>>,
        types: Option<JsonTypes>,
        parts: &[Part<'a>],
        key: &Key,
        hint: &ModelHint,
    ) -> Result<Type, Problem> {
        let node = parts[0].node.clone();
        let mut seen = HashSet::new();
        let mut values = values;
        values.retain(|entry| !entry.value.is_null() && seen.insert(entry.value.to_string()));
        self.spend(&node, values.len())?;
        let all = |is: fn(&Value) -> bool| values.iter().all(|entry| is(entry.value));
        if values.is_empty() {
            return Ok(Type::Json);
        }
        if all(Value::is_string) {
            if values.len() > MAX_VARIANTS {
                return Ok(Type::String);
            }
            let texts = values.iter().filter_map(|entry| Some((entry.value.as_str()?, entry)));
            let texts = string_enum(texts);
            self.copy_budgets
                .text
                .spend_at(texts.length(|value| value.len()), &node)?;
            LINES.check_at(texts.lines(), &node)?;
            let shape = Shape::StringEnum(texts);
            return self.define_enum(shape, parts, key, hint);
        }
        if all(Value::is_i64) {
            if values.len() > MAX_VARIANTS || types == Some(JsonTypes::NUMBER) {
                return Ok(if types == Some(JsonTypes::NUMBER) {
                    Type::F64
                } else {
                    Type::I64
                });
            }
            let integers = values.iter().filter_map(|entry| Some((entry.value.as_i64()?, entry)));
            let integers = integer_enum(integers);
            self.copy_budgets
                .text
                .spend_at(integers.length(|_| size_of::<i64>()), &node)?;
            LINES.check_at(integers.lines(), &node)?;
            let shape = Shape::IntegerEnum(integers);
            return self.define_enum(shape, parts, key, hint);
        }
        if all(Value::is_boolean) {
            return Ok(Type::Bool);
        }
        if all(Value::is_number) {
            return Ok(Type::F64);
        }
        self.warn(
            &node,
            "the values have different types; the schema becomes arbitrary JSON",
        );
        Ok(Type::Json)
    }

    fn define_enum(&mut self, shape: Shape, parts: &[Part<'a>], key: &Key, hint: &ModelHint) -> Result<Type, Problem> {
        let docs = self.model_docs(parts);
        let (ty, model) = self.declare_model(parts, key, hint, docs)?;
        self.models[model].shape = shape;
        Ok(ty)
    }

    /// Returns the values of a branch of a `oneOf`, with its title and description if it is a `const`.
    pub(super) fn enum_entries(merged: &MergedSchema<'a>, branch: &Node<'a>) -> Vec<EnumEntry<'a>> {
        let text = |keyword: &str| branch.value().get(keyword).and_then(Value::as_str);
        let values = merged.values.iter().flatten();
        let alone = merged.values.as_ref().is_some_and(|values| values.len() == 1);
        values
            .map(|value| EnumEntry {
                value,
                name: text("title").filter(|_| alone && !value.is_string()),
                docs: text("description").or(text("title")).filter(|_| alone),
            })
            .collect()
    }
}

impl<V> Enumeration<V> {
    /// Returns the length of values and documentation in bytes.
    fn length(&self, value: impl Fn(&V) -> usize) -> usize {
        let lengths = self
            .variants
            .iter()
            .map(|variant| value(&variant.value) + variant.docs.len());
        lengths.sum()
    }

    /// Returns the number of lines of documentation.
    fn lines(&self) -> usize {
        self.variants
            .iter()
            .map(|variant| doc_sanitizer::lines(&variant.docs))
            .sum()
    }
}

fn string_enum<'v, 'a: 'v>(values: impl Iterator<Item = (&'a str, &'v EnumEntry<'a>)>) -> Enumeration<String> {
    let mut taken = Names::default();
    let variants = values
        .map(|(value, entry)| EnumVariant {
            name: taken.take(variant_name(entry.name.unwrap_or(if value.is_empty() {
                "Empty"
            } else {
                value
            }))),
            value: value.to_owned(),
            docs: value_docs(entry, &model_documentation::code(value)),
        })
        .collect();
    Enumeration {
        variants,
        unknown: taken.take_or_suffixed("Unknown".to_owned(), "Value"),
    }
}

fn integer_enum<'v, 'a: 'v>(values: impl Iterator<Item = (i64, &'v EnumEntry<'a>)>) -> Enumeration<i64> {
    let mut taken = Names::default();
    let variants = values
        .map(|(value, entry)| {
            let sign = if value < 0 { "Minus" } else { "" };
            let plain = format!("Value{sign}{}", value.unsigned_abs());
            EnumVariant {
                name: taken.take(entry.name.map_or(plain, variant_name)),
                value,
                docs: value_docs(entry, &model_documentation::code(&value.to_string())),
            }
        })
        .collect();
    Enumeration {
        variants,
        unknown: taken.take_or_suffixed("Unknown".to_owned(), "Value"),
    }
}

fn variant_name(name: &str) -> String {
    super::model_names::truncate(names::pascal(name))
}

fn value_docs(entry: &EnumEntry<'_>, value: &str) -> String {
    match entry.docs {
        Some(docs) => format!("{value}: {docs}"),
        None => format!("The value {value}."),
    }
}
