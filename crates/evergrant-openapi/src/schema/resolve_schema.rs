//! Resolves schemas to types. Objects and unions are declared first and resolved later, so that schemas may reference
//! each other in cycles.

use super::merged_schema::{JsonTypes, Key, MergedSchema, Part};
use super::model::Shape;
use super::type_keywords::{allows_null, is_any, is_null_only, is_only_required, is_unconstrained, significant};
use super::unions::VariantSource;
use super::{MAX_DEPTH, Schemas, Type};
use crate::errors_and_warnings::Problem;
use crate::names;
use crate::parsed_description::Node;

/// The name and the module of a new model.
#[derive(Debug, Clone)]
pub(super) struct ModelHint {
    /// The name, used if the type is a model without its own name.
    pub(super) name: String,
    /// The module; `None` for a new one.
    pub(super) module: Option<usize>,
}

impl ModelHint {
    pub(super) fn new(name: String) -> Self {
        Self { name, module: None }
    }

    pub(super) fn in_module(name: String, module: usize) -> Self {
        Self {
            name,
            module: Some(module),
        }
    }

    /// Returns the hint for a part of this type.
    pub(super) fn child(&self, suffix: &str) -> Self {
        Self {
            name: super::model_names::truncate(format!("{}{suffix}", self.name)),
            module: self.module,
        }
    }
}

/// A declared model that is not resolved yet.
pub(super) enum PendingModel<'a> {
    Struct {
        model: usize,
        merged: Box<MergedSchema<'a>>,
    },
    Union {
        model: usize,
        tag: Option<String>,
        sources: Vec<VariantSource<'a>>,
    },
}

