//! Introspection of a token at the authorization server (RFC 7662).

use serde_json::Value;

use super::TokenEndpoint;
use super::endpoint_response::read_object;
use crate::Secret;
use crate::discovery::Endpoint;
use crate::error::Error;
use crate::grant::GrantRequest;
use crate::token::JsonObject;

impl TokenEndpoint {
    /// Returns the members of the response for an active token; `None` for one that is not active.
    pub(crate) async fn introspect(&self, token: Secret) -> Result<Option<JsonObject>, Error> {
        let request = GrantRequest::to_other_endpoint()
            .secret_param("token", token)
            .param("token_type_hint", "access_token");
        let endpoint = Endpoint::Introspection;
        self.send_to(endpoint, &request, |received| {
            let settings = received.settings;
            let object = read_object(received)?;
            match object.get("active") {
                Some(Value::Bool(true)) => Ok(Some(object)),
                Some(Value::Bool(false)) => Ok(None),
                _ => Err(settings.invalid_response("it has no member `active` that is true or false")),
            }
        })
        .await
    }
}
