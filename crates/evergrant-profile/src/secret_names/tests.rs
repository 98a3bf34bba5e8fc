use super::*;

const SECRETS: &[&str] = &[
    "access_token",
    "accessToken",
    "accesstoken",
    "ACCESS_TOKEN",
    "access-token-2",
    "access_token_value",
    "async_token",
    "asyncToken",
    "auth",
    "email_change_token",
    "exchange_token",
    "exchangetoken",
    "id_token_hint",
    "passwordconfirmation",
    "previous_token",
    "pswd",
    "pw",
    "tokens",
    "user_tokens",
    "actor_token",
    "api.key",
    "api_key",
    "apiKey",
    "apikey",
    "APIKey",
    "apiKeys",
    "appKey",
    "assertion",
    "Authorization",
    "authorization_code",
    "authToken",
    "bearer",
    "client_assertion",
    "clientAssertion",
    "Client-Secret",
    "client_secret",
    "clientSecret",
    "clientsecret",
    "code_verifier",
    "codeVerifier",
    "connectionString",
    "cookie",
    "credential",
    "credentials",
    "csrf_token",
    "dbPassword",
    "device_code",
    "DPoP",
    "encryption_key",
    "hmacKey",
    "id_token",
    "idToken",
    "JSESSIONID",
    "jwt",
    "mfaCode",
    "newPwd",
    "Ocp-Apim-Subscription-Key",
    "oauth2_token",
    "oldPassword",
    "one-time-code",
    "otp",
    "passphrase",
    "passwd",
    "password",
    "password1",
    "password_reset_token",
    "passwordConfirmation",
    "PHPSESSID",
    "pin",
    "private_key",
    "privateKey",
    "Proxy-Authorization",
    "psk",
    "pwd",
    "refresh_token",
    "refreshToken",
    "refreshtoken",
    "SAMLResponse",
    "secret",
    "session_id",
    "SessionToken",
    "Set-Cookie",
    "subject_token",
    "token",
    "tokenValue",
    "user[password]",
    "userPass",
    "VZ-M2M-Token",
    "X-Auth-Token",
    "x_secret_x",
];

const HARMLESS: &[&str] = &[
    "Accept",
    "access_key_id",
    "accessTokenLifetime",
    "accessTokenMaxAge",
    "assess_id",
    "bypass_code",
    "Bypass-Token-Endpoint",
    "calendarSyncToken",
    "change_token",
    "compass_key",
    "password_changed_since",
    "previousPageToken",
    "refreshTokenIdleTimeout",
    "SecretId",
    "assertions",
    "audience",
    "author",
    "authority",
    "authorization_details",
    "authorization_endpoint",
    "boss",
    "bypass",
    "client_assertion_type",
    "client_id",
    "client_secret_env",
    "client_secret_expires_at",
    "code",
    "code_challenge",
    "compass",
    "continuation_token",
    "continuationToken",
    "country_code",
    "credential_id",
    "cursor",
    "deltaToken",
    "foreign_key",
    "grant_type",
    "id_token_signed_response_alg",
    "Idempotency-Key",
    "key",
    "keyboard",
    "keyId",
    "keyword",
    "laptop",
    "login_hint",
    "max_tokens",
    "maxTokens",
    "monkey",
    "next",
    "next_token",
    "nextPageToken",
    "nonce",
    "page_token",
    "pageToken",
    "pagetoken",
    "partition_key",
    "passenger",
    "passport_number",
    "passwordless",
    "passwordPolicy",
    "pin_code",
    "primaryKey",
    "public_key",
    "refresh",
    "refreshTokenRotation",
    "requested_token_type",
    "resumptionToken",
    "secret_name",
    "secretary",
    "Secretary-Id",
    "session",
    "shipping",
    "$skiptoken",
    "state",
    "subject_token_type",
    "syncToken",
    "tenant",
    "token_endpoint",
    "token_endpoint_auth_method",
    "token_type",
    "tokenizer",
    "tokenType",
    "X-Request-Id",
];

#[test]
fn names_of_secrets_are_recognized_in_every_spelling() {
    for name in SECRETS {
        assert!(is_secret_parameter(name), "{name}");
        assert!(is_secret_parameter(&format!(" {name} ")), "{name} between spaces");
        assert!(is_secret_parameter(&format!("x-{name}")), "x-{name}");
    }
}

#[test]
fn names_similar_to_secrets_are_harmless() {
    for name in HARMLESS {
        assert!(!is_secret_parameter(name), "{name}");
        assert!(!is_secret_parameter(&name.to_ascii_lowercase()), "{name} in lower case");
    }
}

#[test]
fn some_names_are_ambiguous_in_a_query() {
    for name in [
        "code",
        "key",
        "sig",
        "token",
        "Token",
        "sellToken",
        "session_id",
        "pin",
        "secretId",
        "ClientToken",
        "gpio_pin",
        "auth",
    ] {
        assert!(is_ambiguous(name), "{name}");
    }
    for name in [
        "access_token",
        "apikey",
        "password",
        "page",
        "tokenize",
        "api_token",
        "refreshtoken",
        "pwd",
        "nextPageToken",
        "client_secret",
    ] {
        assert!(!is_ambiguous(name), "{name}");
    }
}

#[test]
fn a_name_that_may_contain_a_value_is_not_shown() {
    assert_eq!(display_name("user[api_key]"), "`user[api_key]`");
    for name in ["password: hush-hush", "password\u{202e}", &"password".repeat(6)] {
        assert!(!display_name(name).contains("password"), "{name}");
    }
}

#[test]
fn a_long_name_has_linear_cost() {
    let long = "aB".repeat(100_000);
    assert!(!is_secret_parameter(&long));
    assert_eq!(words(&long).concat().len(), long.len());
}

#[test]
fn looks_generated_accepts_keys_but_not_names_dates_or_uuids() {
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

#[test]
fn a_harmless_value_is_not_a_secret() {
    for (name, value) in [
        ("show_password", "1"),
        ("with_credentials", "yes"),
        ("gpio_pin", "4"),
        ("valid_tokens", "5"),
        ("max_user_tokens", "100000"),
        ("auth", "OAuth2"),
        ("SecretId", "prod/db"),
    ] {
        assert!(!is_secret(name, value), "{name}={value}");
    }
    for (name, value) in [
        ("pin", "1234"),
        ("password", "oauth2"),
        ("tokens", "x"),
        ("auth", "dXNlcjpwYXNz"),
        ("secret_id", "1b4e28ba-2fa1-11d2-883f-0016d3cca427"),
    ] {
        assert!(is_secret(name, value), "{name}={value}");
    }
}
