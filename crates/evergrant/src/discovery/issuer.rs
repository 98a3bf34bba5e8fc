//! Issuer identifiers: validates and compares them, and derives the URLs of their metadata.

use url::Url;

use crate::error::BuildError;
use crate::origin::{PlaintextPolicy, parse_url};

const SETTING: &str = "issuer";

/// Checks that a text is an issuer identifier (RFC 8414 section 2): an absolute URL without user, query or fragment.
/// Does not check that it uses https, which [`TokenManagerBuilder::build`](crate::TokenManagerBuilder::build) does.
///
/// ```
/// use evergrant::discovery::check_issuer;
///
/// assert!(check_issuer("https://idp.example.com/realms/a").is_ok());
/// assert!(check_issuer("https://idp.example.com?tenant=a").is_err());
/// ```
///
/// # Errors
/// [`BuildError::InvalidUrl`] names the problem.
pub fn check_issuer(text: &str) -> Result<(), BuildError> {
    let (url, _) = parse_url(SETTING, text)?;
    match url.query() {
        None => Ok(()),
        Some(_) => Err(BuildError::InvalidUrl {
            setting: SETTING,
            problem: "it has a query, which RFC 8414 section 2 does not allow".to_owned(),
        }),
    }
}

/// A valid issuer identifier.
#[derive(Debug, Clone)]
pub(crate) struct Issuer {
    text: String,
    url: Url,
}

impl Issuer {
    /// Parses an issuer. Its URL must be one that may receive credentials, because its metadata says where these go.
    pub(crate) fn parse(text: &str, plaintext: &PlaintextPolicy) -> Result<Self, BuildError> {
        check_issuer(text)?;
        let url = plaintext.parse_endpoint(SETTING, text)?;
        let text = text.to_owned();
        Ok(Self { text, url })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Returns the form that is equal for issuers that are [the same](Self::is).
    pub(crate) fn canonical(&self) -> &str {
        without_root_slash(&self.text)
    }

    /// Returns whether the issuer in a document or a redirect is this one: the same characters, except for the slash of
    /// an empty path.
    pub(crate) fn is(&self, other: &str) -> bool {
        is_same(&self.text, other)
    }

    /// Returns the URLs of the metadata, in the order in which they are tried.
    pub(super) fn metadata_urls(&self) -> Vec<Url> {
        const OAUTH: &str = "/.well-known/oauth-authorization-server";
        const OPENID: &str = "/.well-known/openid-configuration";
        let path = path(&self.url);
        match path {
            "" => vec![at(&self.url, OAUTH), at(&self.url, OPENID)],
            path => vec![
                at(&self.url, &format!("{OAUTH}{path}")),
                at(&self.url, &format!("{path}{OPENID}")),
                at(&self.url, &format!("{OPENID}{path}")),
                at(&self.url, &format!("{path}{OAUTH}")),
            ],
        }
    }
}

/// Returns the URL of the metadata of an API (RFC 9728 section 3.1).
pub(super) fn resource_metadata_url(resource: &Url) -> Url {
    let mut url = resource.clone();
    url.set_path(&format!("/.well-known/oauth-protected-resource{}", path(resource)));
    url.set_fragment(None);
    url
}

/// Compares two identifiers character by character. The slash of an empty path does not matter.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    without_root_slash(one) == without_root_slash(other)
}

/// Removes the slash of an empty path. The slash at the end of any other path is significant.
fn without_root_slash(text: &str) -> &str {
    let root = text.strip_suffix('/').filter(|rest| {
        let host = rest.split_once("://").map(|(_, host)| host);
        host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#']))
    });
    root.unwrap_or(text)
}

/// Returns the path without a slash at its end.
fn path(url: &Url) -> &str {
    url.path().strip_suffix('/').unwrap_or(url.path())
}

fn at(url: &Url, path: &str) -> Url {
    let mut url = url.clone();
    url.set_path(path);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(text: &str) -> Result<Issuer, BuildError> {
        Issuer::parse(text, &PlaintextPolicy::default())
    }

    #[test]
    fn rfc_8414_inserts_before_the_path_and_openid_connect_appends() {
        let urls = |text: &str| {
            let urls = issuer(text).unwrap().metadata_urls();
            urls.iter().map(Url::to_string).collect::<Vec<_>>()
        };
        let with_path = [
            "https://idp.example.com/.well-known/oauth-authorization-server/realms/a",
            "https://idp.example.com/realms/a/.well-known/openid-configuration",
            "https://idp.example.com/.well-known/openid-configuration/realms/a",
            "https://idp.example.com/realms/a/.well-known/oauth-authorization-server",
        ];
        for text in ["https://idp.example.com/realms/a", "https://idp.example.com/realms/a/"] {
            assert_eq!(urls(text), with_path, "{text}");
        }
        let without_path = [
            "https://idp.example.com:8443/.well-known/oauth-authorization-server",
            "https://idp.example.com:8443/.well-known/openid-configuration",
        ];
        for text in ["https://idp.example.com:8443", "https://idp.example.com:8443/"] {
            assert_eq!(urls(text), without_path, "{text}");
        }
    }

    #[test]
    fn an_issuer_is_compared_exactly_except_for_the_slash_of_an_empty_path() {
        for (one, other, same) in [
            ("https://idp.example.com", "https://idp.example.com/", true),
            ("https://idp.example.com/", "https://idp.example.com", true),
            ("https://idp.example.com/a", "https://idp.example.com/a", true),
            ("https://idp.example.com/a", "https://idp.example.com/a/", false),
            ("https://idp.example.com/a/", "https://idp.example.com/a", false),
            ("https://idp.example.com", "https://idp.example.com//", false),
            ("https://idp.example.com", "https://IDP.example.com", false),
            ("https://idp.example.com", "https://idp.example.com:443", false),
            ("https://idp.example.com/a", "https://idp.example.com/%61", false),
            ("https://idp.example.com", "http://idp.example.com", false),
            ("https://idp.example.com", "", false),
        ] {
            let issuer = issuer(one).unwrap();
            assert_eq!(issuer.is(other), same, "{one} {other}");
            let canonical = without_root_slash(other);
            assert_eq!(issuer.canonical() == canonical, same, "{one} {other}");
        }
    }

    #[test]
    fn an_issuer_is_an_encrypted_url_without_query_and_fragment() {
        for text in [
            "idp.example.com",
            "http://idp.example.com",
            "https://idp.example.com?tenant=a",
            "https://idp.example.com#a",
            "https://user@idp.example.com",
        ] {
            assert!(issuer(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_metadata_of_an_api_is_inserted_before_its_path_and_keeps_its_query() {
        for (resource, expected) in [
            (
                "https://api.example.com",
                "https://api.example.com/.well-known/oauth-protected-resource",
            ),
            (
                "https://api.example.com/v1/?tenant=a",
                "https://api.example.com/.well-known/oauth-protected-resource/v1?tenant=a",
            ),
        ] {
            assert_eq!(resource_metadata_url(&resource.parse().unwrap()).as_str(), expected);
        }
    }
}
