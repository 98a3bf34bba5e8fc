//! Decides which members are boxed because a struct would contain itself, and which are stored in an `OpaqueBox`
//! because the compiler would reach its recursion limit.

use proc_macro2::TokenStream;
use quote::quote;

use super::model::Shape;
use super::strongly_connected_components::strongly_connected_components;
use super::type_depth::TypeDepths;
use super::{Models, Type};

/// How a model stores a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Indirection {
    None,
    Box,
    /// In the runtime's `OpaqueBox`, whose content the compiler does not examine.
    Opaque,
}

impl Indirection {
    /// Returns the type of the member or variant.
    pub(super) fn wrap_type(self, ty: TokenStream) -> TokenStream {
        match self {
            Self::None => ty,
            Self::Box => quote!(Box<#ty>),
            Self::Opaque => quote!(evergrant_sdk::OpaqueBox<#ty>),
        }
    }

    /// Returns the function that wraps a value, if there is an indirection.
    pub(super) fn constructor(self) -> Option<TokenStream> {
        match self {
            Self::None => None,
            Self::Box => Some(quote!(Box::new)),
            Self::Opaque => Some(quote!(evergrant_sdk::OpaqueBox::new)),
        }
    }

    /// Returns the expression that wraps a value.
    pub(super) fn wrap_value(self, value: TokenStream) -> TokenStream {
        match self.constructor() {
            Some(constructor) => quote!(#constructor(#value)),
            None => value,
        }
    }
}

/// The indirections between all models.
pub(super) struct Indirections {
    /// The strongly connected component of each struct: structs that contain each other.
    scc: Vec<usize>,
    pub(super) depths: TypeDepths,
}

impl Indirections {
    pub(super) fn new(models: &Models) -> Self {
        let edges: Vec<Vec<usize>> = models
            .list
            .iter()
            .map(|model| contained_structs(models, &model.shape))
            .collect();
        Self {
            scc: strongly_connected_components(&edges),
            depths: TypeDepths::new(models),
        }
    }

    /// Returns how the struct with this index stores a member of this type.
    pub(super) fn member(&self, models: &Models, model: usize, ty: &Type) -> Indirection {
        let contains_itself = || directly_contained(models, ty).is_some_and(|other| self.scc[model] == self.scc[other]);
        match self.depths.is_too_deep(models, model, ty) {
            true => Indirection::Opaque,
            false if contains_itself() => Indirection::Box,
            false => Indirection::None,
        }
    }

    /// Returns how the struct with this index stores the map of additional properties of this type.
    pub(super) fn additional(&self, models: &Models, model: usize, ty: &Type) -> Indirection {
        match self.depths.is_additional_too_deep(models, model, ty) {
            true => Indirection::Opaque,
            false => Indirection::None,
        }
    }

    /// Returns how the union with this index stores a variant of this type.
    pub(super) fn variant(&self, models: &Models, model: usize, ty: &Type) -> Indirection {
        match self.depths.is_too_deep(models, model, ty) {
            true => Indirection::Opaque,
            false if matches!(ty, Type::Named(_)) => Indirection::Box,
            false => Indirection::None,
        }
    }
}

fn contained_structs(models: &Models, shape: &Shape) -> Vec<usize> {
    match shape {
        Shape::Struct(object) => object
            .fields
            .iter()
            .filter_map(|field| directly_contained(models, &field.ty))
            .collect(),
        _ => Vec::new(),
    }
}

/// Returns the struct that a type contains inline. Arrays, maps and unions store their values on the heap.
fn directly_contained(models: &Models, ty: &Type) -> Option<usize> {
    let Type::Named(name) = ty.non_null() else { return None };
    let index = *models.by_name.get(name)?;
    matches!(models.list[index].shape, Shape::Struct(_)).then_some(index)
}
