//! Pushed authorization requests (RFC 9126).

use serde_json::Value;

use super::TokenEndpoint;
use super::endpoint_response::read_object;
use crate::authorization::AuthorizationParameters;
use crate::discovery::Endpoint;
use crate::error::Error;
use crate::grant::GrantRequest;

/// Maximum length of a `request_uri`, in bytes. It becomes a part of a URL.
const MAX_REQUEST_URI: usize = 2048;

impl TokenEndpoint {
    /// Pushes the parameters, and returns the `request_uri` that refers to them.
    pub(crate) async fn push_authorization(&self, parameters: &AuthorizationParameters) -> Result<String, Error> {
        let request = GrantRequest::to_other_endpoint().masking(parameters.secrets());
        let pushed = parameters.to_push();
        let request = pushed.fold(request, |request, (name, value)| request.param(name, value));
        let endpoint = Endpoint::PushedAuthorization;
        self.send_to(endpoint, &request, |received| {
            let settings = received.settings;
            let object = read_object(received)?;
            let uri = object.get("request_uri").and_then(Value::as_str).unwrap_or_default();
            let is_usable =
                !uri.is_empty() && uri.len() <= MAX_REQUEST_URI && uri.bytes().all(|byte| byte.is_ascii_graphic());
            match is_usable {
                true => Ok(uri.to_owned()),
                false => Err(settings.invalid_response("it has no usable `request_uri`")),
            }
        })
        .await
    }
}
