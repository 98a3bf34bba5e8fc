//! The client's builder: a setter for everything that the description leaves to the application.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use crate::api::{Api, Scheme, SchemeKind};
use crate::docs::docs;
use crate::prose::code;
use crate::rust::describe::index;

pub(super) fn builder(api: &Api) -> TokenStream {
    let credentials = api
        .schemes
        .iter()
        .enumerate()
        .filter_map(|(position, scheme)| setters(api, position, scheme));
    let servers = api.servers.list.iter().enumerate().skip(1).map(|(index, server)| {
        let setter = format_ident!("{}", server.setter);
        let docs = docs(&format!(
            "The URL of the server {}, in place of the environment's.",
            code(&server.name)
        ));
        quote! {
            #docs
            pub fn #setter(mut self, url: impl Into<String>) -> Self {
                self.settings.server(#index, url);
                self
            }
        }
    });
    let variables = api.servers.variables.iter().enumerate().map(|(index, variable)| {
        let (setter, index) = (format_ident!("{}", variable.setter), Literal::usize_unsuffixed(index));
        let text = variable
            .description
            .clone()
            .unwrap_or_else(|| format!("The part {} of the servers' URLs.", code(&variable.name)));
        let docs = docs(&format!("{}\n\nBy default {}.", text.trim(), code(&variable.default)));
        let (ty, value) = match &variable.type_name {
            Some(name) => {
                let name = format_ident!("{name}");
                (quote!(super::environment::#name), quote!(value.value()))
            }
            None => (quote!(impl Into<String>), quote!(value)),
        };
        quote! {
            #docs
            pub fn #setter(mut self, value: #ty) -> Self {
                self.settings.variable(#index, #value);
                self
            }
        }
    });
    let headers = api.headers.iter().enumerate().map(|(index, header)| {
        let (setter, index) = (format_ident!("{}", header.setter), Literal::usize_unsuffixed(index));
        let text = header.description.clone().unwrap_or_default();
        let docs = docs(&format!(
            "The header {} of every call. It never goes to a token endpoint.\n\n{}",
            code(&header.name),
            text.trim()
        ));
        quote! {
            #docs
            pub fn #setter(mut self, value: impl Into<evergrant_sdk::Secret>) -> Self {
                self.settings.described_header(#index, value);
                self
            }
        }
    });
    quote! {
        /// What a [`Client`] can be told. Started by [`Client::builder`].
        #[derive(Debug, Clone)]
        #[must_use = "a builder does nothing until `build` is called"]
        pub struct ClientBuilder {
            settings: Settings,
        }

        impl ClientBuilder {
            #(#credentials)*

            /// Where the API is. By default the first environment.
            pub fn environment(mut self, environment: Environment) -> Self {
                self.settings.environment(environment as usize);
                self
            }

            #(#variables)*

            /// The URL of the API, in place of the environment's.
            pub fn base_url(mut self, url: impl Into<String>) -> Self {
                self.settings.server(0, url);
                self
            }

            #(#servers)*

            #(#headers)*

            /// Limits each time that a call is sent; zero for no limit. 60 seconds by default. A wait for a token has its own limit,
            /// and streams that have begun have none.
            pub fn timeout(mut self, limit: Duration) -> Self {
                self.settings.timeout(limit);
                self
            }

            /// A header for every call. It never goes to a token endpoint, nor to an origin that is not allowed.
            pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
                self.settings.header(name, value);
                self
            }

            /// The HTTP client's own settings, such as a proxy or certificates, for calls and token requests alike.
            pub fn http(
                mut self,
                settings: impl Fn(evergrant_sdk::reqwest::ClientBuilder) -> evergrant_sdk::reqwest::ClientBuilder
                    + Send
                    + Sync
                    + 'static,
            ) -> Self {
                self.settings.http(settings);
                self
            }

            /// Uses an HTTP client that the application has. Build it with `redirect::Policy::none()`, or it follows redirects with
            /// credentials by itself.
            pub fn danger_http_client(mut self, client: evergrant_sdk::reqwest::Client) -> Self {
                self.settings.danger_http_client(client);
                self
            }

            /// Lets credentials travel unencrypted to this one origin, such as a sidecar of a service mesh.
            pub fn danger_allow_http_to(mut self, origin: Origin) -> Self {
                self.settings.danger_allow_http_to(origin);
                self
            }

            /// Lets credentials go to one more origin, such as one that the API redirects to.
            pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
                self.settings.allow_origin(origin);
                self
            }

            /// Which answers mean that the token is no longer good, besides a 401 and those that say so themselves
            /// (`WWW-Authenticate: Bearer error="invalid_token"`): some APIs answer 403 to an expired token.
            pub fn renew_when(
                mut self,
                rule: impl Fn(&evergrant_sdk::http::response::Parts) -> bool + Send + Sync + 'static,
            ) -> Self {
                self.settings.renew_when(rule);
                self
            }

            /// Lets a call go on with the next configured alternative of its security when a token cannot be had for a reason that
            /// may pass by itself.
            pub fn with_fallback(mut self) -> Self {
                self.settings.with_fallback();
                self
            }

            /// Builds the client. Nothing is sent.
            ///
            /// # Errors
            /// [`BuildError`] names the setting that cannot work.
            pub fn build(self) -> Result<Client, BuildError> {
                Ok(Client { core: self.settings.build()? })
            }
        }
    }
}

fn setters(api: &Api, position: usize, scheme: &Scheme) -> Option<TokenStream> {
    let kind = match &scheme.kind {
        SchemeKind::Basic => quote!(basic),
        SchemeKind::Bearer => quote!(bearer),
        SchemeKind::Keys(_) => quote!(keys),
        SchemeKind::Session(_) => quote!(session),
        SchemeKind::OAuth(_) => quote!(oauth),
        SchemeKind::Unsupported(_) => return None,
    };
    let (setter, credentials) = (
        format_ident!("{}", scheme.setter),
        format_ident!("{}", scheme.credentials),
    );
    let index = Literal::usize_unsuffixed(index(api, position));
    let own = docs(&format!("Credentials for the scheme {}.", code(&scheme.name)));
    let token = scheme.token_setter.as_ref().map(|name| {
        let name = format_ident!("{name}");
        let docs = docs(&format!(
            "Starts the scheme {} from this token; all else that is configured for it stays.",
            code(&scheme.name)
        ));
        quote! {
            #docs
            pub fn #name(mut self, token: evergrant_sdk::Token) -> Self {
                self.settings.token(#index, token);
                self
            }
        }
    });
    Some(quote! {
        #own
        pub fn #setter(mut self, credentials: super::credentials::#credentials) -> Self {
            self.settings.#kind(#index, credentials.0);
            self
        }

        #token
    })
}
