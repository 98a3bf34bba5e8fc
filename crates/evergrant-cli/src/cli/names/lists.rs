//! The words that names are compared with: run together, in lower case, without digits.

/// Phrases that make a name that of a secret wherever they stand in it (RFC 6749, 7521, 7523, 7636, 8628, 8693 among others).
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

/// Phrases that are as good as the others in a header or a body, and may mean something harmless in a query.
pub(super) const DOUBTFUL_PHRASES: &[&str] = &[
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

/// Ends of names of secrets.
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

/// How names of tokens end.
pub(super) const TOKENS: [&str; 2] = ["tokens", "token"];

/// Last words of names of secrets; within other words they mean nothing (`bypass`, `laptop`, `shipping`).
pub(super) const LAST_WORDS: &[&str] = &[AUTH, "hotp", "otp", "pass", "pin", "psk", "psw", "pw", "totp"];

pub(super) const AUTH: &str = "auth";

/// Values that say how somebody is known, and hold no secret: `{"auth": "basic"}`.
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

/// Values that are none.
pub(super) const NOTHING: &[&str] = &["", "false", "no", "none", "null", "off", "on", "true", "yes"];

/// Last words before `token` of a token that is not a secret, but continues a list, or the changes to one.
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

/// What ends as one of the [`CURSORS`] does, and is none.
pub(super) const NO_CURSORS: &[&str] = &["async", "exchanges"];

/// Last words before `tokens` that are counted.
pub(super) const COUNTERS: &[&str] = &["max", "maximum", "min", "minimum", "num", "total"];

/// Last words behind a phrase that say something of the secret instead of holding it.
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

/// Last words that leave a name what it is without them.
pub(super) const FILLERS: &[&str] = &["confirm", "current", "new", "old", "raw", "string", "text", "value"];

/// Beginnings of words that have a phrase, or a part of one, in them by chance.
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

/// The name of a secret's handle with some APIs, and of a secret with others, which generate it.
pub(super) const SECRET_ID: &str = "secretid";

/// Names in a query that stand for a secret with some APIs, and for something harmless with most.
pub(super) const AMBIGUOUS: &[&str] = &["code", "key", SECRET_ID, "sig", "signature"];
