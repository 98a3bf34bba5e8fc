//! Where OpenAPI allows references. Elsewhere, descriptions of several files use them to insert other files.

/// Members whose own members or items may be references.
const CONTAINERS: [&str; 26] = [
    "paths",
    "webhooks",
    "pathItems",
    "schemas",
    "responses",
    "parameters",
    "examples",
    "requestBodies",
    "headers",
    "securitySchemes",
    "links",
    "callbacks",
    "mediaTypes",
    "content",
    "properties",
    "patternProperties",
    "dependentSchemas",
    "$defs",
    "definitions",
    "allOf",
    "oneOf",
    "anyOf",
    "prefixItems",
    "items",
    "additionalOperations",
    "encoding",
];

/// Members that may be references.
const REFERENCES: [&str; 12] = [
    "schema",
    "itemSchema",
    "items",
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "contains",
    "requestBody",
    "not",
    "if",
    "then",
    "else",
];

/// The names of the members around a value.
#[derive(Debug, Clone, Default)]
pub(super) struct Position {
    key: String,
    container: String,
    /// Whether the container has arbitrary names, such as those of schemas.
    named: bool,
}

impl Position {
    /// Returns the position of a member of the value at this position.
    pub(super) fn member(&self, key: &str) -> Self {
        Self {
            named: self.contains_names(),
            container: std::mem::take(&mut self.key.clone()),
            key: key.to_owned(),
        }
    }

    /// Returns the position of the items of the array at this position.
    pub(super) fn items(&self) -> Self {
        Self {
            key: String::new(),
            container: self.key.clone(),
            named: !self.named && CONTAINERS.contains(&self.key.as_str()),
        }
    }

    /// Whether the value may be a reference, which is followed when it is used.
    pub(super) fn allows_references(&self) -> bool {
        let is_member = self.named && self.container != "encoding" && self.container != "additionalOperations";
        is_member || !self.named && REFERENCES.contains(&self.key.as_str())
    }

    /// Whether the members of the value at this position have arbitrary names.
    pub(super) fn contains_names(&self) -> bool {
        !self.named && CONTAINERS.contains(&self.key.as_str()) && self.key != "items"
    }

    /// Whether a member is the mapping of a discriminator.
    pub(super) fn is_mapping(&self, key: &str) -> bool {
        key == "mapping" && self.key == "discriminator" && !self.named
    }
}

/// Whether the value of a member is data, in which nothing is a reference.
pub(super) fn is_literal(key: &str) -> bool {
    matches!(key, "example" | "default" | "enum" | "const" | "value")
}
