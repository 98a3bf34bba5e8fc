//! Handles the token requests of the JWT bearer grant and of token exchange.

use serde_json::Value;

use super::super::Shared;
use super::super::assertion_grants::Delegation;
use super::super::client_authentication::Requester;
use super::super::registered_clients_and_tokens::Authorization;
use super::error::{OAuthError, error};
use super::{Form, scope};

/// The issued types of tokens with their `token_type` (RFC 8693 section 2.2.1).
const ISSUED_TYPES: [(&str, &str); 3] = [
    ("urn:ietf:params:oauth:token-type:access_token", "Bearer"),
    ("urn:ietf:params:oauth:token-type:jwt", "N_A"),
    ("urn:ietf:params:oauth:token-type:id_token", "N_A"),
];

/// RFC 7523 section 2.1.
pub(super) fn jwt_bearer(shared: &Shared, requester: &Requester, form: &Form) -> Result<Value, OAuthError> {
    let assertion = form.required("assertion", "assertion is missing")?;
    let mut registry = shared.registry();
    let subject = registry.assertion_grants.subject(assertion).map_err(invalid_grant)?;
    let requested = scope::allowed(&registry, &requester.id, form)?;
    let authorization = Authorization {
        client_id: requester.id.clone(),
        scopes: registry.response.granted(&requested),
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        consent: None,
        delegation: Some(Delegation {
            subject,
            ..Delegation::default()
        }),
    };
    Ok(registry.grant(authorization, None, (shared.clock)()).into())
}

/// RFC 8693 section 2.1.
pub(super) fn token_exchange(shared: &Shared, requester: &Requester, form: &Form) -> Result<Value, OAuthError> {
    let subject_token = form.required("subject_token", "subject_token is missing")?;
    form.required("subject_token_type", "subject_token_type is missing")?;
    let actor_token = match (form.value("actor_token"), form.value("actor_token_type")) {
        (Some(token), Some(_)) => Some(token),
        (None, None) => None,
        _ => return Err(invalid_request("actor_token and actor_token_type belong together")),
    };
    let requested_type = form.value("requested_token_type").unwrap_or(ISSUED_TYPES[0].0);
    let issued_type = ISSUED_TYPES.iter().find(|(name, _)| *name == requested_type);
    let (issued_type, token_type) = issued_type.ok_or(invalid_request("requested_token_type is not supported"))?;
    let targets: Vec<String> = form.values("audience").chain(form.values("resource")).collect();

    let now = (shared.clock)();
    let mut registry = shared.registry();
    let subject = registry.subject_of(subject_token, now).map_err(invalid_request)?;
    let actor = actor_token.map(|token| registry.subject_of(token, now)).transpose();
    let actor = actor.map_err(invalid_request)?;
    if !targets
        .iter()
        .all(|target| registry.assertion_grants.allows_target(target))
    {
        return Err(error(
            400,
            "invalid_target",
            "the audience or the resource is not allowed",
        ));
    }
    let requested = scope::allowed(&registry, &requester.id, form)?;
    let authorization = Authorization {
        client_id: requester.id.clone(),
        scopes: registry.response.granted(&requested),
        grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
        consent: None,
        delegation: Some(Delegation {
            subject,
            actor,
            targets,
        }),
    };
    let mut members = registry.grant(authorization, None, now);
    // Members that the test sets are not replaced.
    let is_set = |name| registry.response.members.contains_key(name);
    for (name, value) in [("issued_token_type", *issued_type), ("token_type", *token_type)] {
        if !is_set(name) {
            members.insert(name.to_owned(), value.into());
        }
    }
    Ok(members.into())
}

fn invalid_grant(description: &'static str) -> OAuthError {
    error(400, "invalid_grant", description)
}

fn invalid_request(description: &'static str) -> OAuthError {
    error(400, "invalid_request", description)
}
