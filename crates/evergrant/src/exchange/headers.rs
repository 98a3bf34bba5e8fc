//! Further headers of token requests, as an application sets them.

use http::header::USER_AGENT;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::Secret;
use crate::client_auth::ClientAuth;
use crate::error::BuildError;

/// As given, and not yet checked.
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

    /// Refuses what cannot be sent, and gives the rest, with the `User-Agent`.
    pub(super) fn check(&self, user_agent: Option<&str>, auth: ClientAuth) -> Result<HeaderMap, BuildError> {
        let mut headers = HeaderMap::new();
        if let Some(agent) = user_agent {
            headers.insert(USER_AGENT, value(&USER_AGENT, agent)?);
        }
        for header in &self.0 {
            let given = &header.name;
            let name = HeaderName::try_from(given.as_str()).map_err(|_| {
                invalid(
                    given,
                    "its name is empty, or has a character that a header's name cannot have",
                )
            })?;
            if let Some(problem) = problem(&name, auth) {
                return Err(invalid(given, problem));
            }
            let mut value = value(&name, header.value.expose())?;
            value.set_sensitive(header.secret);
            if headers.insert(name, value).is_some() {
                return Err(invalid(
                    given,
                    "it is given twice; give it once, with all that it is to say",
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

/// Why this header is not for the application to set.
fn problem(name: &HeaderName, auth: ClientAuth) -> Option<&'static str> {
    Some(match name.as_str() {
        "user-agent" => "the user agent has a setting of its own",
        "content-type" => "the body decides it: a form, or JSON where that is set",
        "authorization" if auth.is_in_header() => {
            "the client's own credentials stand there, unless it authenticates with the method post"
        }
        "content-length" | "content-encoding" | "host" | "expect" | "accept-encoding" => {
            "the HTTP client decides it for each request"
        }
        "connection" | "keep-alive" | "proxy-connection" | "te" | "trailer" | "transfer-encoding" | "upgrade"
        | "http2-settings" => "it is about the connection, and not about the request (RFC 9110 section 7.6.1)",
        "proxy-authorization" | "proxy-authenticate" => {
            "it is for a proxy; give the proxy's credentials to the HTTP client"
        }
        _ => return None,
    })
}

fn value(name: &HeaderName, text: &str) -> Result<HeaderValue, BuildError> {
    if text.is_empty() {
        return Err(invalid(name.as_str(), "its value is empty"));
    }
    HeaderValue::from_str(text)
        .map_err(|_| invalid(name.as_str(), "its value has a character that no header can carry"))
}

fn invalid(name: &str, problem: &'static str) -> BuildError {
    BuildError::InvalidHeader {
        name: name.to_owned(),
        problem,
    }
}
