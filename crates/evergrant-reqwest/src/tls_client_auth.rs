//! Client authentication with a certificate (RFC 8705 section 2).

use evergrant::client_auth::{ClientAuth, ClientCredential};
use evergrant::runtime::BoxFuture;
use evergrant::transport::TransportIdentity;
use evergrant::{BuildError, Error, TokenRequestContext};

use crate::ClientCertificate;

/// The client authentication methods `tls_client_auth` and `self_signed_tls_client_auth` (RFC 8705 section 2): the
/// connections to the authorization server present a client certificate. The request contains the `client_id`, and no
/// secret.
///
/// - With [`issuer`](evergrant::TokenManagerBuilder::issuer), requests go to the `mtls_endpoint_aliases` of the
///   metadata.
/// - API calls of [`Client`](crate::Client) present the same certificate, because the tokens may be bound to it. The
///   middleware and the tower layer do not choose connections: set the certificate on the HTTP client below them.
/// - When the certificate changes, also if it was renewed for the same key, new requests use new connections, and
///   requests in progress end on the old ones. A token that is bound to the old certificate is replaced before its next
///   use.
/// - The certificate's thumbprint is part of the [store key](evergrant::store::StoreKey).
///
/// ```
/// use evergrant::ClientCredentials;
/// use evergrant_reqwest::{ClientCertificate, TlsClientAuth};
///
/// let certificate = ClientCertificate::from_files("/run/secrets/tls.crt", "/run/secrets/tls.key");
/// let builder = ClientCredentials::builder("client-id", TlsClientAuth::new(certificate))
///     .issuer("https://auth.example.com");
/// ```
#[derive(Debug, Clone)]
pub struct TlsClientAuth {
    certificate: ClientCertificate,
    name: &'static str,
}

impl TlsClientAuth {
    /// Creates the method `tls_client_auth`: a certificate authority that the server trusts has issued the certificate.
    #[must_use]
    pub fn new(certificate: ClientCertificate) -> Self {
        let name = "tls_client_auth";
        Self { certificate, name }
    }

    /// Creates the method `self_signed_tls_client_auth`: the certificate is registered at the server.
    #[must_use]
    pub fn self_signed(certificate: ClientCertificate) -> Self {
        let name = "self_signed_tls_client_auth";
        Self { certificate, name }
    }
}

impl ClientAuth for TlsClientAuth {
    fn name(&self) -> &str {
        self.name
    }

    fn authenticate<'a>(
        &'a self,
        request: TokenRequestContext<'a>,
    ) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
        Box::pin(async move {
            let certificate = self.certificate.clone();
            request.run_blocking(move || certificate.reload()).await?;
            let id = self.certificate.thumbprint().map_err(Error::client_auth)?;
            Ok(vec![ClientCredential::new(id).param("client_id", request.client_id())])
        })
    }

    fn parameters(&self) -> &[&str] {
        &["client_id"]
    }

    fn can_change(&self) -> bool {
        true
    }

    fn check(&self, _: Option<&str>) -> Result<(), BuildError> {
        self.certificate.current().map(drop)
    }

    fn transport_identity(&self) -> Option<TransportIdentity> {
        self.certificate.current().ok()
    }

    fn reload_transport_identity(&self) {
        self.certificate.try_reload();
    }
}
