//! Setters for the settings of a client.

use std::sync::Arc;
use std::time::Duration;

use evergrant::origin::Origin;
use evergrant::{ResponseHead, Secret, Token};
use http::{HeaderName, HeaderValue};

use super::Settings;
use crate::configuration::{Fallback, HttpSource, SchemeCredentials, SchemeSettings};
use crate::credentials::{BasicCredentials, BearerCredentials, KeyCredentials, OAuthCredentials, SessionCredentials};

impl Settings {
    /// Sets the credentials of a Basic scheme.
    pub fn basic<S>(&mut self, scheme: usize, credentials: BasicCredentials<S>) {
        self.set_credentials(scheme, SchemeCredentials::Basic(Arc::new(credentials.with_marker())));
    }

    /// Sets the credentials of a bearer scheme.
    pub fn bearer<S>(&mut self, scheme: usize, credentials: BearerCredentials<S>) {
        self.set_credentials(scheme, SchemeCredentials::Bearer(Arc::new(credentials.with_marker())));
    }

    /// Sets the credentials of a scheme that consists of one or more API keys.
    pub fn keys(&mut self, scheme: usize, credentials: KeyCredentials) {
        self.set_credentials(scheme, SchemeCredentials::Keys(Arc::new(credentials)));
    }

    /// Sets the credentials of an OAuth scheme.
    pub fn oauth<G, S>(&mut self, scheme: usize, credentials: OAuthCredentials<G, S>) {
        self.set_credentials(scheme, SchemeCredentials::OAuth(Arc::new(credentials.into_settings())));
    }

    /// Sets the credentials of a session scheme.
    pub fn session(&mut self, scheme: usize, credentials: SessionCredentials) {
        self.set_credentials(scheme, SchemeCredentials::Session(Arc::new(credentials)));
    }

    /// Sets the credentials. An initial token that was set for the new credentials is kept; one of previous credentials
    /// is dropped.
    fn set_credentials(&mut self, index: usize, credentials: SchemeCredentials) {
        let earlier = self
            .previous
            .as_ref()
            .and_then(|client| client.configuration.schemes.get(index));
        let new_token = |scheme: &SchemeSettings| {
            scheme
                .token
                .clone()
                .filter(|_| earlier.is_none_or(|earlier| !earlier.has_same_token(scheme)))
        };
        let token = self.configuration.schemes.get(index).and_then(new_token);
        let credentials = Some(credentials);
        put(
            &mut self.configuration.schemes,
            index,
            SchemeSettings { credentials, token },
        );
    }

    /// Sets the initial token of an OAuth or session scheme, whose credentials must also be set. An initial token
    /// cannot be combined with `least_privilege` or with a session's [fixed token](SessionCredentials::token).
    ///
    /// The token is only valid for the current endpoints of the scheme. A client that is derived from the built client
    /// with other endpoints, such as those of another environment, does not use the token.
    pub fn token(&mut self, scheme: usize, token: Token) {
        if let Some(scheme) = self.configuration.schemes.get_mut(scheme) {
            scheme.token = Some(Arc::new(token));
        }
    }

    /// Selects the environment by its index in [`Api::environments`](crate::metadata::Api::environments). The default
    /// is the first environment.
    pub fn environment(&mut self, environment: usize) {
        self.configuration.environment = environment;
    }

    /// Sets the value of a variable in server URLs. If the description lists values, `value` must be one of them. The
    /// value cannot change other parts of the URL.
    pub fn variable(&mut self, variable: usize, value: impl Into<String>) {
        put(&mut self.configuration.variables, variable, Some(value.into()));
    }

    /// Sets the URL of the server with this index, in place of the URL of the selected environment.
    pub fn server(&mut self, server: usize, url: impl Into<String>) {
        put(&mut self.configuration.servers, server, Some(url.into()));
    }

