//! The keys with which an authorization server signs (RFC 7517 section 5).

use serde_json::Value;

use super::client::{Discovery, Missing};
use super::metadata::ServerMetadata;
use super::metadata_names::Endpoint;
use crate::error::DiscoveryError;

impl Discovery {
    /// Requests the keys with which an authorization server signs, from the `jwks_uri` of its metadata. Returns the
    /// JSON of a JSON Web Key Set (RFC 7517 section 5) of at most 256 KiB. `evergrant-jose` verifies ID tokens with
    /// them.
    ///
    /// ```
    /// # async fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
    /// let discovery = evergrant::discovery::Discovery::new(transport);
    /// let server = discovery.server("https://idp.example.com/realms/a").await?;
    /// let keys = discovery.keys(&server).await?;
    /// assert!(keys.contains("keys"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`DiscoveryError`] if the metadata has no usable `jwks_uri`, or if there is no JSON object.
    pub async fn keys(&self, server: &ServerMetadata) -> Result<String, DiscoveryError> {
        let find = async {
            let url = server.required(Endpoint::Jwks)?;
            match self.get(url).await {
                Ok(document) => Ok(Value::Object(document.members).to_string()),
                Err(problem) => {
                    let mut missing = Missing::default();
                    missing.add(url, problem)?;
                    Err(missing.into_problem())
                }
            }
        };
        let found = self.within_limit(find).await;
        found.map_err(|problem| DiscoveryError::new(server.issuer(), problem))
    }
}
