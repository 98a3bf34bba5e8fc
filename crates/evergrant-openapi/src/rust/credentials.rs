//! Credentials: a type for each scheme, so that none can be mistaken for another.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::{Module, Visibility};
use crate::api::{Api, BodyKind, Flow, Grant, Key, OAuth, Scheme, SchemeKind, Session};
use crate::docs::docs;
use crate::prose::code;

pub(super) fn module(api: &Api) -> Module {
    let about = "Credentials, a type for each security scheme; and the scopes that tokens can have.";
    let mut module = Module::new("credentials", about, Visibility::Public, TokenStream::new());
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
        module.items.extend(quote!(pub use self::#name::{#(#types),*};));
        module.modules.push(Module::new(
            &scheme.module,
            "One scheme's credentials.",
            Visibility::Private,
            items,
        ));
    }
    module
}

fn items(api: &Api, scheme: &Scheme) -> Option<TokenStream> {
    let (inner, body) = match &scheme.kind {
        SchemeKind::Basic => (quote!(BasicCredentials), basic()),
        SchemeKind::Bearer => (quote!(BearerCredentials), bearer()),
        SchemeKind::Keys(keys) => (quote!(KeyCredentials), self::keys(keys)),
        SchemeKind::Session(session) => (quote!(SessionCredentials), self::session(api, session)),
        SchemeKind::OAuth(oauth) => (quote!(OAuthCredentials), self::oauth(oauth)),
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
    let scopes = scheme.oauth().and_then(|oauth| scope_type(oauth, scheme));
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
        .map(|key| {
            format!(
                "{} in the {}",
                code(&key.name),
                format!("{:?}", key.place).to_lowercase()
            )
        })
        .collect();
    let docs = docs(&format!("Sends {}.", shown.join(", ")));
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

fn session(api: &Api, session: &Session) -> TokenStream {
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

fn oauth(oauth: &OAuth) -> TokenStream {
    let alone = oauth.flows.len() == 1;
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

        /// One token for each distinct set of scopes that operations need, instead of one token for all of them.
        #[must_use]
        pub fn least_privilege(self) -> Self {
            Self(self.0.least_privilege())
        }

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

        /// The authorization endpoint, in place of the description's.
        #[must_use]
        pub fn authorization_url(self, url: impl Into<String>) -> Self {
            Self(self.0.authorization_url(url))
        }

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

fn scope_type(oauth: &OAuth, scheme: &Scheme) -> Option<TokenStream> {
    let name = format_ident!("{}", oauth.scope_type.as_ref()?);
    let about = docs(&format!(
        "The scopes that tokens of {} can have (RFC 6749 section 3.3).",
        code(&scheme.name)
    ));
    let all = oauth.scopes.iter().map(|scope| format_ident!("{}", scope.variant));
    let count = Literal::usize_unsuffixed(oauth.scopes.len());
    let variants = oauth.scopes.iter().map(|scope| {
        let text = match &scope.description {
            Some(description) => format!("{}: {}", code(&scope.name), description.trim()),
            None => format!("{}.", code(&scope.name)),
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
            /// Every scope of the description.
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
