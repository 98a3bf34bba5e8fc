//! The schemas of `#/components/schemas`, which are named and resolved first.

use super::merged_schema::Part;
use super::model::Shape;
use super::resolve_schema::ModelHint;
use super::{Schemas, Type};
use crate::errors_and_warnings::Problem;
use crate::limits::TYPES;
use crate::names;
use crate::parsed_description::{FILES_MEMBER, Node};

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
            self.register_in_file(node);
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

    /// A component that only refers to a schema in another file is that schema.
    fn register_in_file(&mut self, node: &Node<'a>) {
        let Ok(target) = node.resolved() else { return };
        let is_in_file = target.names().first() == Some(&Some(FILES_MEMBER));
        let is_alias = node.value().as_object().is_some_and(|schema| schema.len() == 1);
        if let Some(component) = self.components.get(&node.id())
            && is_in_file
            && is_alias
        {
            let same = Component {
                name: component.name.clone(),
                ..*component
            };
            self.components.entry(target.id()).or_insert(same);
        }
    }

    /// Returns the name of a schema in another file: its own, or that of the file.
    pub(super) fn name_in_file(node: &Node<'a>) -> Option<String> {
        let names = node.names();
        let [Some(FILES_MEMBER), Some(path), rest @ ..] = names.as_slice() else {
            return None;
        };
        let file = path.rsplit('/').next().unwrap_or(path);
        let stem = file.split_once('.').map_or(file, |(stem, _)| stem);
        Some(names::pascal(rest.last().copied().flatten().unwrap_or(stem)))
    }

    fn resolve_component(&mut self, node: &Node<'a>) -> Result<(), Problem> {
        let Some(component) = self.components.get(&node.id()) else {
            return Ok(());
        };
        let (name, module) = (component.name.clone(), component.module);
        let hint = ModelHint::in_module(name.clone(), module);
        let ty = match self.resolve(&[Part::whole(node.clone())], &hint) {
            Ok(ty) => ty,
            Err(problem) => {
                let model = match self.by_name.get(&name) {
                    Some(&model) => model,
                    None => self.push(name, module, String::new(), Shape::Alias(Type::Json)),
                };
                return self.mark_broken(model, problem);
            }
        };
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
