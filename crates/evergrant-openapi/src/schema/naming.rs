//! Names of models and modules: of a bounded length, and none that means something else in the generated code.

use super::facts::{Key, Part};
use super::model::{Model, Shape};
use super::resolve::At;
use super::{Schemas, Type};
use crate::limits::TYPES;
use crate::names;
use crate::problem::Problem;

/// What every module of Rust has in scope, and what a generated crate calls its own.
pub(super) const RESERVED: &[&str] = &[
    "Self",
    "String",
    "Option",
    "Vec",
    "Result",
    "Box",
    "Ok",
    "Err",
    "Some",
    "None",
    "Default",
    "Clone",
    "Copy",
    "Debug",
    "Display",
    "Drop",
    "Send",
    "Sync",
    "Sized",
    "Unpin",
    "Fn",
    "FnMut",
    "FnOnce",
    "AsyncFn",
    "AsyncFnMut",
    "AsyncFnOnce",
    "From",
    "Into",
    "TryFrom",
    "TryInto",
    "AsRef",
    "AsMut",
    "Iterator",
    "IntoIterator",
    "Extend",
    "DoubleEndedIterator",
    "ExactSizeIterator",
    "FromIterator",
    "ToOwned",
    "ToString",
    "PartialEq",
    "PartialOrd",
    "Eq",
    "Ord",
    "Hash",
    "Future",
    "IntoFuture",
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

/// In bytes; file names have at most 255.
const LONGEST: usize = 100;

/// A name that is no longer than a file's name may be.
pub(super) fn shortened(mut name: String) -> String {
    if name.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|&end| name.is_char_boundary(end)).unwrap_or(0);
        name.truncate(end);
    }
    name
}

impl<'a> Schemas<'a> {
    /// A type's name that no other has.
    pub(super) fn take_type_name(&mut self, wanted: &str) -> String {
        let name = shortened(names::pascal(wanted));
        match RESERVED.contains(&name.as_str()) {
            true => self.names.take(format!("{name}Model")),
            false => self.names.take(name),
        }
    }

    /// Modules are files, whose names are of ASCII.
    pub(super) fn take_module(&mut self, type_name: &str) -> usize {
        let name = names::snake(type_name);
        let name: String = name.chars().filter(char::is_ascii).collect();
        let name = match name.trim_matches('_').is_empty() {
            true => "model".to_owned(),
            false => names::snake(&name),
        };
        let name = self.module_names.take(names::file(shortened(name)));
        self.modules.push(name);
        self.modules.len() - 1
    }

    /// Names a model, which is looked into later.
    pub(super) fn allocate(
        &mut self,
        parts: &[Part<'a>],
        key: &Key,
        at: &At,
        docs: String,
    ) -> Result<(Type, usize), Problem> {
        if let Some(part) = parts.first() {
            TYPES.check_at(self.models.len() + 1, &part.node)?;
            self.copied.text.spend_at(docs.len(), &part.node)?;
        }
        let component = key.alone().and_then(|node| self.components.get(&node));
        let (name, module) = match component {
            Some(component) => (component.name.clone(), component.module),
            None => {
                let last = parts.last().map(|part| &part.node);
                let own = last.and_then(|node| node.value().get("x-evergrant-name")?.as_str());
                let wanted = own.unwrap_or(&at.hint).to_owned();
                let inside = last
                    .and_then(|node| self.component_around(node))
                    .map(|component| component.module);
                let name = self.take_type_name(&wanted);
                let module = match inside.or(at.module) {
                    Some(module) => module,
                    None => self.take_module(&name),
                };
                (name, module)
            }
        };
        let index = self.push(name.clone(), module, docs, Shape::Pending);
        let ty = Type::Named(name);
        self.done.insert(key.clone(), ty.clone());
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
