//! Multipart forms: a type for each, made of its parts.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::values::{argument, models};
use crate::api::{Part, PartKind};
use crate::docs::docs;
use crate::prose::code;

pub(super) fn form(type_name: &str, parts: &[Part]) -> TokenStream {
    let name = format_ident!("{type_name}");
    let (required, optional): (Vec<&Part>, Vec<&Part>) = parts.iter().partition(|part| part.required);
    let fields = parts.iter().map(|part| {
        let (ident, ty) = (format_ident!("{}", part.ident), stored(part));
        match part.required {
            true => quote!(#ident: #ty),
            false => quote!(#ident: Option<#ty>),
        }
    });
    let arguments = required.iter().map(|part| {
        let ident = format_ident!("{}", part.ident);
        let ty = taken(part).0;
        quote!(#ident: #ty)
    });
    let conversions = required.iter().map(|part| taken(part).1);
    let all = parts.iter().map(|part| {
        let ident = format_ident!("{}", part.ident);
        match part.required {
            true => quote!(#ident),
            false => quote!(#ident: None),
        }
    });
    let setters = optional.iter().map(|part| {
        let ident = format_ident!("{}", part.ident);
        let ((ty, conversion), docs) = (taken(part), docs(&described(part)));
        quote! {
            #docs
            pub fn #ident(mut self, #ident: #ty) -> Self {
                #conversion
                self.#ident = Some(#ident);
                self
            }
        }
    });
    let added = parts
        .iter()
        .enumerate()
        .map(|(index, part)| match index + 1 == parts.len() {
            true => added(part),
            false => {
                let added = added(part);
                quote!(let parts = #added;)
            }
        });
    let mut text = "A multipart form.\n".to_owned();
    for part in &required {
        let line = described(part).split_whitespace().collect::<Vec<_>>().join(" ");
        text += &format!("\n- {}: {line}", code(&part.ident));
    }
    let docs = docs(&text);
    let many = (required.len() > 7)
        .then(|| quote!(#[expect(clippy::too_many_arguments, reason = "the form cannot do without them")]));
    let lone = required
        .is_empty()
        .then(|| quote!(#[expect(clippy::new_without_default, reason = "all forms are made in one way")]));
    quote! {
        #docs
        #[derive(Debug, Clone)]
        #[must_use = "a form does nothing until it is sent"]
        pub struct #name {
            #(#fields),*
        }

        impl #name {
            /// With the parts that it cannot do without.
            #many
            #lone
            pub fn new(#(#arguments),*) -> Self {
                #(#conversions)*
                Self { #(#all),* }
            }

            #(#setters)*
        }

        impl From<#name> for evergrant_sdk::Multipart {
            fn from(form: #name) -> Self {
                let parts = Self::new();
                #(#added)*
            }
        }
    }
}

fn stored(part: &Part) -> TokenStream {
    match &part.kind {
        PartKind::File => quote!(evergrant_sdk::FilePart),
        PartKind::Files => quote!(Vec<evergrant_sdk::FilePart>),
        PartKind::Text(ty) | PartKind::Json(ty) => ty.tokens(&models()),
    }
}

/// The argument's type, and its conversion.
fn taken(part: &Part) -> (TokenStream, TokenStream) {
    let ident = format_ident!("{}", part.ident);
    match &part.kind {
        PartKind::File => (
            quote!(impl Into<evergrant_sdk::FilePart>),
            quote!(let #ident = #ident.into();),
        ),
        PartKind::Files => (
            quote!(impl IntoIterator<Item = evergrant_sdk::FilePart>),
            quote!(let #ident = #ident.into_iter().collect();),
        ),
        PartKind::Text(ty) | PartKind::Json(ty) => {
            let argument = argument(&ident, ty);
            (argument.ty, argument.conversion)
        }
    }
}

/// `parts` and this one. The form's fields are reached through `form`, so that no part's name can be that of a local.
fn added(part: &Part) -> TokenStream {
    let (ident, name) = (format_ident!("{}", part.ident), &part.name);
    let value = match part.required {
        true => quote!(form.#ident),
        false => quote!(value),
    };
    let step = match &part.kind {
        PartKind::File => quote!(parts.file(#name, #value)),
        PartKind::Files => quote!(#value.into_iter().fold(parts, |parts, file| parts.file(#name, file))),
        PartKind::Text(crate::schema::Type::String) => quote!(parts.text(#name, #value)),
        PartKind::Text(_) => quote!(parts.value(#name, &#value)),
        PartKind::Json(_) => quote!(parts.json(#name, &#value)),
    };
    match part.required {
        true => step,
        false => quote! {
            match form.#ident {
                Some(value) => #step,
                None => parts,
            }
        },
    }
}

fn described(part: &Part) -> String {
    match &part.description {
        Some(description) => description.trim().to_owned(),
        None => format!("The part {}.", code(&part.name)),
    }
}
