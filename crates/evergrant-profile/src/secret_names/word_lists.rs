//! The lists of words that names are compared with, in lower case and without separators and digits.

/// Phrases of secrets, at any position in a name (RFC 6749, 7521, 7523, 7636, 8628, 8693 and others).
pub(super) const PHRASES: &[&str] = &[
    "accesscode",
    "accesskey",
    "accesstoken",
    "actortoken",
    "adminkey",
    "apikey",
    "apitoken",
    "authcode",
    "authkey",
    "authorizationcode",
    "authtoken",
    "backupcode",
    "bearertoken",
    "clientassertion",
    "codeverifier",
    "connectionstring",
    "csrftoken",
    "decryptionkey",
    "devicecode",
    "encryptionkey",
    "functionskey",
    "hmackey",
    "idtoken",
    "idtokenhint",
    "logintoken",
    "masterkey",
    "mfacode",
    "oauthtoken",
    "onetimecode",
    "otpcode",
    "passcode",
    "passkey",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "privatetoken",
    "recoverycode",
    "refreshtoken",
    "resettoken",
    "samlresponse",
    "secret",
    "securitytoken",
    "sessionkey",
    "sessiontoken",
    "sharedkey",
    "signingkey",
    "subjecttoken",
    "subscriptionkey",
    "xsrftoken",
];

/// Phrases of secrets that may be harmless in a query.
pub(super) const AMBIGUOUS_PHRASES: &[&str] = &[
    "accountkey",
    "appkey",
    "applicationkey",
    "clientkey",
    "clienttoken",
    "credential",
    "licensekey",
    "servicekey",
    "sessid",
    "sessionid",
    "storekey",
    "usertoken",
];

/// Endings of the names of secrets.
pub(super) const ENDINGS: &[&str] = &[
    "assertion",
    "authorization",
    "bearer",
    "cookie",
    "cookies",
    "dpop",
    "jwt",
    "passwrd",
    "pswd",
    "pwd",
    "userpass",
    "verificationcode",
];

/// Endings of the names of tokens.
pub(super) const TOKENS: [&str; 2] = ["tokens", "token"];

/// Last words of the names of secrets. As parts of other words they are harmless (`bypass`, `laptop`, `shipping`).
pub(super) const LAST_WORDS: &[&str] = &[AUTH, "hotp", "otp", "pass", "pin", "psk", "psw", "pw", "totp"];

pub(super) const AUTH: &str = "auth";

/// Values that name an authentication method, and are not secret: `{"auth": "basic"}`.
pub(super) const SCHEMES: &[&str] = &[
    "apikey",
    "basic",
    "bearer",
    "digest",
    "jwt",
    "kerberos",
    "mtls",
    "negotiate",
    "ntlm",
    "oauth",
    "oauth2",
    "oidc",
    "optional",
    "required",
    "saml",
    "sso",
];

/// Values that are never secret.
pub(super) const HARMLESS_VALUES: &[&str] = &["", "false", "no", "none", "null", "off", "on", "true", "yes"];

/// Last words before `token` in the name of a cursor, which continues a list or its changes.
pub(super) const CURSORS: &[&str] = &[
    "changes",
    "continuation",
    "continue",
    "cursor",
    "delta",
    "idempotency",
    "next",
    "page",
    "pagination",
    "resume",
    "resumption",
    "skip",
    "sync",
];

/// Words with an ending of [`CURSORS`] that are not cursors.
pub(super) const CURSOR_EXCEPTIONS: &[&str] = &["async", "exchanges"];

/// Last words before `tokens` in the name of a count.
pub(super) const COUNTERS: &[&str] = &["max", "maximum", "min", "minimum", "num", "total"];

/// Last words after a phrase that describe the secret.
pub(super) const DESCRIPTIONS: &[&str] = &[
    "age",
    "alg",
    "algorithm",
    "alias",
    "arn",
    "at",
    "audience",
    "changed",
    "count",
    "created",
    "date",
    "days",
    "description",
    "email",
    "enabled",
    "endpoint",
    "env",
    "expiration",
    "expires",
    "expiry",
    "field",
    "file",
    "format",
    "group",
    "hint",
    "host",
    "id",
    "ids",
    "in",
    "issuer",
    "label",
    "length",
    "lifetime",
    "limit",
    "location",
    "max",
    "method",
    "methods",
    "min",
    "mode",
    "name",
    "names",
    "path",
    "period",
    "policy",
    "prefix",
    "provider",
    "ref",
    "reference",
    "required",
    "rotation",
    "scope",
    "scopes",
    "seconds",
    "since",
    "size",
    "source",
    "status",
    "stdin",
    "strategy",
    "strength",
    "supported",
    "time",
    "timeout",
    "ttl",
    "type",
    "types",
    "updated",
    "uri",
    "url",
    "user",
    "username",
    "version",
];

/// Last words that do not change the meaning of a name.
pub(super) const FILLERS: &[&str] = &["confirm", "current", "new", "old", "raw", "string", "text", "value"];

/// Beginnings of words that contain a phrase, or a part of one, by coincidence.
pub(super) const LOOKALIKES: &[&str] = &[
    "assess",
    "bypass",
    "compass",
    "encompass",
    "passwordless",
    "secretariat",
    "secretaries",
    "secretary",
    "surpass",
    "trespass",
];

/// The name of a secret's identifier in some APIs, and of a generated secret in others.
pub(super) const SECRET_ID: &str = "secretid";

/// Names of query parameters that are secret in some APIs, and harmless in most.
pub(super) const AMBIGUOUS: &[&str] = &["code", "key", SECRET_ID, "sig", "signature"];
