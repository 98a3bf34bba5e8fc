//! Google Cloud: workload identity federation without service account keys.
//!
//! A workload outside Google Cloud exchanges its own token, such as one that Kubernetes or GitHub Actions has issued,
//! for a federated access token. Many APIs accept this token. Other APIs accept only the token of a service account,
//! which the workload may impersonate.
//!
//! Requests follow Google's documentation: AIP-4117, the reference of the Security Token Service (`v1.token`), and that
//! of `projects.serviceAccounts.generateAccessToken`. They have not been tested with Google.
//!
//! ```
//! use evergrant::assertion::AssertionFile;
//! use evergrant::presets::google::{self, ServiceAccountImpersonation};
//! use evergrant::{SharedTransport, TokenExchange, TokenTypeIdentifier};
//!
//! # fn run(transport: SharedTransport) -> Result<(), evergrant::BuildError> {
//! let pool = "//iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/pool/providers/provider";
//! let projected = AssertionFile::new("/var/run/service-account/token");
//! let federated = google::external_account(pool, TokenExchange::new(projected, TokenTypeIdentifier::Jwt))
//!     .scopes(["https://www.googleapis.com/auth/cloud-platform"])
//!     .build(transport.clone())?;
//!
//! // Only if the API needs a service account:
//! let account = "my-app@my-project.iam.gserviceaccount.com";
//! let tokens = ServiceAccountImpersonation::new(federated, account)
//!     .builder()
//!     .scopes(["https://www.googleapis.com/auth/cloud-platform"])
//!     .build(transport)?;
//! # Ok(())
//! # }
//! ```

mod impersonation;

pub use self::impersonation::ServiceAccountImpersonation;
use crate::client_auth::NoClientAuth;
use crate::grant::{TokenExchange, TokenTypeIdentifier};
use crate::manager::TokenManagerBuilder;

/// The token endpoint of Google's Security Token Service.
const STS_URL: &str = "https://sts.googleapis.com/v1/token";

/// Returns a builder for a token manager with the federated access tokens of an external account (AIP-4117). `audience`
/// is the full resource name of the provider in the workload or workforce identity pool:
/// `//iam.googleapis.com/projects/...`. `exchange` contains the source of the workload's tokens, usually of the type
/// [`Jwt`](TokenTypeIdentifier::Jwt) or [`IdToken`](TokenTypeIdentifier::IdToken).
///
/// Google requires at least one scope, which you set with [`scopes`](TokenManagerBuilder::scopes). To impersonate a
/// service account, use the scope `https://www.googleapis.com/auth/cloud-platform` or
/// `https://www.googleapis.com/auth/iam`.
pub fn external_account(audience: &str, exchange: TokenExchange) -> TokenManagerBuilder<TokenExchange> {
    exchange
        .requested_token_type(TokenTypeIdentifier::AccessToken)
        .builder(audience, NoClientAuth)
        .token_url(STS_URL)
        .audience(audience)
}
