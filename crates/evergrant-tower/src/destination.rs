//! Where a request goes: its URI made whole, and held against the origins that may receive credentials.

use std::fmt;

use evergrant::BuildError;
use evergrant::error::OriginError;
use evergrant::origin::{AllowedOrigins, Origin};
use http::Uri;
use http::uri::{Authority, Scheme};
use url::Url;

/// Where requests without scheme and host go.
pub(crate) struct Base {
    origin: Origin,
    scheme: Scheme,
    authority: Authority,
}

impl Base {
    /// From a URL that may receive credentials.
    pub(crate) fn of(url: &Url) -> Result<Self, BuildError> {
        let unfit = |problem: &str| BuildError::InvalidUrl {
            setting: "base_url",
            problem: problem.to_owned(),
        };
        if url.path() != "/" || url.query().is_some() {
            return Err(unfit(
                "it has a path or a query, which no request would be given; name the origin alone",
            ));
        }
        let parts = url.as_str().parse::<Uri>().map(Uri::into_parts);
        let parts = parts.map_err(|error| unfit(&error.to_string()))?;
        match (Origin::of(url), parts.scheme, parts.authority) {
            (Some(origin), Some(scheme), Some(authority)) => Ok(Self {
                origin,
                scheme,
                authority,
            }),
            _ => Err(unfit("it has no scheme or no host")),
        }
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Writes scheme and host into a URI that has neither, so that it says where it goes, and where it was checked to go.
    pub(crate) fn complete(&self, uri: &mut Uri) {
        if uri.scheme().is_some() || uri.authority().is_some() {
            return;
        }
        let mut parts = uri.clone().into_parts();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        if let Ok(whole) = Uri::from_parts(parts) {
            *uri = whole;
        }
    }
}

impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.origin)
    }
}

/// The URL of a request that may carry credentials.
pub(crate) fn check(uri: &Uri, origins: &AllowedOrigins) -> Result<Url, OriginError> {
    let invalid = |problem: String| OriginError::invalid_url(problem);
    if uri.scheme().is_none() || uri.authority().is_none() {
        let problem = "it has no scheme and host, and no base_url says where such requests go";
        return Err(invalid(problem.to_owned()));
    }
    let url = Url::parse(&uri.to_string()).map_err(|error| invalid(error.to_string()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("it contains a user name or password".to_owned()));
    }
    // The service below goes by the URI. What is checked must not be another reading of it, such as `%61pi.example.com`.
    let host = url.host_str().unwrap_or_default();
    if !uri.host().is_some_and(|own| own.eq_ignore_ascii_case(host)) {
        return Err(invalid(format!("its host is written in an odd way; write {host:?}")));
    }
    origins.check(&url)?;
    Ok(url)
}
