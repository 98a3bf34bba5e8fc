//! Parses the parameters of a request from a form or a query.

use super::error::{OAuthError, error};
use crate::recorded_request::RecordedRequest;
use crate::strict_form_decoding::strict_pairs;

#[derive(Clone)]
pub(in crate::auth) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads the body of a request. Only `resource` and `audience` may be repeated (RFC 6749 section 3.2, RFC 8693
    /// section 2.1), and a client secret in the query is rejected (RFC 6749 section 2.3.1).
    pub(super) fn of(request: &RecordedRequest) -> Result<Self, OAuthError> {
        let invalid = |description| error(400, "invalid_request", description);
        let media_type = request.header("content-type").unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(invalid("the body is not a form"));
        }
        if request.query_value("client_secret").is_some() {
            return Err(invalid("client credentials are not allowed in the query"));
        }
        let form = Self(strict_pairs(&request.body).ok_or(invalid("the form cannot be decoded"))?);
        form.check_repetition()?;
        Ok(form)
    }

    /// Reads the query of a request, without a check for repeated parameters. `None` if the query cannot be decoded.
    pub(super) fn of_query(request: &RecordedRequest) -> Option<Self> {
        let query = request.query.as_deref().unwrap_or_default();
        strict_pairs(query.as_bytes()).map(Self)
    }

    pub(super) fn check_repetition(&self) -> Result<(), OAuthError> {
        let repeated = |name: &str| !["resource", "audience"].contains(&name) && self.repeats(name);
        if self.0.iter().any(|(name, _)| repeated(name)) {
            return Err(error(400, "invalid_request", "a parameter is repeated"));
        }
        Ok(())
    }

    pub(super) fn repeats(&self, name: &str) -> bool {
        self.0.iter().filter(|(key, _)| key == name).count() > 1
    }

    /// Returns a parameter. An empty value counts as absent (RFC 6749 section 3.2).
    pub(in crate::auth) fn value(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Returns all values of a parameter that may be repeated.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = String> {
        let values = self
            .0
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty());
        values.map(|(_, value)| value.clone())
    }

    pub(super) fn required(&self, name: &str, message: &'static str) -> Result<&str, OAuthError> {
        self.value(name).ok_or(error(400, "invalid_request", message))
    }
}
