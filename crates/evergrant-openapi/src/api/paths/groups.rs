//! Groups of operations, with the names that are taken in them.

use super::OperationReader;
use super::reserved_names::RESERVED_TYPES;
use crate::api::operations::Group;
use crate::errors_and_warnings::Problem;
use crate::limits::TAGS;
use crate::names::{Names, module, pascal, snake};
use crate::parsed_description::Node;

/// A group under construction, with its assigned names.
pub(in crate::api) struct GroupBuilder {
    pub(super) group: Group,
    pub(super) methods: Names,
    pub(super) types: Names,
    pub(super) statics: Names,
}

impl<'a> OperationReader<'_, 'a> {
    /// Returns the index of the group with this tag.
    pub(super) fn group(&mut self, tag: &str, node: &Node<'a>) -> Result<usize, Problem> {
        let method = snake(tag);
        let known = [
            self.groups.get(&method),
            self.groups.get(&format!("{method}_operations")),
        ];
        if let Some(known) = known.into_iter().flatten().min() {
            return Ok(*known);
        }
        TAGS.check_at(self.builders.len() + 1, node)?;
        let method = self.names.client.take_or_suffixed(method, "_operations");
        self.groups.insert(method.clone(), self.builders.len());
        let type_name = Names::with_reserved(RESERVED_TYPES).take_or_suffixed(pascal(&method), "Operations");
        self.builders.push(GroupBuilder {
            types: Names::with_reserved(RESERVED_TYPES.into_iter().chain([type_name.as_str()])),
            methods: Names::with_reserved(["clone", "fmt", "into", "from", "core", "eq", "cmp", "new", "drop"]),
            statics: Names::default(),
            group: Group {
                module: self.modules.take(module(&method)),
                method,
                type_name,
                description: self.tags.get(tag).copied().flatten().map(str::to_owned),
                operations: Vec::new(),
            },
        });
        Ok(self.builders.len() - 1)
    }
}
