//! Puts together what a schema says, through its references and its `allOf`, however they are nested.

use serde_json::Value;

use super::facts::{Choice, Facts, Kinds, Part, Rest};
use super::keywords::{check, is_large_integer, says_null, significant};
use super::{DEEPEST, Schemas};
use crate::limits::{ENUM_VALUES, SCHEMAS};
use crate::problem::Problem;
use crate::source::{Node, NodeId, kind};

/// So many keywords of a schema are looked at for the price of one schema.
const KEYWORDS: usize = 32;

/// Formats that mean something are shorter.
const LONGEST_FORMAT: usize = 64;

/// So many schemas say something of one member: each is compared with all others.
const MOST_SAID: usize = 100;

/// JSON has seven types.
const MOST_NAMES: usize = 16;

/// A way through references and `allOf`.
#[derive(Default)]
struct Way {
    trail: Vec<NodeId>,
    owner: Option<String>,
    bare: bool,
}

impl<'a> Schemas<'a> {
    /// All that the parts say together.
    pub(super) fn facts(&mut self, parts: &[Part<'a>]) -> Result<Facts<'a>, Problem> {
        let mut facts = Facts {
            nullable: true,
            ..Facts::default()
        };
        for part in parts {
            let mut way = Way {
                bare: part.bare,
                ..Way::default()
            };
            facts.nullable &= self.gather(&mut facts, &part.node, &mut way)?;
        }
        Ok(facts)
    }

    /// Adds what one more schema says.
    pub(super) fn add(&mut self, facts: &mut Facts<'a>, node: &Node<'a>) -> Result<(), Problem> {
        facts.nullable |= self.gather(facts, node, &mut Way::default())?;
        Ok(())
    }

    /// Whether null is right is the answer.
    fn gather(&mut self, facts: &mut Facts<'a>, node: &Node<'a>, way: &mut Way) -> Result<bool, Problem> {
        let id = node.id();
        if way.trail.contains(&id) {
            return Err(node.problem("`allOf` leads in a circle here"));
        }
        if let Some(&nullable) = facts.seen.get(&id) {
            return Ok(nullable);
        }
        if way.trail.len() > DEEPEST {
            self.warn(
                node,
                format!("`allOf` is nested more than {DEEPEST} levels deep; taken as any JSON"),
            );
            facts.broken = true;
            return Ok(false);
        }
        self.spend(node, 1)?;
        way.trail.push(id);
        let nullable = self.gather_from(facts, node, way);
        way.trail.pop();
        facts.seen.insert(id, *nullable.as_ref().unwrap_or(&false));
        nullable
    }

    fn gather_from(&mut self, facts: &mut Facts<'a>, node: &Node<'a>, way: &mut Way) -> Result<bool, Problem> {
        let schema = match node.value() {
            Value::Object(schema) => schema,
            Value::Bool(true) => return Ok(false),
            Value::Bool(false) => {
                facts.broken = true;
                return Ok(false);
            }
            other => return Err(node.problem(format!("a schema is expected here, not {}", kind(other)))),
        };
        if node.is_root() {
            return Err(node.problem("the whole description is no schema"));
        }
        check(node, schema)?;
        self.spend(node, schema.len() / KEYWORDS)?;
        let mut all_nullable = None;
        if let Some(reference) = node.reference() {
            let target = self.document.find(reference, node)?;
            all_nullable = Some(self.gather_through(facts, &target, way)?);
        }
        if significant(schema).any(|keyword| keyword != "$ref" && keyword != "allOf") {
            self.gather_own(facts, node, way)?;
        }
        for element in node.list("allOf")? {
            let nullable = self.gather(facts, &element, way)?;
            all_nullable = Some(all_nullable.unwrap_or(true) && nullable);
        }
        Ok(says_null(schema) || all_nullable.unwrap_or(false))
    }

    /// What comes in through a reference to a component is that component's.
    fn gather_through(&mut self, facts: &mut Facts<'a>, target: &Node<'a>, way: &mut Way) -> Result<bool, Problem> {
        let component = self.components.get(&target.id());
        let Some(component) = component.map(|component| component.name.clone()) else {
            return self.gather(facts, target, way);
        };
        let owner = way.owner.replace(component);
        let nullable = self.gather(facts, target, way);
        way.owner = owner;
        nullable
    }

    fn gather_own(&mut self, facts: &mut Facts<'a>, node: &Node<'a>, way: &Way) -> Result<(), Problem> {
        self.gather_kinds(facts, node)?;
        self.gather_members(facts, node, way)?;
        self.gather_items(facts, node)?;
        if let Some(values) = node.value().get("const") {
            facts.narrow_values(vec![values], node);
        }
        if let Some(values) = node.get("enum").and_then(|values| values.value().as_array()) {
            ENUM_VALUES.check_at(values.len(), node)?;
            self.spend(node, values.len())?;
            facts.narrow_values(values.iter().collect(), node);
        }
        if is_large_integer(node) {
            facts.format.get_or_insert_with(|| "uint64".to_owned());
        }
        if let Some(format) = node.value().get("format").and_then(Value::as_str) {
            let format = || format.chars().take(LONGEST_FORMAT).collect::<String>();
            facts.format.get_or_insert_with(|| format().to_ascii_lowercase());
        }
        if node
            .get("contentMediaType")
            .is_some_and(|media| media.value() == "application/octet-stream")
            && node.get("contentEncoding").is_none()
        {
            facts.format.get_or_insert_with(|| "binary".to_owned());
        }
        if !way.bare {
            for keyword in ["oneOf", "anyOf"] {
                self.gather_choice(facts, node, keyword, way)?;
            }
        }
        Ok(())
    }

    fn gather_kinds(&mut self, facts: &mut Facts<'a>, node: &Node<'a>) -> Result<(), Problem> {
        let has = |keywords: &[&str]| keywords.iter().any(|keyword| node.get(keyword).is_some());
        let mut said = None;
        match node.value().get("type") {
            Some(Value::String(name)) => said = kinds_named(facts, node, &[name])?,
            Some(Value::Array(names)) => {
                let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
                said = kinds_named(facts, node, &names)?;
            }
            _ => {}
        }
        if let Some(kinds) = said {
            facts.narrow(kinds);
        } else if has(&["properties", "additionalProperties", "patternProperties", "required"]) {
            facts.hint_at(Kinds::OBJECT);
        } else if has(&["items", "prefixItems", "minItems", "maxItems", "uniqueItems"]) {
            facts.hint_at(Kinds::ARRAY);
        } else if has(&["pattern", "minLength", "maxLength"]) {
            facts.hint_at(Kinds::TEXT);
        } else if has(&[
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
        ]) {
            facts.hint_at(Kinds::NUMBER);
        } else if let Some(format) = node.get("format") {
            let number = matches!(
                format.value().as_str(),
                Some("int32" | "int64" | "uint32" | "uint64" | "float" | "double")
            );
            facts.hint_at(if number { Kinds::NUMBER } else { Kinds::TEXT });
        }
        Ok(())
    }

    fn gather_members(&mut self, facts: &mut Facts<'a>, node: &Node<'a>, way: &Way) -> Result<(), Problem> {
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
            if facts.add_member(name, member, way.owner.as_deref()) > MOST_SAID {
                return Err(node.problem(SCHEMAS.exceeded()));
            }
        }
        facts
            .required
            .extend(required.into_iter().flatten().filter_map(Value::as_str));
        let mut rest: Vec<Node<'a>> = Vec::new();
        if let Some(more) = node.get("additionalProperties") {
            match more.value() {
                Value::Bool(false) => {}
                Value::Object(schema) if !schema.is_empty() => rest.push(more),
                _ if matches!(facts.rest, Rest::Unsaid) => facts.rest = Rest::Any,
                _ => {}
            }
        }
        rest.extend(node.map("patternProperties")?.into_iter().map(|(_, schema)| schema));
        match &mut facts.rest {
            _ if rest.is_empty() => {}
            Rest::Of(known) => known.extend(rest),
            unsaid => *unsaid = Rest::Of(rest),
        }
        Ok(())
    }

    fn gather_items(&mut self, facts: &mut Facts<'a>, node: &Node<'a>) -> Result<(), Problem> {
        let length = |keyword: &str| node.value().get(keyword).and_then(Value::as_array).map_or(0, Vec::len);
        self.spend(node, length("items") + length("prefixItems"))?;
        match node.get("items") {
            // Until 2019, a list of the first items' schemas.
            Some(items) if items.value().is_array() => facts.prefix.extend(items.items()?),
            Some(items) if items.value().is_boolean() => {}
            Some(items) => facts.items.push(items),
            None => {}
        }
        facts.prefix.extend(node.list("prefixItems")?);
        Ok(())
    }

    fn gather_choice(
        &mut self,
        facts: &mut Facts<'a>,
        node: &Node<'a>,
        keyword: &str,
        way: &Way,
    ) -> Result<(), Problem> {
        let count = node.value().get(keyword).and_then(Value::as_array).map_or(0, Vec::len);
        self.spend(node, count)?;
        let mut branches = node.list(keyword)?;
        if branches.is_empty() {
            return Ok(());
        }
        let here = way.trail.last().copied();
        let target = |branch: &Node<'a>| {
            let reference = branch.reference()?;
            Some(self.document.find(reference, branch).ok()?.id())
        };
        // A schema that is one of a base's variants and has that base in its own `allOf` takes over all but the choice.
        let before = &way.trail[..way.trail.len().saturating_sub(1)];
        if branches
            .iter()
            .any(|branch| target(branch).is_some_and(|id| before.contains(&id)))
        {
            return Ok(());
        }
        branches.retain(|branch| target(branch).is_none_or(|id| Some(id) != here));
        facts.choices.push(Choice {
            branches,
            discriminator: node.get("discriminator").filter(|node| node.value().is_object()),
            node: node.clone(),
        });
        Ok(())
    }
}

/// `None` if no type but null is named.
fn kinds_named<'a>(facts: &mut Facts<'a>, node: &Node<'a>, names: &[&str]) -> Result<Option<Kinds>, Problem> {
    if names.len() > MOST_NAMES {
        return Err(node.problem("`type` has more names than JSON Schema has types"));
    }
    let mut kinds = Kinds::NONE;
    for name in names {
        match name.to_ascii_lowercase().as_str() {
            // Of Swagger 2.0.
            "file" => {
                kinds = kinds.or(Kinds::TEXT);
                facts.format.get_or_insert_with(|| "binary".to_owned());
            }
            "any" => return Ok(None),
            name => match Kinds::named(name) {
                Some(kind) => kinds = kinds.or(kind),
                None => return Err(node.problem("`type` names no type of JSON Schema")),
            },
        }
    }
    Ok((kinds != Kinds::NONE).then_some(kinds))
}
