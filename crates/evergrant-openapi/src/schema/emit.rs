//! Models as code, one after the other.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::boxes::Boxes;
use super::fixed::Fixed;
use super::model::{Model, Shape};
use super::models::{Models, Module};
use super::{Type, emit_enum, emit_struct, emit_union, nest};
use crate::docs::docs;

/// What is known of all models together.
pub(crate) struct Context<'m> {
    pub(super) models: &'m Models,
    pub(super) boxes: Boxes,
    pub(super) fixed: Fixed<'m>,
}

impl<'m> Context<'m> {
    pub(super) fn new(models: &'m Models) -> Self {
        Self {
            models,
            boxes: Boxes::new(models),
            fixed: Fixed::new(models),
        }
    }

    /// The definitions of a module's models one by one, which call each other `super::Name`.
    pub(crate) fn items(&self, module: &'m Module) -> impl Iterator<Item = TokenStream> {
        module.members.iter().map(|&index| self.item(index))
    }

    fn item(&self, index: usize) -> TokenStream {
        let model = &self.models.list[index];
        let nest = nest::item(self, index);
        let item = match &model.shape {
            Shape::Struct(object) => emit_struct::item(self, index, object),
            Shape::Texts(texts) => emit_enum::texts(model, texts),
            Shape::Integers(integers) => emit_enum::integers(model, integers),
            Shape::Union(union) => emit_union::item(self, index, union),
            Shape::Alias(ty) => alias(model, ty),
            Shape::Pending => alias(model, &Type::Json),
        };
        quote!(#item #nest)
    }
}

fn alias(model: &Model, ty: &Type) -> TokenStream {
    let docs = docs(&model.docs);
    let name = format_ident!("{}", model.name);
    let ty = ty.tokens(&quote!(super));
    quote! {
        #docs
        pub type #name = #ty;
    }
}
