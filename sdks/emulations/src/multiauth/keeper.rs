//! The doorkeeper of the MultiAuth sample: what each operation asks for.

use evergrant_testing::{Answer, AuthServer, RouteRequest};
use serde_json::json;

use super::Multiauth;
use crate::answer::{Answered, json};
use crate::credentials::{basic, has_header, has_query, issued};

/// Decides whom each operation lets in.
pub(super) struct Keeper {
    pub(super) auth: AuthServer,
}

pub(super) type Check = fn(&Keeper, &RouteRequest<'_>) -> Answered;

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("/auth/oauth2", |_, request| bearer(request).map_or_else(text, refused)),
    ("/auth/customAuthentication", |_, request| {
        custom(request).map_or_else(text, refused)
    }),
    ("/auth/customQueryOrHeaderParam", |_, request| {
        query(request)
            .and_then(|why| header(request).map(|other| format!("{why}; {other}")))
            .map_or_else(text, refused)
    }),
    ("/auth/basicAndApiKeyAndApiHeader", |_, request| {
        all(request).map_or_else(text, refused)
    }),
    ("/auth/multipleAuthCombination", |_, request| {
        let others = [custom(request), bearer(request), all(request)];
        let whys: Option<Vec<_>> = others.into_iter().collect();
        whys.map(|whys| whys.join("; ")).map_or_else(text, refused)
    }),
    ("/auth/noAuth", |_, request| {
        match request.query_value("array").as_deref() {
            Some("true") => Ok(json(200, &json!(["passed"]))),
            _ => text(),
        }
    }),
    ("/oauth2/non-auth-server/status", |keeper, request| {
        keeper.client(request).map_or_else(passed, refused)
    }),
    ("/oauth2/non-auth-server/user", |keeper, request| {
        keeper.user(request).map_or_else(|| keeper.account(request), refused)
    }),
    ("/oauth2/oauthOrCombination", |keeper, request| {
        let whys = keeper
            .client(request)
            .and_then(|why| bearer(request).map(|other| format!("{why}; {other}")));
        whys.map_or_else(text, refused)
    }),
];

/// Why a request is refused, if it is.
type Why = Option<String>;

impl Keeper {
    /// `OAuthCCG`.
    fn client(&self, request: &RouteRequest<'_>) -> Why {
        match issued(request, &self.auth) {
            None => why("there is no valid access token"),
            Some(token) if token.grant_type != "client_credentials" => why("the access token is a user's"),
            Some(_) => None,
        }
    }

    /// The account of the token's user.
    fn account(&self, request: &RouteRequest<'_>) -> Answered {
        let name = issued(request, &self.auth).and_then(|token| token.username);
        Ok(json(
            200,
            &json!({"id": 1, "name": name, "email": Multiauth::USER_EMAIL}),
        ))
    }

    /// `OAuthACG` and `OAuthROPCG`, of which one request has room for one.
    fn user(&self, request: &RouteRequest<'_>) -> Why {
        match issued(request, &self.auth) {
            None => why("there is no valid access token"),
            Some(token) => match token.grant_type {
                "password" => None,
                "authorization_code" if token.has_scope(Multiauth::READ_SCOPE) => None,
                "authorization_code" => Some(format!("the access token lacks the scope {}", Multiauth::READ_SCOPE)),
                _ => why("the access token is no user's"),
            },
        }
    }
}

/// `OAuthBearerToken`.
fn bearer(request: &RouteRequest<'_>) -> Why {
    match request.bearer_token() {
        Some(Multiauth::BEARER_TOKEN) => None,
        Some(_) => why("the bearer token is not known"),
        None => why("there is no bearer token"),
    }
}

/// `CustomAuth`.
fn custom(request: &RouteRequest<'_>) -> Why {
    let right = has_header(request, "accessToken", Multiauth::ACCESS_TOKEN);
    if right {
        None
    } else {
        why("the header accessToken is not right")
    }
}

/// `apiKey`.
fn query(request: &RouteRequest<'_>) -> Why {
    let right =
        has_query(request, "token", Multiauth::QUERY_TOKEN) && has_query(request, "api-key", Multiauth::QUERY_API_KEY);
    if right {
        None
    } else {
        why("the keys in the query are not right")
    }
}

/// `apiHeader`.
fn header(request: &RouteRequest<'_>) -> Why {
    let right = has_header(request, "token", Multiauth::HEADER_TOKEN)
        && has_header(request, "api-key", Multiauth::HEADER_API_KEY);
    if right {
        None
    } else {
        why("the keys in the headers are not right")
    }
}

/// `basicAuth`, `apiKey` and `apiHeader`.
fn all(request: &RouteRequest<'_>) -> Why {
    let pair = (
        Multiauth::BASIC_USERNAME.to_owned(),
        Multiauth::BASIC_PASSWORD.to_owned(),
    );
    let basic = if basic(request) == Some(pair) {
        None
    } else {
        why("the name or the password is not right")
    };
    basic.or_else(|| query(request)).or_else(|| header(request))
}

fn why(text: &str) -> Why {
    Some(text.to_owned())
}

fn text() -> Answered {
    Ok(Answer::new(200).header("content-type", "text/plain").body("passed"))
}

fn passed() -> Answered {
    Ok(json(200, &json!({"status": "passed"})))
}

fn refused(why: String) -> Answered {
    Err(Answer::new(401).header("content-type", "text/plain").body(why))
}
