//! Access control of the MultiAuth sample: the credentials that each operation requires.

use evergrant_testing::{AuthServer, MockResponse, RouteRequest};
use serde_json::json;

use super::Multiauth;
use crate::credentials::{basic, has_header, has_query, valid_token};
use crate::routing_and_responses::{OperationResult, json};

/// Verifies the credentials of requests.
pub(super) struct AccessControl {
    pub(super) auth: AuthServer,
}

pub(super) type Check = fn(&AccessControl, &RouteRequest<'_>) -> OperationResult;

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("/auth/oauth2", |_, request| {
        check_bearer(request).map_or_else(text_passed, rejected)
    }),
    ("/auth/customAuthentication", |_, request| {
        check_custom(request).map_or_else(text_passed, rejected)
    }),
    ("/auth/customQueryOrHeaderParam", |_, request| {
        check_query(request)
            .and_then(|reason| check_headers(request).map(|other| format!("{reason}; {other}")))
            .map_or_else(text_passed, rejected)
    }),
    ("/auth/basicAndApiKeyAndApiHeader", |_, request| {
        check_basic_and_keys(request).map_or_else(text_passed, rejected)
    }),
    ("/auth/multipleAuthCombination", |_, request| {
        let others = [
            check_custom(request),
            check_bearer(request),
            check_basic_and_keys(request),
        ];
        let denial: Option<Vec<_>> = others.into_iter().collect();
        denial
            .map(|denial| denial.join("; "))
            .map_or_else(text_passed, rejected)
    }),
    ("/auth/noAuth", |_, request| {
        match request.query_value("array").as_deref() {
            Some("true") => Ok(json(200, &json!(["passed"]))),
            _ => text_passed(),
        }
    }),
    ("/oauth2/non-auth-server/status", |access, request| {
        access.check_client(request).map_or_else(json_passed, rejected)
    }),
    ("/oauth2/non-auth-server/user", |access, request| {
        access
            .check_user(request)
            .map_or_else(|| access.account(request), rejected)
    }),
    ("/oauth2/oauthOrCombination", |access, request| {
        let denial = access
            .check_client(request)
            .and_then(|reason| check_bearer(request).map(|other| format!("{reason}; {other}")));
        denial.map_or_else(text_passed, rejected)
    }),
];

/// The reason why a request is rejected; `None` if it is accepted.
type Denial = Option<String>;

impl AccessControl {
    /// `OAuthCCG`.
    fn check_client(&self, request: &RouteRequest<'_>) -> Denial {
        match valid_token(request, &self.auth) {
            None => denied("there is no valid access token"),
            Some(token) if token.grant_type != "client_credentials" => denied("the access token belongs to a user"),
            Some(_) => None,
        }
    }

    /// Returns the account of the token's user.
    fn account(&self, request: &RouteRequest<'_>) -> OperationResult {
        let name = valid_token(request, &self.auth).and_then(|token| token.username);
        Ok(json(
            200,
            &json!({"id": 1, "name": name, "email": Multiauth::USER_EMAIL}),
        ))
    }

    /// `OAuthACG` and `OAuthROPCG`. A request can contain only one of their tokens.
    fn check_user(&self, request: &RouteRequest<'_>) -> Denial {
        match valid_token(request, &self.auth) {
            None => denied("there is no valid access token"),
            Some(token) => match token.grant_type {
                "password" => None,
                "authorization_code" if token.has_scope(Multiauth::READ_SCOPE) => None,
                "authorization_code" => Some(format!("the access token lacks the scope {}", Multiauth::READ_SCOPE)),
                _ => denied("the access token does not belong to a user"),
            },
        }
    }
}

/// `OAuthBearerToken`.
fn check_bearer(request: &RouteRequest<'_>) -> Denial {
    match request.bearer_token() {
        Some(Multiauth::BEARER_TOKEN) => None,
        Some(_) => denied("the bearer token is not known"),
        None => denied("there is no bearer token"),
    }
}

/// `CustomAuth`.
fn check_custom(request: &RouteRequest<'_>) -> Denial {
    let is_valid = has_header(request, "accessToken", Multiauth::ACCESS_TOKEN);
    if is_valid {
        None
    } else {
        denied("the header accessToken is wrong")
    }
}

/// `apiKey`.
fn check_query(request: &RouteRequest<'_>) -> Denial {
    let is_valid =
        has_query(request, "token", Multiauth::QUERY_TOKEN) && has_query(request, "api-key", Multiauth::QUERY_API_KEY);
    if is_valid {
        None
    } else {
        denied("the keys in the query are wrong")
    }
}

/// `apiHeader`.
fn check_headers(request: &RouteRequest<'_>) -> Denial {
    let is_valid = has_header(request, "token", Multiauth::HEADER_TOKEN)
        && has_header(request, "api-key", Multiauth::HEADER_API_KEY);
    if is_valid {
        None
    } else {
        denied("the keys in the headers are wrong")
    }
}

/// `basicAuth`, `apiKey` and `apiHeader`.
fn check_basic_and_keys(request: &RouteRequest<'_>) -> Denial {
    let pair = (
        Multiauth::BASIC_USERNAME.to_owned(),
        Multiauth::BASIC_PASSWORD.to_owned(),
    );
    let basic = if basic(request) == Some(pair) {
        None
    } else {
        denied("the name or the password is wrong")
    };
    basic
        .or_else(|| check_query(request))
        .or_else(|| check_headers(request))
}

fn denied(reason: &str) -> Denial {
    Some(reason.to_owned())
}

fn text_passed() -> OperationResult {
    Ok(MockResponse::new(200)
        .header("content-type", "text/plain")
        .body("passed"))
}

fn json_passed() -> OperationResult {
    Ok(json(200, &json!({"status": "passed"})))
}

fn rejected(reason: String) -> OperationResult {
    Err(MockResponse::new(401).header("content-type", "text/plain").body(reason))
}
