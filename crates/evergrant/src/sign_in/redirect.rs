//! Reads the redirect with which a user comes back (RFC 6749 sections 4.1.2 and 4.1.2.1).

use std::borrow::Cow;

use url::form_urlencoded;

use super::{AuthorizationRequest, SignInSettings, path};
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
    settings: &SignInSettings,
) -> Result<Secret, SignInProblem> {
    let query = query(redirect);
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
    match (parameter("state")?, &settings.instead_of_state) {
        (Some(state), _) if request.state().same_as(&Secret::from(state.as_ref())) => {}
        (Some(_), _) => return Err(SignInProblem::StateMismatch),
        (None, Some(segment)) if path::is_at(segment, redirect) => {}
        (None, _) => return Err(SignInProblem::StateMissing),
    }
    if let Some(issuer) = &settings.issuer
        && parameter("iss")?.as_deref() != Some(issuer.as_str())
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

/// What became of the `state`, where that can be seen.
pub(super) fn why_no_state(redirect: &str, settings: &SignInSettings) -> Option<String> {
    if settings.instead_of_state.is_some() {
        let cause = "the redirect has no `state`, and did not come to the redirect URI's path that stands for it; pass on the whole URL";
        return Some(cause.to_owned());
    }
    let has = |name: &str| form_urlencoded::parse(query(redirect).as_bytes()).any(|(key, _)| key == name);
    let what = match (has("code"), has("error")) {
        (true, _) => "a code",
        (false, true) => "an error",
        (false, false) => return None,
    };
    Some(format!(
        "the redirect has {what} and no `state`: the authorization server drops it from its redirects, which RFC 6749 section 4.1.2 forbids, or the redirect is forged; have the server corrected, or do without with danger_allow_missing_state(), which says what is lost"
    ))
}

fn query(redirect: &str) -> &str {
    // A query alone may have a question mark too, behind the first of its parameters.
    let query = match redirect.split_once('?') {
        Some((before, query)) if !before.contains(['=', '&']) => query,
        _ => redirect,
    };
    query.split_once('#').map_or(query, |(query, _)| query)
}
