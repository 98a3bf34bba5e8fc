//! SPIFFE: a JWT-SVID as the client's assertion.
//!
//! The request follows the draft "OAuth SPIFFE Client Authentication" and the documentation of Keycloak. It has been
//! tested with a test server, not with Keycloak.

use std::path::PathBuf;

use crate::client_auth::ClientAssertion;

/// The `client_assertion_type` of a JWT-SVID (a JWT that SPIFFE issues to a workload) that is used as a client
/// assertion.
pub const JWT_SPIFFE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe";

/// Returns the client authentication with the JWT-SVID in a file, which a helper such as `spiffe-helper` writes and
/// replaces. Its audience must be the issuer of the authorization server. The subject of the SVID names the client, so
/// the request has no `client_id`.
///
/// ```
/// use evergrant::ClientCredentials;
/// use evergrant::presets::spiffe;
///
/// let svid = spiffe::jwt_svid("/var/run/secrets/spiffe/svid.jwt");
/// let builder = ClientCredentials::builder("spiffe://example.org/orders", svid)
///     .issuer("https://idp.example.com/realms/shop");
/// ```
pub fn jwt_svid(path: impl Into<PathBuf>) -> ClientAssertion {
    ClientAssertion::from_file(path)
        .assertion_type(JWT_SPIFFE)
        .without_client_id()
}
