//! Names of models and modules: of limited length, and distinct from other names in the generated code.

use super::merged_schema::{Key, Part};
use super::model::{Model, Shape};
use super::resolve_schema::ModelHint;
use super::{Schemas, Type};
use crate::errors_and_warnings::Problem;
use crate::limits::TYPES;
use crate::names::{self, PRELUDE};

/// Names that the generated crate uses, in addition to the prelude.
pub(super) const RESERVED: &[&str] = &[
    "Self",
    "Display",
    "Serialize",
    "Deserialize",
    "Serializer",
    "Deserializer",
    "Client",
    "ClientBuilder",
    "Environment",
    "Error",
    "Response",
    "ApiError",
    "BuildError",
    "Token",
    "Secret",
    "TokenManager",
    "Value",
    "Untyped",
    "Duration",
    "DateTime",
    "Date",
    "SensitiveString",
    "Bytes",
    "FilePart",
    "Multipart",
    "Body",
    "EventStream",
    "ByteStream",
    "Event",
    "HeaderName",
    "HeaderValue",
];

/// File names have at most 255 bytes.
const MAX_NAME_BYTES: usize = 100;

/// Truncates a name to the maximum length.
pub(super) fn truncate(mut name: String) -> String {
    if name.len() > MAX_NAME_BYTES {
        let end = (0..=MAX_NAME_BYTES)
            .rev()
            .find(|&end| name.is_char_boundary(end))
            .unwrap_or(0);
        name.truncate(end);
    }
    name
}

impl<'a> Schemas<'a> {
    /// Returns a unique type name.
    pub(super) fn unique_type_name(&mut self, wanted: &str) -> String {
        let name = truncate(names::pascal(wanted));
        match RESERVED.iter().chain(&PRELUDE).any(|reserved| name == *reserved) {
            true => self.names.take(format!("{name}Model")),
            false => self.names.take(name),
        }
    }

    /// Adds a module and returns its index. Its name is ASCII, as it is also a file name.
    pub(super) fn add_module(&mut self, type_name: &str) -> usize {
        let name = names::snake(type_name);
        let name: String = name.chars().filter(char::is_ascii).collect();
        let name = match name.trim_matches('_').is_empty() {
            true => "model".to_owned(),
            false => names::snake(&name),
        };
        let name = self.module_names.take(names::file_stem(truncate(name)));
        self.modules.push(name);
        self.modules.len() - 1
    }

    /// Adds a model with its name; its shape is resolved later.
    pub(super) fn declare_model(
        &mut self,
        parts: &[Part<'a>],
        key: &Key,
        hint: &ModelHint,
        docs: String,
    ) -> Result<(Type, usize), Problem> {
        if let Some(part) = parts.first() {
            TYPES.check_at(self.models.len() + 1, &part.node)?;
            self.copy_budgets.text.spend_at(docs.len(), &part.node)?;
        }
        let component = key.single_schema().and_then(|node| self.components.get(&node));
        let (name, module) = match component {
            Some(component) => (component.name.clone(), component.module),
            None => {
                let last = parts.last().map(|part| &part.node);
                let own = last.and_then(|node| node.value().get("x-evergrant-name")?.as_str());
                let wanted = own.unwrap_or(&hint.name).to_owned();
                let inside = last
                    .and_then(|node| self.enclosing_component(node))
                    .map(|component| component.module);
                let name = self.unique_type_name(&wanted);
                let module = match inside.or(hint.module) {
                    Some(module) => module,
                    None => self.add_module(&name),
                };
                (name, module)
            }
        };
        let index = self.push(name.clone(), module, docs, Shape::Pending);
        let ty = Type::Named(name);
        self.resolved.insert(key.clone(), ty.clone());
        Ok((ty, index))
    }

    pub(super) fn push(&mut self, name: String, module: usize, docs: String, shape: Shape) -> usize {
        self.by_name.insert(name.clone(), self.models.len());
        self.models.push(Model {
            name,
            module,
            docs,
            shape,
        });
        self.models.len() - 1
    }
}
