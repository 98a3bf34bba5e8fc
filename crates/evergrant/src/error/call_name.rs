//! The name of an API call in messages: its method and its URL without parts that may be secret.

use std::fmt;
use std::sync::Arc;

use http::{Method, Uri};
use url::Url;

use crate::redact::shown_url;

/// An API call, as named in errors and events: by its method and its URL without user information, query and fragment,
/// or by a name that the application set.
///
/// ```
/// use evergrant::error::Call;
///
/// let url = "https://reader:hush@api.example.com/books?api_key=hush".parse()?;
/// let call = Call::new(&http::Method::GET, &url);
/// assert_eq!(call.to_string(), "GET https://api.example.com/books");
///
/// let error = evergrant::Error::provider("the vault is sealed").for_call(call);
/// assert_eq!(error.call(), Some("GET https://api.example.com/books"));
/// # Ok::<(), url::ParseError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Call<'a> {
    method: &'a Method,
    address: Address<'a>,
    name: Option<&'a str>,
}

#[derive(Clone, Copy)]
enum Address<'a> {
    Url(&'a Url),
    Uri(&'a Uri),
}

impl<'a> Call<'a> {
    /// Creates the name of an API call from its method and URL.
    #[must_use]
    pub fn new(method: &'a Method, url: &'a Url) -> Self {
        Self::of(method, Address::Url(url))
    }

    /// Creates the name of an API call from its method and URI. The URI may lack the scheme and the host.
    #[must_use]
    pub fn of_uri(method: &'a Method, uri: &'a Uri) -> Self {
        Self::of(method, Address::Uri(uri))
    }

    /// Shows `name` instead of the method and the URL, for URLs with a confidential path. With `None`, the method and
    /// the URL are shown.
    #[must_use]
    pub fn with_name(self, name: Option<&'a str>) -> Self {
        Self { name, ..self }
    }

    fn of(method: &'a Method, address: Address<'a>) -> Self {
        Self {
            method,
            address,
            name: None,
        }
    }

    /// Returns the HTTP method of the API call.
    #[must_use]
    pub fn method(&self) -> &'a Method {
        self.method
    }

    /// Returns the URL of the API call as events show it: without user information, query and fragment.
    #[must_use]
    pub fn url(&self) -> String {
        self.address.to_string()
    }
}

impl fmt::Display for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name {
            Some(name) => f.write_str(name),
            None => write!(f, "{} {}", self.method, self.address),
        }
    }
}

/// Same as `Display`.
impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Call<'_>> for Arc<str> {
    fn from(call: Call<'_>) -> Self {
        call.to_string().into()
    }
}

impl From<Call<'_>> for String {
    fn from(call: Call<'_>) -> Self {
        call.to_string()
    }
}

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = match self {
            Self::Url(url) => return f.write_str(&shown_url(url)),
            Self::Uri(uri) => uri,
        };
        if let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) {
            let host = authority.as_str().rsplit('@').next().unwrap_or_default();
            write!(f, "{scheme}://{host}")?;
        }
        f.write_str(uri.path())
    }
}
