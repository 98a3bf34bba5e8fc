//! Authorization server metadata (RFC 8414, OpenID Connect Discovery): one document for both.

use serde_json::{Value, json};

use super::super::Shared;
use super::super::client_authentication::{Client, ClientAuthMethod};
use super::error::OAuthError;
use super::origin;
use super::token::enabled_grants;
use crate::recorded_request::RecordedRequest;

pub(super) fn respond(shared: &Shared, request: &RecordedRequest) -> Result<Value, OAuthError> {
    let server = origin(request);
    let paths = shared.paths().clone();
    let registry = shared.registry();
    let grants: Vec<_> = enabled_grants(&registry).map(|(name, _)| name).collect();
    let mut methods: Vec<_> = registry.methods.iter().map(|method| name(*method)).collect();
    if registry.clients.values().any(|client| client.is_public()) {
        methods.push("none");
    }
    if registry.clients.values().any(Client::has_keys) {
        methods.push("private_key_jwt");
    }
    let mut metadata = json!({
        "issuer": format!("{server}{}", shared.metadata.issuer_path),
        "token_endpoint": format!("{server}{}", paths.token),
        "introspection_endpoint": format!("{server}/introspect"),
        "revocation_endpoint": format!("{server}/revoke"),
        "grant_types_supported": grants,
        "response_types_supported": [],
        "scopes_supported": registry.known_scopes,
        "token_endpoint_auth_methods_supported": methods,
    });
    if cfg!(feature = "assertions") {
        metadata["dpop_signing_alg_values_supported"] =
            json!(["ES256", "ES384", "ES512", "EdDSA", "Ed25519", "PS256", "RS256"]);
    }
    if registry.authorization_code_enabled() {
        metadata["authorization_endpoint"] = format!("{server}{}", paths.authorization).into();
        metadata["response_types_supported"] = json!(["code"]);
        metadata["code_challenge_methods_supported"] = json!(["S256"]);
    }
    if registry.pushed_authorization_enabled() {
        metadata["pushed_authorization_request_endpoint"] = format!("{server}/par").into();
        metadata["require_pushed_authorization_requests"] = registry.pushed_authorization_required().into();
    }
    if registry.users.issuer_in_redirects {
        metadata["authorization_response_iss_parameter_supported"] = true.into();
    }
    if registry.device_authorization_enabled() {
        metadata["device_authorization_endpoint"] = format!("{server}/device_authorization").into();
    }
    shared.metadata.change(&mut metadata);
    Ok(metadata)
}

fn name(method: ClientAuthMethod) -> &'static str {
    match method {
        ClientAuthMethod::Basic => "client_secret_basic",
        ClientAuthMethod::Post => "client_secret_post",
        #[cfg(feature = "assertions")]
        ClientAuthMethod::SecretJwt => "client_secret_jwt",
    }
}
