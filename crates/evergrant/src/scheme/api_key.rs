//! API keys in a header, the query or a cookie (OpenAPI's `apiKey`).

use std::fmt;

use http::header::COOKIE;
use http::{HeaderName, HeaderValue, request};
use zeroize::Zeroizing;

use super::secret_header_value::{self, invalid};
use super::{Location, Scheme, cookie, not_configured, query};
use crate::Secret;
use crate::error::{BuildError, Error};

/// The authentication scheme of an API key in a header, in the query or in a cookie (`apiKey` in OpenAPI).
///
/// ```
/// use evergrant::scheme::ApiKey;
///
/// let header = ApiKey::in_header("apiHeader", "X-API-Key")?.with_key("not-a-real-key")?;
/// let query = ApiKey::in_query("apiKey", "api-key")?.with_key("not-a-real-key")?;
/// let cookie = ApiKey::in_cookie("session", "SESSIONID")?.with_key("not-a-real-key")?;
/// # Ok::<(), evergrant::BuildError>(())
/// ```
#[derive(Clone)]
pub struct ApiKey {
    name: String,
    location: KeyLocation,
}

#[derive(Clone)]
enum KeyLocation {
    Header {
        header: HeaderName,
        value: Option<HeaderValue>,
    },
    /// `key=value`, percent-encoded.
    Query { key: String, pair: Option<Secret> },
    /// `cookie=value`.
    Cookie { cookie: String, pair: Option<HeaderValue> },
}

impl ApiKey {
    /// Creates the authentication scheme of an API key that is sent in a header, without the key itself. `name` is the
    /// name of the scheme in the OpenAPI document. `header` is the name of the header, which is case-insensitive.
    ///
    /// # Errors
    /// [`BuildError::InvalidScheme`] if `header` is not a valid header name, or is `cookie`.
    pub fn in_header(name: impl Into<String>, header: &str) -> Result<Self, BuildError> {
        let name = name.into();
        let header = header_name(&name, header)?;
        let location = KeyLocation::Header { header, value: None };
        Ok(Self { name, location })
    }

    /// Creates the authentication scheme of an API key that is sent in the URL's query, without the key itself. `name`
    /// is the name of the scheme in the OpenAPI document. `key` is the name of the query parameter. Servers and proxies
    /// write URLs to their logs, so use the query only if the API supports no other location.
    ///
    /// # Errors
    /// [`BuildError::InvalidScheme`] if `key` is empty.
    pub fn in_query(name: impl Into<String>, key: impl Into<String>) -> Result<Self, BuildError> {
        let (name, key) = (name.into(), key.into());
        if key.is_empty() {
            return Err(invalid(&name, "its query key", "is empty"));
        }
        let location = KeyLocation::Query { key, pair: None };
        Ok(Self { name, location })
    }

    /// Creates the authentication scheme of an API key that is sent in a cookie (RFC 6265), without the key itself.
    /// `name` is the name of the scheme in the OpenAPI document. `cookie` is the name of the cookie. Other cookies of a
    /// request are kept.
    ///
    /// # Errors
    /// [`BuildError::InvalidScheme`] if `cookie` is not a valid cookie name.
    pub fn in_cookie(name: impl Into<String>, cookie: impl Into<String>) -> Result<Self, BuildError> {
        let (name, cookie) = (name.into(), cookie.into());
        if !cookie::is_name(&cookie) {
            return Err(invalid(
                &name,
                "its cookie",
                "has no valid name (RFC 6265 section 4.1.1)",
            ));
        }
        let location = KeyLocation::Cookie { cookie, pair: None };
        Ok(Self { name, location })
    }

