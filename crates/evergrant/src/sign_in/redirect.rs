//! Reads the redirect with which a user comes back (RFC 6749 sections 4.1.2 and 4.1.2.1).

use std::borrow::Cow;

use url::form_urlencoded;

use super::AuthorizationRequest;
use crate::Secret;
use crate::error::SignInProblem;
use crate::redact::Redactor;

/// Longest server text taken into an error, in characters.
const TEXT: usize = 300;

/// Longest code that is exchanged, in bytes: several times the longest that servers are known to send (2 KiB).
const LONGEST_CODE: usize = 8 * 1024;

/// The code, if the redirect answers this request.
pub(super) fn code(
    redirect: &str,
    request: &AuthorizationRequest,
    issuer: Option<&str>,
) -> Result<Secret, SignInProblem> {
    // A query alone may have a question mark too, behind the first of its parameters.
    let query = match redirect.split_once('?') {
        Some((before, query)) if !before.contains(['=', '&']) => query,
        _ => redirect,
    };
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    let parameter = |name: &'static str| -> Result<Option<Cow<'_, str>>, SignInProblem> {
        let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
        let value = values.next().map(|(_, value)| value);
        match values.next() {
            // RFC 6749 section 3.1: parameters must not be included more than once.
            Some(_) => Err(SignInProblem::Repeated(name)),
            None => Ok(value.filter(|value| !value.is_empty())),
        }
    };
    // Before anything else: what is not an answer to this request may come from anybody.
    let state = parameter("state")?.ok_or(SignInProblem::StateMissing)?;
    if !request.state().same_as(&Secret::from(state.as_ref())) {
        return Err(SignInProblem::StateMismatch);
    }
    if let Some(issuer) = issuer
        && parameter("iss")?.as_deref() != Some(issuer)
    {
        return Err(SignInProblem::OtherIssuer);
    }
    if let Some(code) = parameter("error")? {
        let redactor = Redactor::new([request.state(), request.code_verifier()]);
        let description = parameter("error_description")?;
        return Err(SignInProblem::Refused {
            code: redactor.line(&code, TEXT),
            description: description.map(|text| redactor.line(&text, TEXT)),
        });
    }
    let code = parameter("code")?.ok_or(SignInProblem::CodeMissing)?;
    if code.len() > LONGEST_CODE {
        return Err(SignInProblem::CodeTooLong { limit: LONGEST_CODE });
    }
    Ok(Secret::from(code.as_ref()))
}
