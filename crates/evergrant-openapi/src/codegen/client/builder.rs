//! Generates the client builder: a setter for each credential and setting of the API.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use crate::api::{Api, Scheme, SchemeKind};
use crate::codegen::api_metadata::index;
use crate::doc_sanitizer::docs;
use crate::one_line_docs::code;

pub(super) fn builder(api: &Api) -> TokenStream {
    let credentials = api
        .schemes
        .iter()
        .enumerate()
        .filter_map(|(position, scheme)| setters(api, position, scheme));
    let servers = api.servers.list.iter().enumerate().skip(1).map(|(index, server)| {
        let setter = format_ident!("{}", server.setter);
        let docs = docs(&format!(
            "Sets the URL of the server {}, in place of the environment's URL.",
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
            .unwrap_or_else(|| format!("Sets the variable {} of the server URLs.", code(&variable.name)));
        let default = match variable.required {
            true => "It is required, as the API description has no value for it.".to_owned(),
            false => format!("The default is {}.", code(&variable.default)),
        };
        let docs = docs(&format!("{}\n\n{default}", text.trim()));
        let (ty, value) = match &variable.type_name {
            Some(name) => {
                let name = format_ident!("{name}");
                (quote!(crate::environment::#name), quote!(value.value()))
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
        let text = header
            .description
            .as_deref()
            .unwrap_or("The header is never sent to a token endpoint.");
        let docs = docs(&format!(
            "Sets the header {} on every call.\n\n{}",
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
        /// Builds a [`Client`]. [`Client::builder`] creates the builder.
        #[derive(Debug, Clone)]
        #[must_use = "a builder does nothing until `build` is called"]
        pub struct ClientBuilder {
            settings: Settings,
        }

        impl ClientBuilder {
            #(#credentials)*

            /// Sets the environment, which determines the server URLs. The default is the first environment.
            pub fn environment(mut self, environment: Environment) -> Self {
                self.settings.environment(environment as usize);
                self
            }

            #(#variables)*

            /// Sets the base URL of the API, in place of the URL of the environment.
            pub fn base_url(mut self, url: impl Into<String>) -> Self {
                self.settings.server(0, url);
                self
            }

            #(#servers)*

            #(#headers)*

            /// Sets the time limit of a call, from its start to the end of the response's body. It includes the wait
            /// for a token. The default is 60 seconds; zero means no limit. For a streaming call, the limit applies
            /// until the response head arrives.
            pub fn timeout(mut self, limit: Duration) -> Self {
                self.settings.timeout(limit);
                self
            }

            /// Adds a header to every call. The header is never sent to a token endpoint or to an origin that is not
            /// allowed.
            pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
                self.settings.header(name, value);
                self
            }

            /// Changes the options of the HTTP client for calls and token requests, such as the proxy and certificates.
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

            /// Uses an existing HTTP client for calls and token requests. Build that client with
            /// `redirect::Policy::none()`; otherwise, the client follows redirects itself and sends credentials to
            /// their targets.
            pub fn danger_http_client(mut self, client: evergrant_sdk::reqwest::Client) -> Self {
                self.settings.danger_http_client(client);
                self
            }

            /// Allows credentials to be sent unencrypted to this origin, such as a sidecar of a service mesh.
            pub fn danger_allow_http_to(mut self, origin: Origin) -> Self {
                self.settings.danger_allow_http_to(origin);
                self
            }

            /// Allows credentials to be sent to an additional origin, such as a redirect target of the API.
            pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
                self.settings.allow_origin(origin);
                self
            }

            /// Adds a rule that recognizes further responses as a rejection of the token, such as the 403 that some
            /// APIs return for an expired token. A 401, and any response with
            /// `WWW-Authenticate: Bearer error="invalid_token"`, are always treated as a rejection.
            pub fn renew_when(
                mut self,
                rule: impl Fn(&evergrant_sdk::ResponseHead<'_>) -> bool + Send + Sync + 'static,
            ) -> Self {
                self.settings.renew_when(rule);
                self
            }

            /// Sets a rule for responses that do not reject the token, such as the 401 that some APIs return for a
            /// wrong password in the request's body. Such a response is returned, and the token is kept.
            pub fn keep_token_when(
                mut self,
                rule: impl Fn(&evergrant_sdk::ResponseHead<'_>) -> bool + Send + Sync + 'static,
            ) -> Self {
                self.settings.keep_token_when(rule);
                self
            }

            /// Lets a call use the next security alternative of its operation when the token of one alternative cannot
            /// be fetched because of a transient failure.
            pub fn with_fallback(mut self) -> Self {
                self.settings.with_fallback();
                self
            }

            /// Builds the client. No request is sent.
            ///
            /// # Errors
            /// [`BuildError`] names the invalid setting.
            pub fn build(self) -> Result<Client, BuildError> {
                Ok(Client { core: self.settings.build()? })
            }
        }
    }
}

fn setters(api: &Api, position: usize, scheme: &Scheme) -> Option<TokenStream> {
    let (kind, credentials_value) = match &scheme.kind {
        SchemeKind::Basic => (quote!(basic), quote!(credentials)),
        SchemeKind::Bearer => (quote!(bearer), quote!(credentials)),
        SchemeKind::Keys(_) => (quote!(keys), quote!(credentials.0)),
        SchemeKind::Session(_) => (quote!(session), quote!(credentials.0)),
        SchemeKind::OAuth(_) => (quote!(oauth), quote!(credentials)),
        SchemeKind::Unsupported(_) => return None,
    };
    let has_grants = scheme.oauth().is_some_and(|oauth| oauth.flows.len() > 1);
    let (bounds, grant) = match has_grants {
        true => (quote!(<G: evergrant_sdk::OAuthGrant>), quote!(<G>)),
        false => (quote!(), quote!()),
    };
    let (setter, credentials) = (
        format_ident!("{}", scheme.setter),
        format_ident!("{}", scheme.credentials),
    );
    let index = Literal::usize_unsuffixed(index(api, position));
    let setter_docs = docs(&format!("Sets the credentials for the scheme {}.", code(&scheme.name)));
    let token = scheme.token_setter.as_ref().map(|name| {
        let name = format_ident!("{name}");
        let docs = docs(&format!(
            "Sets the initial token of the scheme {}. The other settings of the scheme do not change.",
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
        #setter_docs
        pub fn #setter #bounds(mut self, credentials: #credentials #grant) -> Self {
            self.settings.#kind(#index, #credentials_value);
            self
        }

        #token
    })
}
