//! Credentials for sessions: a key that the application has, or a login that gives one.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::api::{Api, BodyKind, Session};
use crate::docs::docs;
use crate::prose::code;

pub(super) fn body(api: &Api, session: &Session) -> TokenStream {
    let header = code(&session.header);
    let fixed = docs(&format!(
        "A key that the application has from elsewhere, sent in the header {header}."
    ));
    let login = session.operation.map(|(group, operation)| {
        let group = &api.groups[group];
        let operation = &group.operations[operation];
        let (group, method) = (format_ident!("{}", group.method), format_ident!("{}", operation.method_name));
        let member = &session.token;
        let send = quote! {
            async move { evergrant_sdk::session_token(&*call.send().await?, #member) }
        };
        let again = "The call is made when a key is needed, once however many ask, and again when the API no longer takes the key (a 401).";
        let with = |name: &str, ty: &TokenStream, required: bool| {
            let name = format_ident!("{name}");
            let docs = docs(&format!("Logs in with `{}` to have the key. {again}", operation.method_name));
            let call = match required {
                true => quote!(client.#group().#method(&body)),
                false => quote!(client.#group().#method().body(&body)),
            };
            quote! {
                #docs
                #[must_use]
                pub fn #name(body: #ty) -> Self {
                    Self(evergrant_sdk::SessionCredentials::log_in(move |core| {
                        let client = super::super::client::Client::from(core);
                        let call = #call;
                        #send
                    }))
                }
            }
        };
        let body = operation.body.as_ref().and_then(|body| match &body.kind {
            BodyKind::Json(ty) => Some((ty.tokens(&quote!(super::super::models)), body.required)),
            _ => None,
        });
        let docs = docs(&format!("Logs in with `{}` to have the key. {again}", operation.method_name));
        let without = quote! {
            #docs
            #[must_use]
            pub fn log_in() -> Self {
                Self(evergrant_sdk::SessionCredentials::log_in(move |core| {
                    let client = super::super::client::Client::from(core);
                    let call = client.#group().#method();
                    #send
                }))
            }
        };
        match body {
            Some((ty, true)) => with("log_in", &ty, true),
            Some((ty, false)) => {
                let with = with("log_in_with", &ty, false);
                quote!(#without #with)
            }
            None => without,
        }
    });
    quote! {
        #fixed
        #[must_use]
        pub fn new(key: impl Into<evergrant_sdk::Secret>) -> Self {
            Self(evergrant_sdk::SessionCredentials::token(key))
        }

        #login
    }
}
