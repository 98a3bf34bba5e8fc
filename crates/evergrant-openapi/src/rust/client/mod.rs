//! The client: a method for each group of operations, and the managers of its tokens.

mod builder;

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::describe::index;
use crate::api::{Api, Scheme, SchemeKind};
use crate::docs::docs;
use crate::prose::{code, first_line};

pub(super) fn items(api: &Api) -> TokenStream {
    let title = first_line(&api.package.title);
    let client_docs = docs(&format!("Calls {title}. A cheap clone."));
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
            pub fn #method(&self) -> super::operations::#name<'_> {
                super::operations::#name { core: &self.core }
            }
        }
    });
    let builder = builder::builder(api);
    quote! {
        use std::time::Duration;

        use evergrant_sdk::http::{HeaderName, HeaderValue};
        use evergrant_sdk::{BuildError, Core, Origin, Settings};

        use super::api::API;
        use super::environment::Environment;

        #client_docs
        #[derive(Debug, Clone)]
        pub struct Client {
            core: Core,
        }

        impl Client {
            /// Starts a client.
            pub fn builder() -> ClientBuilder {
                ClientBuilder { settings: Settings::new(&API) }
            }

            /// A client like this one with other settings; this one is untouched. Connections are shared, as are the tokens of
            /// schemes that are not changed.
            ///
            /// # Errors
            /// Those of [`ClientBuilder::build`].
            pub fn with_configuration(
                &self,
                change: impl FnOnce(ClientBuilder) -> ClientBuilder,
            ) -> Result<Self, BuildError> {
                change(ClientBuilder { settings: self.core.settings() }).build()
            }

            /// The environment that it was built for.
            #[must_use]
            pub fn environment(&self) -> Environment {
                Environment::at(self.core.environment())
            }

            /// The URL of the API.
            #[must_use]
            pub fn base_url(&self) -> Option<&str> {
                self.core.server_url(0)
            }

            /// The limit of each time that a call is sent; zero for none.
            #[must_use]
            pub fn timeout(&self) -> Duration {
                self.core.timeout()
            }

            #(#getters)*

            #(#managers)*

            #(#groups)*
        }

        impl From<Core> for Client {
            fn from(core: Core) -> Self {
                Self { core }
            }
        }

        #builder
    }
}

fn manager(api: &Api, position: usize, scheme: &Scheme) -> Option<TokenStream> {
    let name = format_ident!("{}", scheme.manager.as_ref()?);
    let index = Literal::usize_unsuffixed(index(api, position));
    let docs = docs(&format!(
        "The manager of the tokens of the scheme {}, if it is configured: to fetch one by hand, to sign a user in, to look at its state.",
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
        "The credentials of the scheme {}, if it is configured. Their secrets are not readable.",
        code(&scheme.name)
    ));
    Some(quote! {
        #docs
        #[must_use]
        pub fn #name(&self) -> Option<super::credentials::#credentials> {
            self.core.#of_kind(#index).cloned().map(super::credentials::#credentials)
        }
    })
}
