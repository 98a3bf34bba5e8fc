//! Parses the redirect at the end of a sign-in (RFC 6749 sections 4.1.2 and 4.1.2.1).

use std::borrow::Cow;

use url::form_urlencoded;

use super::{AuthorizationRequest, ExpectedIssuer, SignInSettings, redirect_uri_path};
use crate::Secret;
use crate::error::SignInProblem;
use crate::redact::Redactor;

/// Maximum length of server text in an error, in characters.
const MAX_TEXT_LENGTH: usize = 300;

/// Maximum length of a code, in bytes: several times the longest that servers are known to send (2 KiB).
const MAX_CODE_LENGTH: usize = 8 * 1024;

/// Returns the code if the redirect belongs to this request.
pub(crate) fn parse_code(
    redirect: &str,
    request: &AuthorizationRequest,
    settings: &SignInSettings,
    issuer: Option<&ExpectedIssuer>,
) -> Result<Secret, SignInProblem> {
    let query = query(redirect);
    let parameter = |name: &'static str| -> Result<Option<Cow<'_, str>>, SignInProblem> {
        let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
        let value = values.next().map(|(_, value)| value);
        match values.next() {
            // RFC 6749 section 3.1: parameters must not be included more than once.
            Some(_) => Err(SignInProblem::DuplicateParameter(name)),
            None => Ok(value.filter(|value| !value.is_empty())),
        }
    };
    // Checked first: any other redirect may come from anybody.
    match (parameter("state")?, &settings.state_path_segment) {
        (Some(state), _) if request.state().same_as(&Secret::from(state.as_ref())) => {}
        (Some(_), _) => return Err(SignInProblem::StateMismatch),
        (None, Some(segment)) if redirect_uri_path::is_at(segment, redirect) => {}
        (None, _) => return Err(SignInProblem::StateMissing),
    }
    if let Some(ExpectedIssuer { issuer, is_required }) = issuer {
        match parameter("iss")? {
            Some(stated) if stated == issuer.as_str() => {}
            None if !is_required => {}
            _ => return Err(SignInProblem::IssuerMismatch),
        }
    }
    if let Some(code) = parameter("error")? {
        let redactor = Redactor::new([request.state(), request.code_verifier()]);
        let description = parameter("error_description")?;
        return Err(SignInProblem::Rejected {
            code: redactor.line(&code, MAX_TEXT_LENGTH),
            description: description.map(|text| redactor.line(&text, MAX_TEXT_LENGTH)),
        });
    }
    let code = parameter("code")?.ok_or(SignInProblem::CodeMissing)?;
    if code.len() > MAX_CODE_LENGTH {
        return Err(SignInProblem::CodeTooLong { limit: MAX_CODE_LENGTH });
    }
    Ok(Secret::from(code.as_ref()))
}

/// Explains a missing `state`, if the cause can be determined.
pub(crate) fn explain_missing_state(redirect: &str, settings: &SignInSettings) -> Option<String> {
    if settings.state_path_segment.is_some() {
        let cause = "the redirect has no `state`, and its path is not the redirect URI's path that replaces it; pass on the complete URL";
        return Some(cause.to_owned());
    }
    let has = |name: &str| form_urlencoded::parse(query(redirect).as_bytes()).any(|(key, _)| key == name);
    let what = match (has("code"), has("error")) {
        (true, _) => "a code",
        (false, true) => "an error",
        (false, false) => return None,
    };
    Some(format!(
        "the redirect has {what} but no `state`: the authorization server drops it, which violates RFC 6749 section 4.1.2, or the redirect is forged; have the server fixed, or see danger_allow_missing_state() and its risks"
    ))
}

fn query(redirect: &str) -> &str {
    // A bare query may contain a question mark too, after its first parameter.
    let query = match redirect.split_once('?') {
        Some((before, query)) if !before.contains(['=', '&']) => query,
        _ => redirect,
    };
    query.split_once('#').map_or(query, |(query, _)| query)
}
