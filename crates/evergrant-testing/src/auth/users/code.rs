//! Authorization codes: bound to their request, good once and for a short time (RFC 6749 section 4.1, RFC 7636).

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::super::registry::{Entitlement, Registry};

/// The longest that RFC 6749 section 4.1.2 recommends.
const LIFETIME: Duration = Duration::from_secs(600);

/// What a code is asked for with, and has to be shown with.
pub(in crate::auth) struct CodeRequest {
    pub(in crate::auth) entitlement: Entitlement,
    /// As it was in the authorization request.
    pub(in crate::auth) redirect_uri: Option<String>,
    /// The challenge by the method S256.
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

    /// Tokens for a code, as the members of their response, or why there are none. A code that is refused is not used up.
    pub(in crate::auth) fn redeem(
        &mut self,
        code: &str,
        client_id: &str,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
        now: SystemTime,
    ) -> Result<Map<String, Value>, &'static str> {
        let code = self.users.codes.get_mut(code).ok_or("the code is unknown")?;
        let entitlement = code.request.entitlement.clone();
        if entitlement.client_id != client_id {
            return Err("the code is another client's");
        }
        if code.used {
            if let Some(consent) = &entitlement.consent {
                self.revoke_consent(consent);
            }
            return Err("the code was used before: the tokens that it brought are revoked");
        }
        if now >= code.expires_at {
            return Err("the code has expired");
        }
        if code.request.redirect_uri.as_deref() != redirect_uri {
            return Err("redirect_uri is not that of the authorization request");
        }
        check(code.request.challenge.as_deref(), verifier)?;
        code.used = true;
        Ok(self.grant_by_user(entitlement, now))
    }
}

/// RFC 7636 section 4.6, and for a verifier that nobody asked for, RFC 9700 section 4.8.2.
fn check(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), &'static str> {
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
    fn the_challenge_is_that_of_the_rfc_s_example() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(s256(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
