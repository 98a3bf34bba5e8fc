//! A model as data, from which its code is generated.

use serde_json::Value;

use super::Type;

/// A public type.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) name: String,
    /// The index of its module.
    pub(super) module: usize,
    /// Markdown, not yet sanitized.
    pub(super) docs: String,
    pub(super) shape: Shape,
}

#[derive(Debug)]
pub(super) enum Shape {
    /// Declared, but not resolved yet.
    Pending,
    Struct(Struct),
    StringEnum(Enumeration<String>),
    IntegerEnum(Enumeration<i64>),
    Union(Union),
    Alias(Type),
}

#[derive(Debug)]
pub(super) struct Struct {
    pub(super) fields: Vec<Field>,
    /// The name of the field for additional properties, and the type of their values.
    pub(super) additional: Option<(String, Type)>,
}

/// A member of an object.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// The name in JSON.
    pub(crate) wire: String,
    /// The Rust identifier.
    pub(crate) rust: String,
    /// The type in JSON. An optional field is not nullable for that reason.
    pub(crate) ty: Type,
    /// Whether the constructor requires it.
    pub(crate) required: bool,
    /// Whether it is binary outside of JSON, such as in a form.
    pub(crate) is_binary: bool,
    /// The only value: a string, an integer or a boolean.
    pub(crate) constant: Option<Value>,
    /// The documentation: Markdown, not yet sanitized.
    pub(crate) docs: String,
}

/// An open enum, which preserves unknown values.
#[derive(Debug)]
pub(super) struct Enumeration<V> {
    pub(super) variants: Vec<EnumVariant<V>>,
    /// The name of the variant for unknown values.
    pub(super) unknown: String,
}

#[derive(Debug)]
pub(super) struct EnumVariant<V> {
    pub(super) name: String,
    pub(super) value: V,
    pub(super) docs: String,
}

#[derive(Debug)]
pub(super) struct Union {
    /// The property that determines the variant.
    pub(super) tag: Option<String>,
    pub(super) variants: Vec<UnionVariant>,
    /// The name of the variant for unknown values.
    pub(super) unknown: String,
}

#[derive(Debug)]
pub(super) struct UnionVariant {
    pub(super) name: String,
    pub(super) ty: Type,
    /// The values of the tag for this variant. The first is serialized, unless the value already contains another one.
    pub(super) tags: Vec<String>,
    pub(super) docs: String,
}
