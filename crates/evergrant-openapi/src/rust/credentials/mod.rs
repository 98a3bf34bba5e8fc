//! Credentials: a type for each scheme, so that none can be mistaken for another.

mod oauth;
mod scopes;
mod session;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::Visibility;
use super::writer::Writer;
use crate::api::{Api, Key, Scheme, SchemeKind};
use crate::docs::docs;
use crate::problem::Error;
use crate::prose::code;

pub(super) fn write(api: &Api, writer: &mut Writer) -> Result<(), Error> {
    let about = "Credentials, a type for each security scheme; and the scopes that tokens can have.";
    writer.module(("credentials", about, Visibility::Public), |writer| {
        for scheme in &api.schemes {
            let Some(items) = items(api, scheme) else { continue };
            let name = format_ident!("{}", scheme.module);
            let mut types = vec![format_ident!("{}", scheme.credentials)];
            types.extend(
                scheme
                    .oauth()
                    .and_then(|oauth| oauth.scope_type.as_ref())
                    .map(|name| format_ident!("{name}")),
            );
            writer.items(&quote!(pub use self::#name::{#(#types),*};))?;
            let about = (scheme.module.as_str(), "One scheme's credentials.", Visibility::Private);
            writer.module(about, |writer| writer.items(&items))?;
        }
        Ok(())
    })
}

fn items(api: &Api, scheme: &Scheme) -> Option<TokenStream> {
    let (inner, body) = match &scheme.kind {
        SchemeKind::Basic => (quote!(BasicCredentials), basic()),
        SchemeKind::Bearer => (quote!(BearerCredentials), bearer()),
        SchemeKind::Keys(keys) => (quote!(KeyCredentials), self::keys(keys)),
        SchemeKind::Session(session) => (quote!(SessionCredentials), session::body(api, session)),
        SchemeKind::OAuth(oauth) => (quote!(OAuthCredentials), oauth::body(oauth)),
        SchemeKind::Unsupported(_) => return None,
    };
    let mut text = format!(
        "Credentials for the scheme {}: {}.",
        code(&scheme.name),
        scheme.kind_shown()
    );
    if let Some(description) = &scheme.description {
        text += &format!("\n\n{}", description.trim());
    }
    let (docs, name) = (docs(&text), format_ident!("{}", scheme.credentials));
    let scopes = scheme.oauth().and_then(|oauth| scopes::scope_type(oauth, scheme));
    Some(quote! {
        #docs
        #[derive(Debug, Clone)]
        pub struct #name(pub(crate) evergrant_sdk::#inner);

        impl #name {
            #body
        }

        #scopes
    })
}

fn basic() -> TokenStream {
    quote! {
        /// A user name and a password (RFC 7617).
        #[must_use]
        pub fn new(username: impl Into<String>, password: impl Into<evergrant_sdk::Secret>) -> Self {
            Self(evergrant_sdk::BasicCredentials::new(username, password))
        }

        /// The user name.
        #[must_use]
        pub fn username(&self) -> &str {
            self.0.username()
        }
    }
}

fn bearer() -> TokenStream {
    quote! {
        /// An access token that the application has from elsewhere (RFC 6750).
        #[must_use]
        pub fn new(access_token: impl Into<evergrant_sdk::Secret>) -> Self {
            Self(evergrant_sdk::BearerCredentials::new(access_token))
        }
    }
}

fn keys(keys: &[Key]) -> TokenStream {
    let arguments: Vec<_> = keys.iter().map(|key| format_ident!("{}", key.argument)).collect();
    let shown: Vec<String> = keys
        .iter()
        .map(|key| format!("{} in {}", code(&key.name), key.place.shown()))
        .collect();
    let docs = docs(&format!("Sends {}.", shown.join(" and ")));
    let many = (keys.len() > 7)
        .then(|| quote!(#[expect(clippy::too_many_arguments, reason = "the description has as many keys")]));
    quote! {
        #docs
        #many
        #[must_use]
        pub fn new(#(#arguments: impl Into<evergrant_sdk::Secret>),*) -> Self {
            Self(evergrant_sdk::KeyCredentials::new([#(#arguments.into()),*] as [evergrant_sdk::Secret; _]))
        }
    }
}
