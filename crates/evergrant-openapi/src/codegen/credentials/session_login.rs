//! Generates session credentials: an existing key, or a login operation that returns one.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::api::{Api, BodyKind, Session};
use crate::doc_sanitizer::docs;
use crate::one_line_docs::code;

pub(super) fn constructors(api: &Api, session: &Session) -> TokenStream {
    let header = code(&session.header);
    let fixed = docs(&format!(
        "Creates credentials from an existing session key, which calls send in the header {header}."
    ));
    let login = session.operation.map(|(group, operation)| {
        let group = &api.groups[group];
        let operation = &group.operations[operation];
        let (group, method) = (format_ident!("{}", group.type_name), format_ident!("{}", operation.method_name));
        let member = &session.token;
        let send = quote! {
            async move { evergrant_sdk::session_token(&*call.send().await?, #member) }
        };
        let operations = quote!(super::operations::#group { dispatcher: &dispatcher });
        let again = "The first call that needs the key logs in. Concurrent calls share one login. When the API rejects the key with a 401, the client logs in again.";
        let with = |name: &str, ty: &TokenStream, required: bool| {
            let name = format_ident!("{name}");
            let docs = docs(&format!("Creates credentials that fetch the session key by calling `{}`.\n\n{again}", operation.method_name));
            let call = match required {
                true => quote!(operations.#method(&body)),
                false => quote!(operations.#method().body(&body)),
            };
            quote! {
                #docs
                #[must_use]
                pub fn #name(body: #ty) -> Self {
                    Self(evergrant_sdk::SessionCredentials::log_in(move |dispatcher| {
                        let operations = #operations;
                        let call = #call;
                        #send
                    }))
                }
            }
        };
        let body = operation.body.as_ref().and_then(|body| match &body.kind {
            BodyKind::Json(ty) => Some((ty.tokens(), body.required)),
            _ => None,
        });
        let docs = docs(&format!("Creates credentials that fetch the session key by calling `{}`.\n\n{again}", operation.method_name));
        let without = quote! {
            #docs
            #[must_use]
            pub fn log_in() -> Self {
                Self(evergrant_sdk::SessionCredentials::log_in(move |dispatcher| {
                    let operations = #operations;
                    let call = operations.#method();
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
