//! Generates the code of models.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::all_models::{Models, Module};
use super::boxed_members::Indirections;
use super::constant_members::ConstMembers;
use super::model::{Model, Shape};
use super::{Type, emit_enum, emit_struct, emit_type_erased_box, emit_union};
use crate::doc_sanitizer::docs;

/// The relations between all models.
pub(crate) struct Context<'m> {
    pub(super) models: &'m Models,
    pub(super) indirections: Indirections,
    pub(super) consts: ConstMembers<'m>,
}

impl<'m> Context<'m> {
    pub(super) fn new(models: &'m Models) -> Self {
        Self {
            models,
            indirections: Indirections::new(models),
            consts: ConstMembers::new(models),
        }
    }

    /// Iterates over the definitions of a module's models, which use the path `crate::models::Name` for each other.
    pub(crate) fn items(&self, module: &'m Module) -> impl Iterator<Item = TokenStream> {
        module.members.iter().map(|&index| self.item(index))
    }

    fn item(&self, index: usize) -> TokenStream {
        let model = &self.models.list[index];
        let opaque = emit_type_erased_box::opaque_impl(self, index);
        let item = match &model.shape {
            Shape::Struct(object) => emit_struct::item(self, index, object),
            Shape::StringEnum(texts) => emit_enum::string_enum(model, texts),
            Shape::IntegerEnum(integers) => emit_enum::integer_enum(model, integers),
            Shape::Union(union) => emit_union::item(self, index, union),
            Shape::Alias(ty) => alias(model, ty),
            Shape::Pending => alias(model, &Type::Json),
        };
        quote!(#item #opaque)
    }
}

fn alias(model: &Model, ty: &Type) -> TokenStream {
    let docs = docs(&model.docs);
    let name = format_ident!("{}", model.name);
    let ty = ty.tokens();
    quote! {
        #docs
        pub type #name = #ty;
    }
}
