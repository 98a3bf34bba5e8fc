//! The description.

use evergrant_sdk::describe as d;
use evergrant_sdk::http::Method;

pub const BASIC: usize = 0;
pub const BEARER: usize = 1;
pub const KEYS: usize = 2;
pub const SESSION: usize = 3;
pub const CCG: usize = 4;
pub const PASSWORD: usize = 5;
pub const ACG: usize = 6;
pub const COOKIE: usize = 7;

const TOKEN_URL: &str = "{auth server}/token";

const fn need(scheme: usize) -> d::Need {
    d::Need { scheme, scopes: &[] }
}

const fn scoped(scopes: &'static [&'static str]) -> d::Need {
    d::Need { scheme: CCG, scopes }
}

const fn flow(grant: d::Grant) -> d::Flow {
    let authorization_url = match grant {
        d::Grant::AuthorizationCode => Some("{auth server}/authorize"),
        _ => None,
    };
    d::Flow {
        grant,
        token_url: TOKEN_URL,
        authorization_url,
    }
}

const fn any(alternatives: &'static [&'static [d::Need]]) -> d::Requirement {
    d::Requirement {
        alternatives,
        optional: false,
        allow_header_conflict: false,
    }
}

pub static API: d::Api = d::Api {
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
            default: "www",
            values: &[],
        },
        d::Variable {
            name: "base",
            default: "v1/books",
            values: &[],
        },
        d::Variable {
            name: "version",
            default: "1",
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
                    place: d::Place::Query,
                },
                d::Key {
                    name: "X-Key",
                    place: d::Place::Header,
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
                client_auth: d::ClientAuth::Basic,
                params: &[("audience", "https://api.example.com"), ("tier", "gold")],
                flows: &[flow(d::Grant::ClientCredentials)],
            }),
        },
        d::Scheme {
            name: "password",
            kind: d::SchemeKind::OAuth(d::OAuth {
                client_auth: d::ClientAuth::Post,
                params: &[],
                flows: &[flow(d::Grant::Password)],
            }),
        },
        d::Scheme {
            name: "authorizationCode",
            kind: d::SchemeKind::OAuth(d::OAuth {
                client_auth: d::ClientAuth::Basic,
                params: &[],
                flows: &[flow(d::Grant::AuthorizationCode)],
            }),
        },
        d::Scheme {
            name: "cookie",
            kind: d::SchemeKind::Keys(&[d::Key {
                name: "SID",
                place: d::Place::Cookie,
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
        any(&[&[need(CCG), need(SESSION)]]),
        // 4: keys, or basic
        any(&[&[need(KEYS)], &[need(BASIC)]]),
        // 5: bearer, or nothing
        any(&[&[need(BEARER)], &[]]),
        // 6: password
        any(&[&[need(PASSWORD)]]),
        // 7: authorization code
        any(&[&[need(ACG)]]),
        // 8: cookie
        any(&[&[need(COOKIE)]]),
        // 9: two that write one header
        d::Requirement {
            alternatives: &[&[need(ACG), need(CCG)]],
            optional: false,
            allow_header_conflict: true,
        },
        // 10: client credentials, or a bearer token
        any(&[&[need(CCG)], &[need(BEARER)]]),
        // 11: a session alone
        any(&[&[need(SESSION)]]),
    ],
};

/// Operations: each a `GET` of a path, unless it says otherwise.
macro_rules! operations {
    ($($name:ident $method:ident $path:literal needs $requirement:literal on $server:literal;)*) => {
        $(pub static $name: d::Operation = d::Operation {
            id: stringify!($name),
            method: Method::$method,
            path: $path,
            server: $server,
            requirement: $requirement,
            accept: "application/json",
        };)*
    };
}

operations! {
    OPEN GET "/open" needs 0 on 0;
    OPEN_POST POST "/open" needs 0 on 0;
    OPEN_ITEM GET "/items/{id}/parts/{part}.json" needs 0 on 0;
    FIXED_QUERY GET "/open?action=list" needs 0 on 0;
    LIST_BOOKS GET "/books" needs 1 on 0;
    GET_BOOKS_AGAIN GET "/again/books" needs 1 on 0;
    UPLOAD POST "/upload" needs 1 on 0;
    WRITE_ORDER GET "/orders" needs 2 on 0;
    SESSION_BOOKS GET "/session/books" needs 3 on 0;
    LOG_IN POST "/session/login" needs 1 on 0;
    KEYED GET "/keyed" needs 4 on 0;
    OPTIONAL GET "/optional" needs 5 on 0;
    BY_PASSWORD GET "/by-password" needs 6 on 0;
    BY_USER GET "/by-user" needs 7 on 0;
    COOKIED GET "/cookied" needs 8 on 0;
    CONFLICTING GET "/conflicting" needs 9 on 0;
    EITHER GET "/either" needs 10 on 0;
    SESSION_ALONE GET "/session/alone" needs 11 on 0;
    GET_FILE GET "/files/{name}" needs 1 on 2;
    BROKEN GET "/broken" needs 99 on 0;
}
