//! Authorization server metadata (RFC 8414).

use serde_json::{Value, json};

use super::super::Shared;
use super::super::credentials::ClientAuthMethod;
use super::error::OAuthError;
use super::token::enabled_grants;
use crate::record::RecordedRequest;

pub(super) fn respond(shared: &Shared, request: &RecordedRequest) -> Result<Value, OAuthError> {
    let issuer = format!("http://{}", request.header("host").unwrap_or_default());
    let registry = shared.registry();
    let grants: Vec<_> = enabled_grants(&registry).map(|(name, _)| name).collect();
    let mut methods: Vec<_> = registry.methods.iter().map(|method| name(*method)).collect();
    if registry.clients.values().any(|client| client.secrets.is_empty()) {
        methods.push("none");
    }
    let mut metadata = json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}{}", shared.paths.token),
        "introspection_endpoint": format!("{issuer}/introspect"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "grant_types_supported": grants,
        "response_types_supported": [],
        "scopes_supported": registry.known_scopes,
        "token_endpoint_auth_methods_supported": methods,
    });
    if registry.authorization_code_enabled() {
        metadata["authorization_endpoint"] = format!("{issuer}{}", shared.paths.authorization).into();
        metadata["response_types_supported"] = json!(["code"]);
        metadata["code_challenge_methods_supported"] = json!(["S256"]);
    }
    Ok(metadata)
}

fn name(method: ClientAuthMethod) -> &'static str {
    match method {
        ClientAuthMethod::Basic => "client_secret_basic",
        ClientAuthMethod::Post => "client_secret_post",
    }
}
