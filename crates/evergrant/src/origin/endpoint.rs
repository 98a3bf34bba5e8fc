//! URLs that receive credentials: what makes one unfit, and how much of one may be shown.

use url::Url;

use super::{Origin, PlaintextPolicy};
use crate::error::BuildError;

/// A URL as errors and logs may show it: without user information, query and fragment.
///
/// ```
/// let url = "https://reader:hush@api.example.com/books?api_key=hush".parse()?;
/// assert_eq!(evergrant::origin::shown(&url), "https://api.example.com/books");
/// # Ok::<(), url::ParseError>(())
/// ```
#[must_use]
pub fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Neither can fail on a URL with a host, and one without a host has neither.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

/// Parses a URL that will receive credentials, and checks everything that would make it unfit.
///
/// # Errors
/// [`BuildError`], naming the setting.
pub fn check_endpoint(setting: &'static str, text: &str, plaintext: &PlaintextPolicy) -> Result<Url, BuildError> {
    let invalid = |problem: &str| BuildError::InvalidUrl {
        setting,
        problem: problem.to_owned(),
    };
    let url = Url::parse(text).map_err(|error| invalid(&format!("it is not a URL ({error})")))?;
    let origin = Origin::of(&url).ok_or_else(|| invalid("it is neither http nor https"))?;
    if let Some(problem) = origin.host_problem() {
        return Err(invalid(problem));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid(
            "it contains a user name or password, which would end up in logs",
        ));
    }
    if url.fragment().is_some() {
        return Err(invalid("it has a fragment (#...), which is never sent"));
    }
    if url.as_str().parse::<http::Uri>().is_err() {
        return Err(invalid("it has characters that must be percent-encoded"));
    }
    if !plaintext.permits(&origin) {
        let origin = origin.to_string();
        return Err(BuildError::NotEncrypted { setting, origin });
    }
    Ok(url)
}
