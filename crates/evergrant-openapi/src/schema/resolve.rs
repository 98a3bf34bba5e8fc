//! From a schema to its type. Objects and unions get a name at once and are looked into later, so that schemas may
//! refer to each other as they like.

use super::facts::{Facts, Key, Kinds, Part};
use super::keywords::{is_null, is_only_required, is_silent, says_null, significant};
use super::model::Shape;
use super::unions::Source;
use super::{DEEPEST, Schemas, Type};
use crate::names;
use crate::problem::Problem;
use crate::source::Node;

/// Where a type is wanted.
#[derive(Debug, Clone)]
pub(super) struct At {
    /// The name, if it needs one.
    pub(super) hint: String,
    /// The module it comes into; `None` for one of its own.
    pub(super) module: Option<usize>,
}

impl At {
    pub(super) fn outside(hint: String) -> Self {
        Self { hint, module: None }
    }

    pub(super) fn inside(hint: String, module: usize) -> Self {
        Self {
            hint,
            module: Some(module),
        }
    }

    /// For what is part of this.
    pub(super) fn part(&self, name: &str) -> Self {
        Self {
            hint: super::naming::shortened(format!("{}{name}", self.hint)),
            module: self.module,
        }
    }
}

/// A model that is to be looked into.
pub(super) enum Work<'a> {
    Struct {
        model: usize,
        facts: Box<Facts<'a>>,
    },
    Union {
        model: usize,
        tag: Option<String>,
        sources: Vec<Source<'a>>,
    },
}

