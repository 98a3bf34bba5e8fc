//! Generates the deserialization of models in an `OpaqueBox`. It calls them through a static table, as the compiler
//! would otherwise expand all deserializers recursively and reach its recursion limit.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::emit_models::Context;

/// Generates the `OpaqueValue` implementation of a model. The module of the first such model contains the table.
pub(super) fn opaque_impl(context: &Context<'_>, index: usize) -> Option<TokenStream> {
    let models = context.models;
    let opaque = &context.indirections.depths.opaque;
    let first = opaque.first().filter(|_| opaque.contains(&index))?;
    let table = (*first == index).then(|| table(context));
    let name = format_ident!("{}", models.list[index].name);
    let table_module = models.list[*first].module;
    let table_path = match table_module == models.list[index].module {
        true => quote!(READERS),
        false => {
            let table_module = format_ident!("{}", models.module(table_module));
            quote!(crate::models::#table_module::READERS)
        }
    };
    let reader = reader(index);
    Some(quote! {
        impl evergrant_sdk::OpaqueValue for #name {
            fn from_value(value: &serde_json::Value) -> Result<Self, serde_json::Error> {
                (#table_path.#reader)(value)
            }
        }

        #table
    })
}

fn table(context: &Context<'_>) -> TokenStream {
    let opaque = &context.indirections.depths.opaque;
    let readers = opaque.iter().map(|&index| reader(index));
    let readers: Vec<_> = readers.collect();
    let names = opaque
        .iter()
        .map(|&index| format_ident!("{}", context.models.list[index].name));
    let names: Vec<_> = names.collect();
    let table_type = format_ident!("{}", context.models.readers);
    quote! {
        /// Deserializers of the models that are stored in an [`OpaqueBox`](evergrant_sdk::OpaqueBox).
        pub(crate) struct #table_type {
            #(pub(crate) #readers: fn(&serde_json::Value) -> Result<crate::models::#names, serde_json::Error>,)*
        }

        /// Calls through this table keep the compiler from expanding all deserializers recursively.
        pub(crate) static READERS: #table_type = #table_type {
            #(#readers: |value| crate::models::#names::deserialize(value),)*
        };
    }
}

fn reader(index: usize) -> proc_macro2::Ident {
    format_ident!("reader_{index}")
}