    /// Sets the API key that the scheme sends.
    ///
    /// # Errors
    /// [`BuildError::InvalidScheme`] if the API key is empty, or contains a character that is not allowed in the header
    /// or the cookie. In a query, all characters are allowed, because the key is percent-encoded.
    pub fn with_key(mut self, key: impl Into<Secret>) -> Result<Self, BuildError> {
        let secret = key.into();
        let text = secret.expose();
        match &mut self.location {
            KeyLocation::Header { value, .. } => {
                *value = Some(secret_header_value::validate(&self.name, "the key", text)?)
            }
            KeyLocation::Query { .. } if text.is_empty() => return Err(invalid(&self.name, "the key", "is empty")),
            KeyLocation::Query { key, pair } => *pair = Some(query::encode(key, &secret)),
            KeyLocation::Cookie { .. } if !cookie::is_value(text) => {
                let problem = "is empty, or contains a character that is not allowed in cookies (RFC 6265 section 4.1.1); encode it as the API expects";
                return Err(invalid(&self.name, "the key", problem));
            }
            KeyLocation::Cookie { cookie, pair } => {
                let text = Zeroizing::new(format!("{cookie}={text}"));
                *pair = Some(secret_header_value::validate(&self.name, "the key", &text)?);
            }
        }
        Ok(self)
    }

    fn location(&self) -> Location {
        match &self.location {
            KeyLocation::Header { header, .. } => Location::Header(header.clone()),
            KeyLocation::Query { key, .. } => Location::Query(key.clone()),
            KeyLocation::Cookie { cookie, .. } => Location::Cookie(cookie.clone()),
        }
    }
}

impl Scheme for ApiKey {
    fn name(&self) -> &str {
        &self.name
    }

    fn locations(&self) -> Vec<Location> {
        vec![self.location()]
    }

    fn is_configured(&self) -> bool {
        match &self.location {
            KeyLocation::Header { value, .. } => value.is_some(),
            KeyLocation::Query { pair, .. } => pair.is_some(),
            KeyLocation::Cookie { pair, .. } => pair.is_some(),
        }
    }

    fn apply(&self, head: &mut request::Parts) -> Result<(), Error> {
        let missing = || not_configured(&self.name);
        match &self.location {
            KeyLocation::Header { header, value } => {
                let value = value.as_ref().ok_or_else(missing)?;
                head.headers.insert(header.clone(), value.clone());
                Ok(())
            }
            KeyLocation::Query { key, pair } => query::set(&mut head.uri, key, pair.as_ref().ok_or_else(missing)?),
            KeyLocation::Cookie { cookie, pair } => {
                cookie::set(&mut head.headers, cookie, pair.as_ref().ok_or_else(missing)?)
            }
        }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey")
            .field("name", &self.name)
            .field("location", &self.location())
            .field("configured", &self.is_configured())
            .finish()
    }
}

