//! Inheritance: a base with a discriminator is a union of all components that have it in their `allOf`.

use std::collections::HashSet;

use super::facts::{Key, Part};
use super::keywords::has_discriminator;
use super::resolve::At;
use super::unions::sources_of;
use super::{Schemas, Type};
use crate::limits::VARIANTS;
use crate::problem::Problem;
use crate::source::Node;

impl<'a> Schemas<'a> {
    /// All kinds of a base: the components that have it in their `allOf`, told apart by its discriminator.
    pub(super) fn family(&mut self, parts: &[Part<'a>], key: &Key, at: &At) -> Result<Option<Type>, Problem> {
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
        let mut said = Vec::new();
        for child in &children {
            said.push(self.facts(&[Part::whole(child.clone())])?);
        }
        let Some(tagged) = self.tags(node.get("discriminator").as_ref(), &children, &said)? else {
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
            sources.extend(sources_of(
                vec![part],
                child,
                all_tags.next().unwrap_or_default(),
                true,
                None,
            ));
        }
        self.define_union(Some(tagged.tag), sources, parts, key, at).map(Some)
    }

    fn descendants(&self, base: &Node<'a>) -> Vec<Node<'a>> {
        let mut found: Vec<Node<'a>> = Vec::new();
        let mut seen = HashSet::from([base.id()]);
        let mut next = 0;
        let mut of = base.clone();
        loop {
            for child in self.children.get(&of.id()).into_iter().flatten() {
                if seen.insert(child.id()) {
                    found.push(child.clone());
                }
            }
            let Some(child) = found.get(next) else { return found };
            of = child.clone();
            next += 1;
        }
    }
}
