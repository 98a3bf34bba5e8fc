//! What a token endpoint does differently from RFC 6749, set by the application.

/// Settings for token endpoints that differ from RFC 6749. By default, none is set, and requests and responses follow the RFC.
///
/// Give them to [`TokenManagerBuilder::token_endpoint_options`](crate::TokenManagerBuilder::token_endpoint_options).
///
/// ```
/// use evergrant::{ClientCredentials, TokenEndpointOptions};
///
/// let options = TokenEndpointOptions::new();
/// let tokens = ClientCredentials::new("client-id", "client-secret").token_endpoint_options(options);
/// ```
#[derive(Debug, Clone, Default)]
pub struct TokenEndpointOptions {}

impl TokenEndpointOptions {
    /// No differences.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}
