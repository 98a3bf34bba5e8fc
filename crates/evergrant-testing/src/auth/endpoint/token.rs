//! The token endpoint (RFC 6749 section 3.2): selects the grant that handles the request.

use serde_json::Value;

use super::super::Shared;
use super::super::client_authentication::Requester;
use super::super::registered_clients_and_tokens::Registry;
use super::assertion_grants::{jwt_bearer, token_exchange};
use super::device_authorization;
use super::error::{OAuthError, error};
use super::grants::{authorization_code, client_credentials, password, refresh_token};
use super::{Form, authenticate_client};
use crate::recorded_request::RecordedRequest;

/// Handles the requests of one grant type.
type Grant = fn(&Shared, &Requester, &Form) -> Result<Value, OAuthError>;

/// Returns whether a grant type is enabled.
type IsEnabled = fn(&Registry) -> bool;

/// The grant types by their `grant_type`.
const GRANTS: &[(&str, IsEnabled, Grant)] = &[
    ("client_credentials", |_| true, client_credentials),
    (
        "authorization_code",
        Registry::authorization_code_enabled,
        authorization_code,
    ),
    ("password", Registry::password_enabled, password),
    ("refresh_token", Registry::refresh_token_enabled, refresh_token),
    (
        "urn:ietf:params:oauth:grant-type:device_code",
        Registry::device_authorization_enabled,
        device_authorization::redeem,
    ),
    (
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        Registry::jwt_bearer_enabled,
        jwt_bearer,
    ),
    (
        "urn:ietf:params:oauth:grant-type:token-exchange",
        Registry::token_exchange_enabled,
        token_exchange,
    ),
];

pub(super) fn respond(shared: &Shared, request: &RecordedRequest) -> Result<Value, OAuthError> {
    let form = Form::of(request)?;
    #[cfg(feature = "assertions")]
    let key = shared.check_proof(request)?;
    let requester = authenticate_client(shared, request, &form)?;
    let grant_type = form.required("grant_type", "grant_type is missing")?;
    let grant = enabled_grants(&shared.registry())
        .find(|(name, _)| *name == grant_type)
        .map(|(_, grant)| grant);
    let grant = grant.ok_or(error(400, "unsupported_grant_type", "this grant type is not enabled"))?;
    #[cfg(feature = "assertions")]
    {
        shared.check_refresh_token(&requester, &form, key.as_deref())?;
        let mut response = grant(shared, &requester, &form)?;
        shared.bind(&mut response, key);
        Ok(response)
    }
    #[cfg(not(feature = "assertions"))]
    grant(shared, &requester, &form)
}

/// Returns the enabled grant types.
pub(super) fn enabled_grants(registry: &Registry) -> impl Iterator<Item = (&'static str, Grant)> {
    GRANTS
        .iter()
        .filter(|(_, is_enabled, _)| is_enabled(registry))
        .map(|(name, _, grant)| (*name, *grant))
}
