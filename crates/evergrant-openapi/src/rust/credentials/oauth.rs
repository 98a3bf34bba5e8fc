//! Credentials for authorization servers: a constructor for each grant, and every setting that tokens have.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::api::{Flow, Grant, OAuth};
use crate::docs::docs;

pub(super) fn body(oauth: &OAuth) -> TokenStream {
    let alone = oauth.flows.len() == 1;
    let signs_in = |flow: &Flow| flow.grant == Grant::AuthorizationCode;
    let authorization_url = oauth.flows.iter().any(signs_in).then(|| {
        quote! {
            /// The authorization endpoint, in place of the description's.
            #[must_use]
            pub fn authorization_url(self, url: impl Into<String>) -> Self {
                Self(self.0.authorization_url(url))
            }
        }
    });
    // A user's sign-in is for one set of scopes, and nobody else's.
    let of_the_client = (!oauth.flows.iter().all(signs_in)).then(|| {
        quote! {
            /// One token for each distinct set of scopes that operations need, instead of one token for all of them.
            #[must_use]
            pub fn least_privilege(self) -> Self {
                Self(self.0.least_privilege())
            }

            /// Shares tokens with other processes: see `evergrant_sdk::OAuthCredentials::store`.
            #[must_use]
            pub fn store(self, store: impl Into<evergrant_sdk::SharedStore>) -> Self {
                Self(self.0.store(store))
            }
        }
    });
    let getters = getters(oauth);
    let constructors = oauth.flows.iter().map(|flow| constructors(flow, alone));
    quote! {
        #(#constructors)*

        /// How the client authenticates at the token endpoint, in place of what the description says (RFC 6749 section 2.3).
        #[must_use]
        pub fn client_auth(self, auth: evergrant_sdk::ClientAuth) -> Self {
            Self(self.0.client_auth(auth))
        }

        /// Adds scopes to ask for. Without any, none are named, and the server gives what it gives by default.
        #[must_use]
        pub fn scopes<S: evergrant_sdk::Scope>(self, scopes: impl IntoIterator<Item = S>) -> Self {
            Self(self.0.scopes(scopes))
        }

        /// Starts from a token that was stored earlier. It is used until it expires, or the API refuses it.
        #[must_use]
        pub fn token(self, token: evergrant_sdk::Token) -> Self {
            Self(self.0.token(token))
        }

        /// Takes tokens from the application. It is asked only when the last token is missing, expired or refused; the exchange
        /// that it is given fetches one from the server.
        #[must_use]
        pub fn token_provider(self, provider: impl evergrant_sdk::TokenProvider) -> Self {
            Self(self.0.token_provider(provider))
        }

        /// Calls back with each new token, to store it.
        #[must_use]
        pub fn on_token_update(self, callback: impl Fn(evergrant_sdk::Token) + Send + Sync + 'static) -> Self {
            Self(self.0.on_token_update(callback))
        }

        /// How long before its expiry a token is no longer used.
        #[must_use]
        pub fn clock_skew(self, skew: std::time::Duration) -> Self {
            Self(self.0.clock_skew(skew))
        }

        /// Makes it an error when the server grants fewer scopes than asked for.
        #[must_use]
        pub fn strict_scopes(self) -> Self {
            Self(self.0.strict_scopes())
        }

        #of_the_client

        /// Leaves fetching to the application: calls without a token, or with an expired one, fail before anything is sent.
        #[must_use]
        pub fn manual(self) -> Self {
            Self(self.0.manual())
        }

        /// The token endpoint, in place of the description's.
        #[must_use]
        pub fn token_url(self, url: impl Into<String>) -> Self {
            Self(self.0.token_url(url))
        }

        #authorization_url

        /// Changes any other setting of the token manager: time limits, retries, further parameters.
        #[must_use]
        pub fn configure(
            self,
            change: impl Fn(evergrant_sdk::TokenManagerBuilder) -> evergrant_sdk::TokenManagerBuilder
                + Send
                + Sync
                + 'static,
        ) -> Self {
            Self(self.0.configure(change))
        }

        #getters
    }
}

/// What may be read back. Secrets may not.
fn getters(oauth: &OAuth) -> TokenStream {
    let has = |grant: Grant| oauth.flows.iter().any(|flow| flow.grant == grant);
    let username = has(Grant::Password).then(|| {
        quote! {
            /// The user of the password grant.
            #[must_use]
            pub fn get_username(&self) -> Option<&str> {
                self.0.get_username()
            }
        }
    });
    let redirect_uri = has(Grant::AuthorizationCode).then(|| {
        quote! {
            /// Where the server sends users back to.
            #[must_use]
            pub fn get_redirect_uri(&self) -> Option<&str> {
                self.0.get_redirect_uri()
            }
        }
    });
    quote! {
        /// The client's id.
        #[must_use]
        pub fn get_client_id(&self) -> &str {
            self.0.get_client_id()
        }

        #username

        #redirect_uri

        /// The scopes that were set.
        #[must_use]
        pub fn get_scopes(&self) -> &evergrant_sdk::Scopes {
            self.0.get_scopes()
        }

        /// The clock skew, if it was set.
        #[must_use]
        pub fn get_clock_skew(&self) -> Option<std::time::Duration> {
            self.0.get_clock_skew()
        }

        /// Whether fetching is left to the application.
        #[must_use]
        pub fn is_manual(&self) -> bool {
            self.0.is_manual()
        }
    }
}

fn constructors(flow: &Flow, alone: bool) -> TokenStream {
    let base = match flow.grant {
        Grant::ClientCredentials => "client_credentials",
        Grant::Password => "password",
        Grant::AuthorizationCode => "authorization_code",
    };
    let of = format_ident!("{base}");
    let of_public = format_ident!("{base}_public");
    let (name, public) = match alone {
        true => (format_ident!("new"), format_ident!("public")),
        false => (of.clone(), of_public.clone()),
    };
    let (text, extra, arguments) = match flow.grant {
        Grant::ClientCredentials => ("The client acts for itself (RFC 6749 section 4.4).", quote!(), quote!()),
        Grant::Password => (
            "The client shows a user's name and password (RFC 6749 section 4.3).",
            quote!(, username: impl Into<String>, password: impl Into<evergrant_sdk::Secret>),
            quote!(, username, password),
        ),
        Grant::AuthorizationCode => (
            "A user signs in with the server (RFC 6749 section 4.1), which sends the browser back to `redirect_uri`.",
            quote!(, redirect_uri: impl Into<String>),
            quote!(, redirect_uri),
        ),
    };
    let docs_own = docs(text);
    let docs_public = docs(&format!("{text} For a client without a secret."));
    quote! {
        #docs_own
        #[must_use]
        pub fn #name(client_id: impl Into<String>, client_secret: impl Into<evergrant_sdk::Secret> #extra) -> Self {
            Self(evergrant_sdk::OAuthCredentials::#of(client_id, client_secret #arguments))
        }

        #docs_public
        #[must_use]
        pub fn #public(client_id: impl Into<String> #extra) -> Self {
            Self(evergrant_sdk::OAuthCredentials::#of_public(client_id #arguments))
        }
    }
}
