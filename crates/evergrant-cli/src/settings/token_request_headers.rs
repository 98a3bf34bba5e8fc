//! Headers of token requests, and the user agent.

use evergrant_profile::TokenHeader;
use http::HeaderValue;

use crate::failure::Failure;

/// Adds the headers from flags. They replace headers of the profile with the same name.
pub(super) fn add(headers: &mut Vec<TokenHeader>, flags: &[String]) -> Result<(), Failure> {
    const FLAG: &str = "--token-header";
    let mut added: Vec<TokenHeader> = Vec::new();
    for header in flags {
        let (name, value) = header
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| Failure::usage(format!("{FLAG} must have the form NAME=VALUE")))?;
        added.push(TokenHeader::new(FLAG, name, value, |file| file.into())?);
    }
    headers.retain(|known| {
        !added
            .iter()
            .any(|header| header.name().eq_ignore_ascii_case(known.name()))
    });
    headers.extend(added);
    Ok(())
}

/// The headers that are not secret, as `name=value`. The token may depend on them.
pub(super) fn public_values(headers: &[TokenHeader]) -> impl Iterator<Item = String> {
    headers.iter().filter_map(|header| {
        let value = header.plain_value()?;
        Some(format!("{}={value}", header.name().to_ascii_lowercase()))
    })
}

pub(super) fn check_user_agent(text: &str) -> Result<(), Failure> {
    match text.is_empty() || HeaderValue::from_str(text).is_err() {
        true => Err(Failure::usage(
            "the user agent (--user-agent, or user_agent in a profile) is empty or has an invalid character",
        )),
        false => Ok(()),
    }
}
