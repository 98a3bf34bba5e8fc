//! Merges a schema with its references and its `allOf`, at any depth.

use serde_json::Value;

use super::merged_schema::{AdditionalProperties, Choice, JsonTypes, MergedSchema, Part};
use super::type_keywords::{allows_null, check_types, integer_format, is_any, significant};
use super::{MAX_DEPTH, Schemas};
use crate::errors_and_warnings::Problem;
use crate::limits::{ENUM_VALUES, SCHEMAS};
use crate::parsed_description::{Node, NodeId, type_name};

/// Number of keywords that cost one unit of the budget.
const KEYWORDS_PER_UNIT: usize = 32;

/// All known formats are shorter.
const MAX_FORMAT_CHARS: usize = 64;

/// Maximum number of schemas for one member, as each is compared with all others.
const MAX_MEMBER_SCHEMAS: usize = 100;

/// Maximum number of names in `type`; JSON has seven types.
const MAX_TYPE_NAMES: usize = 16;

/// A path through references and `allOf`.
#[derive(Default)]
struct MergePath {
    ancestors: Vec<NodeId>,
    owner: Option<String>,
    bare: bool,
}

impl<'a> Schemas<'a> {
    /// Merges all parts.
    pub(super) fn merge(&mut self, parts: &[Part<'a>]) -> Result<MergedSchema<'a>, Problem> {
        let mut merged = MergedSchema {
            nullable: true,
            ..MergedSchema::default()
        };
        for part in parts {
            let mut path = MergePath {
                bare: part.bare,
                ..MergePath::default()
            };
            merged.nullable &= self.merge_node(&mut merged, &part.node, &mut path)?;
        }
        Ok(merged)
    }

    /// Merges one more schema.
    pub(super) fn merge_into(&mut self, merged: &mut MergedSchema<'a>, node: &Node<'a>) -> Result<(), Problem> {
        merged.nullable |= self.merge_node(merged, node, &mut MergePath::default())?;
        Ok(())
    }

    /// Merges a schema, and returns whether it allows null.
    fn merge_node(
        &mut self,
        merged: &mut MergedSchema<'a>,
        node: &Node<'a>,
        path: &mut MergePath,
    ) -> Result<bool, Problem> {
        let id = node.id();
        if is_any(node) {
            merged.invalid = true;
            return Ok(true);
        }
        if path.ancestors.contains(&id) {
            return Err(node.problem("`allOf` is part of a cycle"));
        }
        if let Some(&nullable) = merged.visited.get(&id) {
            return Ok(nullable);
        }
        if path.ancestors.len() > MAX_DEPTH {
            self.warn(
                node,
                format!("`allOf` is nested more than {MAX_DEPTH} levels deep; the schema becomes arbitrary JSON"),
            );
            merged.invalid = true;
            return Ok(false);
        }
        self.spend(node, 1)?;
        path.ancestors.push(id);
        let nullable = self.merge_schema(merged, node, path);
        path.ancestors.pop();
        merged.visited.insert(id, *nullable.as_ref().unwrap_or(&false));
        nullable
    }

    fn merge_schema(
        &mut self,
        merged: &mut MergedSchema<'a>,
        node: &Node<'a>,
        path: &mut MergePath,
    ) -> Result<bool, Problem> {
        let schema = match node.value() {
            Value::Object(schema) => schema,
            Value::Bool(true) => return Ok(false),
            Value::Bool(false) => {
                merged.invalid = true;
                return Ok(false);
            }
            other => return Err(node.problem(format!("expected a schema, found {}", type_name(other)))),
        };
        if node.is_root() {
            return Err(node.problem("the root of the description is not a schema"));
        }
        check_types(node, schema)?;
        self.spend(node, schema.len() / KEYWORDS_PER_UNIT)?;
        let mut all_nullable = None;
        if let Some(reference) = node.reference() {
            let target = self.document.find(reference, node)?;
            all_nullable = Some(self.merge_reference(merged, &target, path)?);
        }
        if significant(schema).any(|keyword| keyword != "$ref" && keyword != "allOf") {
            self.merge_keywords(merged, node, path)?;
        }
        for element in node.list("allOf")? {
            let nullable = self.merge_node(merged, &element, path)?;
            all_nullable = Some(all_nullable.unwrap_or(true) && nullable);
        }
        Ok(allows_null(schema) || all_nullable.unwrap_or(false))
    }

    /// Merges the target of a reference. A component owns the members that it adds.
    fn merge_reference(
        &mut self,
        merged: &mut MergedSchema<'a>,
        target: &Node<'a>,
        path: &mut MergePath,
    ) -> Result<bool, Problem> {
        let component = self.components.get(&target.id());
        let Some(component) = component.map(|component| component.name.clone()) else {
            return self.merge_node(merged, target, path);
        };
        let owner = path.owner.replace(component);
        let nullable = self.merge_node(merged, target, path);
        path.owner = owner;
        nullable
    }

    fn merge_keywords(
        &mut self,
        merged: &mut MergedSchema<'a>,
        node: &Node<'a>,
        path: &MergePath,
    ) -> Result<(), Problem> {
        self.merge_types(merged, node)?;
        self.merge_members(merged, node, path)?;
        self.merge_items(merged, node)?;
        if let Some(values) = node.value().get("const") {
            merged.narrow_values(vec![values], node);
        }
        if let Some(values) = node.get("enum").and_then(|values| values.value().as_array()) {
            ENUM_VALUES.check_at(values.len(), node)?;
            self.spend(node, values.len())?;
            merged.narrow_values(values.iter().collect(), node);
        }
        if let Some(format) = integer_format(node) {
            merged.format.get_or_insert_with(|| format.to_owned());
        }
        if let Some(format) = node.value().get("format").and_then(Value::as_str) {
            let format = || format.chars().take(MAX_FORMAT_CHARS).collect::<String>();
            merged.format.get_or_insert_with(|| format().to_ascii_lowercase());
        }
        if node
            .get("contentMediaType")
            .is_some_and(|media| media.value().as_str().is_some_and(is_binary_media))
            && node.get("contentEncoding").is_none()
        {
            merged.format.get_or_insert_with(|| "binary".to_owned());
        }
        if !path.bare {
            for keyword in ["oneOf", "anyOf"] {
                self.merge_choice(merged, node, keyword, path)?;
            }
        }
        Ok(())
    }

    fn merge_types(&mut self, merged: &mut MergedSchema<'a>, node: &Node<'a>) -> Result<(), Problem> {
        let has = |keywords: &[&str]| keywords.iter().any(|keyword| node.get(keyword).is_some());
        let mut declared = None;
        match node.value().get("type") {
            Some(Value::String(name)) => declared = parse_types(merged, node, &[name])?,
            Some(Value::Array(names)) => {
                let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
                declared = parse_types(merged, node, &names)?;
            }
            _ => {}
        }
        if let Some(types) = declared {
            merged.narrow_types(types);
        } else if has(&["properties", "additionalProperties", "patternProperties", "required"]) {
            merged.infer(JsonTypes::OBJECT);
        } else if has(&["items", "prefixItems", "minItems", "maxItems", "uniqueItems"]) {
            merged.infer(JsonTypes::ARRAY);
        } else if has(&["pattern", "minLength", "maxLength"]) {
            merged.infer(JsonTypes::STRING);
        } else if has(&[
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
        ]) {
            merged.infer(JsonTypes::NUMBER);
        } else if let Some(format) = node.get("format") {
            let number = matches!(
                format.value().as_str(),
                Some("int32" | "int64" | "uint32" | "uint64" | "float" | "double")
            );
            merged.infer(if number { JsonTypes::NUMBER } else { JsonTypes::STRING });
        }
        Ok(())
    }

    fn merge_members(
        &mut self,
        merged: &mut MergedSchema<'a>,
        node: &Node<'a>,
        path: &MergePath,
    ) -> Result<(), Problem> {
        let required = node.get("required").and_then(|required| required.value().as_array());
        let length = |keyword: &str| {
            node.value()
                .get(keyword)
                .and_then(Value::as_object)
                .map_or(0, |map| map.len())
        };
        let members = length("properties") + length("patternProperties") + required.map_or(0, Vec::len);
        self.spend(node, members)?;
        for (name, member) in node.map("properties")? {
            if merged.add_member(name, member, path.owner.as_deref()) > MAX_MEMBER_SCHEMAS {
                return Err(Problem::fatal(&node.pointer(), SCHEMAS.exceeded()));
            }
        }
        merged
            .required
            .extend(required.into_iter().flatten().filter_map(Value::as_str));
        let mut additional: Vec<Node<'a>> = Vec::new();
        if let Some(more) = node.get("additionalProperties") {
            match more.value() {
                Value::Bool(false) => {}
                Value::Object(schema) if !schema.is_empty() => additional.push(more),
                _ if matches!(merged.additional, AdditionalProperties::Unspecified) => {
                    merged.additional = AdditionalProperties::Any
                }
                _ => {}
            }
        }
        additional.extend(node.map("patternProperties")?.into_iter().map(|(_, schema)| schema));
        match &mut merged.additional {
            _ if additional.is_empty() => {}
            AdditionalProperties::Schemas(known) => known.extend(additional),
            unspecified => *unspecified = AdditionalProperties::Schemas(additional),
        }
        Ok(())
    }

    fn merge_items(&mut self, merged: &mut MergedSchema<'a>, node: &Node<'a>) -> Result<(), Problem> {
        let length = |keyword: &str| node.value().get(keyword).and_then(Value::as_array).map_or(0, Vec::len);
        self.spend(node, length("items") + length("prefixItems"))?;
        match node.get("items") {
            // Before JSON Schema 2020-12, an array contains the schemas of the first items.
            Some(items) if items.value().is_array() => merged.prefix_items.extend(items.items()?),
            Some(items) if items.value().is_boolean() => {}
            Some(items) => merged.items.push(items),
            None => {}
        }
        merged.prefix_items.extend(node.list("prefixItems")?);
        Ok(())
    }

    fn merge_choice(
        &mut self,
        merged: &mut MergedSchema<'a>,
        node: &Node<'a>,
        keyword: &str,
        path: &MergePath,
    ) -> Result<(), Problem> {
        let count = node.value().get(keyword).and_then(Value::as_array).map_or(0, Vec::len);
        self.spend(node, count)?;
        let mut branches = node.list(keyword)?;
        if branches.is_empty() {
            return Ok(());
        }
        let here = path.ancestors.last().copied();
        let target = |branch: &Node<'a>| {
            let reference = branch.reference()?;
            Some(self.document.find(reference, branch).ok()?.id())
        };
        // A variant whose `allOf` references the base inherits everything except the choice.
        let before = &path.ancestors[..path.ancestors.len().saturating_sub(1)];
        if branches
            .iter()
            .any(|branch| target(branch).is_some_and(|id| before.contains(&id)))
        {
            return Ok(());
        }
        branches.retain(|branch| target(branch).is_none_or(|id| Some(id) != here));
        merged.choices.push(Choice {
            branches,
            discriminator: node.get("discriminator").filter(|node| node.value().is_object()),
            node: node.clone(),
        });
        Ok(())
    }
}

/// Whether values of this media type are bytes, unless they are encoded.
fn is_binary_media(name: &str) -> bool {
    let binary = [
        "application/octet-stream",
        "application/pdf",
        "application/zip",
        "application/gzip",
    ];
    binary.contains(&name)
        || ["image/", "audio/", "video/", "font/"]
            .iter()
            .any(|kind| name.starts_with(kind))
}

/// Parses the names of `type`; `None` if only null is listed.
fn parse_types<'a>(
    merged: &mut MergedSchema<'a>,
    node: &Node<'a>,
    names: &[&str],
) -> Result<Option<JsonTypes>, Problem> {
    if names.len() > MAX_TYPE_NAMES {
        return Err(node.problem("`type` lists more names than JSON Schema has types"));
    }
    let mut types = JsonTypes::NONE;
    for name in names {
        match name.to_ascii_lowercase().as_str() {
            // From Swagger 2.0.
            "file" => {
                types = types.union(JsonTypes::STRING);
                merged.format.get_or_insert_with(|| "binary".to_owned());
            }
            "any" => return Ok(None),
            name => match JsonTypes::from_name(name) {
                Some(json_type) => types = types.union(json_type),
                None => return Err(node.problem("`type` is not a type of JSON Schema")),
            },
        }
    }
    Ok((types != JsonTypes::NONE).then_some(types))
}
