//! Which members have to be boxed, as a struct would contain itself through them, and which have to be kept out of the type,
//! as the compiler would have to look through too many types at once.

use proc_macro2::TokenStream;
use quote::quote;

use super::groups::groups;
use super::model::Shape;
use super::webs::Webs;
use super::{Models, Type};

/// How a model holds a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Plain,
    Boxed,
    /// In the runtime's box, into which the compiler does not look.
    Nested,
}

impl Held {
    /// The type of the member or variant.
    pub(super) fn ty(self, ty: TokenStream) -> TokenStream {
        match self {
            Self::Plain => ty,
            Self::Boxed => quote!(Box<#ty>),
            Self::Nested => quote!(evergrant_sdk::Nested<#ty>),
        }
    }

    /// What makes the member from a value, if that is not the member.
    pub(super) fn maker(self) -> Option<TokenStream> {
        match self {
            Self::Plain => None,
            Self::Boxed => Some(quote!(Box::new)),
            Self::Nested => Some(quote!(evergrant_sdk::Nested::new)),
        }
    }

    /// The member, from a value.
    pub(super) fn made(self, value: TokenStream) -> TokenStream {
        match self.maker() {
            Some(maker) => quote!(#maker(#value)),
            None => value,
        }
    }
}

/// How all models hold each other.
pub(super) struct Boxes {
    /// The groups of structs that contain each other.
    group: Vec<usize>,
    pub(super) webs: Webs,
}

impl Boxes {
    pub(super) fn new(models: &Models) -> Self {
        let edges: Vec<Vec<usize>> = models
            .list
            .iter()
            .map(|model| contained(models, &model.shape))
            .collect();
        Self {
            group: groups(&edges),
            webs: Webs::new(models),
        }
    }

    /// How a member of this type is held by the struct with this index.
    pub(super) fn member(&self, models: &Models, model: usize, ty: &Type) -> Held {
        let contains_itself = || direct(models, ty).is_some_and(|other| self.group[model] == self.group[other]);
        match self.webs.is_too_deep(models, model, ty) {
            true => Held::Nested,
            false if contains_itself() => Held::Boxed,
            false => Held::Plain,
        }
    }

    /// How the map of all other members, which are of this type, is held.
    pub(super) fn rest(&self, models: &Models, model: usize, ty: &Type) -> Held {
        match self.webs.is_rest_too_deep(models, model, ty) {
            true => Held::Nested,
            false => Held::Plain,
        }
    }

    /// How a variant of this type is held by the union with this index.
    pub(super) fn variant(&self, models: &Models, model: usize, ty: &Type) -> Held {
        match self.webs.is_too_deep(models, model, ty) {
            true => Held::Nested,
            false if matches!(ty, Type::Named(_)) => Held::Boxed,
            false => Held::Plain,
        }
    }
}

fn contained(models: &Models, shape: &Shape) -> Vec<usize> {
    match shape {
        Shape::Struct(object) => object
            .fields
            .iter()
            .filter_map(|field| direct(models, &field.ty))
            .collect(),
        _ => Vec::new(),
    }
}

/// The struct that a value of the type holds in itself; arrays, maps and unions hold theirs elsewhere.
fn direct(models: &Models, ty: &Type) -> Option<usize> {
    let Type::Named(name) = ty.present() else { return None };
    let index = *models.by_name.get(name)?;
    matches!(models.list[index].shape, Shape::Struct(_)).then_some(index)
}
