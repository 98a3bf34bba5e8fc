//! Builds token managers and clients from settings. No other file calls their builders.

#[cfg(feature = "store")]
use evergrant::Sharing;
use evergrant::client_auth::{ClientAuthMethod, CredentialProvider, SharedClientAuth};
use evergrant::{
    AuthorizationCode, BuildError, ClientCredentials, DeviceAuthorization, Grant, TimeLimits, TokenEndpointOptions,
    TokenManager, TokenManagerBuilder,
};
use evergrant_reqwest::{Client, ClientBuilder, Transport};

use super::{AUTHORIZATION_CODE, AuthMethod, Settings};
use crate::error::Error;

impl Settings {
    /// Builds a token manager that sends its requests over [`transport`](Self::transport). If users [sign
    /// in](Self::has_sign_in), the tokens belong to a user who signs in ([`TokenManager::sign_in`]). Otherwise, they
    /// belong to the client itself. The client secret is read once.
    ///
    /// # Errors
    /// Returns an [`Error`] that names the missing or invalid key of the profile.
    pub fn tokens(&self) -> Result<TokenManager, Error> {
        let transport = self.transport()?;
        Ok(match self.has_sign_in() {
            true => self.authorization_code()?.build(transport)?,
            false => self.client_credentials()?.build(transport)?,
        })
    }

    /// Returns a builder for a token manager of the client credentials grant. Use it to add settings that a profile
    /// does not have.
    ///
    /// # Errors
    /// Returns an [`Error`] that names the missing or invalid key of the profile.
    pub fn client_credentials(&self) -> Result<TokenManagerBuilder, Error> {
        self.client_id()?;
        self.client_credentials_builder(self.client_auth()?)
    }

    /// Returns a builder for a token manager of the client credentials grant. The client secret comes from `provider`,
    /// which the application implements, for example with a vault. The secret that the profile names is not read.
    ///
    /// # Errors
    /// Returns an [`Error`] that names the missing or invalid key of the profile.
    pub fn client_credentials_with(&self, provider: impl CredentialProvider) -> Result<TokenManagerBuilder, Error> {
        let auth = match self.checked_auth_method()? {
            AuthMethod::Secret(method) => method.with_provider(provider),
            AuthMethod::ClientSecretJwt => self.assertion.client_secret_jwt_with_provider(provider)?,
            AuthMethod::PrivateKeyJwt => {
                let problem = "uses the client authentication method `private_key_jwt`, which has no secret";
                return Err(self.invalid(problem));
            }
        };
        self.client_credentials_builder(auth)
    }

    fn client_credentials_builder(&self, auth: SharedClientAuth) -> Result<TokenManagerBuilder, Error> {
        let mut builder = self.apply(ClientCredentials::builder(self.client_id()?, auth))?;
        if let Some(name) = &self.grant_type {
            builder = builder.grant_type(name);
        }
        self.share(builder)
    }

