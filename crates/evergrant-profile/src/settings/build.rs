//! Builds token managers and clients from settings. No other file calls their builders.

#[cfg(feature = "store")]
use evergrant::Sharing;
use evergrant::client_auth::{ClientAuthMethod, CredentialProvider, SharedClientAuth};
use evergrant::{
    AuthorizationCode, BuildError, ClientCredentials, Grant, TimeLimits, TokenEndpointOptions, TokenManager,
    TokenManagerBuilder,
};
use evergrant_reqwest::{Client, ClientBuilder, Transport};

use super::Settings;
use crate::error::Error;

impl Settings {
    /// Builds a token manager over [`transport`](Self::transport). If `authorization_url` is set, the tokens belong to
    /// a user who signs in ([`TokenManager::sign_in`]); otherwise, they belong to the client itself. The client's
    /// secret is read once.
    ///
    /// # Errors
    /// [`Error`] names the missing or invalid key.
    pub fn tokens(&self) -> Result<TokenManager, Error> {
        let transport = self.transport()?;
        Ok(match self.authorization_url {
            Some(_) => self.authorization_code()?.build(transport)?,
            None => self.client_credentials()?.build(transport)?,
        })
    }

    /// Returns a builder for a token manager of the client credentials grant, to add settings that a profile does not
    /// have.
    ///
    /// # Errors
    /// [`Error`] names the missing or invalid key.
    pub fn client_credentials(&self) -> Result<TokenManagerBuilder, Error> {
        self.client_id()?;
        self.client_credentials_builder(self.client_auth()?)
    }

    /// Returns a builder for a token manager of the client credentials grant, with a secret that the application
    /// provides, for example from a vault. The secret of the profile is not read.
    ///
    /// # Errors
    /// [`Error`] names the missing or invalid key.
    pub fn client_credentials_with(&self, provider: impl CredentialProvider) -> Result<TokenManagerBuilder, Error> {
        self.client_credentials_builder(self.auth_method().with_provider(provider))
    }

    fn client_credentials_builder(&self, auth: SharedClientAuth) -> Result<TokenManagerBuilder, Error> {
        let mut builder = self.apply(ClientCredentials::builder(self.client_id()?, auth))?;
        if let Some(name) = &self.grant_type {
            builder = builder.grant_type(name);
        }
        self.share(builder)
    }

    /// Returns a builder for a token manager of the authorization code grant, to add settings that a profile does not
    /// have. The tokens belong to a user who signs in.
    ///
    /// # Errors
    /// [`Error`] names the missing or invalid key.
    pub fn authorization_code(&self) -> Result<TokenManagerBuilder<AuthorizationCode>, Error> {
        if self.grant_type.is_some() {
            let (setting, expected) = (
                "grant_type",
                "omitted with authorization_url, which uses the authorization code grant",
            );
            return Err(BuildError::OutOfRange { setting, expected }.into());
        }
        self.reject_store()?;
        let (id, auth) = (self.client_id()?, self.client_auth()?);
        let mut builder = self.apply(AuthorizationCode::builder(id, auth))?;
        if let Some(url) = &self.authorization_url {
            builder = builder.authorization_url(url);
        }
        if let Some(uri) = &self.redirect_uri {
            builder = builder.redirect_uri(uri);
        }
        if self.allow_missing_state {
            builder = builder.danger_allow_missing_state();
        }
        let params = self.authorization_params.iter();
        Ok(params.fold(builder, |builder, (name, value)| {
            builder.authorization_param(name, value)
        }))
    }

    /// Builds the transport for token requests, with the [HTTP options](Self::http).
    ///
    /// # Errors
    /// Returns [`Error::CertificatesUnusable`] if `ca_file` is not usable, and [`Error::Build`] if reqwest rejects the
    /// options.
    pub fn transport(&self) -> Result<Transport, Error> {
        let http = self.http()?;
        Ok(Transport::from_builder(|| http.builder())?)
    }

    /// Returns a client builder for the API at `base_url`, with the [HTTP options](Self::http), `allow_origins` and
    /// `renew_on` of the profile.
    ///
    /// # Errors
    /// Returns [`Error::MissingKey`] if `base_url` is not set, and [`Error::CertificatesUnusable`] if `ca_file` is not
    /// usable.
    pub fn client(&self, tokens: TokenManager) -> Result<ClientBuilder, Error> {
        let http = self.http()?;
        let base_url = self.required(&self.base_url, "base_url", "the base URL of the API")?;
        let renew_on = self.renew_on.clone();
        let mut builder = Client::builder(tokens)
            .http(move || http.builder())
            .base_url(base_url)
            .renew_when(move |head| renew_on.contains(&head.status()));
        for origin in &self.plaintext_origins {
            builder = builder.danger_allow_http_to(origin.clone());
        }
        for origin in &self.allow_origins {
            builder = builder.allow_origin(origin.to_string());
        }
        Ok(builder)
    }

