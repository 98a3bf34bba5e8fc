//! Models as code, a module for each schema.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::boxes::Boxes;
use super::fixed::Fixed;
use super::model::{Model, Shape};
use super::{Module, Schemas, Type, emit_enum, emit_struct, emit_union, nest};
use crate::docs::docs;

/// What is known of all models together.
pub(super) struct Context<'s, 'a> {
    pub(super) schemas: &'s Schemas<'a>,
    pub(super) boxes: Boxes,
    pub(super) fixed: Fixed<'s>,
}

pub(super) fn modules(schemas: &Schemas<'_>) -> Vec<Module> {
    let context = Context {
        schemas,
        boxes: Boxes::new(schemas),
        fixed: Fixed::new(schemas),
    };
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); schemas.modules.len()];
    for (index, model) in schemas.models.iter().enumerate() {
        members[model.module].push(index);
    }
    let main: HashSet<&str> = schemas
        .components
        .values()
        .map(|component| component.name.as_str())
        .collect();
    let mut modules: Vec<Module> = Vec::new();
    for (module, mut models) in members.into_iter().enumerate().filter(|(_, models)| !models.is_empty()) {
        // The component itself comes before what stands inside of it, even if it is but an alias for that.
        models.sort_by_key(|&index| !main.contains(schemas.models[index].name.as_str()));
        modules.push(Module {
            name: schemas.modules[module].clone(),
            types: models.iter().map(|&index| schemas.models[index].name.clone()).collect(),
            items: models.iter().map(|&index| context.item(index)).collect(),
        });
    }
    modules
}

impl Context<'_, '_> {
    fn item(&self, index: usize) -> TokenStream {
        let model = &self.schemas.models[index];
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
