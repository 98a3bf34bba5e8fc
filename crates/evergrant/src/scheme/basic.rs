//! HTTP Basic authentication (RFC 7617).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderValue, request};
use zeroize::Zeroizing;

use super::value::{invalid, sensitive};
use super::{Place, Scheme, unconfigured};
use crate::Secret;
use crate::error::{BuildError, Error};

/// A user and a password in the `Authorization` header (RFC 7617), in UTF-8.
///
/// ```
/// use evergrant::scheme::Basic;
///
/// let scheme = Basic::new("basicAuth").with_credentials("reader", "not-a-real-password")?;
/// assert_eq!(format!("{scheme:?}"), r#"Basic { name: "basicAuth", configured: true }"#);
/// # Ok::<(), evergrant::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Basic {
    name: String,
    value: Option<HeaderValue>,
}

impl Basic {
    /// Defines the scheme, not configured yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: None,
        }
    }

    /// Configures it. A password may be empty, as where an API takes its key for the user.
    ///
    /// # Errors
    /// [`BuildError::InvalidScheme`] when the user has a colon, which would move its rest into the password, when either
    /// has a control character, or when both are empty.
    pub fn with_credentials(mut self, user: &str, password: impl Into<Secret>) -> Result<Self, BuildError> {
        let password = password.into();
        let refuse = |what, problem| Err(invalid(&self.name, what, problem));
        if user.contains(':') {
            return refuse(
                "the user",
                "has a colon, which Basic authentication cannot carry (RFC 7617)",
            );
        }
        if user.contains(char::is_control) {
            return refuse("the user", "has a line break or another control character");
        }
        if password.expose().contains(char::is_control) {
            return refuse("the password", "has a line break or another control character");
        }
        if user.is_empty() && password.expose().is_empty() {
            return refuse("both", "user and password are empty");
        }
        let Some(value) = basic_header(user, password.expose()) else {
            return refuse("the user", "does not fit a header");
        };
        self.value = Some(value);
        Ok(self)
    }
}

impl Scheme for Basic {
    fn name(&self) -> &str {
        &self.name
    }

    fn places(&self) -> Vec<Place> {
        vec![Place::Header(AUTHORIZATION)]
    }

    fn is_configured(&self) -> bool {
        self.value.is_some()
    }

    fn apply(&self, head: &mut request::Parts) -> Result<(), Error> {
        let value = self.value.as_ref().ok_or_else(|| unconfigured(&self.name))?;
        head.headers.insert(AUTHORIZATION, value.clone());
        Ok(())
    }
}

impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Basic")
            .field("name", &self.name)
            .field("configured", &self.is_configured())
            .finish()
    }
}

/// The whole value of an `Authorization` header; `None` when no header can carry it.
pub(crate) fn basic_header(user: &str, password: &str) -> Option<HeaderValue> {
    const PREFIX: &str = "Basic ";
    // All buffers have their final size from the start: one that grew would leave a copy behind.
    let mut pair = Zeroizing::new(String::with_capacity(user.len() + 1 + password.len()));
    pair.push_str(user);
    pair.push(':');
    pair.push_str(password);
    let mut text = String::with_capacity(PREFIX.len() + pair.len().div_ceil(3) * 4);
    text.push_str(PREFIX);
    STANDARD.encode_string(pair.as_bytes(), &mut text);
    sensitive(Zeroizing::new(text.into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(user: &str, password: &str) -> String {
        let result = Basic::new("basicAuth").with_credentials(user, password);
        result.unwrap_err().to_string()
    }

    #[test]
    fn user_and_password_are_sent_in_base64_and_marked_sensitive() {
        let scheme = Basic::new("basicAuth").with_credentials("test", "123£").unwrap();
        let (mut head, ()) = http::Request::new(()).into_parts();
        scheme.apply(&mut head).unwrap();
        // RFC 7617 section 2.1.
        assert_eq!(head.headers[AUTHORIZATION], "Basic dGVzdDoxMjPCow==");
        assert!(head.headers[AUTHORIZATION].is_sensitive());
    }

    #[test]
    fn a_colon_in_the_user_is_refused() {
        assert_eq!(
            problem("us:er", "not-a-real-password"),
            "the scheme `basicAuth` cannot be used: the user has a colon, which Basic authentication cannot carry (RFC 7617)"
        );
    }

    #[test]
    fn what_no_header_can_carry_is_refused_without_being_repeated() {
        assert!(problem("user", "not-a-real\npassword").contains("control character"));
        assert!(!problem("user", "not-a-real\npassword").contains("not-a-real"));
        assert!(problem("", "").contains("empty"));
        assert!(Basic::new("basicAuth").with_credentials("key-as-user", "").is_ok());
    }
}
