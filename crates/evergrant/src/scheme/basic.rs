//! HTTP Basic authentication (RFC 7617).

use http::header::AUTHORIZATION;

use super::fixed_header::{HeaderScheme, header_scheme};
use super::secret_header_value::invalid;
use crate::Secret;
use crate::encoding::basic_header;
use crate::error::BuildError;

/// The authentication scheme HTTP Basic: a user name and a password in the `Authorization` header (RFC 7617), encoded
/// as UTF-8.
///
/// ```
/// use evergrant::scheme::Basic;
///
/// let scheme = Basic::new("basicAuth").with_credentials("reader", "not-a-real-password")?;
/// assert_eq!(format!("{scheme:?}"), r#"Basic { name: "basicAuth", header: "authorization", configured: true }"#);
/// # Ok::<(), evergrant::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Basic(HeaderScheme);

impl Basic {
    /// Creates the authentication scheme without credentials. `name` is its name in the OpenAPI document.
    pub fn new(name: impl Into<String>) -> Self {
        Self(HeaderScheme::new(name, AUTHORIZATION))
    }

    /// Sets the user name and the password. The password may be empty, for APIs that use a key as the user name.
    ///
    /// # Errors
    /// [`BuildError::InvalidScheme`] if the user name contains a colon (the server would read the rest as the
    /// password), if either contains a control character, or if both are empty.
    pub fn with_credentials(self, user: &str, password: impl Into<Secret>) -> Result<Self, BuildError> {
        let password = password.into();
        let invalid_credentials = |what, problem| Err(invalid(&self.0.name, what, problem));
        if user.contains(':') {
            return invalid_credentials(
                "the user",
                "contains a colon, which Basic authentication does not allow (RFC 7617)",
            );
        }
        if user.contains(char::is_control) {
            return invalid_credentials("the user", "contains a line break or another control character");
        }
        if password.expose().contains(char::is_control) {
            return invalid_credentials("the password", "contains a line break or another control character");
        }
        if user.is_empty() && password.expose().is_empty() {
            return invalid_credentials("both", "user and password are empty");
        }
        let Some(value) = basic_header(user, password.expose()) else {
            return invalid_credentials("the user", "does not fit in a header");
        };
        Ok(Self(self.0.with_value(value)))
    }
}

header_scheme!(Basic);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scheme::Scheme as _;

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
    fn a_colon_in_the_user_is_rejected() {
        assert_eq!(
            problem("us:er", "not-a-real-password"),
            "the scheme `basicAuth` cannot be used: the user contains a colon, which Basic authentication does not allow (RFC 7617)"
        );
    }

    #[test]
    fn control_characters_are_rejected_and_not_shown() {
        assert!(problem("user", "not-a-real\npassword").contains("control character"));
        assert!(!problem("user", "not-a-real\npassword").contains("not-a-real"));
        assert!(problem("", "").contains("empty"));
        assert!(Basic::new("basicAuth").with_credentials("key-as-user", "").is_ok());
    }
}
