//! Generates multipart forms: one type for each form, built from its parts.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::method_arguments::argument;
use crate::api::{Part, PartKind};
use crate::doc_sanitizer::docs;
use crate::one_line_docs::code;

pub(super) fn form(type_name: &str, parts: &[Part]) -> TokenStream {
    let name = format_ident!("{type_name}");
    let (required, optional): (Vec<&Part>, Vec<&Part>) = parts.iter().partition(|part| part.required);
    let fields = parts.iter().map(|part| {
        let (ident, ty) = (format_ident!("{}", part.ident), field_type(part));
        match part.required {
            true => quote!(#ident: #ty),
            false => quote!(#ident: Option<#ty>),
        }
    });
    let arguments = required.iter().map(|part| {
        let ident = format_ident!("{}", part.ident);
        let ty = argument_of(part).0;
        quote!(#ident: #ty)
    });
    let conversions = required.iter().map(|part| argument_of(part).1);
    let all = parts.iter().map(|part| {
        let ident = format_ident!("{}", part.ident);
        match part.required {
            true => quote!(#ident),
            false => quote!(#ident: None),
        }
    });
    let setters = optional.iter().map(|part| {
        let ident = format_ident!("{}", part.ident);
        let ((ty, conversion), docs) = (argument_of(part), docs(&part_docs(part)));
        quote! {
            #docs
            pub fn #ident(mut self, #ident: #ty) -> Self {
                #conversion
                self.#ident = Some(#ident);
                self
            }
        }
    });
    let steps = parts
        .iter()
        .enumerate()
        .map(|(index, part)| match index + 1 == parts.len() {
            true => append(part),
            false => {
                let step = append(part);
                quote!(let parts = #step;)
            }
        });
    let mut text = "A multipart form.\n".to_owned();
    for part in &required {
        let line = part_docs(part).split_whitespace().collect::<Vec<_>>().join(" ");
        text += &format!("\n- {}: {line}", code(&part.ident));
    }
    let docs = docs(&text);
    let many = (required.len() > 7)
        .then(|| quote!(#[expect(clippy::too_many_arguments, reason = "the form requires as many parts")]));
    let lone = required
        .is_empty()
        .then(|| quote!(#[expect(clippy::new_without_default, reason = "all forms are created in the same way")]));
    quote! {
        #docs
        #[derive(Debug, Clone)]
        #[must_use = "a form does nothing until it is sent"]
        pub struct #name {
            #(#fields),*
        }

        impl #name {
            /// Creates a form with the required parts.
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
                #(#steps)*
            }
        }
    }
}

fn field_type(part: &Part) -> TokenStream {
    match &part.kind {
        PartKind::File => quote!(evergrant_sdk::FilePart),
        PartKind::Files => quote!(Vec<evergrant_sdk::FilePart>),
        PartKind::Text(ty) | PartKind::Texts(ty) | PartKind::Json(ty) => ty.tokens(),
    }
}

/// The type of a part's argument, and its conversion.
fn argument_of(part: &Part) -> (TokenStream, TokenStream) {
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
        PartKind::Text(ty) | PartKind::Texts(ty) | PartKind::Json(ty) => {
            let argument = argument(&ident, ty);
            (argument.ty, argument.conversion)
        }
    }
}

/// Adds the part to `parts`. Fields are accessed through `form`, so part names cannot clash with local variables.
fn append(part: &Part) -> TokenStream {
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
        PartKind::Texts(_) => quote!(parts.values(#name, &#value)),
        PartKind::Json(_) => quote!(parts.json(#name, &#value)),
    };
    let content_type = part.content_type.as_ref().map(|ty| quote!(.content_type(#name, #ty)));
    let headers = part
        .headers
        .iter()
        .map(|(header, value)| quote!(.part_header(#name, #header, #value)));
    let step = quote!(#step #content_type #(#headers)*);
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

fn part_docs(part: &Part) -> String {
    match &part.description {
        Some(description) => description.trim().to_owned(),
        None => format!("The part {}.", code(&part.name)),
    }
}
