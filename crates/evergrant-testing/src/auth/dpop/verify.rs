//! The checks of RFC 9449 section 4.3.

use std::collections::HashSet;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{ProofRejection, invalid};
use crate::auth::client_assertion::{Jwk, Jws};

/// Maximum difference between `iat` and the server's clock, in seconds.
const MAX_AGE: f64 = 60.0;

/// What a proof must cover.
pub(super) struct Expected<'a> {
    pub(super) method: &'a str,
    pub(super) uri: &'a str,
    /// The access token of an API request.
    pub(super) token: Option<&'a str>,
    pub(super) nonce: Option<&'a str>,
    pub(super) now: SystemTime,
}

/// Returns the thumbprint of the key of a valid proof.
pub(super) fn verify(
    proof: &str,
    expected: &Expected<'_>,
    used: &mut HashSet<String>,
) -> Result<String, ProofRejection> {
    let jws = Jws::parse(proof).ok_or_else(|| invalid("the proof is not a JWT"))?;
    if jws.header["typ"] != "dpop+jwt" {
        return Err(invalid("typ is not dpop+jwt"));
    }
    let thumbprint = thumbprint(&jws.header["jwk"]).ok_or_else(|| invalid("jwk is not a public key"))?;
    let key = Jwk::public(&jws.header["jwk"]).ok_or_else(|| invalid("jwk contains a private key"))?;
    jws.verify(&[key]).map_err(invalid)?;
    let claim = |name: &str| jws.payload[name].as_str();
    if claim("htm") != Some(expected.method) {
        return Err(invalid("htm is not the method"));
    }
    if claim("htu") != Some(expected.uri) {
        return Err(invalid("htu is not the URI"));
    }
    let now = expected
        .now
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64();
    let issued = jws.payload["iat"].as_f64().ok_or_else(|| invalid("iat is missing"))?;
    if (issued - now).abs() > MAX_AGE {
        return Err(invalid("iat is too far from the server's time"));
    }
    let hash = expected
        .token
        .map(|token| URL_SAFE_NO_PAD.encode(Sha256::digest(token)));
    if claim("ath") != hash.as_deref() {
        return Err(invalid("ath is not the hash of the token"));
    }
    let jti = claim("jti").filter(|jti| !jti.is_empty());
    if !used.insert(jti.ok_or_else(|| invalid("jti is missing"))?.to_owned()) {
        return Err(invalid("the proof was used before"));
    }
    if expected.nonce.is_some() && claim("nonce") != expected.nonce {
        return Err(ProofRejection {
            code: "use_dpop_nonce",
            reason: "the nonce is missing or old",
        });
    }
    Ok(thumbprint)
}

/// Returns the thumbprint of a public key (RFC 7638 section 3).
fn thumbprint(jwk: &Value) -> Option<String> {
    let text = |name: &str| Some(format!("\"{name}\":{}", Value::from(jwk[name].as_str()?)));
    let names: &[&str] = match jwk["kty"].as_str()? {
        "EC" => &["crv", "kty", "x", "y"],
        "OKP" => &["crv", "kty", "x"],
        "RSA" => &["e", "kty", "n"],
        _ => return None,
    };
    let members: Option<Vec<String>> = names.iter().map(|name| text(name)).collect();
    let input = format!("{{{}}}", members?.join(","));
    Some(URL_SAFE_NO_PAD.encode(Sha256::digest(input)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// The proof of RFC 9449 section 4.1.
    const PROOF: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";

    #[test]
    fn the_proof_of_rfc_9449_is_valid_for_its_request_alone() {
        let expected = || Expected {
            method: "POST",
            uri: "https://server.example.com/token",
            token: None,
            nonce: None,
            now: UNIX_EPOCH + Duration::from_secs(1_562_262_618),
        };
        let check = |proof: &str, expected: Expected<'_>, used: &mut HashSet<String>| {
            verify(proof, &expected, used).map_err(|rejection| rejection.reason)
        };
        let used = &mut HashSet::new();
        let thumbprint = check(PROOF, expected(), used);
        assert_eq!(thumbprint.as_deref(), Ok("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"));
        assert_eq!(check(PROOF, expected(), used), Err("the proof was used before"));
        let late = expected().now + Duration::from_secs(60);
        for (expected, reason) in [
            (
                Expected {
                    method: "GET",
                    ..expected()
                },
                "htm is not the method",
            ),
            (
                Expected {
                    uri: "https://server.example.com/",
                    ..expected()
                },
                "htu is not the URI",
            ),
            (
                Expected {
                    token: Some("t"),
                    ..expected()
                },
                "ath is not the hash of the token",
            ),
            (
                Expected {
                    nonce: Some("n"),
                    ..expected()
                },
                "the nonce is missing or old",
            ),
            (
                Expected {
                    now: late,
                    ..expected()
                },
                "iat is too far from the server's time",
            ),
        ] {
            assert_eq!(check(PROOF, expected, &mut HashSet::new()), Err(reason));
        }
        let (start, _) = PROOF.rsplit_once('.').unwrap();
        let forged = format!("{start}.{}", URL_SAFE_NO_PAD.encode([7; 64]));
        assert_eq!(
            check(&forged, expected(), &mut HashSet::new()),
            Err("the signature is wrong")
        );
        assert_eq!(
            check("a.b.c", expected(), &mut HashSet::new()),
            Err("the proof is not a JWT")
        );
    }
}
