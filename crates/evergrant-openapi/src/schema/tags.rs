//! Discriminators: which values of which member mean which variant.

use std::collections::{HashMap, HashSet};

use super::Schemas;
use super::facts::{Facts, Kinds, Part};
use crate::problem::Problem;
use crate::source::{Node, NodeId};

/// How variants are told apart.
pub(super) struct Tags<'a> {
    pub(super) tag: String,
    /// Schemas that only the mapping names.
    pub(super) extra: Vec<Node<'a>>,
    /// For each branch, and then for each of the extra ones.
    pub(super) tags: Vec<Vec<String>>,
}

impl<'a> Schemas<'a> {
    /// `None` if the branches cannot all be told apart by the discriminator.
    pub(super) fn tags(
        &mut self,
        discriminator: Option<&Node<'a>>,
        branches: &[Node<'a>],
        said: &[Facts<'a>],
    ) -> Result<Option<Tags<'a>>, Problem> {
        let Some(discriminator) = discriminator else {
            return Ok(None);
        };
        let tag = discriminator.required("propertyName")?;
        for said in said {
            if self.is_no_text(said, tag)? {
                self.warn(
                    discriminator,
                    "the discriminator's member is no text; the variants are tried one after the other",
                );
                return Ok(None);
            }
        }
        let mut mapping: Vec<(String, Node<'a>)> = Vec::new();
        for (value, target) in discriminator.map("mapping")? {
            match self.mapped(&target) {
                Some(target) => mapping.push((value.to_owned(), target)),
                None => self.warn(
                    &target,
                    "the discriminator's mapping leads nowhere; its value is taken as unknown",
                ),
            }
        }
        self.spend(discriminator, mapping.len())?;
        let mut mapped: HashMap<NodeId, Vec<String>> = HashMap::new();
        for (value, target) in &mapping {
            mapped.entry(target.id()).or_default().push(value.clone());
        }
        let places: Vec<Node<'a>> = branches.iter().map(|branch| self.at_the_end(branch)).collect();
        let values = said
            .iter()
            .map(|said| self.tag_values(said, tag))
            .collect::<Result<Vec<_>, _>>()?;
        let mut seen = HashSet::new();
        let disjoint = values.iter().flatten().all(|value| seen.insert(value.as_str()));
        let mut tags: Vec<Vec<String>> = Vec::new();
        for (place, values) in places.iter().zip(&values) {
            let mut own: Vec<String> = mapped.get(&place.id()).cloned().unwrap_or_default();
            if own.is_empty() && !values.is_empty() && disjoint {
                own.clone_from(values);
            }
            if own.is_empty() {
                own.extend(self.original_name(place).map(str::to_owned));
            }
            tags.push(own);
        }
        let mut extra: Vec<Node<'a>> = Vec::new();
        for place in &places {
            mapped.remove(&place.id());
        }
        for (_, target) in mapping {
            // With all values that mean it, when the first of them comes.
            if let Some(values) = mapped.remove(&target.id()) {
                extra.push(target);
                tags.push(values);
            }
        }
        let mut all = HashSet::new();
        if tags.iter().any(Vec::is_empty) || !tags.iter().flatten().all(|tag| all.insert(tag.as_str())) {
            self.warn(
                discriminator,
                "the discriminator does not tell all variants apart; they are tried one after the other",
            );
            return Ok(None);
        }
        let tag = tag.to_owned();
        Ok(Some(Tags { tag, extra, tags }))
    }

    /// What a mapping names: a reference, or a component's name.
    fn mapped(&self, target: &Node<'a>) -> Option<Node<'a>> {
        let name = target.value().as_str()?;
        let target = match name.starts_with('#') {
            true => self.document.find(name, target).ok()?,
            false => self.document.root().get("components")?.get("schemas")?.get(name)?,
        };
        Some(self.at_the_end(&target))
    }

    /// Where references lead at the end.
    fn at_the_end(&self, node: &Node<'a>) -> Node<'a> {
        node.resolved().unwrap_or_else(|_| node.clone())
    }

    /// The values that a branch allows its tag.
    fn tag_values(&mut self, said: &Facts<'a>, tag: &str) -> Result<Vec<String>, Problem> {
        let facts = self.member_facts(said, tag)?;
        let values = facts.values.iter().flatten();
        Ok(values.filter_map(|value| value.as_str().map(str::to_owned)).collect())
    }

    fn is_no_text(&mut self, said: &Facts<'a>, tag: &str) -> Result<bool, Problem> {
        let facts = self.member_facts(said, tag)?;
        let kinds = facts.kinds();
        let other_values = facts.values.iter().flatten().any(|value| !value.is_string());
        Ok(kinds != Kinds::NONE && !kinds.has(Kinds::TEXT) || other_values)
    }

    fn member_facts(&mut self, said: &Facts<'a>, member: &str) -> Result<Facts<'a>, Problem> {
        let nodes = said
            .member(member)
            .into_iter()
            .flat_map(|member| member.nodes.iter().cloned());
        self.facts(&nodes.map(Part::whole).collect::<Vec<_>>())
    }
}
