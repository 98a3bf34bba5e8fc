//! Device authorization requests (RFC 8628 section 3.1).

use super::TokenEndpoint;
use super::endpoint_response::read_object;
use crate::authorization::DeviceRequest;
use crate::discovery::Endpoint;
use crate::error::Error;
use crate::grant::GrantRequest;

impl TokenEndpoint {
    /// Requests a device code and the code that the user enters.
    pub(crate) async fn request_device_code(&self) -> Result<DeviceRequest, Error> {
        let settings = self.settings();
        let mut request = GrantRequest::to_other_endpoint();
        if !settings.scopes.is_empty() {
            request = request.param("scope", settings.scopes.to_string());
        }
        for (name, value) in settings.targets() {
            request = request.param(name, value);
        }
        let endpoint = Endpoint::DeviceAuthorization;
        self.send_to(endpoint, &request, |received| {
            let (settings, requested_at) = (received.settings, received.requested_at);
            let object = read_object(received)?;
            DeviceRequest::read(&object, requested_at, &settings.client_id)
                .map_err(|problem| settings.invalid_response(problem))
        })
        .await
    }
}
