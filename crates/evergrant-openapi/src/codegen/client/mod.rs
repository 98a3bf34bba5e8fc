//! Generates the client: a method for each group of operations, and the token managers.

mod builder;

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::api_metadata::index;
use crate::api::{Api, Scheme, SchemeKind};
use crate::doc_sanitizer::docs;
use crate::one_line_docs::{code, first_line};

pub(super) fn items(api: &Api) -> TokenStream {
    let title = first_line(&api.package.title);
    let client_docs = docs(&format!(
        "A client for {title}. Clones are cheap and share connections and tokens."
    ));
    let managers = api
        .schemes
        .iter()
        .enumerate()
        .filter_map(|(position, scheme)| manager(api, position, scheme));
    let getters = api
        .schemes
        .iter()
        .enumerate()
        .filter_map(|(position, scheme)| getter(api, position, scheme));
    let groups = api.groups.iter().map(|group| {
        let (method, name) = (format_ident!("{}", group.method), format_ident!("{}", group.type_name));
        let text = match &group.description {
            Some(description) => first_line(description),
            None => format!("The operations of {}.", code(&group.method)),
        };
        let docs = docs(&text);
        quote! {
            #docs
            #[must_use]
            pub fn #method(&self) -> crate::operations::#name<'_> {
                crate::operations::#name { dispatcher: self.core.dispatcher() }
            }
        }
    });
    let credentials: Vec<_> = api
        .schemes
        .iter()
        .filter(|scheme| !scheme.credentials.is_empty())
        .map(|scheme| format_ident!("{}", scheme.credentials))
        .collect();
    let credentials = (!credentials.is_empty()).then(|| quote!(use super::credentials::{#(#credentials),*};));
    let builder = builder::builder(api);
    quote! {
        use std::time::Duration;

        use evergrant_sdk::http::{HeaderName, HeaderValue};
        use evergrant_sdk::{BuildError, Core, Origin, Settings};

        use crate::api::API;
        #credentials
        use crate::environment::Environment;

        #client_docs
        #[derive(Debug, Clone)]
        pub struct Client {
            core: Core,
        }

        impl Client {
            /// Returns a builder for a client.
            pub fn builder() -> ClientBuilder {
                ClientBuilder { settings: Settings::new(&API) }
            }

            /// Returns a client with changed settings, and leaves this client unchanged. Both clients share
            /// connections, and the tokens of all schemes whose settings are the same.
            ///
            /// # Errors
            /// See [`ClientBuilder::build`].
            pub fn with_configuration(
                &self,
                change: impl FnOnce(ClientBuilder) -> ClientBuilder,
            ) -> Result<Self, BuildError> {
                change(ClientBuilder { settings: self.core.settings() }).build()
            }

            /// Returns the environment that this client uses.
            #[must_use]
            pub fn environment(&self) -> Environment {
                Environment::at(self.core.environment())
            }

            /// Returns the base URL of the API, or `None` if it is not set.
            #[must_use]
            pub fn base_url(&self) -> Option<&str> {
                self.core.server_url(0)
            }

            /// Returns the time limit of each attempt of a call. Zero means no limit.
            #[must_use]
            pub fn timeout(&self) -> Duration {
                self.core.timeout()
            }

            #(#getters)*

            #(#managers)*

            #(#groups)*
        }

        #builder
    }
}

fn manager(api: &Api, position: usize, scheme: &Scheme) -> Option<TokenStream> {
    let name = format_ident!("{}", scheme.manager.as_ref()?);
    let index = Literal::usize_unsuffixed(index(api, position));
    let docs = docs(&format!(
        "Returns the token manager of the scheme {}, or `None` if its credentials are not set. Use the token manager to fetch tokens manually, to sign a user in, and to inspect the state of the token.",
        code(&scheme.name)
    ));
    Some(quote! {
        #docs
        #[must_use]
        pub fn #name(&self) -> Option<&evergrant_sdk::TokenManager> {
            self.core.manager(#index)
        }
    })
}

fn getter(api: &Api, position: usize, scheme: &Scheme) -> Option<TokenStream> {
    let (name, credentials) = (
        format_ident!("{}", scheme.getter.as_ref()?),
        format_ident!("{}", scheme.credentials),
    );
    let index = Literal::usize_unsuffixed(index(api, position));
    let of_kind = match scheme.kind {
        SchemeKind::Basic => quote!(basic),
        _ => quote!(oauth),
    };
    let docs = docs(&format!(
        "Returns the credentials of the scheme {}, or `None` if they are not set. Secrets cannot be read back.",
        code(&scheme.name)
    ));
    Some(quote! {
        #docs
        #[must_use]
        pub fn #name(&self) -> Option<#credentials> {
            self.core.#of_kind(#index)
        }
    })
}
