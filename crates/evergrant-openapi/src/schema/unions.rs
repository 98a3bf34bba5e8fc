//! Unions: `oneOf`, `anyOf` and lists of several types.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::discriminator::Discriminator;
use super::merged_schema::{Choice, JsonTypes, Key, MergedSchema, Part};
use super::model::{Union, UnionVariant};
use super::resolve_schema::{ModelHint, PendingModel};
use super::type_keywords::{is_null_only, is_only_required, is_unconstrained};
use super::{Schemas, Type};
use crate::errors_and_warnings::Problem;
use crate::limits::VARIANTS;
use crate::names::{self, Names};
use crate::parsed_description::Node;

/// Bytes of a branch that cost one unit of the budget when it is compared with other branches.
const BRANCH_BYTES_PER_UNIT: usize = 256;

/// The source of a variant.
pub(super) struct VariantSource<'a> {
    pub(super) schema: VariantSchema<'a>,
    /// The values of the tag for this variant.
    pub(super) tags: Vec<String>,
    /// The name of the variant, if its type has no name.
    pub(super) label: Option<String>,
}

pub(super) enum VariantSchema<'a> {
    Parts(Vec<Part<'a>>),
    /// One of several JSON types that a schema allows.
    JsonType(Key, Box<MergedSchema<'a>>, JsonTypes, Vec<Part<'a>>),
}

impl<'a> Schemas<'a> {
    /// Resolves choices without alternatives: removes null and branches that only require members, and merges a single
    /// branch.
    pub(super) fn simplify_choices(&mut self, merged: &mut MergedSchema<'a>) -> Result<(), Problem> {
        let mut remaining = Vec::new();
        while !merged.choices.is_empty() {
            for mut choice in std::mem::take(&mut merged.choices) {
                let all = choice.branches.len();
                choice.branches.retain(|branch| !is_null_only(branch));
                merged.nullable |= choice.branches.len() < all;
                choice
                    .branches
                    .retain(|branch| !is_only_required(branch) && *branch.value() != false);
                if !merged.members.is_empty() {
                    choice.branches.retain(|branch| !is_unconstrained(branch));
                }
                self.spend(&choice.node, choice.branches.len())?;
                let mut texts = Vec::with_capacity(choice.branches.len());
                for branch in &choice.branches {
                    let text = branch.value().to_string();
                    self.spend(branch, text.len() / BRANCH_BYTES_PER_UNIT)?;
                    texts.push(text);
                }
                let mut texts = texts.into_iter();
                let mut seen = HashSet::new();
                choice
                    .branches
                    .retain(|_| texts.next().is_none_or(|text| seen.insert(text)));
                match choice.branches.as_slice() {
                    [] => {}
                    [branch] => self.merge_into(merged, &branch.clone())?,
                    _ => remaining.push(choice),
                }
            }
        }
        merged.choices = remaining;
        Ok(())
    }