    /// Returns a builder for a token manager of the authorization code grant. Use it to add settings that a profile
    /// does not have. The tokens belong to a user who signs in.
    ///
    /// # Errors
    /// Returns an [`Error`] that names the missing or invalid key of the profile.
    pub fn authorization_code(&self) -> Result<TokenManagerBuilder<AuthorizationCode>, Error> {
        self.check_sign_in()?;
        let (id, auth) = (self.client_id()?, self.client_auth()?);
        let mut builder = self.apply(AuthorizationCode::builder(id, auth))?;
        if let Some(url) = &self.authorization_url {
            builder = builder.authorization_url(url);
        }
        if let Some(url) = &self.device_authorization_url {
            builder = builder.device_authorization_url(url);
        }
        if let Some(url) = &self.pushed_authorization_url {
            builder = builder.pushed_authorization_url(url);
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

    /// Returns a builder for a token manager of the device authorization grant. Use it to add settings that a profile
    /// does not have. The tokens belong to a user who signs in on another device.
    ///
    /// # Errors
    /// Returns an [`Error`] that names the missing or invalid key of the profile.
    pub fn device_authorization(&self) -> Result<TokenManagerBuilder<DeviceAuthorization>, Error> {
        self.check_sign_in()?;
        let (id, auth) = (self.client_id()?, self.client_auth()?);
        let builder = self.apply(DeviceAuthorization::builder(id, auth))?;
        Ok(match &self.device_authorization_url {
            Some(url) => builder.device_authorization_url(url),
            None => builder,
        })
    }

    /// Checks that the settings have no other grant and no store.
    fn check_sign_in(&self) -> Result<(), Error> {
        if self
            .grant_type
            .as_deref()
            .is_some_and(|name| name != AUTHORIZATION_CODE)
        {
            let (setting, expected) = (
                "grant_type",
                "omitted with authorization_url, which uses the authorization code grant",
            );
            return Err(BuildError::OutOfRange { setting, expected }.into());
        }
        self.reject_store()
    }

    /// Builds the transport for token requests, with the [HTTP options](Self::http).
    ///
    /// # Errors
    /// Returns [`Error::CertificatesUnusable`] if the certificates in [`ca_file`](Self::ca_file) are not usable, and
    /// [`Error::Build`] if reqwest rejects the options.
    pub fn transport(&self) -> Result<Transport, Error> {
        let http = self.http()?;
        Ok(Transport::from_builder(|| http.builder())?)
    }

    /// Returns a builder for an HTTP client for the API at [`base_url`](Self::base_url). The builder has the [HTTP
    /// options](Self::http), [`allow_origins`](Self::allow_origins) and [`renew_on`](Self::renew_on) of these settings,
    /// and fetches tokens with `tokens`.
    ///
    /// # Errors
    /// Returns [`Error::MissingKey`] if [`base_url`](Self::base_url) is not set, and [`Error::CertificatesUnusable`] if
    /// the certificates in [`ca_file`](Self::ca_file) are not usable.
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
        let mut builder = client;
        if let Some(issuer) = &self.issuer {
            builder = builder.issuer(issuer);
        }
        if self.token_url.is_some() || self.issuer.is_none() {
            let purpose = "the URL of the token endpoint, or set issuer to find it";
            builder = builder.token_url(self.required(&self.token_url, "token_url", purpose)?);
        }
        builder = builder
            .scopes(self.scopes.iter().map(String::as_str))
            .token_endpoint_options(self.token_endpoint_options()?);
        if let Some(limit) = self.timeout {
            // In the proportions of the defaults.
            builder = builder.time_limits(TimeLimits::new().attempt(limit).fetch(limit * 3).wait(limit));
        }
        if let Some(audience) = &self.audience {
            builder = builder.audience(audience);
        }
        if let Some(url) = &self.revocation_url {
            builder = builder.revocation_url(url);
        }
        if let Some(details) = &self.authorization_details {
            builder = builder.authorization_details(details);
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
        if self.allow_unlisted {
            options = options.allow_unlisted();
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

    /// Returns the method of the profile. The default is `basic`, `private_key_jwt` with a key or an assertion, or
    /// `none` when users sign in and no secret is set (RFC 8252 section 8.5).
    fn auth_method(&self) -> AuthMethod {
        let public = self.has_sign_in() && self.secret.is_none();
        self.auth.unwrap_or(match self.assertion.has_credential() {
            true => AuthMethod::PrivateKeyJwt,
            false if public => AuthMethod::Secret(ClientAuthMethod::None),
            false => AuthMethod::Secret(ClientAuthMethod::Basic),
        })
    }

    /// Returns the method of the profile, after checking that the profile sets nothing that the method does not use.
    fn checked_auth_method(&self) -> Result<AuthMethod, Error> {
        let (method, assertion) = (self.auth_method(), &self.assertion);
        if assertion.key_file.is_some() && assertion.file.is_some() {
            return Err(self.invalid("sets both `key_file` and `assertion_file`; keep one of them"));
        }
        let uses_file = method == AuthMethod::PrivateKeyJwt && assertion.file.is_some();
        let uses_key = method == AuthMethod::PrivateKeyJwt && !uses_file;
        let signs = uses_key || method == AuthMethod::ClientSecretJwt;
        match assertion.unused(uses_key, signs, uses_file) {
            Some(setting) if uses_file => Err(self.invalid(&format!(
                "sets `{setting}`, which the assertion of `assertion_file` does not use; remove it"
            ))),
            Some(setting) => Err(self.invalid(&format!(
                "sets `{setting}`, which the client authentication method `{}` does not use; remove it, or set `auth`",
                method.name()
            ))),
            None => Ok(method),
        }
    }

    fn client_auth(&self) -> Result<SharedClientAuth, Error> {
        let secret = || {
            let purpose = "the variable that contains the client's secret, or set client_secret_file, or key_file for a client with a key, or auth = \"none\" for a public client";
            match &self.secret {
                Some(secret) => secret.read(),
                None => Err(self.missing("client_secret_env", purpose)),
            }
        };
        let method = self.checked_auth_method()?;
        if method == AuthMethod::PrivateKeyJwt && self.secret.is_some() {
            return Err(self.invalid(
                "sets a client secret, which the client authentication method `private_key_jwt` does not use; remove the secret, or the key",
            ));
        }
        match method {
            AuthMethod::Secret(ClientAuthMethod::None) => Ok(ClientAuthMethod::None.with("")),
            AuthMethod::Secret(method) => Ok(method.with(secret()?)),
            AuthMethod::ClientSecretJwt => self.assertion.client_secret_jwt(secret()?),
            AuthMethod::PrivateKeyJwt => match (&self.assertion.file, &self.assertion.key_file) {
                (Some(file), _) => Ok(self.assertion.client_assertion(file)),
                (None, Some(file)) => self.assertion.private_key_jwt(file),
                (None, None) => {
                    let purpose = "the file with the client's private key, or set assertion_file";
                    Err(self.missing("key_file", purpose))
                }
            },
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
        let location = self.shown_location();
        Error::MissingKey { location, key, purpose }
    }

    fn invalid(&self, problem: &str) -> Error {
        let location = self.shown_location();
        let problem = problem.to_owned();
        Error::Invalid { location, problem }
    }

    fn shown_location(&self) -> String {
        self.location().unwrap_or_else(|| "the settings".to_owned())
    }
}
