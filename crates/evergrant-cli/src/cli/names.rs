//! Which names stand for secrets, in parameters, headers and queries, and which values look like one.

/// Parameters of the token endpoint whose values are secrets (RFC 6749, 7521, 7523, 7636, 8628, 8693).
const SECRET_PARAMETERS: [&str; 11] = [
    "access_token",
    "actor_token",
    "assertion",
    "client_assertion",
    "code_verifier",
    "device_code",
    "id_token",
    "jwt",
    "refresh_token",
    "subject_token",
    "token",
];

/// Ends of names that make them those of a secret. A mere `key` is not among them: it is what an API calls a great many things.
const SECRET_ENDS: [&str; 8] = [
    "access_key",
    "account_key",
    "api_key",
    "apikey",
    "auth_key",
    "functions_key",
    "shared_key",
    "subscription_key",
];

/// Names in a query that stand for a secret with some APIs, and for something harmless with most.
const AMBIGUOUS: [&str; 4] = ["code", "key", "sig", "token"];

/// Words that make any name one of a secret.
const SECRET_WORDS: [&str; 5] = ["secret", "passwd", "password", "passphrase", "private_key"];

/// Whether a parameter of that name holds a secret.
pub(crate) fn is_secret_parameter(name: &str) -> bool {
    let name = normal(name.trim(), '_');
    SECRET_PARAMETERS.contains(&name.as_str()) || is_of_a_secret(&name)
}

/// Whether a header of that name holds a secret.
pub(super) fn is_secret_header(name: &str) -> bool {
    let name = normal(name.trim(), '_');
    matches!(name.as_str(), "authorization" | "proxy_authorization" | "cookie")
        || name.ends_with("token")
        || is_of_a_secret(&name)
}

/// Whether a query's parameter of that name may hold a secret, and mostly does not.
pub(super) fn is_ambiguous(name: &str) -> bool {
    AMBIGUOUS.contains(&normal(name, '_').as_str())
}

/// Long, and written as keys and signatures are: in hexadecimal, or in base64 with both cases and digits. Names, dates and
/// UUIDs are not.
pub(super) fn looks_generated(value: &str) -> bool {
    let any = |kind: fn(&u8) -> bool| value.bytes().any(|byte| kind(&byte));
    let hexadecimal = value.len() >= 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    let base64 = value.len() >= 20
        && any(u8::is_ascii_digit)
        && any(u8::is_ascii_lowercase)
        && any(u8::is_ascii_uppercase)
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=-_.~".contains(&byte));
    hexadecimal || base64
}

/// In lower case, with one separator between words.
pub(super) fn normal(name: &str, separator: char) -> String {
    name.to_ascii_lowercase().replace(['-', '_'], &separator.to_string())
}

fn is_of_a_secret(name: &str) -> bool {
    SECRET_WORDS.iter().any(|word| name.contains(word)) || SECRET_ENDS.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_in_every_spelling() {
        for name in [
            "client_secret",
            "Client-Secret",
            "password",
            "refresh_token",
            "x_secret_x",
            "assertion",
            "subscription-key",
            "api_key",
        ] {
            assert!(is_secret_parameter(name), "{name}");
        }
        for name in [
            "audience",
            "subject_token_type",
            "tenant",
            "client_assertion_type",
            "key",
            "code",
        ] {
            assert!(!is_secret_parameter(name), "{name}");
        }
        for name in [
            "Authorization",
            "X-API-Key",
            "VZ-M2M-Token",
            "SessionToken",
            "cookie",
            "Ocp-Apim-Subscription-Key",
        ] {
            assert!(is_secret_header(name), "{name}");
        }
        for name in ["Accept", "X-Request-Id", "Idempotency-Key"] {
            assert!(!is_secret_header(name), "{name}");
        }
    }

    #[test]
    fn a_generated_value_is_told_from_a_name_a_date_and_a_uuid() {
        for value in [
            "NotARealKey0123456789abcdefghijklm",
            "bm90IGEgcmVhbCBzaWduYXR1cmU0Nw==",
            "0123456789abcdef0123456789abcdef",
        ] {
            assert!(looks_generated(value), "{value}");
        }
        for value in [
            "books",
            "the-left-hand-of-darkness-1969",
            "2026-11-21T12:00:00.000Z",
            "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
        ] {
            assert!(!looks_generated(value), "{value}");
        }
    }
}
