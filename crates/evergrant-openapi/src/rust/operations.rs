//! A module for each group of operations.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{Module, Visibility, answers, describe, forms, operation};
use crate::api::{Api, BodyKind, Group};
use crate::docs::docs;
use crate::prose::code;

pub(super) fn module(api: &Api) -> Module {
    let about = "The API's operations, grouped as the description groups them.";
    let mut module = Module::new("operations", about, Visibility::Public, TokenStream::new());
    for group in &api.groups {
        let name = format_ident!("{}", group.module);
        let types = types(group);
        module.items.extend(quote!(pub use self::#name::{#(#types),*};));
        module.modules.push(Module::new(
            &group.module,
            "One group of operations.",
            Visibility::Public,
            items(api, group),
        ));
    }
    module
}

/// The group's own type alone is found beside those of other groups; what calls are made of stays in its module.
fn types(group: &Group) -> Vec<proc_macro2::Ident> {
    vec![format_ident!("{}", group.type_name)]
}

fn items(api: &Api, group: &Group) -> TokenStream {
    let name = format_ident!("{}", group.type_name);
    let text = match &group.description {
        Some(description) => description.trim().to_owned(),
        None => format!("The operations of {}.", code(&group.method)),
    };
    let docs = docs(&text);
    let statics = group.operations.iter().map(describe::operation);
    let methods = group
        .operations
        .iter()
        .map(|operation| operation::method(api, operation));
    let calls = group.operations.iter().map(|operation| {
        let form = operation.body.as_ref().and_then(|body| match &body.kind {
            BodyKind::Multipart { type_name, parts } => Some(forms::form(type_name, parts)),
            _ => None,
        });
        let call = operation::call(operation);
        let answers = answers::enumerations(operation);
        quote!(#call #form #answers)
    });
    quote! {
        use std::time::Duration;

        use evergrant_sdk::describe as d;
        use evergrant_sdk::http::{HeaderName, HeaderValue};
        use evergrant_sdk::{Call, Core, Error, Response};

        #(#statics)*

        #docs
        #[derive(Debug, Clone, Copy)]
        pub struct #name<'a> {
            pub(crate) core: &'a Core,
        }

        impl #name<'_> {
            #(#methods)*
        }

        #(#calls)*
    }
}
