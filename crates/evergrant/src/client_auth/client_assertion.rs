//! Client authentication with an assertion that a third party signs.

use std::path::PathBuf;
use std::sync::OnceLock;

use super::{ClientAuth, ClientCredential};
use crate::assertion::{AssertionFile, SharedAssertionSource};
use crate::error::Error;
use crate::runtime::BoxFuture;
use crate::token_request_context::TokenRequestContext;
use crate::{BuildError, Secret};

/// The `client_assertion_type` of a JWT that is used as a client assertion (RFC 7523 section 2.2).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

const DEFAULT_NAME: &str = "private_key_jwt, signed elsewhere";

/// Client authentication with an assertion that a third party signs (RFC 7521 section 4.2), such as the token that
/// Kubernetes, SPIFFE or a cloud issues to a workload. To sign assertions with the client's own key, use
/// `evergrant-jose`.
///
/// The assertion comes from an [assertion source](crate::assertion), which is called before each request to the token
/// endpoint. A replaced assertion is therefore used without a restart.
///
/// ```
/// use evergrant::client_auth::ClientAssertion;
/// use evergrant::{ClientCredentials, Error, Secret};
///
/// // Microsoft Entra workload identity: AZURE_FEDERATED_TOKEN_FILE
/// let assertion = ClientAssertion::from_file("/var/run/secrets/azure/tokens/azure-identity-token");
/// let builder = ClientCredentials::builder("client-id", assertion)
///     .token_url("https://login.microsoftonline.com/tenant/oauth2/v2.0/token");
///
/// // A JWT-SVID of SPIFFE: the server knows the client by its subject.
/// let assertion = ClientAssertion::from_file("/var/run/secrets/spiffe/svid.jwt")
///     .assertion_type("urn:ietf:params:oauth:client-assertion-type:jwt-spiffe")
///     .without_client_id();
/// let builder = ClientCredentials::builder("spiffe://example.org/orders", assertion);
///
/// // A function
/// # async fn sign() -> Result<String, std::io::Error> { Ok("not.a.real-assertion".to_owned()) }
/// let assertion = ClientAssertion::new(|| async { sign().await.map(Secret::new).map_err(Error::assertion) });
/// let builder = ClientCredentials::builder("client-id", assertion);
/// ```
///
/// # Store
/// Processes share a token only if their [store keys](crate::store::StoreKey) are equal. The store key contains the
/// type of the assertion. It also contains the issuer and subject of a fixed JWT, or of the JWT that the file contains
/// when the manager is built. For any other source, set [`subject`](Self::subject) if the client id does not identify
/// the client.
#[derive(Debug, Clone)]
pub struct ClientAssertion {
    source: SharedAssertionSource,
    name: String,
    assertion_type: String,
    /// Set by the application, or read when it is first needed, so that it does not change with the file.
    subject: OnceLock<Option<String>>,
    has_client_id: bool,
}

impl ClientAssertion {
    /// Creates the client authentication with an assertion source: a function, a file, a URL, or a fixed assertion. The
    /// time that the source takes counts towards the [time limit of the token request](crate::TimeLimits::attempt).
    pub fn new(source: impl Into<SharedAssertionSource>) -> Self {
        Self {
            source: source.into(),
            name: DEFAULT_NAME.to_owned(),
            assertion_type: JWT_BEARER.to_owned(),
            subject: OnceLock::new(),
            has_client_id: true,
        }
    }

    /// Creates the client authentication with an assertion that is read from a file, which another program writes. See
    /// [`AssertionFile`].
    pub fn from_file(path: impl Into<PathBuf>) -> Self {
        Self::new(AssertionFile::new(path))
    }

    /// Sets `client_assertion_type`, an absolute URI (RFC 7521 section 4.2). Default: [`JWT_BEARER`].
    #[must_use]
    pub fn assertion_type(mut self, uri: impl Into<String>) -> Self {
        self.assertion_type = uri.into();
        self.name = match self.assertion_type.as_str() {
            JWT_BEARER => DEFAULT_NAME.to_owned(),
            other => format!("client assertion, {other}"),
        };
        self
    }

    /// Omits `client_id` from token requests (RFC 7521 section 4.2), for servers that identify the client by the
    /// subject of the assertion. Default: `client_id` is sent in the body.
    #[must_use]
    pub fn without_client_id(mut self) -> Self {
        self.has_client_id = false;
        self
    }

    /// Names the client that the assertion identifies, as a part of the [store key](crate::store::StoreKey): clients
    /// with different names share no token. The name changes no claim, and must not be a secret. Default: see [the
    /// documentation of the type](Self#store).
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = OnceLock::from(Some(subject.into()));
        self
    }
}

impl ClientAuth for ClientAssertion {
    fn name(&self) -> &str {
        &self.name
    }

    fn authenticate<'a>(
        &'a self,
        request: TokenRequestContext<'a>,
    ) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
        Box::pin(async move {
            let assertion = self.source.assertion(request).await?;
            // An assertion that is new each time is no reason to repeat a rejected request.
            let id = match self.source.is_always_new() {
                true => Secret::from("a new assertion each time"),
                false => assertion.clone(),
            };
            let mut credential = ClientCredential::new(id);
            if self.has_client_id {
                credential = credential.param("client_id", request.client_id);
            }
            let credential = credential
                .param("client_assertion_type", self.assertion_type.as_str())
                .secret_param("client_assertion", assertion);
            Ok(vec![credential])
        })
    }

    fn parameters(&self) -> &[&str] {
        match self.has_client_id {
            true => &["client_assertion_type", "client_assertion", "client_id"],
            false => &["client_assertion_type", "client_assertion"],
        }
    }

    fn can_change(&self) -> bool {
        self.source.fixed().is_none() && !self.source.is_always_new()
    }

    fn check(&self, issuer: Option<&str>) -> Result<(), BuildError> {
        self.source.check("the client assertion", issuer)?;
        match url::Url::parse(&self.assertion_type) {
            Ok(_) => Ok(()),
            Err(_) => Err(BuildError::InvalidSetting {
                setting: "assertion_type",
                problem: format!(
                    "`{}` is not an absolute URI, such as {JWT_BEARER}",
                    self.assertion_type.escape_debug()
                ),
            }),
        }
    }

    fn key_id(&self) -> Option<String> {
        self.subject.get_or_init(|| self.source.subject()).clone()
    }

    fn check_sharing(&self) -> Result<(), BuildError> {
        match self.has_client_id || self.key_id().is_some() {
            true => Ok(()),
            false => Err(BuildError::StoreNotApplicable {
                with: "a client assertion whose subject is unknown, without a client id",
                instead: "name it with subject(..)",
            }),
        }
    }
}