impl<'a> Schemas<'a> {
    /// Returns the type of the combined parts.
    pub(super) fn resolve(&mut self, parts: &[Part<'a>], hint: &ModelHint) -> Result<Type, Problem> {
        let key = Key::of(parts);
        if let Some(ty) = self.resolved.get(&key) {
            return Ok(ty.clone());
        }
        if let Some(problem) = self.failed.get(&key) {
            return Err(problem.clone());
        }
        let Some(first) = parts.first().map(|part| part.node.clone()) else {
            return Ok(Type::Json);
        };
        if parts.iter().any(|part| is_any(&part.node)) {
            return Ok(Type::Json);
        }
        if let Some(&containers) = self.in_progress.get(&key) {
            if self.containers == containers {
                return Err(first.problem("the schema consists only of a reference to itself"));
            }
            self.warn(
                &first,
                "an array or map of itself has no Rust type; its values become arbitrary JSON",
            );
            return Ok(Type::Json);
        }
        if self.in_progress.len() >= MAX_DEPTH {
            self.warn(
                &first,
                format!("the schema is nested more than {MAX_DEPTH} levels deep; it becomes arbitrary JSON"),
            );
            return Ok(Type::Json);
        }
        self.in_progress.insert(key.clone(), self.containers);
        let ty = self.resolve_new(parts, &key, hint);
        self.in_progress.remove(&key);
        let mut ty = match ty {
            Ok(ty) => ty,
            Err(problem) if problem.is_fatal() => return Err(problem),
            Err(problem) => {
                self.problem_count.spend_at(1, &first)?;
                self.failed.insert(key, problem.clone());
                return Err(problem);
            }
        };
        if ty.is_too_deep() {
            self.warn(
                &first,
                "arrays and maps are nested too deeply; the schema becomes arbitrary JSON",
            );
            ty = Type::Json;
        }
        self.resolved.insert(key, ty.clone());
        Ok(ty)
    }

    fn resolve_new(&mut self, parts: &[Part<'a>], key: &Key, hint: &ModelHint) -> Result<Type, Problem> {
        if let [Part { node, bare: false }] = parts
            && let Some((inner, nullable)) = self.equivalent(node)
        {
            let in_file = node.reference().and_then(|_| Self::name_in_file(&inner));
            let in_file = in_file.map(ModelHint::new);
            let ty = self.resolve(&[Part::whole(inner)], in_file.as_ref().unwrap_or(hint))?;
            return Ok(if nullable { ty.nullable() } else { ty });
        }
        let mut merged = self.merge(parts)?;
        self.simplify_choices(&mut merged)?;
        if merged.invalid {
            return Ok(Type::Json);
        }
        let nullable = merged.nullable
            || merged
                .values
                .as_ref()
                .is_some_and(|values| values.iter().any(|value| value.is_null()));
        let ty = self.type_of_merged(merged, parts, key, hint)?;
        Ok(if nullable { ty.nullable() } else { ty })
    }

    fn type_of_merged(
        &mut self,
        mut merged: MergedSchema<'a>,
        parts: &[Part<'a>],
        key: &Key,
        hint: &ModelHint,
    ) -> Result<Type, Problem> {
        if merged.values.is_some() {
            return self.enumeration(&merged, parts, key, hint);
        }
        if merged.choices.len() > 1 {
            let node = merged.choices[1].node.clone();
            self.warn(
                &node,
                "a combination of several `oneOf` or `anyOf` has no Rust type; its members become arbitrary JSON",
            );
            merged.choices.clear();
            merged.additional = super::merged_schema::AdditionalProperties::Any;
            if merged.members.is_empty() {
                return Ok(Type::Json);
            }
        }
        if let Some(choice) = merged.choices.pop() {
            return self.choice(merged, choice, parts, key, hint);
        }
        if let Some(union) = self.subtype_union(parts, key, hint)? {
            return Ok(union);
        }
        match merged.types().single_types().as_slice() {
            [] if merged.types.is_some() => {
                self.warn(
                    &parts[0].node,
                    "the parts of the schema contradict each other; it becomes arbitrary JSON",
                );
                Ok(Type::Json)
            }
            [] => Ok(Type::Json),
            [json_type] => self.single_type(merged, *json_type, parts, key, hint),
            types => self.union_of_types(&merged, types, parts, key, hint),
        }
    }

    /// Returns the type of a schema for values of one JSON type.
    pub(super) fn single_type(
        &mut self,
        merged: MergedSchema<'a>,
        json_type: JsonTypes,
        parts: &[Part<'a>],
        key: &Key,
        hint: &ModelHint,
    ) -> Result<Type, Problem> {
        match json_type {
            JsonTypes::ARRAY => self.in_container(|schemas| schemas.array(&merged, hint)),
            JsonTypes::OBJECT if merged.members.is_empty() => self.in_container(|schemas| schemas.map(&merged, hint)),
            JsonTypes::OBJECT => {
                let docs = self.model_docs(parts);
                let (ty, model) = self.declare_model(parts, key, hint, docs)?;
                self.pending.push_back(PendingModel::Struct {
                    model,
                    merged: Box::new(merged),
                });
                Ok(ty)
            }
            scalar => Ok(Type::scalar(scalar, merged.format.as_deref())),
        }
    }

    fn in_container<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.containers += 1;
        let result = inside(self);
        self.containers -= 1;
        result
    }

    fn array(&mut self, merged: &MergedSchema<'a>, hint: &ModelHint) -> Result<Type, Problem> {
        let mut types = Vec::new();
        for (index, item) in merged.prefix_items.iter().enumerate() {
            types.push(self.resolve(&[Part::whole(item.clone())], &hint.child(&format!("Item{index}")))?);
        }
        if !merged.items.is_empty() {
            types.push(self.resolve_all(&merged.items, &hint.child("Item"))?);
        }
        types.dedup();
        Ok(match types.as_slice() {
            [item] => item.clone(),
            _ => Type::Json,
        }
        .array())
    }

    /// Returns the type of a value that is described by several schemas.
    pub(super) fn resolve_all(&mut self, nodes: &[Node<'a>], hint: &ModelHint) -> Result<Type, Problem> {
        let mut parts: Vec<Part<'a>> = nodes
            .iter()
            .filter(|node| !is_unconstrained(node))
            .cloned()
            .map(Part::whole)
            .collect();
        if parts.is_empty() {
            parts.extend(nodes.first().cloned().map(Part::whole));
        }
        self.resolve(&parts, hint)
    }

    /// Returns the schema that another one merely wraps, and whether null is allowed in addition.
    pub(super) fn equivalent(&self, node: &Node<'a>) -> Option<(Node<'a>, bool)> {
        let known = self.equivalents.borrow().get(&node.id()).cloned();
        known.unwrap_or_else(|| {
            let other = self.find_equivalent(node);
            self.equivalents.borrow_mut().insert(node.id(), other.clone());
            other
        })
    }

    fn find_equivalent(&self, node: &Node<'a>) -> Option<(Node<'a>, bool)> {
        let schema = node.value().as_object()?;
        let nullable = allows_null(schema);
        let keywords = significant(schema).filter(|keyword| !matches!(*keyword, "type"));
        let keywords: Vec<&str> = keywords.take(3).collect();
        match keywords.as_slice() {
            ["$ref"] => Some((self.document.find(node.reference()?, node).ok()?, nullable)),
            ["allOf"] => {
                let mut elements = node.list("allOf").ok()?;
                elements.retain(|element| !is_unconstrained(element));
                let [element] = elements.as_slice() else { return None };
                (!self.is_subtype_of(node, element)).then(|| (element.clone(), nullable))
            }
            ["oneOf" | "anyOf"] | ["oneOf" | "anyOf", "discriminator"] | ["discriminator", "oneOf" | "anyOf"] => {
                let keyword = if keywords.contains(&"oneOf") { "oneOf" } else { "anyOf" };
                let mut branches = node.list(keyword).ok()?;
                let all = branches.len();
                branches.retain(|branch| !is_null_only(branch));
                let nullable = nullable || branches.len() < all;
                branches.retain(|branch| !is_only_required(branch));
                match branches.as_slice() {
                    [branch] => Some((branch.clone(), nullable)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// A component whose `allOf` references a base with a discriminator is a subtype, not an alias of the base.
    fn is_subtype_of(&self, node: &Node<'a>, element: &Node<'a>) -> bool {
        let base = element
            .reference()
            .and_then(|reference| self.document.find(reference, element).ok());
        self.components.contains_key(&node.id())
            && base.is_some_and(|base| super::type_keywords::has_discriminator(&base))
    }

    /// Resolves all declared models. A model with a problem is marked, and becomes arbitrary JSON.
    pub(super) fn resolve_pending(&mut self) -> Result<(), Problem> {
        while let Some(pending) = self.pending.pop_front() {
            let mut problems = Vec::new();
            let (model, shape) = match pending {
                PendingModel::Struct { model, merged } => {
                    let (name, module) = (self.models[model].name.clone(), self.models[model].module);
                    let object = self.object(&merged, &name, Some(module), &mut problems);
                    (model, object.map(Shape::Struct))
                }
                PendingModel::Union { model, tag, sources } => {
                    (model, self.union(model, tag, sources).map(Shape::Union))
                }
            };
            match shape {
                Ok(shape) if problems.is_empty() => self.models[model].shape = shape,
                Ok(_) => {}
                Err(problem) => problems.push(problem),
            }
            for problem in problems {
                self.mark_broken(model, problem)?;
            }
        }
        Ok(())
    }

    /// Returns the name for a new model of a member, with the type that declares the member as its prefix.
    pub(super) fn member_type_name(owner: &str, member: &str) -> String {
        super::model_names::truncate(format!("{owner}{}", names::pascal(member)))
    }
}
