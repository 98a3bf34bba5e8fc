//! Derives hints from a rejected token request and its response.

use http::StatusCode;

use super::{Hint, OAuthProviderError, RejectionClass, is_number};

impl OAuthProviderError {
    /// Returns the likely problems of the token request that the server rejected as hints, the most likely one first.
    #[must_use]
    pub fn hints(&self) -> Vec<Hint> {
        let sent = &self.sent;
        let no_scope = sent.may_have_scope && !sent.has_scope;
        let unknown_client = self.status == StatusCode::NOT_FOUND
            && self
                .code()
                .is_some_and(|code| is_oauth_code(code) && code != "not_found");
        let check_client = match sent.has_assertion {
            true => Hint::CheckAssertion,
            false => Hint::CheckClient,
        };
        let mut hints = vec![match (self.code(), self.status.as_u16()) {
            (Some("invalid_client"), _) => check_client,
            (Some("invalid_scope"), _) if no_scope => Hint::NoScopeSent,
            (Some("invalid_scope"), _) => Hint::CheckScopes,
            (Some("unauthorized_client" | "unsupported_grant_type"), _) => Hint::EnableGrant,
            (Some("invalid_grant"), _) => Hint::CheckGrant,
            (Some("invalid_request" | "invalid_authorization_details"), _) => Hint::CheckParameters,
            (_, 300..=399) => Hint::UseFinalUrl,
            (_, 415) => self.other_body(),
            (_, 429) => Hint::RateLimited,
            (_, 500..=599) => Hint::ServerFailing,
            _ if unknown_client => Hint::UnknownClient,
            (_, 404 | 405) => Hint::CheckUrl,
            _ if self.is_page || self.code().is_some_and(is_number) => Hint::NotTokenEndpoint,
            (_, 401) | (None, 403) => check_client,
            (None, 400) if self.empty => Hint::CheckParameters,
            _ => Hint::SeeDocumentation,
        }];
        if unknown_client && hints[0] != Hint::UnknownClient {
            hints.push(Hint::UnknownClient);
        }
        // Less likely than an API's error or a page.
        if self.rejection_class() == RejectionClass::Credentials && hints[0] == Hint::NotTokenEndpoint {
            hints.push(check_client);
        }
        // Servers that cannot decode the header may report the whole request as invalid.
        let unread_header =
            self.code() == Some("invalid_request") && self.description.as_deref().is_some_and(mentions_header);
        if sent.encoding_matters && (unread_header || hints.contains(&Hint::CheckClient)) {
            hints.push(match sent.is_raw {
                true => Hint::SentRaw,
                false => Hint::PercentEncoded,
            });
        }
        let mentions_missing_scope = match self.code() {
            Some("invalid_request") => self.description.as_deref().is_some_and(mentions_scope),
            Some(_) => false,
            None => self.empty && matches!(self.status.as_u16(), 400 | 403),
        };
        if no_scope && mentions_missing_scope {
            hints.push(Hint::NoScopeSent);
        }
        self.add_differences(&mut hints);
        // Gateways respond in their own format.
        let reason = self.description.as_deref().or(self.excerpt.as_deref());
        let is_oauth = self.code().is_some_and(is_oauth_code);
        let is_rejection = matches!(self.status.as_u16(), 400 | 401 | 403);
        if is_rejection && !is_oauth && reason.is_some_and(mentions_gateway_key) {
            hints.insert(0, Hint::GatewayKey);
        }
        hints
    }

    /// Adds remedies for servers that expect the request in another format.
    fn add_differences(&self, hints: &mut Vec<Hint>) {
        if !self.status.is_client_error() {
            return;
        }
        let sent = &self.sent;
        let code = self.code().unwrap_or_default();
        let reason = self.description.as_deref().or(self.excerpt()).unwrap_or_default();
        let words = format!("{code} {reason}").to_ascii_lowercase().replace(['_', '-'], " ");
        let names = |names: &[&str]| names.iter().any(|name| words.contains(name));
        let is_missing = names(&[
            "missing",
            "required",
            "not provided",
            "not specified",
            "not present",
            "empty",
        ]);
        let of_grant_type = names(&["grant type", "granttype"]);
        let is_unsupported = names(&[
            "unsupported",
            "not supported",
            "invalid grant type",
            "unknown grant type",
        ]);
        if sent.is_client_credentials && of_grant_type && is_unsupported && !is_missing {
            hints.push(Hint::CustomGrantType);
        }
        let of_body = names(&["content type", "media type", "urlencoded"]) || !sent.is_json && names(&["json"]);
        let other_body = self.other_body();
        if (of_body || of_grant_type && is_missing) && !hints.contains(&other_body) {
            hints.push(other_body);
        }
        if is_missing && !sent.client_id_in_body && names(&["client id", "clientid"]) {
            hints.push(Hint::ClientIdInBody);
        }
    }

    fn other_body(&self) -> Hint {
        match self.sent.is_json {
            true => Hint::SendForm,
            false => Hint::SendJson,
        }
    }
}

/// Whether the code has the format of the registered codes, as servers' custom codes often do.
fn is_oauth_code(code: &str) -> bool {
    code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn mentions_header(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["authorization header", "basic"].iter().any(|part| text.contains(part))
}

fn mentions_gateway_key(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let keys = [
        "api key",
        "api-key",
        "apikey",
        "api_key",
        "subscription key",
        "subscription-key",
        "gateway key",
    ];
    keys.iter().any(|key| text.contains(key))
}

fn mentions_scope(text: &str) -> bool {
    text.to_ascii_lowercase().contains("scope")
}
