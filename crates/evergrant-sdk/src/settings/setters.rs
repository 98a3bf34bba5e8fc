//! What a client can be told, setting by setting.

use std::sync::Arc;
use std::time::Duration;

use evergrant::origin::Origin;
use evergrant::{Secret, Token};
use http::{HeaderName, HeaderValue};

use super::{Fallback, Given, HttpSource, Scheme, Settings};
use crate::{BasicCredentials, BearerCredentials, KeyCredentials, OAuthCredentials, SessionCredentials};

impl Settings {
    /// Configures a scheme of basic authentication.
    pub fn basic(&mut self, scheme: usize, credentials: BasicCredentials) {
        self.give(scheme, Given::Basic(Arc::new(credentials)));
    }

    /// Configures a bearer scheme.
    pub fn bearer(&mut self, scheme: usize, credentials: BearerCredentials) {
        self.give(scheme, Given::Bearer(Arc::new(credentials)));
    }

    /// Configures a scheme of API keys.
    pub fn keys(&mut self, scheme: usize, credentials: KeyCredentials) {
        self.give(scheme, Given::Keys(Arc::new(credentials)));
    }

    /// Configures an OAuth scheme.
    pub fn oauth(&mut self, scheme: usize, credentials: OAuthCredentials) {
        self.give(scheme, Given::OAuth(Arc::new(credentials)));
    }

    /// Configures a session scheme.
    pub fn session(&mut self, scheme: usize, credentials: SessionCredentials) {
        self.give(scheme, Given::Session(Arc::new(credentials)));
    }

    /// A token that was set for these credentials, whether before or after them, stays; one of earlier credentials goes.
    fn give(&mut self, index: usize, given: Given) {
        let earlier = self
            .previous
            .as_ref()
            .and_then(|client| client.settings.schemes.get(index));
        let kept = |scheme: &Scheme| {
            scheme
                .token
                .clone()
                .filter(|_| earlier.is_none_or(|it| !it.has_same_token(scheme)))
        };
        let token = self.schemes.get(index).and_then(kept);
        let given = Some(given);
        put(&mut self.schemes, index, Scheme { given, token });
    }

    /// Starts from this token; all else of the OAuth or session scheme, which has its credentials already, stays as it is. Not with
    /// [`least_privilege`](OAuthCredentials::least_privilege), nor with a session's [fixed token](SessionCredentials::token).
    ///
    /// It is for the endpoints that the scheme has with these settings: a client that is made of the built one with others, as those
    /// of another environment, does not start from it.
    pub fn token(&mut self, scheme: usize, token: Token) {
        if let Some(scheme) = self.schemes.get_mut(scheme) {
            scheme.token = Some(Arc::new(token));
        }
    }

    /// Chooses an environment.
    pub fn environment(&mut self, environment: usize) {
        self.environment = environment;
    }

    /// Sets a variable of the servers' URLs: one of its values; where it has none, any text that stays in its place.
    pub fn variable(&mut self, variable: usize, value: impl Into<String>) {
        put(&mut self.variables, variable, Some(value.into()));
    }

    /// Sets a server's URL, in place of the environment's.
    pub fn server(&mut self, server: usize, url: impl Into<String>) {
        put(&mut self.servers, server, Some(url.into()));
    }

    /// Limits each try of a call, its answer's body included; zero for no limit. 60 s by default. Of a stream, the wait for its
    /// beginning is limited: see [`Call::timeout`](crate::Call::timeout).
    pub fn timeout(&mut self, limit: Duration) {
        self.timeout = limit;
    }

    /// A header for every call that goes to an allowed origin; never for token requests.
    pub fn header(&mut self, name: HeaderName, value: HeaderValue) {
        self.headers.insert(name, value);
    }

    /// The value of a header that the description names for every call, kept out of sight.
    pub fn described_header(&mut self, header: usize, value: impl Into<Secret>) {
        put(&mut self.described_headers, header, Some(value.into()));
    }

    /// Changes the HTTP client's own settings: proxy, certificates. For calls and token requests alike.
    ///
    /// Where the settings are those of a [client](crate::Core::settings), OAuth schemes keep their tokens, and token requests the
    /// connections that they have: to change those too, give the scheme credentials that are made anew.
    ///
    /// `change` is asked several times; see [`evergrant_reqwest::ClientBuilder::http`].
    pub fn http(&mut self, change: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static) {
        self.http = Arc::new(HttpSource::Changed(Box::new(change)));
    }

    /// A finished HTTP client for calls and token requests alike, whose redirect policy and proxies can no longer be seen or
    /// changed; see [`evergrant_reqwest::ClientBuilder::danger_http_client`] for how to build it. Of tokens that are there already, the
    /// same is true as with [`http`](Self::http).
    pub fn danger_http_client(&mut self, client: reqwest::Client) {
        self.http = Arc::new(HttpSource::Finished(client));
    }

    /// Lets credentials, the client's secret included, travel unencrypted to this one origin, where they may go there at all: where
    /// a redirect of the API leads, that takes [`allow_origin`](Self::allow_origin) too.
    pub fn danger_allow_http_to(&mut self, origin: Origin) {
        if !self.plaintext.contains(&origin) {
            self.plaintext.push(origin);
        }
    }

    /// Lets credentials go to one more origin, such as `https://files.example.com`, where a redirect leads.
    pub fn allow_origin(&mut self, origin: impl Into<String>) {
        let text = origin.into();
        // One that cannot be read is an error of the build.
        let origin = text.parse().map_or(text, |origin: Origin| origin.to_string());
        if !self.origins.contains(&origin) {
            self.origins.push(origin);
        }
    }

    /// Which answers mean that the token is no longer good, besides those that say so themselves
    /// ([`evergrant::rejects_token`]): some APIs answer 403, 400, 419 or 498 to an expired token. The limits and pauses are those of
    /// a 401.
    pub fn renew_when(&mut self, rule: impl Fn(&http::response::Parts) -> bool + Send + Sync + 'static) {
        self.renew_when = Some(Arc::new(rule));
    }

    /// Moves on to a requirement's next alternative when a token cannot be had for a reason that may pass by itself; see
    /// [`evergrant::RequirementBuilder::with_fallback`].
    pub fn with_fallback(&mut self) {
        self.fallback = Fallback::On;
    }
}

/// An index that the description does not have is ignored.
fn put<T>(list: &mut [T], index: usize, value: T) {
    if let Some(place) = list.get_mut(index) {
        *place = value;
    }
}
