//! The schemas of `#/components/schemas`, which are named and resolved first.

use super::merged_schema::Part;
use super::model::Shape;
use super::resolve_schema::ModelHint;
use super::{Schemas, Type};
use crate::errors_and_warnings::Problem;
use crate::limits::TYPES;
use crate::parsed_description::Node;

/// A schema of `#/components/schemas`.
pub(super) struct Component<'a> {
    /// The name of its type.
    pub(super) name: String,
    pub(super) module: usize,
    /// The name in the description.
    pub(super) original: &'a str,
}

impl<'a> Schemas<'a> {
    pub(super) fn register_components(&mut self) -> Result<(), Problem> {
        let Some(components) = self.document.root().get("components") else {
            return Ok(());
        };
        let schemas = components.map("schemas")?;
        for (original, node) in &schemas {
            let own = node.value().get("x-evergrant-name").and_then(serde_json::Value::as_str);
            TYPES.check_at(self.components.len() + 1, node)?;
            let name = self.unique_type_name(own.unwrap_or(original));
            let module = self.add_module(&name);
            let component = Component { name, module, original };
            self.components.insert(node.id(), component);
            self.by_original_name.insert(*original, node.id());
        }
        for (_, node) in &schemas {
            self.record_subtype(node);
        }
        for (_, node) in &schemas {
            self.resolve_component(node)?;
            self.resolve_pending()?;
        }
        Ok(())
    }

    fn resolve_component(&mut self, node: &Node<'a>) -> Result<(), Problem> {
        let Some(component) = self.components.get(&node.id()) else {
            return Ok(());
        };
        let (name, module) = (component.name.clone(), component.module);
        let hint = ModelHint::in_module(name.clone(), module);
        let ty = self.resolve(&[Part::whole(node.clone())], &hint)?;
        if *ty.non_null() != Type::Named(name.clone()) {
            let docs = self.model_docs(&[Part::whole(node.clone())]);
            self.push(name, module, docs, Shape::Alias(ty));
        }
        Ok(())
    }

    /// Records the base schemas in the `allOf` of a component.
    fn record_subtype(&mut self, node: &Node<'a>) {
        let Ok(elements) = node.list("allOf") else { return };
        for element in elements {
            let Some(reference) = element.reference() else { continue };
            let Ok(base) = self.document.find(reference, &element) else {
                continue;
            };
            let subtypes = self.subtypes.entry(base.id()).or_default();
            subtypes.push(node.clone());
        }
    }

    /// Returns the component that contains a schema.
    pub(super) fn enclosing_component(&self, node: &Node<'a>) -> Option<&Component<'a>> {
        match node.names().as_slice() {
            [Some("components"), Some("schemas"), Some(original), ..] => {
                self.components.get(self.by_original_name.get(original)?)
            }
            _ => None,
        }
    }

    /// Returns the name in the description, if the schema is a component.
    pub(super) fn original_name(&self, node: &Node<'a>) -> Option<&'a str> {
        self.components.get(&node.id()).map(|component| component.original)
    }
}
