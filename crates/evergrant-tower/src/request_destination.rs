//! The destination of a request: completes its URI, and checks it against the allowed origins.

use std::fmt;

use evergrant::BuildError;
use evergrant::error::OriginError;
use evergrant::origin::{AllowedOrigins, Origin};
use http::Uri;
use http::uri::{Authority, Scheme};
use url::Url;

/// The origin of requests without scheme and host.
pub(crate) struct BaseUrl {
    origin: Origin,
    scheme: Scheme,
    authority: Authority,
}

impl BaseUrl {
    /// Converts a URL whose origin may receive credentials.
    pub(crate) fn new(url: &Url) -> Result<Self, BuildError> {
        let invalid = |problem: &str| BuildError::InvalidUrl {
            setting: "base_url",
            problem: problem.to_owned(),
        };
        if url.path() != "/" || url.query().is_some() {
            return Err(invalid(
                "it has a path or a query, which would be ignored; use the origin alone",
            ));
        }
        let parts = url.as_str().parse::<Uri>().map(Uri::into_parts);
        let parts = parts.map_err(|error| invalid(&error.to_string()))?;
        match (Origin::of(url), parts.scheme, parts.authority) {
            (Some(origin), Some(scheme), Some(authority)) => Ok(Self {
                origin,
                scheme,
                authority,
            }),
            _ => Err(invalid("it has no scheme or no host")),
        }
    }

    /// Adds scheme and host to a URI that has neither, so that the request goes to the origin that is checked.
    pub(crate) fn complete(&self, uri: &mut Uri) {
        if uri.scheme().is_some() || uri.authority().is_some() {
            return;
        }
        let mut parts = uri.clone().into_parts();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        if let Ok(complete) = Uri::from_parts(parts) {
            *uri = complete;
        }
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.origin)
    }
}

/// Returns an error if a request to this URI must not receive credentials.
pub(crate) fn check(uri: &Uri, origins: &AllowedOrigins) -> Result<(), OriginError> {
    if uri.scheme().is_none() || uri.authority().is_none() {
        return Err(OriginError::invalid_url(
            "it has no scheme and host, and base_url is not set",
        ));
    }
    origins.check_uri(uri)
}
