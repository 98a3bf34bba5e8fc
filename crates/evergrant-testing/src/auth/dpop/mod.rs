//! Verifies DPoP proofs (RFC 9449) of token requests and API requests. Shares no code with the library that creates
//! them.

mod settings;
mod verify;

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::{HeaderValue, Response};
use serde_json::Value;

use self::verify::{Expected, verify};
use super::Shared;
use super::client_authentication::Requester;
use super::endpoint::error::{OAuthError, error};
use super::endpoint::{Form, origin};
use crate::recorded_request::RecordedRequest;

/// The proofs that one server requires, and what it has seen of them.
#[derive(Default)]
pub(crate) struct Proofs(Mutex<State>);

#[derive(Default)]
struct State {
    /// Requests without a proof are rejected.
    required: bool,
    /// The nonce that proofs must contain.
    nonce: Option<String>,
    nonces_issued: u64,
    /// The `jti` of all proofs.
    used: HashSet<String>,
    /// Why proofs were rejected, in order.
    rejections: Vec<&'static str>,
}

/// The keys of issued tokens: access tokens, and the refresh tokens of public clients.
#[derive(Default)]
pub(super) struct BoundTokens(HashMap<String, String>);

/// The rejection of a proof.
pub(crate) struct ProofRejection {
    pub(crate) code: &'static str,
    pub(crate) reason: &'static str,
}

impl Proofs {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requires a new nonce.
    pub(crate) fn rotate_nonce(&self) {
        let mut state = self.state();
        state.nonces_issued += 1;
        state.nonce = Some(format!("test-nonce-{}", state.nonces_issued));
    }

    /// Adds the current nonce to a response.
    pub(crate) fn add_nonce<B>(&self, response: &mut Response<B>) {
        let nonce = self.state().nonce.clone();
        if let Some(nonce) = nonce.and_then(|nonce| HeaderValue::try_from(nonce).ok()) {
            response.headers_mut().insert("dpop-nonce", nonce);
        }
    }

    /// Returns the thumbprint of the key of a request's proof; `None` if the request needs no proof and has none. With
    /// `token`, the proof must be that of an API request.
    fn check(
        &self,
        shared: &Shared,
        request: &RecordedRequest,
        token: Option<&str>,
    ) -> Result<Option<String>, ProofRejection> {
        let state = &mut *self.state();
        let proofs: Vec<_> = request.headers.get_all("dpop").iter().collect();
        let outcome = match proofs[..] {
            [] if !state.required && token.is_none() => return Ok(None),
            [proof] => {
                let expected = Expected {
                    method: request.method.as_str(),
                    uri: &format!("{}{}", origin(request), request.path),
                    token,
                    nonce: state.nonce.as_deref(),
                    now: (shared.clock)(),
                };
                verify(proof.to_str().unwrap_or_default(), &expected, &mut state.used)
            }
            [] => Err(invalid("the request has no proof")),
            _ => Err(invalid("the request has several proofs")),
        };
        if let Err(rejection) = &outcome {
            state.rejections.push(rejection.reason);
        }
        outcome.map(Some)
    }
}

impl Shared {
    /// Verifies the proof of a token request. Returns the thumbprint of its key.
    pub(super) fn check_proof(&self, request: &RecordedRequest) -> Result<Option<String>, OAuthError> {
        let outcome = self.proofs.check(self, request, None);
        outcome.map_err(|rejection| error(400, rejection.code, rejection.reason))
    }

    /// Rejects the refresh token of a public client with the proof of another key (RFC 9449 section 5).
    pub(super) fn check_refresh_token(
        &self,
        requester: &Requester,
        form: &Form,
        key: Option<&str>,
    ) -> Result<(), OAuthError> {
        let registry = self.registry();
        let bound = form
            .value("refresh_token")
            .and_then(|token| registry.bound.0.get(token));
        match bound {
            Some(bound) if requester.public && key != Some(bound) => {
                Err(error(400, "invalid_grant", "the refresh token is bound to another key"))
            }
            _ => Ok(()),
        }
    }

    /// Binds the tokens of a response to a key.
    pub(super) fn bind(&self, response: &mut Value, key: Option<String>) {
        let Some(key) = key else { return };
        let mut registry = self.registry();
        for member in ["access_token", "refresh_token"] {
            if let Some(token) = response[member].as_str() {
                registry.bound.0.insert(token.to_owned(), key.clone());
            }
        }
        if response["token_type"] == "Bearer" && !registry.response.members.contains_key("token_type") {
            response["token_type"] = "DPoP".into();
        }
    }

    /// Verifies the proof of an API request with a token, which this scheme precedes. `proofs` are those of the API.
    pub(crate) fn check_api_proof(
        &self,
        proofs: &Proofs,
        request: &RecordedRequest,
        (scheme, token): (&str, &str),
    ) -> Result<(), ProofRejection> {
        let bound = self.registry().bound.0.get(token).cloned();
        match (scheme, bound) {
            ("Bearer", None) => Ok(()),
            ("DPoP", Some(bound)) => match proofs.check(self, request, Some(token))? {
                Some(key) if key == bound => Ok(()),
                _ => Err(ProofRejection {
                    code: "invalid_token",
                    reason: "the token is bound to another key",
                }),
            },
            _ => Err(ProofRejection {
                code: "invalid_token",
                reason: "the token has another type",
            }),
        }
    }
}

fn invalid(reason: &'static str) -> ProofRejection {
    ProofRejection {
        code: "invalid_dpop_proof",
        reason,
    }
}
