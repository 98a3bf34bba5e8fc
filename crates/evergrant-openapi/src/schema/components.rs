//! The description's own schemas, which have names and come first.

use super::facts::Part;
use super::model::Shape;
use super::resolve::At;
use super::{Schemas, Type};
use crate::limits::TYPES;
use crate::problem::Problem;
use crate::source::Node;

/// A schema of `#/components/schemas`.
pub(super) struct Component<'a> {
    /// Its type's name.
    pub(super) name: String,
    pub(super) module: usize,
    /// What the description calls it.
    pub(super) original: &'a str,
}

impl<'a> Schemas<'a> {
    pub(super) fn take_components(&mut self) -> Result<(), Problem> {
        let Some(components) = self.document.root().get("components") else {
            return Ok(());
        };
        let schemas = components.map("schemas")?;
        for (original, node) in &schemas {
            let own = node.value().get("x-evergrant-name").and_then(serde_json::Value::as_str);
            TYPES.check_at(self.components.len() + 1, node)?;
            let name = self.take_type_name(own.unwrap_or(original));
            let module = self.take_module(&name);
            let component = Component { name, module, original };
            self.components.insert(node.id(), component);
            self.by_original.insert(*original, node.id());
        }
        for (_, node) in &schemas {
            self.note_parents(node);
        }
        for (_, node) in &schemas {
            self.take_component(node)?;
            self.work_off()?;
        }
        Ok(())
    }

    fn take_component(&mut self, node: &Node<'a>) -> Result<(), Problem> {
        let Some(component) = self.components.get(&node.id()) else {
            return Ok(());
        };
        let (name, module) = (component.name.clone(), component.module);
        let at = At::inside(name.clone(), module);
        let ty = self.resolve(&[Part::whole(node.clone())], &at)?;
        if *ty.present() != Type::Named(name.clone()) {
            let docs = self.model_docs(&[Part::whole(node.clone())], &name);
            self.push(name, module, docs, Shape::Alias(ty));
        }
        Ok(())
    }

    /// Notes of which bases a component is a kind.
    fn note_parents(&mut self, node: &Node<'a>) {
        let Ok(elements) = node.list("allOf") else { return };
        for element in elements {
            let Some(reference) = element.reference() else { continue };
            let Ok(base) = self.document.find(reference, &element) else {
                continue;
            };
            let children = self.children.entry(base.id()).or_default();
            children.push(node.clone());
        }
    }

    /// The component that a schema stands in.
    pub(super) fn component_around(&self, node: &Node<'a>) -> Option<&Component<'a>> {
        match node.names().as_slice() {
            [Some("components"), Some("schemas"), Some(original), ..] => {
                self.components.get(self.by_original.get(original)?)
            }
            _ => None,
        }
    }

    /// What a component is called in the description, if that is what a schema is.
    pub(super) fn original_name(&self, node: &Node<'a>) -> Option<&'a str> {
        self.components.get(&node.id()).map(|component| component.original)
    }
}
