//! Generates the credentials: a separate type for each scheme.
//!
//! Most credentials are a type of the runtime with a marker of the scheme. Credentials whose constructors depend on the
//! description (the names of keys, or a login operation) are generated types.

mod oauth;
mod scopes;
mod session_login;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::Visibility;
use super::writer::Writer;
use crate::api::{Api, Key, Scheme, SchemeKind};
use crate::doc_sanitizer::docs;
use crate::errors_and_warnings::Error;
use crate::one_line_docs::code;

pub(super) fn write(api: &Api, writer: &mut Writer) -> Result<(), Error> {
    let about = "The credentials of each security scheme, and the scopes of its tokens.";
    writer.module(("credentials", about, Visibility::Private), |writer| {
        // The name of a scheme can clash with a type of the runtime that the credentials of another scheme use.
        writer.register("crate::credentials", api.schemes.iter().flat_map(types));
        for scheme in &api.schemes {
            writer.items(&items(api, scheme))?;
            if let Some(scopes) = scheme.oauth().and_then(|oauth| scopes::scope_type(oauth, scheme)) {
                writer.items(&scopes)?;
            }
        }
        Ok(())
    })
}

/// The names of the types of a scheme.
fn types(scheme: &Scheme) -> impl Iterator<Item = &str> {
    let scopes = scheme.oauth().and_then(|oauth| oauth.scope_type.as_deref());
    let marker = scheme.marker.as_deref();
    std::iter::once(scheme.credentials.as_str()).chain(marker).chain(scopes)
}

fn items(api: &Api, scheme: &Scheme) -> TokenStream {
    let marker = scheme.marker.as_ref().map(|name| format_ident!("{name}"));
    match &scheme.kind {
        SchemeKind::Basic => alias(scheme, &quote!(evergrant_sdk::BasicCredentials<#marker>)),
        SchemeKind::Bearer => alias(scheme, &quote!(evergrant_sdk::BearerCredentials<#marker>)),
        SchemeKind::OAuth(oauth) => match oauth.flows.as_slice() {
            [flow] => {
                let grant = oauth::grant(flow.grant);
                alias(scheme, &quote!(evergrant_sdk::OAuthCredentials<#grant, #marker>))
            }
            flows => oauth::of_several_grants(scheme, flows),
        },
        SchemeKind::Keys(keys) => newtype(scheme, &quote!(KeyCredentials), &self::keys(keys)),
        SchemeKind::Session(session) => newtype(
            scheme,
            &quote!(SessionCredentials),
            &session_login::constructors(api, session),
        ),
        SchemeKind::Unsupported(_) => quote!(),
    }
}

/// An alias of a runtime type with the marker of the scheme.
fn alias(scheme: &Scheme, of: &TokenStream) -> TokenStream {
    let (docs, name) = (about(scheme), format_ident!("{}", scheme.credentials));
    let marker = marker(scheme);
    quote! {
        #docs
        pub type #name = #of;

        #marker
    }
}

fn marker(scheme: &Scheme) -> Option<TokenStream> {
    let name = format_ident!("{}", scheme.marker.as_ref()?);
    let docs = docs(&format!("Marks the credentials of the scheme {}.", code(&scheme.name)));
    Some(quote! {
        #docs
        #[derive(Debug)]
        pub enum #name {}
    })
}

/// A generated type around a runtime type.
fn newtype(scheme: &Scheme, inner: &TokenStream, constructors: &TokenStream) -> TokenStream {
    let (docs, name) = (about(scheme), format_ident!("{}", scheme.credentials));
    quote! {
        #docs
        #[derive(Debug, Clone)]
        pub struct #name(pub(crate) evergrant_sdk::#inner);

        impl #name {
            #constructors
        }
    }
}

fn about(scheme: &Scheme) -> TokenStream {
    let mut text = format!("Credentials for the scheme {}: {}.", code(&scheme.name), scheme.title());
    if let Some(description) = &scheme.description {
        text += &format!("\n\n{}", description.trim());
    }
    docs(&text)
}

fn keys(keys: &[Key]) -> TokenStream {
    let arguments: Vec<_> = keys.iter().map(|key| format_ident!("{}", key.argument)).collect();
    let locations: Vec<String> = keys
        .iter()
        .map(|key| format!("{} in {}", code(&key.name), key.location.phrase()))
        .collect();
    let docs = docs(&format!(
        "Creates credentials that calls send as {}.",
        locations.join(" and ")
    ));
    let many =
        (keys.len() > 7).then(|| quote!(#[expect(clippy::too_many_arguments, reason = "the scheme has as many keys")]));
    quote! {
        #docs
        #many
        #[must_use]
        pub fn new(#(#arguments: impl Into<evergrant_sdk::Secret>),*) -> Self {
            Self(evergrant_sdk::KeyCredentials::new([#(#arguments.into()),*] as [evergrant_sdk::Secret; _]))
        }
    }
}
