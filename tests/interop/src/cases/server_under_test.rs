//! The server under test: token managers, API clients and endpoints.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use evergrant::client_auth::ClientAuthMethod;
use evergrant::{ClientCredentials, Token, TokenManager, TokenManagerBuilder};
use serde_json::Value;

use super::Program;
use crate::registered_clients::{ClientRegistration, PLAIN};
use crate::server::{Proxies, RunningServer, Server};

/// The server under test.
#[derive(Debug)]
pub(crate) struct Target {
    pub(super) server: &'static Server,
    pub(super) program: Arc<Program>,
    pub(super) proxies: Option<Proxies>,
    /// For requests without the library: introspection, revocation, and independent checks.
    http: reqwest::Client,
    base_url: String,
}

impl Target {
    pub(crate) fn new(running: &RunningServer, http: reqwest::Client, program: Arc<Program>) -> Self {
        Self {
            server: running.server,
            program,
            proxies: running.proxies(),
            http,
            base_url: running.base_url.clone(),
        }
    }

    pub(super) fn token_url(&self) -> String {
        self.url(self.server.token_path)
    }

    /// The token URL at another loopback port.
    pub(super) fn token_url_at(&self, scheme: &str, port: u16) -> String {
        format!("{scheme}://127.0.0.1:{port}/{}", self.server.token_path)
    }

    /// Sends a token request of the plain client without the library.
    pub(super) async fn request_token(&self, url: &str) -> Result<reqwest::Response> {
        let request = self.http.post(url).basic_auth(PLAIN.id, Some(PLAIN.secret));
        Ok(request.form(&[("grant_type", "client_credentials")]).send().await?)
    }

    pub(super) fn whoami_url(&self) -> String {
        self.url("api/whoami")
    }

    /// A path below the server's root.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// The server's issuer.
    pub(super) fn issuer(&self) -> &str {
        self.base_url.trim_end_matches('/')
    }

    /// A manager builder for this client with the server's client authentication.
    pub(super) fn manager(&self, client: ClientRegistration) -> TokenManagerBuilder {
        self.manager_with(client.id, client.secret, self.server.basic)
    }

    pub(super) fn manager_with(&self, id: &str, secret: &str, auth: ClientAuthMethod) -> TokenManagerBuilder {
        ClientCredentials::builder(id, auth.with(secret)).token_url(self.token_url())
    }

    /// A client for the server's test API.
    pub(super) fn api(&self, tokens: TokenManager) -> Result<evergrant_reqwest::Client> {
        let rejected_token_status = self.server.rejected_token_status;
        let client = evergrant_reqwest::Client::builder(tokens)
            .base_url(self.url("api/"))
            .renew_when(move |response| response.status() == rejected_token_status)
            .build()?;
        Ok(client)
    }

    /// Returns the owner of the token according to the server's API, without the library.
    pub(super) async fn owner(&self, token: &str) -> Result<String> {
        self.caller(&format!("Bearer {token}")).await
    }

    /// Returns the caller of a request with this `Authorization` header, according to the server's API.
    pub(super) async fn caller(&self, authorization: &str) -> Result<String> {
        let request = self.http.get(self.whoami_url()).header("authorization", authorization);
        let response = request.send().await?;
        ensure!(
            response.status() == 200,
            "the API returned {} for the token",
            response.status()
        );
        client_id(&response.json().await?)
    }

    /// Returns the page at a URL, with its redirects followed and its cookies kept.
    pub(super) async fn get(&self, url: &str) -> Result<String> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let mut url = url::Url::parse(url)?;
        let mut cookies = Vec::new();
        for _ in 0..5 {
            let response = http
                .get(url.clone())
                .header("cookie", cookies.join("; "))
                .send()
                .await?;
            for cookie in response.headers().get_all("set-cookie") {
                let cookie = cookie.to_str()?.split(';').next().unwrap_or_default();
                cookies.push(cookie.to_owned());
            }
            let Some(location) = response.headers().get("location") else {
                return Ok(response.text().await?);
            };
            url = url.join(location.to_str()?)?;
        }
        bail!("too many redirects, the last one to {url}")
    }

    /// Introspects the token (RFC 7662); `None` if the server has no introspection.
    pub(super) async fn introspect(&self, token: &Token) -> Result<Option<Value>> {
        let Some(path) = self.server.introspection_path else {
            return Ok(None);
        };
        let response = self.post_token(path, token).await?;
        Ok(Some(response.json().await?))
    }

    /// Revokes a token of the plain client (RFC 7009); `false` if the server has no revocation.
    pub(super) async fn revoke(&self, token: &Token) -> Result<bool> {
        let Some(path) = self.server.revocation_path else {
            return Ok(false);
        };
        self.post_token(path, token).await?;
        Ok(true)
    }

    async fn post_token(&self, path: &str, token: &Token) -> Result<reqwest::Response> {
        let request = self
            .http
            .post(self.url(path))
            .basic_auth(PLAIN.id, Some(PLAIN.secret))
            .form(&[("token", token.access_token().expose())]);
        let response = request.send().await?;
        if !response.status().is_success() {
            bail!("{path} returned {}", response.status());
        }
        Ok(response)
    }
}

/// The library's transport. Proxies in the environment are not used for loopback.
pub(super) fn transport() -> Result<evergrant_reqwest::Transport> {
    Ok(evergrant_reqwest::Transport::from_builder(reqwest::Client::builder)?)
}

/// The client id in a response of the API or of introspection.
pub(super) fn client_id(body: &Value) -> Result<String> {
    let id = body["client_id"].as_str();
    Ok(id.with_context(|| format!("no client_id in {body}"))?.to_owned())
}
