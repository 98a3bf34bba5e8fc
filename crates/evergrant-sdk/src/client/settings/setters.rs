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
    /// Sets the credentials of a Basic scheme. `scheme` is its index in
    /// [`Api::schemes`](crate::metadata::Api::schemes).
    pub fn basic<S>(&mut self, scheme: usize, credentials: BasicCredentials<S>) {
        self.set_credentials(scheme, SchemeCredentials::Basic(Arc::new(credentials.with_marker())));
    }

    /// Sets the credentials of a bearer scheme. `scheme` is its index in
    /// [`Api::schemes`](crate::metadata::Api::schemes).
    pub fn bearer<S>(&mut self, scheme: usize, credentials: BearerCredentials<S>) {
        self.set_credentials(scheme, SchemeCredentials::Bearer(Arc::new(credentials.with_marker())));
    }

    /// Sets the credentials of a scheme that consists of one or more API keys. `scheme` is its index in
    /// [`Api::schemes`](crate::metadata::Api::schemes).
    pub fn keys(&mut self, scheme: usize, credentials: KeyCredentials) {
        self.set_credentials(scheme, SchemeCredentials::Keys(Arc::new(credentials)));
    }

    /// Sets the credentials of an OAuth scheme. `scheme` is its index in
    /// [`Api::schemes`](crate::metadata::Api::schemes).
    pub fn oauth<G, S>(&mut self, scheme: usize, credentials: OAuthCredentials<G, S>) {
        self.set_credentials(scheme, SchemeCredentials::OAuth(Arc::new(credentials.into_settings())));
    }

    /// Sets the credentials of a session scheme, in which a login operation returns a session token. `scheme` is the
    /// index of the scheme in [`Api::schemes`](crate::metadata::Api::schemes).
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

    /// Sets the initial token of an OAuth or session scheme, whose credentials must also be set. `scheme` is the index
    /// of the scheme in [`Api::schemes`](crate::metadata::Api::schemes). An initial token cannot be combined with
    /// `least_privilege` or with a session's [fixed token](SessionCredentials::token).
    ///
    /// The token is only used with the current endpoints of the scheme. If a second client is built from
    /// [`Core::settings`](crate::Core::settings) with other endpoints, such as those of another environment, that
    /// client does not use the token.
    pub fn token(&mut self, scheme: usize, token: Token) {
        if let Some(scheme) = self.configuration.schemes.get_mut(scheme) {
            scheme.token = Some(Arc::new(token));
        }
    }

    /// Selects the environment, whose URLs the servers use. `environment` is its index in
    /// [`Api::environments`](crate::metadata::Api::environments). The default is the first environment.
    pub fn environment(&mut self, environment: usize) {
        self.configuration.environment = environment;
    }

    /// Sets the value of a variable in the URLs of servers. `variable` is its index in
    /// [`Api::variables`](crate::metadata::Api::variables). If the API description lists the allowed values, `value`
    /// must be one of them. The value cannot change other parts of the URL.
    pub fn variable(&mut self, variable: usize, value: impl Into<String>) {
        put(&mut self.configuration.variables, variable, Some(value.into()));
    }

    /// Sets the URL of a server, in place of the URL for the selected environment. `server` is its index in
    /// [`Api::servers`](crate::metadata::Api::servers).
    pub fn server(&mut self, server: usize, url: impl Into<String>) {
        put(&mut self.configuration.servers, server, Some(url.into()));
    }

    /// Sets the time limit of each call, from its start until the response body is read. The limit includes the wait
    /// for a token or a login, a repeated request after a 401, and redirects. The request of a login is itself a call,
    /// with its own limit of the same length. Zero means no limit; the default is 60 s. For a streaming call, the limit
    /// applies until the response head arrives; see [`Call::timeout`](crate::Call::timeout).
    pub fn timeout(&mut self, limit: Duration) {
        self.configuration.timeout = limit;
    }

    /// Adds a header to every call to an allowed origin. The header is never sent with token requests.
    pub fn header(&mut self, name: HeaderName, value: HeaderValue) {
        self.configuration.headers.insert(name, value);
    }

    /// Sets the value of a header that the API description lists for every call. `header` is its index in
    /// [`Api::headers`](crate::metadata::Api::headers). The value is treated as a secret.
    pub fn described_header(&mut self, header: usize, value: impl Into<Secret>) {
        put(&mut self.configuration.described_headers, header, Some(value.into()));
    }

    /// Changes the settings of the HTTP client for calls and token requests, such as the proxy and the certificates.
    ///
    /// If these settings come from an [existing client](crate::Core::settings), OAuth schemes keep their tokens, and
    /// their token requests continue to use the connections of the existing client. To change these connections too,
    /// set new credentials for the scheme.
    ///
    /// `change` is called several times: see [`evergrant_reqwest::ClientBuilder::http`].
    pub fn http(&mut self, change: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static) {
        self.configuration.http = Arc::new(HttpSource::Customized(Box::new(change)));
    }

    /// Uses an existing HTTP client for calls and token requests. This crate cannot inspect or change the redirect
    /// policy and the proxies of `client`: see [`evergrant_reqwest::ClientBuilder::danger_http_client`] for the
    /// required settings. If these settings come from an existing API client, OAuth schemes keep the tokens and
    /// connections of that client, as described at [`http`](Self::http).
    pub fn danger_http_client(&mut self, client: reqwest::Client) {
        self.configuration.http = Arc::new(HttpSource::Provided(client));
    }

    /// Allows credentials, including the client secret, to be sent unencrypted (`http://`) to this origin. The origin
    /// does not become an allowed origin. To send credentials to this origin after a redirect, also call
    /// [`allow_origin`](Self::allow_origin).
    pub fn danger_allow_http_to(&mut self, origin: Origin) {
        if !self.configuration.plaintext.contains(&origin) {
            self.configuration.plaintext.push(origin);
        }
    }

    /// Allows credentials to be sent to an origin other than those of the API's servers, such as the redirect target
    /// `https://files.example.com`. An invalid origin is an error of [`build`](Self::build).
    pub fn allow_origin(&mut self, origin: impl Into<String>) {
        let text = origin.into();
        // An invalid origin is reported by `build`.
        let origin = text.parse().map_or(text, |origin: Origin| origin.to_string());
        if !self.configuration.origins.contains(&origin) {
            self.configuration.origins.push(origin);
        }
    }

    /// Sets a rule that recognizes further responses as a rejection of the token, in addition to
    /// [`evergrant::rejects_token`]. Some APIs return 403, 400, 419 or 498 for an expired token. The client handles
    /// such a response like a 401: it fetches a new token and repeats the request, with the same limits and pauses.
    pub fn renew_when(&mut self, rule: impl Fn(&ResponseHead<'_>) -> bool + Send + Sync + 'static) {
        self.configuration.renew_when = Some(Arc::new(rule));
    }

    /// Sets a rule for responses that do not reject the token, although [`evergrant::rejects_token`] or the rule of
    /// [`renew_when`](Self::renew_when) matches them. Some APIs return 401 for a wrong password in the request body, or
    /// for a missing permission. If the rule returns `true`, the call returns the response, and the client keeps the
    /// token.
    pub fn keep_token_when(&mut self, rule: impl Fn(&ResponseHead<'_>) -> bool + Send + Sync + 'static) {
        self.configuration.keep_token_when = Some(Arc::new(rule));
    }

    /// Lets a call use the next alternative of its security requirement if the token for one alternative cannot be
    /// fetched because of a transient failure. See [`evergrant::RequirementBuilder::with_fallback`].
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
