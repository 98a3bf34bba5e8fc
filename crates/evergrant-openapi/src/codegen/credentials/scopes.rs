//! Generates the scopes: one enum for each scheme with scopes.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use crate::api::{OAuth, Scheme};
use crate::doc_sanitizer::docs;
use crate::one_line_docs::code;

pub(super) fn scope_type(oauth: &OAuth, scheme: &Scheme) -> Option<TokenStream> {
    let name = format_ident!("{}", oauth.scope_type.as_ref()?);
    let about = docs(&format!(
        "The scopes of the scheme {} (RFC 6749 section 3.3).",
        code(&scheme.name)
    ));
    let all = oauth.scopes.iter().map(|scope| format_ident!("{}", scope.variant));
    let count = Literal::usize_unsuffixed(oauth.scopes.len());
    let variants = oauth.scopes.iter().map(|scope| {
        let text = match &scope.description {
            Some(description) => format!("{}: {}", code(&scope.name), description.trim()),
            None => format!("The scope {}.", code(&scope.name)),
        };
        let (docs, name) = (docs(&text), format_ident!("{}", scope.variant));
        quote!(#docs #name)
    });
    let arms = oauth.scopes.iter().map(|scope| {
        let (variant, name) = (format_ident!("{}", scope.variant), &scope.name);
        quote!(Self::#variant => #name)
    });
    Some(quote! {
        #about
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants),*
        }

        impl #name {
            /// All scopes that the API description lists for the scheme.
            pub const ALL: [Self; #count] = [#(Self::#all),*];
        }

        impl evergrant_sdk::Scope for #name {
            fn name(&self) -> &str {
                match self {
                    #(#arms),*
                }
            }
        }
    })
}