    /// Sets the time limit of a call, from its start to the end of the response's body: it includes the wait for a
    /// token, a login, a replay and redirects. A login is a call of its own, with the same limit. Zero means no limit;
    /// the default is 60 s. For a streaming call, the limit applies until the response head arrives; see
    /// [`Call::timeout`](crate::Call::timeout).
    pub fn timeout(&mut self, limit: Duration) {
        self.configuration.timeout = limit;
    }

    /// Adds a header to every call to an allowed origin. The header is never sent with token requests.
    pub fn header(&mut self, name: HeaderName, value: HeaderValue) {
        self.configuration.headers.insert(name, value);
    }

    /// Sets the value of a header that the description lists for every call. The value is treated as a secret.
    pub fn described_header(&mut self, header: usize, value: impl Into<Secret>) {
        put(&mut self.configuration.described_headers, header, Some(value.into()));
    }

    /// Changes the settings of the HTTP client for calls and token requests, such as the proxy and certificates.
    ///
    /// If the settings come from an [existing client](crate::Core::settings), OAuth schemes keep their tokens, and
    /// their token requests continue to use the previous connections. To change these connections too, set new
    /// credentials for the scheme.
    ///
    /// `change` is called several times; see [`evergrant_reqwest::ClientBuilder::http`].
    pub fn http(&mut self, change: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static) {
        self.configuration.http = Arc::new(HttpSource::Customized(Box::new(change)));
    }

    /// Uses an existing HTTP client for calls and token requests. This crate cannot inspect or change the client's
    /// redirect policy and proxies; see [`evergrant_reqwest::ClientBuilder::danger_http_client`] for the required
    /// settings. OAuth schemes keep existing tokens and the connections of their token requests, as described at
    /// [`http`](Self::http).
    pub fn danger_http_client(&mut self, client: reqwest::Client) {
        self.configuration.http = Arc::new(HttpSource::Provided(client));
    }

    /// Allows credentials, including the client secret, to be sent unencrypted to this origin. The origin does not
    /// become an allowed origin: for the target of a redirect, also call [`allow_origin`](Self::allow_origin).
    pub fn danger_allow_http_to(&mut self, origin: Origin) {
        if !self.configuration.plaintext.contains(&origin) {
            self.configuration.plaintext.push(origin);
        }
    }

    /// Allows credentials to be sent to another origin, such as the redirect target `https://files.example.com`.
    pub fn allow_origin(&mut self, origin: impl Into<String>) {
        let text = origin.into();
        // An invalid origin is reported by `build`.
        let origin = text.parse().map_or(text, |origin: Origin| origin.to_string());
        if !self.configuration.origins.contains(&origin) {
            self.configuration.origins.push(origin);
        }
    }

    /// Adds a rule that recognizes further responses as a rejection of the token, in addition to
    /// [`evergrant::rejects_token`]: some APIs return 403, 400, 419 or 498 for an expired token. Such a response is
    /// handled like a 401, with the same limits and pauses.
    pub fn renew_when(&mut self, rule: impl Fn(&ResponseHead<'_>) -> bool + Send + Sync + 'static) {
        self.configuration.renew_when = Some(Arc::new(rule));
    }

    /// Sets a rule for responses that do not reject the token, although [`evergrant::rejects_token`] or
    /// [`renew_when`](Self::renew_when) says so: some APIs return 401 for a wrong password in the request's body, or
    /// for a missing right. Such a response is returned, and the token is kept.
    pub fn keep_token_when(&mut self, rule: impl Fn(&ResponseHead<'_>) -> bool + Send + Sync + 'static) {
        self.configuration.keep_token_when = Some(Arc::new(rule));
    }

    /// Lets a call use the next alternative of its security requirement when the token of one alternative cannot be
    /// fetched because of a transient failure; see [`evergrant::RequirementBuilder::with_fallback`].
    pub fn with_fallback(&mut self) {
        self.configuration.fallback = Fallback::On;
    }
}

/// Sets a list entry. An index that is not in the description is ignored.
fn put<T>(list: &mut [T], index: usize, value: T) {
    if let Some(entry) = list.get_mut(index) {
        *entry = value;
    }
}