/// Parses a header name. `cookie` is excluded, because it contains several cookies in its own syntax.
pub(super) fn header_name(scheme: &str, header: &str) -> Result<HeaderName, BuildError> {
    match HeaderName::try_from(header) {
        Ok(name) if name == COOKIE => Err(invalid(scheme, "a cookie", "must be defined with ApiKey::in_cookie")),
        Ok(name) => Ok(name),
        Err(_) => Err(invalid(
            scheme,
            "its header",
            "has no valid name (RFC 9110 section 5.1)",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(scheme: ApiKey, uri: &str, cookies: &[&'static str]) -> request::Parts {
        let (mut head, ()) = http::Request::get(uri).body(()).unwrap().into_parts();
        for cookie in cookies {
            head.headers.append(COOKIE, HeaderValue::from_static(cookie));
        }
        scheme.apply(&mut head).unwrap();
        head
    }

    fn url_with_key(uri: &str, key: &str, value: &str) -> String {
        let scheme = ApiKey::in_query("apiKey", key).unwrap().with_key(value).unwrap();
        applied(scheme, uri, &[]).uri.to_string()
    }

    #[test]
    fn a_header_is_replaced_and_marked_sensitive() {
        let scheme = ApiKey::in_header("apiHeader", "X-API-Key").unwrap();
        let scheme = scheme.with_key("not-a-real-key").unwrap();
        let mut head = applied(scheme.clone(), "/", &[]);
        scheme.apply(&mut head).unwrap();
        let values: Vec<_> = head.headers.get_all("x-api-key").iter().collect();
        assert_eq!(values, ["not-a-real-key"]);
        assert!(values[0].is_sensitive());
    }

    #[test]
    fn a_query_key_is_added_to_any_url() {
        assert_eq!(url_with_key("/books", "key", "k"), "/books?key=k");
        assert_eq!(url_with_key("/books?", "key", "k"), "/books?key=k");
        assert_eq!(
            url_with_key("https://api.example.com", "key", "k"),
            "https://api.example.com/?key=k"
        );
        assert_eq!(
            url_with_key("http://[::1]:8080/a%2Fb?x=%20&&y", "key", "k"),
            "http://[::1]:8080/a%2Fb?x=%20&y&key=k"
        );
    }

    #[test]
    fn a_query_key_is_percent_encoded() {
        assert_eq!(
            url_with_key("/", "api key[]", "a+b&c=d#é/%"),
            "/?api%20key%5B%5D=a%2Bb%26c%3Dd%23%C3%A9%2F%25"
        );
    }

    #[test]
    fn a_query_key_of_the_same_name_is_replaced_in_any_encoding() {
        assert_eq!(url_with_key("/?key=old&a=1&key=older", "key", "k"), "/?a=1&key=k");
        assert_eq!(
            url_with_key("/?api%5Fkey=old&api_key&keys=1", "api_key", "k"),
            "/?keys=1&api_key=k"
        );
    }

    #[test]
    fn a_url_that_cannot_have_a_query_is_an_error_and_unchanged() {
        let scheme = ApiKey::in_query("apiKey", "key")
            .unwrap()
            .with_key("not-a-real-key")
            .unwrap();
        let long = format!("/{}", "x".repeat(65_520));
        for uri in ["*", "api.example.com:443", &long] {
            let (mut head, ()) = http::Request::options(uri).body(()).unwrap().into_parts();
            let error = scheme.apply(&mut head).unwrap_err().to_string();
            assert!(!error.contains("not-a-real-key"), "{error}");
            assert_eq!(head.uri.to_string(), uri);
        }
    }

    #[test]
    fn a_cookie_is_added_to_others_and_replaces_its_own_name() {
        let scheme = ApiKey::in_cookie("session", "SID")
            .unwrap()
            .with_key("not-a-real-key")
            .unwrap();
        let cookies = |present: &[&'static str]| {
            let head = applied(scheme.clone(), "/", present);
            let values: Vec<_> = head.headers.get_all(COOKIE).iter().cloned().collect();
            assert!(values.len() == 1 && values[0].is_sensitive());
            values[0].to_str().unwrap().to_owned()
        };
        assert_eq!(cookies(&[]), "SID=not-a-real-key");
        assert_eq!(
            cookies(&["a=1;b=2; SID=old", "c=3", "SID"]),
            "a=1; b=2; c=3; SID=not-a-real-key"
        );
    }

    #[test]
    fn invalid_characters_are_rejected_and_not_shown() {
        let header = ApiKey::in_header("k", "X-API-Key").unwrap();
        let cookie = ApiKey::in_cookie("k", "SID").unwrap();
        for key in ["", "not-a-real-key\r\n", " not-a-real-key", "not-a-real-key-é"] {
            for scheme in [&header, &cookie] {
                let error = scheme.clone().with_key(key).unwrap_err().to_string();
                assert!(!error.contains("not-a-real-key"), "{error}");
            }
        }
        assert!(cookie.with_key("a;b").is_err());
        assert!(ApiKey::in_header("k", "no header").is_err());
        assert!(ApiKey::in_header("k", "Cookie").is_err());
        assert!(ApiKey::in_cookie("k", "a=b").is_err());
        assert!(ApiKey::in_query("k", "").is_err());
        assert!(ApiKey::in_query("k", "key").unwrap().with_key("").is_err());
    }

    #[test]
    fn an_unconfigured_key_writes_nothing() {
        let (mut head, ()) = http::Request::get("/books").body(()).unwrap().into_parts();
        let error = ApiKey::in_query("apiKey", "key").unwrap().apply(&mut head).unwrap_err();
        assert!(error.to_string().contains("`apiKey`"));
        assert_eq!(head.uri, "/books");
    }
}