    /// Applies the settings that all grants share.
    fn apply<G: Grant>(&self, client: TokenManagerBuilder<G>) -> Result<TokenManagerBuilder<G>, Error> {
        let mut builder = client
            .token_url(self.required(&self.token_url, "token_url", "the URL of the token endpoint")?)
            .scopes(self.scopes.iter().map(String::as_str))
            .token_endpoint_options(self.token_endpoint_options()?);
        if let Some(limit) = self.timeout {
            // In the proportions of the defaults.
            builder = builder.time_limits(TimeLimits::new().attempt(limit).fetch(limit * 3).wait(limit));
        }
        if let Some(audience) = &self.audience {
            builder = builder.audience(audience);
        }
        for resource in &self.resources {
            builder = builder.resource(resource);
        }
        for (name, value) in &self.params {
            builder = builder.param(name, value);
        }
        for origin in &self.plaintext_origins {
            builder = builder.danger_allow_http_to(origin.clone());
        }
        Ok(builder)
    }

    /// Reads the secrets of headers. The HTTP client already sets the `User-Agent`.
    fn token_endpoint_options(&self) -> Result<TokenEndpointOptions, Error> {
        let types = self.token_types.iter();
        let mut options = types.fold(TokenEndpointOptions::new(), TokenEndpointOptions::token_type);
        if let Some(path) = &self.access_token_at {
            options = options.access_token_at(path);
        }
        if self.client_id_in_body {
            options = options.client_id_in_body();
        }
        if self.json_body {
            options = options.json_body();
        }
        self.token_headers
            .iter()
            .try_fold(options, |options, header| header.apply(options))
    }

    /// Stores tokens in the profile's store.
    #[cfg(feature = "store")]
    fn share(&self, builder: TokenManagerBuilder) -> Result<TokenManagerBuilder, Error> {
        let Some(store) = self.store.open()? else {
            return Ok(builder);
        };
        let mut sharing = Sharing::new(store);
        if let Some(limit) = self.store.operation_timeout() {
            sharing = sharing.operation_timeout(limit);
        }
        if let Some(namespace) = &self.store.namespace {
            sharing = sharing.namespace(namespace);
        }
        if let Some(label) = &self.store.credential_label {
            sharing = sharing.credential_label(label);
        }
        Ok(builder.store(sharing))
    }

    #[cfg(not(feature = "store"))]
    fn share(&self, builder: TokenManagerBuilder) -> Result<TokenManagerBuilder, Error> {
        match &self.store.choice {
            Some(crate::StoreChoice::At(location)) => Err(Error::FeatureNotEnabled {
                setting: location.setting().to_owned(),
                feature: "store",
            }),
            _ => Ok(builder),
        }
    }

    /// Returns an error if a store is set: tokens of a user must not be shared.
    fn reject_store(&self) -> Result<(), Error> {
        if matches!(self.store.choice, Some(crate::StoreChoice::At(_))) {
            let with = "the authorization code grant, whose tokens belong to one user";
            let instead = "store them with on_token_update(..) and token(..), or with a token_provider(..)";
            return Err(BuildError::StoreNotApplicable { with, instead }.into());
        }
        Ok(())
    }

    /// Returns the method of the profile. The default is `basic`, or `none` when users sign in and no secret is set
    /// (RFC 8252 section 8.5).
    fn auth_method(&self) -> ClientAuthMethod {
        let public = self.authorization_url.is_some() && self.secret.is_none();
        let default = if public {
            ClientAuthMethod::None
        } else {
            ClientAuthMethod::Basic
        };
        self.auth.unwrap_or(default)
    }

    fn client_auth(&self) -> Result<SharedClientAuth, Error> {
        let method = self.auth_method();
        if method == ClientAuthMethod::None {
            return Ok(method.with(""));
        }
        let purpose = "the variable that contains the client's secret, or set client_secret_file, or auth = \"none\" for a public client";
        match &self.secret {
            Some(secret) => Ok(method.with(secret.read()?)),
            None => Err(self.missing("client_secret_env", purpose)),
        }
    }

    fn client_id(&self) -> Result<&str, Error> {
        self.required(&self.client_id, "client_id", "the id of the registered client")
    }

    fn required<'a>(
        &self,
        value: &'a Option<String>,
        key: &'static str,
        purpose: &'static str,
    ) -> Result<&'a str, Error> {
        let value = value.as_deref().filter(|text| !text.is_empty());
        value.ok_or_else(|| self.missing(key, purpose))
    }

    fn missing(&self, key: &'static str, purpose: &'static str) -> Error {
        let location = self.location().unwrap_or_else(|| "the settings".to_owned());
        Error::MissingKey { location, key, purpose }
    }
}
