//! Reads the metadata of an authorization server from its document.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use url::Url;

use super::issuer::Issuer;
use super::metadata::{CERTIFICATE_BOUND, ISS_IN_REDIRECT, REQUIRES_PAR, ServerMetadata};
use super::metadata_document::{shown, strings};
use super::metadata_names::{Capability, Endpoint};
use crate::error::BuildError;
use crate::origin::{Origin, PlaintextPolicy};

/// The member with the endpoints for clients with a certificate (RFC 8705 section 5).
pub(super) const ALIASES: &str = "mtls_endpoint_aliases";

impl ServerMetadata {
    /// Reads the document that was found at `url`. The error is the issuer that the document belongs to instead; empty
    /// if it names none.
    pub(super) fn read(
        issuer: &Issuer,
        url: Url,
        members: &Map<String, Value>,
        plaintext: &PlaintextPolicy,
    ) -> Result<Self, String> {
        let found = members.get("issuer").and_then(Value::as_str).unwrap_or_default();
        if !issuer.is(found) {
            return Err(shown(found));
        }
        let mut metadata = Self {
            issuer: found.to_owned(),
            url,
            endpoints: BTreeMap::new(),
            mtls_endpoints: BTreeMap::new(),
            invalid: Vec::new(),
            lists: BTreeMap::new(),
            flags: Vec::new(),
        };
        metadata.endpoints = metadata.read_endpoints(issuer, members, "", plaintext);
        if let Some(Value::Object(aliases)) = members.get(ALIASES) {
            metadata.mtls_endpoints = metadata.read_endpoints(issuer, aliases, &format!("{ALIASES}."), plaintext);
        }
        // An empty list says nothing: it must be omitted (RFC 8414 section 3.2).
        let values = |list: Capability| strings(members, list.name()).filter(|values| !values.is_empty());
        let lists = Capability::ALL.iter().copied();
        metadata.lists = lists.filter_map(|list| Some((list, values(list)?))).collect();
        let is_set = |name: &&str| members.get(*name) == Some(&Value::Bool(true));
        metadata.flags = [ISS_IN_REDIRECT, REQUIRES_PAR, CERTIFICATE_BOUND]
            .into_iter()
            .filter(is_set)
            .collect();
        Ok(metadata)
    }

    /// Reads endpoints. Those with invalid URLs are noted, because a client may not need them.
    fn read_endpoints(
        &mut self,
        issuer: &Issuer,
        members: &Map<String, Value>,
        prefix: &str,
        plaintext: &PlaintextPolicy,
    ) -> BTreeMap<Endpoint, Url> {
        let mut endpoints = BTreeMap::new();
        for endpoint in Endpoint::ALL {
            let name = endpoint.name();
            let Some(value) = members.get(name).filter(|value| !value.is_null()) else {
                continue;
            };
            let text = value.as_str().ok_or_else(|| "it is not a string".to_owned());
            match text.and_then(|text| endpoint_url(name, text, issuer, plaintext)) {
                Ok(url) => {
                    endpoints.insert(*endpoint, url);
                }
                Err(problem) => self.invalid.push((format!("{prefix}{name}"), problem)),
            }
        }
        endpoints
    }
}

fn endpoint_url(name: &'static str, text: &str, issuer: &Issuer, plaintext: &PlaintextPolicy) -> Result<Url, String> {
    let url = plaintext.parse_endpoint(name, text).map_err(|error| match error {
        BuildError::InvalidUrl { problem, .. } => problem,
        BuildError::NotEncrypted { origin, .. } => {
            format!(
                "it is not encrypted ({origin}); danger_allow_http_to(\"{origin}\") allows it where plain http is safe"
            )
        }
        other => other.to_string(),
    })?;
    let encrypted = |url: &Url| url.scheme() == "https";
    let allowed = Origin::of(&url).is_some_and(|origin| plaintext.has_added(&origin));
    match encrypted(issuer.url()) && !encrypted(&url) && !allowed {
        true => Err("it is not encrypted, but the issuer is".to_owned()),
        false => Ok(url),
    }
}
