//! How models that are kept out of others are read: by way of one table, since the compiler would otherwise go through all of
//! them one within the other, and gives up on that as well.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::emit::Context;

/// What a model that is kept out of others has besides itself; the first of them has the table.
pub(super) fn item(context: &Context<'_>, index: usize) -> Option<TokenStream> {
    let models = context.models;
    let nested = &context.boxes.webs.nested;
    let first = nested.first().filter(|_| nested.contains(&index))?;
    let table = (*first == index).then(|| table(context));
    let name = format_ident!("{}", models.list[index].name);
    let home = format_ident!("{}", models.module(models.list[*first].module));
    let reader = reader(index);
    Some(quote! {
        impl evergrant_sdk::Nest for #name {
            fn read(value: &serde_json::Value) -> Result<Self, serde_json::Error> {
                (super::#home::READERS.#reader)(value)
            }
        }

        #table
    })
}

fn table(context: &Context<'_>) -> TokenStream {
    let nested = &context.boxes.webs.nested;
    let readers = nested.iter().map(|&index| reader(index));
    let readers: Vec<_> = readers.collect();
    let names = nested
        .iter()
        .map(|&index| format_ident!("{}", context.models.list[index].name));
    let names: Vec<_> = names.collect();
    let all = format_ident!("{}", context.models.readers);
    quote! {
        /// Reads models that are nested in others.
        pub(crate) struct #all {
            #(pub(crate) #readers: fn(&serde_json::Value) -> Result<super::#names, serde_json::Error>,)*
        }

        /// One table: the compiler then does not have to read each within the other.
        pub(crate) static READERS: #all = #all {
            #(#readers: |value| <super::#names as serde::Deserialize>::deserialize(value),)*
        };
    }
}

fn reader(index: usize) -> proc_macro2::Ident {
    format_ident!("reader_{index}")
}
