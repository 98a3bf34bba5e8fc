//! The metadata of an API (RFC 9728): the issuers that protect it, and its scopes.

use std::fmt;

use http::HeaderMap;
use serde_json::{Map, Value};
use url::Url;

use super::client::{Discovery, Missing};
use super::issuer::{is_same, resource_metadata_url};
use super::metadata_document::{shown, strings};
use crate::challenge::{ResourceChallenge, resource_challenge};
use crate::error::{DiscoveryError, DiscoveryProblem, OriginError};
use crate::origin::Origin;
use crate::scope::Scopes;

/// The metadata of an API, which is an OAuth 2.0 protected resource (RFC 9728 section 2). Returned by
/// [`Discovery::resource`].
#[derive(Clone, PartialEq, Eq)]
pub struct ResourceMetadata {
    resource: String,
    url: Url,
    issuers: Vec<String>,
    scopes: Option<Vec<String>>,
    required_scopes: Scopes,
    bearer_methods: Option<Vec<String>>,
}

impl ResourceMetadata {
    /// Returns the resource identifier of the API. Pass it to
    /// [`TokenManagerBuilder::resource`](crate::TokenManagerBuilder::resource) to request tokens for this API.
    #[must_use]
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// Returns the URL of the document that contained the metadata.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Returns the issuer identifiers of the authorization servers whose tokens the API accepts, for
    /// [`TokenManagerBuilder::issuer`](crate::TokenManagerBuilder::issuer). Empty if the metadata contains none.
    ///
    /// The API chooses these values, and the client's credentials are sent to the endpoints of the issuer. Therefore
    /// use an issuer only if the application already trusts it.
    #[must_use]
    pub fn issuers(&self) -> &[String] {
        &self.issuers
    }

    /// Returns the scopes of the API. Returns `None` if the metadata does not list them.
    #[must_use]
    pub fn scopes(&self) -> Option<&[String]> {
        self.scopes.as_deref()
    }

    /// Returns the scopes that the request needs to which the API responded with 401, from the parameter `scope` of the
    /// response's `WWW-Authenticate` header (RFC 6750 section 3). Empty if the header does not contain the parameter.
    #[must_use]
    pub fn required_scopes(&self) -> &Scopes {
        &self.required_scopes
    }

    /// Returns how the API accepts bearer tokens: `header`, `body` or `query`. Returns `None` if the metadata does not
    /// list this.
    #[must_use]
    pub fn bearer_methods(&self) -> Option<&[String]> {
        self.bearer_methods.as_deref()
    }

    fn read(
        resource: &str,
        url: Url,
        members: &Map<String, Value>,
        challenge: ResourceChallenge,
    ) -> Result<Self, String> {
        let found = members.get("resource").and_then(Value::as_str).unwrap_or_default();
        if !is_same(resource, found) {
            return Err(shown(found));
        }
        let scopes = challenge.scope.unwrap_or_default();
        Ok(Self {
            resource: found.to_owned(),
            url,
            issuers: strings(members, "authorization_servers").unwrap_or_default(),
            scopes: strings(members, "scopes_supported"),
            required_scopes: scopes.split(' ').filter(|scope| !scope.is_empty()).collect(),
            bearer_methods: strings(members, "bearer_methods_supported"),
        })
    }
}

impl Discovery {
    /// Requests the metadata of an API (RFC 9728), for example after it has responded with 401.
    ///
    /// `resource` is the URL of the API, exactly as in its metadata: the URL of the rejected request, or the API's base
    /// URL (RFC 9728 section 3.3). `headers` are those of the 401 response. Their `WWW-Authenticate` may contain the
    /// URL of the metadata, as the parameter `resource_metadata` (section 5.1). Without this parameter, as with empty
    /// headers, the metadata is requested from the well-known URL (section 3.1):
    /// `https://api.example.com/.well-known/oauth-protected-resource/v1` for `https://api.example.com/v1`.
    ///
    /// ```
    /// use evergrant::ClientCredentials;
    /// use evergrant::discovery::Discovery;
    ///
    /// # use std::error::Error;
    /// # async fn run(transport: evergrant::SharedTransport, headers: http::HeaderMap) -> Result<(), Box<dyn Error>> {
    /// let api = Discovery::new(transport.clone()).resource("https://api.example.com/v1", &headers).await?;
    /// // Credentials go only to an issuer that the application knows.
    /// let known = "https://idp.example.com/realms/a";
    /// if api.issuers().iter().any(|issuer| issuer == known) {
    ///     let tokens = ClientCredentials::builder("client-id", "not-a-real-secret")
    ///         .issuer(known)
    ///         .resource(api.resource())
    ///         .scopes(api.required_scopes().iter())
    ///         .build(transport)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`DiscoveryError`] if there is no usable metadata, or if it belongs to another resource. The problem is
    /// [`DiscoveryProblem::Origin`] if `resource_metadata` is a URL on an origin that is neither that of `resource` nor
    /// [allowed](Self::allow_origin).
    pub async fn resource(&self, resource: &str, headers: &HeaderMap) -> Result<ResourceMetadata, DiscoveryError> {
        let challenge = resource_challenge(headers).unwrap_or_default();
        let found = self.within_limit(self.find_resource(resource, challenge)).await;
        found.map_err(|problem| DiscoveryError::new(resource, problem))
    }

    async fn find_resource(
        &self,
        resource: &str,
        challenge: ResourceChallenge,
    ) -> Result<ResourceMetadata, DiscoveryProblem> {
        let parsed = self.plaintext.parse_endpoint("resource", resource);
        let parsed = parsed.map_err(|error| DiscoveryProblem::InvalidUrl(error.to_string()))?;
        let url = match challenge.metadata.as_str() {
            "" => resource_metadata_url(&parsed),
            named => self
                .check_metadata_url(&parsed, named)
                .map_err(DiscoveryProblem::Origin)?,
        };
        match self.get(&url).await {
            Ok(document) => ResourceMetadata::read(resource, url, &document.members, challenge)
                .map_err(|found| DiscoveryProblem::ResourceMismatch { found }),
            Err(problem) => {
                let mut missing = Missing::default();
                missing.add(&url, problem)?;
                Err(missing.into_problem())
            }
        }
    }

    /// Checks a URL that an API named.
    fn check_metadata_url(&self, resource: &Url, named: &str) -> Result<Url, OriginError> {
        let url = Url::parse(named).map_err(|error| OriginError::invalid_url(format!("it is not a URL ({error})")))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OriginError::invalid_url("it contains a user name or password"));
        }
        let mut origins = self.origins.clone();
        if let Some(origin) = Origin::of(resource) {
            origins.allow(origin);
        }
        origins.check(&url)?;
        Ok(url)
    }
}

impl fmt::Debug for ResourceMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceMetadata")
            .field("resource", &self.resource)
            .field("issuers", &self.issuers)
            .finish_non_exhaustive()
    }
}
