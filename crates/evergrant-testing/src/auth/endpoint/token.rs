//! The token endpoint (RFC 6749 section 3.2): finds the grant, and lets it decide.

use serde_json::Value;

use super::super::Shared;
use super::super::credentials::Requester;
use super::super::registry::Registry;
use super::error::{OAuthError, error};
use super::grants::{authorization_code, client_credentials, password, refresh_token};
use super::{Form, client};
use crate::record::RecordedRequest;

/// Decides on one grant type's requests, and words the response.
type Grant = fn(&Shared, &Requester, &Form) -> Result<Value, OAuthError>;

/// Whether a grant type is on offer.
type Offer = fn(&Registry) -> bool;

/// The grant types by their `grant_type`.
const GRANTS: &[(&str, Offer, Grant)] = &[
    ("client_credentials", |_| true, client_credentials),
    ("authorization_code", Registry::offers_codes, authorization_code),
    ("password", Registry::offers_passwords, password),
    ("refresh_token", Registry::offers_refresh, refresh_token),
];

pub(super) fn respond(shared: &Shared, request: &RecordedRequest) -> Result<Value, OAuthError> {
    let form = Form::of(request)?;
    let requester = client(shared, request, &form)?;
    let grant_type = form.required("grant_type", "grant_type is missing")?;
    let grant = offered(&shared.registry())
        .find(|(name, _)| *name == grant_type)
        .map(|(_, grant)| grant);
    let grant = grant.ok_or(error(400, "unsupported_grant_type", "this grant type is not offered"))?;
    grant(shared, &requester, &form)
}

/// The grant types on offer.
pub(super) fn offered(registry: &Registry) -> impl Iterator<Item = (&'static str, Grant)> {
    GRANTS
        .iter()
        .filter(|(_, offered, _)| offered(registry))
        .map(|(name, _, grant)| (*name, *grant))
}
