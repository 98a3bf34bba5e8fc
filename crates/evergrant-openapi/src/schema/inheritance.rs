//! Inheritance: a base with a discriminator is a union of all components whose `allOf` references it.

use std::collections::HashSet;

use super::merged_schema::{Key, Part};
use super::resolve_schema::ModelHint;
use super::type_keywords::has_discriminator;
use super::unions::variant_sources;
use super::{Schemas, Type};
use crate::errors_and_warnings::Problem;
use crate::limits::VARIANTS;
use crate::parsed_description::Node;

impl<'a> Schemas<'a> {
    /// Returns the union of a base's subtypes, distinguished by its discriminator.
    pub(super) fn subtype_union(
        &mut self,
        parts: &[Part<'a>],
        key: &Key,
        hint: &ModelHint,
    ) -> Result<Option<Type>, Problem> {
        let [Part { node, bare: false }] = parts else {
            return Ok(None);
        };
        if !has_discriminator(node) {
            return Ok(None);
        }
        let children = self.descendants(node);
        if children.is_empty() {
            return Ok(None);
        }
        VARIANTS.check_at(children.len(), node)?;
        self.spend(node, children.len())?;
        let mut variants = Vec::new();
        for child in &children {
            variants.push(self.merge(&[Part::whole(child.clone())])?);
        }
        let Some(tagged) = self.discriminator(node.get("discriminator").as_ref(), &children, &variants)? else {
            return Ok(None);
        };
        let mut all_tags = tagged.tags.into_iter();
        let mut sources = Vec::new();
        for child in children.iter().chain(&tagged.extra) {
            let itself = child.id() == node.id();
            let part = if itself {
                Part::bare(child.clone())
            } else {
                Part::whole(child.clone())
            };
            sources.extend(variant_sources(
                vec![part],
                child,
                all_tags.next().unwrap_or_default(),
                true,
                None,
            ));
        }
        self.define_union(Some(tagged.tag), sources, parts, key, hint).map(Some)
    }

    fn descendants(&self, base: &Node<'a>) -> Vec<Node<'a>> {
        let mut found: Vec<Node<'a>> = Vec::new();
        let mut seen = HashSet::from([base.id()]);
        let mut next = 0;
        let mut parent = base.clone();
        loop {
            for child in self.subtypes.get(&parent.id()).into_iter().flatten() {
                if seen.insert(child.id()) {
                    found.push(child.clone());
                }
            }
            let Some(child) = found.get(next) else { return found };
            parent = child.clone();
            next += 1;
        }
    }
}
