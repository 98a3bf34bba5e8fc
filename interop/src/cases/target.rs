//! A running server as the cases see it: managers and clients for it, and its endpoints.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use evergrant::{ClientAuth, ClientCredentials, Token, TokenManager, TokenManagerBuilder};
use serde_json::Value;

use super::Program;
use crate::client::{PLAIN, Registered};
use crate::server::{Proxies, Running, Server};

/// What a case runs against.
#[derive(Debug)]
pub(crate) struct Target {
    pub(super) server: &'static Server,
    pub(super) program: Arc<Program>,
    pub(super) proxies: Option<Proxies>,
    /// For what the library has no business with: introspection, revocation, a look from outside.
    http: reqwest::Client,
    base: String,
}

impl Target {
    pub(crate) fn new(running: &Running, http: reqwest::Client, program: Arc<Program>) -> Self {
        Self {
            server: running.server,
            program,
            proxies: running.proxies(),
            http,
            base: running.base.clone(),
        }
    }

    pub(super) fn token_url(&self) -> String {
        self.url(self.server.token_path)
    }

    /// The token URL at another port of loopback.
    pub(super) fn token_url_at(&self, scheme: &str, port: u16) -> String {
        format!("{scheme}://127.0.0.1:{port}/{}", self.server.token_path)
    }

    /// The response to a token request of the plain client's, without the library.
    pub(super) async fn ask_for_token(&self, url: &str) -> Result<reqwest::Response> {
        let request = self.http.post(url).basic_auth(PLAIN.id, Some(PLAIN.secret));
        Ok(request.form(&[("grant_type", "client_credentials")]).send().await?)
    }

    pub(super) fn whoami_url(&self) -> String {
        self.url("api/whoami")
    }

    /// A path below the server's root.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// A manager in the making, for this client in the form that the server understands.
    pub(super) fn manager(&self, client: Registered) -> TokenManagerBuilder {
        self.manager_with(client.id, client.secret, self.server.basic)
    }

    pub(super) fn manager_with(&self, id: &str, secret: &str, auth: ClientAuth) -> TokenManagerBuilder {
        ClientCredentials::new(id, secret)
            .token_url(self.token_url())
            .client_auth(auth)
    }

    /// An API client for the server's own small API.
    pub(super) fn api(&self, tokens: TokenManager) -> Result<evergrant_reqwest::Client> {
        let bad_token = self.server.bad_token;
        let client = evergrant_reqwest::Client::builder(tokens)
            .base_url(self.url("api/"))
            .renew_when(move |response| response.status == bad_token)
            .build()?;
        Ok(client)
    }

    /// Asks the server's API who the token belongs to, without the library.
    pub(super) async fn owner(&self, token: &str) -> Result<String> {
        self.caller(&format!("Bearer {token}")).await
    }

    /// The same for a whole `Authorization` header.
    pub(super) async fn caller(&self, authorization: &str) -> Result<String> {
        let request = self.http.get(self.whoami_url()).header("authorization", authorization);
        let response = request.send().await?;
        ensure!(
            response.status() == 200,
            "the API answered {} to the token",
            response.status()
        );
        client_id(&response.json().await?)
    }

    /// What the server's introspection (RFC 7662) says; `None` where there is none.
    pub(super) async fn introspect(&self, token: &Token) -> Result<Option<Value>> {
        let Some(path) = self.server.introspection_path else {
            return Ok(None);
        };
        let response = self.about(path, token).await?;
        Ok(Some(response.json().await?))
    }

    /// Revokes a token (RFC 7009) of the plain client's; `false` where there is no revocation.
    pub(super) async fn revoke(&self, token: &Token) -> Result<bool> {
        let Some(path) = self.server.revocation_path else {
            return Ok(false);
        };
        self.about(path, token).await?;
        Ok(true)
    }

    async fn about(&self, path: &str, token: &Token) -> Result<reqwest::Response> {
        let request = self
            .http
            .post(self.url(path))
            .basic_auth(PLAIN.id, Some(PLAIN.secret))
            .form(&[("token", token.access_token().expose())]);
        let response = request.send().await?;
        if !response.status().is_success() {
            bail!("{path} answered {}", response.status());
        }
        Ok(response)
    }
}

/// The library's transport; a proxy in the environment has no say about loopback.
pub(super) fn transport() -> Result<evergrant_reqwest::Transport> {
    Ok(evergrant_reqwest::Transport::from_builder(reqwest::Client::builder)?)
}

/// The client's id in what the API, or introspection, says.
pub(super) fn client_id(answer: &Value) -> Result<String> {
    let id = answer["client_id"].as_str();
    Ok(id.with_context(|| format!("no client_id in {answer}"))?.to_owned())
}
