//! Discriminators: the property and its values that determine the variant.

use std::collections::{HashMap, HashSet};

use super::Schemas;
use super::merged_schema::{JsonTypes, MergedSchema, Part};
use crate::errors_and_warnings::Problem;
use crate::parsed_description::{Node, NodeId};

/// The property and its values for each variant.
pub(super) struct Discriminator<'a> {
    pub(super) tag: String,
    /// Schemas that only the mapping references.
    pub(super) extra: Vec<Node<'a>>,
    /// The values for each branch, followed by those for each extra schema.
    pub(super) tags: Vec<Vec<String>>,
}

impl<'a> Schemas<'a> {
    /// Resolves a discriminator; `None` if it does not distinguish all branches.
    pub(super) fn discriminator(
        &mut self,
        discriminator: Option<&Node<'a>>,
        branches: &[Node<'a>],
        variants: &[MergedSchema<'a>],
    ) -> Result<Option<Discriminator<'a>>, Problem> {
        let Some(discriminator) = discriminator else {
            return Ok(None);
        };
        let tag = discriminator.required("propertyName")?;
        for variant in variants {
            if self.is_not_string(variant, tag)? {
                self.warn(
                    discriminator,
                    "the discriminator's property is not a string; the variants are tried in order",
                );
                return Ok(None);
            }
        }
        let mut mapping: Vec<(String, Node<'a>)> = Vec::new();
        for (value, target) in discriminator.map("mapping")? {
            match self.mapping_target(&target) {
                Some(target) => mapping.push((value.to_owned(), target)),
                None => self.warn(
                    &target,
                    "the target of the discriminator's mapping does not exist; its value is treated as unknown",
                ),
            }
        }
        self.spend(discriminator, mapping.len())?;
        let mut mapped: HashMap<NodeId, Vec<String>> = HashMap::new();
        for (value, target) in &mapping {
            mapped.entry(target.id()).or_default().push(value.clone());
        }
        let targets: Vec<Node<'a>> = branches.iter().map(|branch| self.resolve_references(branch)).collect();
        let values = variants
            .iter()
            .map(|variant| self.tag_values(variant, tag))
            .collect::<Result<Vec<_>, _>>()?;
        let mut seen = HashSet::new();
        let disjoint = values.iter().flatten().all(|value| seen.insert(value.as_str()));
        let mut tags: Vec<Vec<String>> = Vec::new();
        for (target, values) in targets.iter().zip(&values) {
            let mut own: Vec<String> = mapped.get(&target.id()).cloned().unwrap_or_default();
            if own.is_empty() && !values.is_empty() && disjoint {
                own.clone_from(values);
            }
            if own.is_empty() {
                own.extend(self.original_name(target).map(str::to_owned));
            }
            tags.push(own);
        }
        let mut extra: Vec<Node<'a>> = Vec::new();
        for target in &targets {
            mapped.remove(&target.id());
        }
        for (_, target) in mapping {
            // The first value for a schema adds it, with all of its values.
            if let Some(values) = mapped.remove(&target.id()) {
                extra.push(target);
                tags.push(values);
            }
        }
        let mut all = HashSet::new();
        if tags.iter().any(Vec::is_empty) || !tags.iter().flatten().all(|tag| all.insert(tag.as_str())) {
            self.warn(
                discriminator,
                "the discriminator does not distinguish all variants; they are tried in order",
            );
            return Ok(None);
        }
        let tag = tag.to_owned();
        Ok(Some(Discriminator { tag, extra, tags }))
    }

    /// Returns the target of a mapping, which is a reference or a component's name.
    fn mapping_target(&self, target: &Node<'a>) -> Option<Node<'a>> {
        let name = target.value().as_str()?;
        let target = match name.starts_with('#') {
            true => self.document.find(name, target).ok()?,
            false => self.document.root().get("components")?.get("schemas")?.get(name)?,
        };
        Some(self.resolve_references(&target))
    }

    /// Follows references to the last target.
    fn resolve_references(&self, node: &Node<'a>) -> Node<'a> {
        node.resolved().unwrap_or_else(|_| node.clone())
    }

    /// Returns the values of the tag that a branch allows.
    fn tag_values(&mut self, variant: &MergedSchema<'a>, tag: &str) -> Result<Vec<String>, Problem> {
        let merged = self.merge_member(variant, tag)?;
        let values = merged.values.iter().flatten();
        Ok(values.filter_map(|value| value.as_str().map(str::to_owned)).collect())
    }

    fn is_not_string(&mut self, variant: &MergedSchema<'a>, tag: &str) -> Result<bool, Problem> {
        let merged = self.merge_member(variant, tag)?;
        let types = merged.types();
        let other_values = merged.values.iter().flatten().any(|value| !value.is_string());
        Ok(types != JsonTypes::NONE && !types.contains(JsonTypes::STRING) || other_values)
    }

    fn merge_member(&mut self, variant: &MergedSchema<'a>, member: &str) -> Result<MergedSchema<'a>, Problem> {
        let nodes = variant
            .member(member)
            .into_iter()
            .flat_map(|member| member.nodes.iter().cloned());
        self.merge(&nodes.map(Part::whole).collect::<Vec<_>>())
    }
}