    /// Returns the type of a choice. Each branch is combined with the enclosing schema.
    pub(super) fn choice(
        &mut self,
        merged: MergedSchema<'a>,
        choice: Choice<'a>,
        parts: &[Part<'a>],
        key: &Key,
        hint: &ModelHint,
    ) -> Result<Type, Problem> {
        VARIANTS.check_at(choice.branches.len(), &choice.node)?;
        let mut branches = Vec::with_capacity(choice.branches.len());
        for branch in &choice.branches {
            let mut variant = self.merge(&[Part::whole(branch.clone())])?;
            if variant.types() == JsonTypes::NONE {
                variant.types = merged.types;
            }
            branches.push(variant);
        }
        if merged.members.is_empty()
            && let Some(ty) = self.scalar_choice(&merged, &choice, &branches, parts, key, hint)?
        {
            return Ok(ty);
        }
        if let Some(object) = self.object_of_constants(&merged, &choice, &branches) {
            return self.single_type(object, JsonTypes::OBJECT, parts, key, hint);
        }
        let tagged = self.discriminator(choice.discriminator.as_ref(), &choice.branches, &branches)?;
        let (tag, extra, mut all_tags) = match tagged {
            Some(Discriminator { tag, extra, tags }) => (Some(tag), extra, tags),
            None => (None, Vec::new(), Vec::new()),
        };
        let mut sources = Vec::new();
        let nodes = choice.branches.iter().chain(&extra).enumerate();
        for (index, node) in nodes {
            let whole = vec![Part::whole(node.clone())];
            let parts = match branches.get(index) {
                Some(variant) if !covers(variant, &merged, parts) => {
                    let base = parts.iter().map(|part| Part::bare(part.node.clone()));
                    base.chain(whole).collect()
                }
                _ => whole,
            };
            let tags = all_tags.get_mut(index).map(std::mem::take).unwrap_or_default();
            let has_member = |tag: &String| {
                branches.get(index).is_some_and(|variant| variant.member(tag).is_some()) || merged.member(tag).is_some()
            };
            sources.extend(variant_sources(
                parts,
                node,
                tags,
                tag.as_ref().is_some_and(has_member),
                branches.get(index),
            ));
        }
        self.define_union(tag, sources, parts, key, hint)
    }

    /// Returns the union of a schema that allows several JSON types.
    pub(super) fn union_of_types(
        &mut self,
        merged: &MergedSchema<'a>,
        types: &[JsonTypes],
        parts: &[Part<'a>],
        key: &Key,
        hint: &ModelHint,
    ) -> Result<Type, Problem> {
        self.spend(&parts[0].node, merged.members.len())?;
        let sources = types.iter().map(|json_type| VariantSource {
            schema: VariantSchema::JsonType(
                key.with_type(*json_type),
                Box::new(merged.clone()),
                *json_type,
                parts.to_vec(),
            ),
            tags: Vec::new(),
            label: None,
        });
        let sources = sources.collect();
        self.define_union(None, sources, parts, key, hint)
    }

    pub(super) fn define_union(
        &mut self,
        tag: Option<String>,
        sources: Vec<VariantSource<'a>>,
        parts: &[Part<'a>],
        key: &Key,
        hint: &ModelHint,
    ) -> Result<Type, Problem> {
        VARIANTS.check_at(sources.len(), &parts[0].node)?;
        let docs = self.model_docs(parts);
        let (ty, model) = self.declare_model(parts, key, hint, docs)?;
        self.pending.push_back(PendingModel::Union { model, tag, sources });
        Ok(ty)
    }

    /// Resolves the variants of a union.
    pub(super) fn union(
        &mut self,
        model: usize,
        tag: Option<String>,
        sources: Vec<VariantSource<'a>>,
    ) -> Result<Union, Problem> {
        let (name, module) = (self.models[model].name.clone(), self.models[model].module);
        let mut variants: Vec<UnionVariant> = Vec::new();
        let mut taken = Names::default();
        // The first variant of each type, and the first one that accepts any string.
        let (mut by_type, mut string_like): (HashMap<Type, usize>, Option<usize>) = (HashMap::new(), None);
        for (index, source) in sources.into_iter().enumerate() {
            let suffix = source.label.clone().unwrap_or_else(|| format!("Variant{}", index + 1));
            let hint = ModelHint::in_module(name.clone(), module).child(&suffix);
            let ty = match source.schema {
                VariantSchema::Parts(parts) => self.resolve(&parts, &hint)?,
                VariantSchema::JsonType(key, merged, json_type, parts) => {
                    self.single_type(*merged, json_type, &parts, &key, &hint)?
                }
            };
            let ty = ty.non_null().in_json();
            if ty == Type::Named(name.clone()) {
                continue;
            }
            let known = match ty.is_string_like() {
                true => string_like,
                false => by_type.get(&ty).copied(),
            };
            if source.tags.is_empty()
                && let Some(known) = known
            {
                let known = &mut variants[known];
                if known.ty != ty {
                    known.ty = Type::String;
                }
                continue;
            }
            let wanted = match (&ty, source.label) {
                (Type::Named(named), Some(label))
                    if *named == hint.name || source.tags.len() == 1 && known.is_some() =>
                {
                    label
                }
                (Type::Named(named), _) => named
                    .strip_prefix(&name)
                    .filter(|rest| starts_a_name(rest))
                    .unwrap_or(named)
                    .to_owned(),
                (_, Some(label)) => label,
                (ty, None) => type_word(ty),
            };
            match ty.is_string_like() {
                true => string_like = string_like.or(Some(variants.len())),
                false => drop(by_type.entry(ty.clone()).or_insert(variants.len())),
            }
            variants.push(UnionVariant {
                name: taken.take(super::model_names::truncate(names::pascal(&wanted))),
                docs: self.variant_docs(&ty, &source.tags),
                ty,
                tags: source.tags,
            });
        }
        Ok(Union {
            tag,
            variants,
            unknown: taken.take_or_suffixed("Unknown".to_owned(), "Value"),
        })
    }
}

/// Returns whether a branch already contains everything in the enclosing schema.
fn covers(branch: &MergedSchema<'_>, base: &MergedSchema<'_>, parts: &[Part<'_>]) -> bool {
    let members = base.members.iter().all(|member| branch.member(member.name).is_some());
    let whole = || parts.iter().all(|part| branch.visited.contains_key(&part.node.id()));
    base.members.is_empty() || whole() || members && base.required.is_subset(&branch.required)
}

/// Returns one source, or one for each tag if the value does not contain the tag.
pub(super) fn variant_sources<'a>(
    parts: Vec<Part<'a>>,
    node: &Node<'a>,
    tags: Vec<String>,
    contains_tag: bool,
    variant: Option<&MergedSchema<'a>>,
) -> Vec<VariantSource<'a>> {
    if tags.len() < 2 || contains_tag {
        let title = node.value().get("title").and_then(Value::as_str);
        let label = title
            .or(tags.first().map(String::as_str))
            .or_else(|| constant(variant?));
        let label = label.map(names::pascal);
        let schema = VariantSchema::Parts(parts);
        return vec![VariantSource { schema, tags, label }];
    }
    let source = |tag: String| VariantSource {
        schema: VariantSchema::Parts(parts.clone()),
        label: Some(names::pascal(&tag)),
        tags: vec![tag],
    };
    tags.into_iter().map(source).collect()
}

/// Returns the constant of a required member, which names the branch.
fn constant<'a>(variant: &MergedSchema<'a>) -> Option<&'a str> {
    let required = variant
        .members
        .iter()
        .filter(|member| variant.required.contains(member.name));
    let mut constants = required.filter_map(|member| {
        let schema = member.nodes[0].value();
        let values = schema
            .get("enum")
            .and_then(Value::as_array)
            .filter(|values| values.len() == 1);
        schema.get("const").or_else(|| values?.first())?.as_str()
    });
    constants.next()
}

fn starts_a_name(rest: &str) -> bool {
    rest.starts_with(|first: char| first.is_uppercase())
}

fn type_word(ty: &Type) -> String {
    match ty {
        Type::Bool => "Boolean".to_owned(),
        Type::I32 | Type::I64 | Type::U32 | Type::U64 => "Integer".to_owned(),
        Type::F64 => "Number".to_owned(),
        Type::String | Type::Bytes => "String".to_owned(),
        Type::Sensitive => "Sensitive".to_owned(),
        Type::DateTime => "DateTime".to_owned(),
        Type::Date => "Date".to_owned(),
        Type::Json => "Json".to_owned(),
        Type::Array(item) => format!("{}Array", type_word(item)),
        Type::Map(value) => format!("{}Map", type_word(value)),
        Type::Nullable(inner) => type_word(inner),
        Type::Named(name) => name.clone(),
    }
}
