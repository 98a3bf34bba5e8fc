//! The description of the test API.

use evergrant_sdk::{ClientAuthMethod, GrantKind, metadata as d};

pub(crate) const BASIC: usize = 0;
pub(crate) const BEARER: usize = 1;
pub(crate) const KEYS: usize = 2;
pub(crate) const SESSION: usize = 3;
pub(crate) const CCG: usize = 4;
pub(crate) const PASSWORD: usize = 5;
pub(crate) const ACG: usize = 6;
pub(crate) const COOKIE: usize = 7;

const TOKEN_URL: &str = "{auth server}/token";

const fn required(scheme: usize) -> d::RequiredScheme {
    d::RequiredScheme { scheme, scopes: &[] }
}

const fn scoped(scopes: &'static [&'static str]) -> d::RequiredScheme {
    d::RequiredScheme { scheme: CCG, scopes }
}

const fn flow(grant: GrantKind) -> d::Flow {
    let authorization_url = match grant {
        GrantKind::AuthorizationCode => Some("{auth server}/authorize"),
        _ => None,
    };
    d::Flow {
        grant,
        token_url: Some(TOKEN_URL),
        authorization_url,
    }
}

const fn any(alternatives: &'static [&'static [d::RequiredScheme]]) -> d::Requirement {
    d::Requirement {
        alternatives,
        optional: false,
        allow_header_conflict: false,
    }
}

pub(crate) static API: d::Api = d::Api {
    name: "book store",
    version: "1.0.0",
    environments: &["Production", "Testing"],
    servers: &[
        d::Server {
            name: "default",
            setter: "base_url",
            role: d::Role::Api,
            urls: &[
                Some("https://{tenant}.example.com/{base}"),
                Some("https://testing.example.com/v{version}"),
            ],
        },
        d::Server {
            name: "auth server",
            setter: "auth_server_url",
            role: d::Role::Authorization,
            urls: &[Some("https://auth.{tenant}.example.com"), None],
        },
        d::Server {
            name: "files",
            setter: "files_url",
            role: d::Role::Api,
            urls: &[None, None],
        },
    ],
    variables: &[
        d::Variable {
            name: "tenant",
            default: Some("www"),
            values: &[],
        },
        d::Variable {
            name: "base",
            default: Some("v1/books"),
            values: &[],
        },
        d::Variable {
            name: "version",
            default: Some("1"),
            values: &["1", "2"],
        },
    ],
    headers: &[d::Header { name: "X-M2M-Token" }],
    schemes: &[
        d::Scheme {
            name: "basicAuth",
            kind: d::SchemeKind::Basic,
        },
        d::Scheme {
            name: "jwt",
            kind: d::SchemeKind::Bearer,
        },
        d::Scheme {
            name: "apiKey",
            kind: d::SchemeKind::Keys(&[
                d::Key {
                    name: "token",
                    location: d::Location::Query,
                },
                d::Key {
                    name: "X-Key",
                    location: d::Location::Header,
                },
            ]),
        },
        d::Scheme {
            name: "session",
            kind: d::SchemeKind::Session { header: "X-Session" },
        },
        d::Scheme {
            name: "clientCredentials",
            kind: d::SchemeKind::OAuth(d::OAuth {
                client_auth: ClientAuthMethod::Basic,
                params: &[("audience", "https://api.example.com"), ("tier", "gold")],
                issuer: None,
                flows: &[flow(GrantKind::ClientCredentials)],
            }),
        },
        d::Scheme {
            name: "password",
            kind: d::SchemeKind::OAuth(d::OAuth {
                client_auth: ClientAuthMethod::Post,
                params: &[],
                issuer: None,
                flows: &[flow(GrantKind::Password)],
            }),
        },
        d::Scheme {
            name: "authorizationCode",
            kind: d::SchemeKind::OAuth(d::OAuth {
                client_auth: ClientAuthMethod::Basic,
                params: &[],
                issuer: None,
                flows: &[flow(GrantKind::AuthorizationCode)],
            }),
        },
        d::Scheme {
            name: "cookie",
            kind: d::SchemeKind::Keys(&[d::Key {
                name: "SID",
                location: d::Location::Cookie,
            }]),
        },
    ],
    requirements: &[
        // 0: none
        d::Requirement {
            alternatives: &[],
            optional: true,
            allow_header_conflict: false,
        },
        // 1: client credentials
        any(&[&[scoped(&["books.read"])]]),
        // 2: client credentials with another scope
        any(&[&[scoped(&["orders.write", "books.read"])]]),
        // 3: client credentials and a session
        any(&[&[required(CCG), required(SESSION)]]),
        // 4: keys or Basic
        any(&[&[required(KEYS)], &[required(BASIC)]]),
        // 5: optional bearer
        any(&[&[required(BEARER)], &[]]),
        // 6: password
        any(&[&[required(PASSWORD)]]),
        // 7: authorization code
        any(&[&[required(ACG)]]),
        // 8: cookie
        any(&[&[required(COOKIE)]]),
        // 9: two schemes that set the same header
        d::Requirement {
            alternatives: &[&[required(ACG), required(CCG)]],
            optional: false,
            allow_header_conflict: true,
        },
        // 10: client credentials or a bearer token
        any(&[&[required(CCG)], &[required(BEARER)]]),
        // 11: only a session
        any(&[&[required(SESSION)]]),
    ],
};

/// Defines operations.
macro_rules! operations {
    ($($name:ident $method:ident $path:literal requires $requirement:literal on $server:literal;)*) => {
        $(pub(crate) static $name: d::Operation = d::Operation {
            id: stringify!($name),
            method: stringify!($method),
            path: $path,
            server: $server,
            requirement: $requirement,
            accept: "application/json",
        };)*
    };
}

operations! {
    OPEN GET "/open" requires 0 on 0;
    OPEN_POST POST "/open" requires 0 on 0;
    OPEN_ITEM GET "/items/{id}/parts/{part}.json" requires 0 on 0;
    FIXED_QUERY GET "/open?action=list" requires 0 on 0;
    LIST_BOOKS GET "/books" requires 1 on 0;
    GET_BOOKS_AGAIN GET "/again/books" requires 1 on 0;
    UPLOAD POST "/upload" requires 1 on 0;
    WRITE_ORDER GET "/orders" requires 2 on 0;
    SESSION_BOOKS GET "/session/books" requires 3 on 0;
    LOG_IN POST "/session/login" requires 1 on 0;
    KEYS_OR_BASIC GET "/keyed" requires 4 on 0;
    OPTIONAL GET "/optional" requires 5 on 0;
    BY_PASSWORD GET "/by-password" requires 6 on 0;
    BY_USER GET "/by-user" requires 7 on 0;
    WITH_COOKIE GET "/cookie" requires 8 on 0;
    CONFLICTING GET "/conflicting" requires 9 on 0;
    EITHER GET "/either" requires 10 on 0;
    SESSION_ONLY GET "/session/alone" requires 11 on 0;
    GET_FILE GET "/files/{name}" requires 1 on 2;
    BROKEN GET "/broken" requires 99 on 0;
}