impl<'a> Schemas<'a> {
    /// The type of what the parts say together.
    pub(super) fn resolve(&mut self, parts: &[Part<'a>], at: &At) -> Result<Type, Problem> {
        let key = Key::of(parts);
        if let Some(ty) = self.done.get(&key) {
            return Ok(ty.clone());
        }
        let Some(first) = parts.first().map(|part| part.node.clone()) else {
            return Ok(Type::Json);
        };
        if let Some(&containers) = self.active.get(&key) {
            if self.containers == containers {
                return Err(first.problem("the schema is nothing but itself"));
            }
            self.warn(
                &first,
                "an array or a map of itself has no type; what is within is any JSON",
            );
            return Ok(Type::Json);
        }
        if self.active.len() >= DEEPEST {
            self.warn(
                &first,
                format!("the schema is nested more than {DEEPEST} levels deep; taken as any JSON"),
            );
            return Ok(Type::Json);
        }
        self.active.insert(key.clone(), self.containers);
        let ty = self.resolve_new(parts, &key, at);
        self.active.remove(&key);
        let mut ty = ty?;
        if ty.is_too_deep() {
            self.warn(&first, "arrays and maps are nested too deep here; taken as any JSON");
            ty = Type::Json;
        }
        self.done.insert(key, ty.clone());
        Ok(ty)
    }

    fn resolve_new(&mut self, parts: &[Part<'a>], key: &Key, at: &At) -> Result<Type, Problem> {
        if let [Part { node, bare: false }] = parts
            && let Some((inner, nullable)) = self.only_other(node)
        {
            let ty = self.resolve(&[Part::whole(inner)], at)?;
            return Ok(if nullable { ty.nullable() } else { ty });
        }
        let mut facts = self.facts(parts)?;
        self.settle_choices(&mut facts)?;
        if facts.broken {
            return Ok(Type::Json);
        }
        let nullable = facts.nullable
            || facts
                .values
                .as_ref()
                .is_some_and(|values| values.iter().any(|value| value.is_null()));
        let ty = self.of_facts(facts, parts, key, at)?;
        Ok(if nullable { ty.nullable() } else { ty })
    }

    fn of_facts(&mut self, mut facts: Facts<'a>, parts: &[Part<'a>], key: &Key, at: &At) -> Result<Type, Problem> {
        if facts.values.is_some() {
            return self.enumeration(&facts, parts, key, at);
        }
        if facts.choices.len() > 1 {
            let node = facts.choices[1].node.clone();
            self.warn(
                &node,
                "of several choices at once (`oneOf`, `anyOf`) no type can be made; their values are free JSON",
            );
            facts.choices.clear();
            facts.rest = super::facts::Rest::Any;
            if facts.members.is_empty() {
                return Ok(Type::Json);
            }
        }
        if let Some(choice) = facts.choices.pop() {
            return self.choice(facts, choice, parts, key, at);
        }
        if let Some(union) = self.family(parts, key, at)? {
            return Ok(union);
        }
        match facts.kinds().each().as_slice() {
            [] if facts.kinds.is_some() => {
                self.warn(
                    &parts[0].node,
                    "what the parts of the schema say cannot all be; taken as any JSON",
                );
                Ok(Type::Json)
            }
            [] => Ok(Type::Json),
            [kind] => self.of_kind(facts, *kind, parts, key, at),
            kinds => self.union_of_kinds(&facts, kinds, parts, key, at),
        }
    }

    /// The type of a value of one kind.
    pub(super) fn of_kind(
        &mut self,
        facts: Facts<'a>,
        kind: Kinds,
        parts: &[Part<'a>],
        key: &Key,
        at: &At,
    ) -> Result<Type, Problem> {
        match kind {
            Kinds::ARRAY => self.contained(|schemas| schemas.array(&facts, at)),
            Kinds::OBJECT if facts.members.is_empty() => self.contained(|schemas| schemas.map(&facts, at)),
            Kinds::OBJECT => {
                let docs = self.model_docs(parts, &at.hint);
                let (ty, model) = self.allocate(parts, key, at, docs)?;
                self.queue.push_back(Work::Struct {
                    model,
                    facts: Box::new(facts),
                });
                Ok(ty)
            }
            scalar => Ok(Type::scalar(scalar, facts.format.as_deref())),
        }
    }

    fn contained<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.containers += 1;
        let result = inside(self);
        self.containers -= 1;
        result
    }

    fn array(&mut self, facts: &Facts<'a>, at: &At) -> Result<Type, Problem> {
        let mut types = Vec::new();
        for (index, item) in facts.prefix.iter().enumerate() {
            types.push(self.resolve(&[Part::whole(item.clone())], &at.part(&format!("Item{index}")))?);
        }
        if !facts.items.is_empty() {
            types.push(self.resolve_all(&facts.items, &at.part("Item"))?);
        }
        types.dedup();
        Ok(match types.as_slice() {
            [item] => item.clone(),
            _ => Type::Json,
        }
        .array())
    }

    /// The type of what several schemas say of one value.
    pub(super) fn resolve_all(&mut self, nodes: &[Node<'a>], at: &At) -> Result<Type, Problem> {
        let mut parts: Vec<Part<'a>> = nodes
            .iter()
            .filter(|node| !is_silent(node))
            .cloned()
            .map(Part::whole)
            .collect();
        if parts.is_empty() {
            parts.extend(nodes.first().cloned().map(Part::whole));
        }
        self.resolve(&parts, at)
    }

    /// The other schema that a schema is nothing but, and whether null is right, too.
    pub(super) fn only_other(&self, node: &Node<'a>) -> Option<(Node<'a>, bool)> {
        let known = self.others.borrow().get(&node.id()).cloned();
        known.unwrap_or_else(|| {
            let other = self.find_other(node);
            self.others.borrow_mut().insert(node.id(), other.clone());
            other
        })
    }

    fn find_other(&self, node: &Node<'a>) -> Option<(Node<'a>, bool)> {
        let schema = node.value().as_object()?;
        let nullable = says_null(schema);
        let says = significant(schema).filter(|keyword| !matches!(*keyword, "type"));
        let says: Vec<&str> = says.take(3).collect();
        match says.as_slice() {
            ["$ref"] => Some((self.document.find(node.reference()?, node).ok()?, nullable)),
            ["allOf"] => {
                let mut elements = node.list("allOf").ok()?;
                elements.retain(|element| !is_silent(element));
                let [element] = elements.as_slice() else { return None };
                (!self.is_kind_of(node, element)).then(|| (element.clone(), nullable))
            }
            ["oneOf" | "anyOf"] | ["oneOf" | "anyOf", "discriminator"] | ["discriminator", "oneOf" | "anyOf"] => {
                let keyword = if says.contains(&"oneOf") { "oneOf" } else { "anyOf" };
                let mut branches = node.list(keyword).ok()?;
                let all = branches.len();
                branches.retain(|branch| !is_null(branch));
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

    /// A component whose `allOf` names a base that tells its kinds apart is a type of its own, not the base.
    fn is_kind_of(&self, node: &Node<'a>, element: &Node<'a>) -> bool {
        let base = element
            .reference()
            .and_then(|reference| self.document.find(reference, element).ok());
        self.components.contains_key(&node.id()) && base.is_some_and(|base| super::keywords::has_discriminator(&base))
    }

    /// Looks into all models that have a name so far.
    pub(super) fn work_off(&mut self) -> Result<(), Problem> {
        while let Some(work) = self.queue.pop_front() {
            match work {
                Work::Struct { model, facts } => {
                    let (name, module) = (self.models[model].name.clone(), self.models[model].module);
                    let object = self.object(&facts, &name, Some(module))?;
                    self.models[model].shape = Shape::Struct(object);
                }
                Work::Union { model, tag, sources } => {
                    let union = self.union(model, tag, sources)?;
                    self.models[model].shape = Shape::Union(union);
                }
            }
        }
        Ok(())
    }

    /// A hint for a member's type: of the schema that brings the member in.
    pub(super) fn member_hint(owner: &str, member: &str) -> String {
        super::naming::shortened(format!("{owner}{}", names::pascal(member)))
    }
}
