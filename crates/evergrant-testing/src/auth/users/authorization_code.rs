//! Authorization codes: bound to their request, single-use and short-lived (RFC 6749 section 4.1, RFC 7636).

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::super::registered_clients_and_tokens::{Authorization, Registry};

/// The maximum lifetime that RFC 6749 section 4.1.2 recommends.
const LIFETIME: Duration = Duration::from_secs(600);

/// The authorization request to which a code is bound.
pub(in crate::auth) struct CodeRequest {
    pub(in crate::auth) authorization: Authorization,
    /// The `redirect_uri` of the authorization request.
    pub(in crate::auth) redirect_uri: Option<String>,
    /// The code challenge for the method S256.
    pub(in crate::auth) challenge: Option<String>,
}

pub(super) struct Code {
    request: CodeRequest,
    expires_at: SystemTime,
    used: bool,
}

impl Registry {
    pub(in crate::auth) fn issue_code(&mut self, request: CodeRequest, now: SystemTime) -> String {
        let code = self.unique("code");
        let issued = Code {
            request,
            expires_at: now + LIFETIME,
            used: false,
        };
        self.users.codes.insert(code.clone(), issued);
        code
    }

    /// Redeems a code, and returns the members of the token response, or the reason for a rejection. A rejected request
    /// does not use up the code.
    pub(in crate::auth) fn redeem(
        &mut self,
        code: &str,
        client_id: &str,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
        now: SystemTime,
    ) -> Result<Map<String, Value>, &'static str> {
        let code = self.users.codes.get_mut(code).ok_or("the code is unknown")?;
        let authorization = code.request.authorization.clone();
        if authorization.client_id != client_id {
            return Err("the code was issued to another client");
        }
        if code.used {
            if let Some(consent) = &authorization.consent {
                self.revoke_consent(consent);
            }
            return Err("the code was used before; its tokens are revoked");
        }
        if now >= code.expires_at {
            return Err("the code has expired");
        }
        if code.request.redirect_uri.as_deref() != redirect_uri {
            return Err("redirect_uri differs from the authorization request");
        }
        check_verifier(code.request.challenge.as_deref(), verifier)?;
        code.used = true;
        Ok(self.grant_by_user(authorization, now))
    }
}

/// Checks a code verifier (RFC 7636 section 4.6). A verifier without a challenge is rejected (RFC 9700 section 4.8.2).
fn check_verifier(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), &'static str> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err("the authorization request had no code_challenge"),
        (Some(_), None) => Err("code_verifier is missing"),
        (Some(challenge), Some(verifier)) if s256(verifier) == challenge => Ok(()),
        (Some(_), Some(_)) => Err("code_verifier does not match the challenge"),
    }
}

fn s256(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_matches_the_rfc_example() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(s256(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
