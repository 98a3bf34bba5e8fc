//! What a model is before it is code.

use super::Type;

/// One public type.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) name: String,
    /// Which module it stands in.
    pub(super) module: usize,
    /// Markdown that is not made harmless yet.
    pub(super) docs: String,
    pub(super) shape: Shape,
}

#[derive(Debug)]
pub(super) enum Shape {
    /// Named, and not looked into yet.
    Pending,
    Struct(Struct),
    Texts(Enumeration<String>),
    Integers(Enumeration<i64>),
    Union(Union),
    Alias(Type),
}

#[derive(Debug)]
pub(super) struct Struct {
    pub(super) fields: Vec<Field>,
    /// The field of all other members, and what they are.
    pub(super) rest: Option<(String, Type)>,
}

/// A member of an object.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// Its name on the wire.
    pub(crate) wire: String,
    /// Its name in Rust, an identifier.
    pub(crate) rust: String,
    /// Its type in JSON; without regard to whether it is required.
    pub(crate) ty: Type,
    /// Whether who makes the object has to give it.
    pub(crate) required: bool,
    /// Whether it is bytes where it is no JSON.
    pub(crate) is_binary: bool,
    /// What its documentation says, as Markdown that is not made harmless yet.
    pub(crate) docs: String,
}

/// An enum that is open: a value that the description does not have is kept.
#[derive(Debug)]
pub(super) struct Enumeration<V> {
    pub(super) variants: Vec<EnumVariant<V>>,
    /// The name of the variant for all other values.
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
    /// The member that tells the variants apart.
    pub(super) tag: Option<String>,
    pub(super) variants: Vec<UnionVariant>,
    /// The name of the variant for all else.
    pub(super) unknown: String,
}

#[derive(Debug)]
pub(super) struct UnionVariant {
    pub(super) name: String,
    pub(super) ty: Type,
    /// The tag's values that mean this variant. The first is written, unless the value itself has another of them.
    pub(super) tags: Vec<String>,
    pub(super) docs: String,
}
