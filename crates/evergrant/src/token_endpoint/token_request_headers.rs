//! The additional headers of token requests.

use http::header::USER_AGENT;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::Secret;
use crate::client_auth::SharedClientAuth;
use crate::error::BuildError;

/// The additional headers before validation.
#[derive(Debug, Clone, Default)]
pub(super) struct Headers(Vec<Header>);

/// One header; its value may be a secret.
#[derive(Debug, Clone)]
struct Header {
    name: String,
    value: Secret,
    secret: bool,
}

impl Headers {
    pub(super) fn add(&mut self, name: String, value: Secret, secret: bool) {
        self.0.push(Header { name, value, secret });
    }

    /// Validates the headers, and returns them with the `User-Agent`.
    pub(super) fn check(&self, user_agent: Option<&str>, auth: &SharedClientAuth) -> Result<HeaderMap, BuildError> {
        let mut headers = HeaderMap::new();
        if let Some(agent) = user_agent {
            headers.insert(USER_AGENT, value(&USER_AGENT, agent)?);
        }
        for header in &self.0 {
            let shown_name = &header.name;
            let name = HeaderName::try_from(shown_name.as_str()).map_err(|_| {
                invalid(
                    shown_name,
                    "its name is empty or contains a character that is not allowed in a header name",
                )
            })?;
            if let Some(problem) = problem(&name, auth) {
                return Err(invalid(shown_name, problem));
            }
            let mut value = value(&name, header.value.expose())?;
            value.set_sensitive(header.secret);
            if headers.insert(name, value).is_some() {
                return Err(invalid(
                    shown_name,
                    "it is repeated; set it once, with the combined value",
                ));
            }
        }
        Ok(headers)
    }

    pub(super) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let secret = self.0.iter().filter(|header| header.secret);
        secret.map(|header| &header.value)
    }

    pub(super) fn identity(&self) -> impl Iterator<Item = (String, &str)> {
        self.0.iter().map(|header| {
            let value = if header.secret { "" } else { header.value.expose() };
            (header.name.to_ascii_lowercase(), value)
        })
    }
}

/// Returns why the application cannot set this header.
fn problem(name: &HeaderName, auth: &SharedClientAuth) -> Option<&'static str> {
    if auth.headers().contains(name) {
        return Some(
            "it contains the client's credentials; use another client authentication, such as ClientSecretPost",
        );
    }
    Some(match name.as_str() {
        "user-agent" => "set it with user_agent(..)",
        "content-type" => "it follows from the body: a form, or JSON with json_body()",
        "content-length" | "content-encoding" | "host" | "expect" | "accept-encoding" => {
            "the HTTP client sets it for each request"
        }
        "connection" | "keep-alive" | "proxy-connection" | "te" | "trailer" | "transfer-encoding" | "upgrade"
        | "http2-settings" => "it applies to the connection, not to the request (RFC 9110 section 7.6.1)",
        "proxy-authorization" | "proxy-authenticate" => {
            "it is for a proxy; configure proxy credentials on the HTTP client"
        }
        _ => return None,
    })
}

fn value(name: &HeaderName, text: &str) -> Result<HeaderValue, BuildError> {
    if text.is_empty() {
        return Err(invalid(name.as_str(), "its value is empty"));
    }
    HeaderValue::from_str(text).map_err(|_| {
        invalid(
            name.as_str(),
            "its value contains a character that is not allowed in a header",
        )
    })
}

fn invalid(name: &str, problem: &'static str) -> BuildError {
    BuildError::InvalidHeader {
        name: name.to_owned(),
        problem,
    }
}
