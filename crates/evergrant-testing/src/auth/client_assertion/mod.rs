//! Verifies client assertions (RFC 7521 section 4.2, RFC 7523 section 3, and its update). Shares no code with the
//! library that signs them.

mod jwk;
mod jws;
mod settings;

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

pub(super) use self::jwk::Jwk;
pub(super) use self::jws::Jws;
use super::endpoint::Form;
use super::registered_clients_and_tokens::Registry;

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Maximum time until an assertion expires, in seconds.
const MAX_LIFETIME: f64 = 3600.0;

/// The rules for assertions, and what the server has seen of them.
#[derive(Default)]
pub(super) struct ClientAssertions {
    /// The accepted audience; `None` for the issuer.
    audience: Option<String>,
    /// The required `typ`.
    typ: Option<String>,
    /// The last ids (`jti`) of each client, with the time when the assertion expires.
    used: HashMap<(String, String), f64>,
    /// Why assertions were rejected, in order.
    rejections: Vec<&'static str>,
}

/// The keys of a client's assertions.
pub(super) struct ClientKeys {
    keys: Vec<Jwk>,
    /// Issuer and subject of the assertions, if another party signs them.
    signed_by: Option<(String, String)>,
    assertion_type: String,
}

/// The server and the time at which it verifies an assertion.
pub(super) struct Verifier<'a> {
    pub(super) issuer: &'a str,
    pub(super) token_url: &'a str,
    pub(super) now: SystemTime,
}

/// Returns the client that an assertion authenticates. Records why it is rejected.
pub(super) fn authenticate(
    registry: &mut Registry,
    assertion: &str,
    form: &Form,
    verifier: &Verifier<'_>,
) -> Result<String, &'static str> {
    let outcome = verify(registry, assertion, form, verifier);
    if let Err(reason) = &outcome {
        registry.client_assertions.rejections.push(reason);
    }
    outcome
}

fn verify(
    registry: &mut Registry,
    assertion: &str,
    form: &Form,
    verifier: &Verifier<'_>,
) -> Result<String, &'static str> {
    let jws = Jws::parse(assertion).ok_or("the assertion is not a JWT")?;
    let issuer = text(&jws.payload, "iss").ok_or("iss is missing")?;
    let subject = text(&jws.payload, "sub").ok_or("sub is missing")?;
    let signed_elsewhere = registry.clients.iter().find(|(_, client)| {
        let keys = client.keys.as_ref().and_then(|keys| keys.signed_by.as_ref());
        keys.is_some_and(|(signer, about)| signer == issuer && about == subject)
    });
    let id = match signed_elsewhere {
        Some((id, _)) => id.clone(),
        None if issuer != subject => return Err("iss and sub differ"),
        None => subject.to_owned(),
    };
    if form.value("client_id").is_some_and(|other| other != id) {
        return Err("client_id is not the subject");
    }
    let client = registry.clients.get(&id).ok_or("the client is unknown")?;
    let sent_type = form
        .value("client_assertion_type")
        .ok_or("client_assertion_type is missing")?;
    match &client.keys {
        Some(keys) if keys.assertion_type != sent_type => return Err("client_assertion_type is not the client's"),
        Some(keys) => jws.verify(&keys.keys)?,
        None if sent_type != JWT_BEARER => return Err("client_assertion_type is not supported"),
        None if !registry.accepts_secret_jwt() => return Err("the client has no keys"),
        None => jws.verify_with_secrets(&client.secrets)?,
    }
    let is_signed_elsewhere = signed_elsewhere.is_some();
    let rules = &mut registry.client_assertions;
    let typ = jws.header.get("typ").and_then(Value::as_str);
    if rules.typ.is_some() && rules.typ.as_deref() != typ {
        return Err("typ is not the required one");
    }
    let audience = match rules.audience.as_deref() {
        None => verifier.issuer.to_owned(),
        Some("{token_url}") => verifier.token_url.to_owned(),
        Some(other) => other.to_owned(),
    };
    if jws.payload.get("aud").and_then(single) != Some(audience.as_str()) {
        return Err("aud is not this server");
    }
    let now = verifier
        .now
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64();
    let expiry = time(&jws.payload, "exp")?.ok_or("exp is missing")?;
    if expiry <= now {
        return Err("the assertion has expired");
    }
    if expiry > now + MAX_LIFETIME && !is_signed_elsewhere {
        return Err("exp is too far in the future");
    }
    for name in ["nbf", "iat"] {
        if time(&jws.payload, name)?.is_some_and(|time| time > now) {
            return Err("nbf or iat is in the future");
        }
    }
    // A platform's token is used until it is replaced.
    if !is_signed_elsewhere {
        let jti = text(&jws.payload, "jti").ok_or("jti is missing")?.to_owned();
        rules.used.retain(|_, expiry| *expiry > now);
        if rules.used.insert((id.clone(), jti), expiry).is_some() {
            return Err("the assertion was used before");
        }
    }
    Ok(id)
}

fn text<'a>(payload: &'a Value, name: &str) -> Option<&'a str> {
    payload
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

/// Returns the only audience (the update of RFC 7523).
fn single(audience: &Value) -> Option<&str> {
    match audience {
        Value::String(one) => Some(one),
        Value::Array(list) if list.len() == 1 => list[0].as_str(),
        _ => None,
    }
}

fn time(payload: &Value, name: &str) -> Result<Option<f64>, &'static str> {
    match payload.get(name) {
        None => Ok(None),
        Some(time) => time.as_f64().map(Some).ok_or("a time is not a number"),
    }
}
