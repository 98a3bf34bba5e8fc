//! What a token endpoint does differently, as flags and profile say it.

use std::path::PathBuf;

use evergrant::TokenEndpointOptions;
use http::HeaderValue;

use super::over;
use crate::cli::{EndpointArgs, check_token_header};
use crate::failure::Failure;
use crate::reference::Reference;
use crate::secret::SecretSource;

/// All of it; nothing by default.
#[derive(Default)]
pub(crate) struct EndpointSettings {
    pub(crate) grant_type: Option<String>,
    pub(crate) client_id_in_body: bool,
    pub(crate) json_body: bool,
    pub(crate) headers: Vec<(String, HeaderSource)>,
    pub(crate) user_agent: Option<String>,
    pub(crate) token_types: Vec<String>,
    pub(crate) access_token_at: Option<String>,
}

/// Where a header's value is.
pub(crate) enum HeaderSource {
    Plain(String),
    Secret(SecretSource),
}

impl EndpointSettings {
    /// Flags over the profile's settings; headers one by one.
    pub(super) fn resolve(args: EndpointArgs, profile: Self) -> Result<Self, Failure> {
        let mut given = Vec::new();
        for header in &args.token_headers {
            let (name, value) = header
                .split_once('=')
                .filter(|(name, _)| !name.is_empty())
                .ok_or_else(|| Failure::usage("--token-header is written as NAME=VALUE"))?;
            let source = HeaderSource::parse("--token-header", name, value, |file| file.into())?;
            given.push((name.to_owned(), source));
        }
        let mut headers = profile.headers;
        headers.retain(|(known, _)| !given.iter().any(|(name, _)| name.eq_ignore_ascii_case(known)));
        headers.extend(given);
        let user_agent = args.user_agent.or(profile.user_agent);
        if user_agent
            .as_ref()
            .is_some_and(|text| text.is_empty() || HeaderValue::from_str(text).is_err())
        {
            return Err(Failure::usage(
                "the user agent (--user-agent, or user_agent in a profile) is empty, or has a character that no header can carry",
            ));
        }
        Ok(Self {
            grant_type: args.grant_type.or(profile.grant_type),
            client_id_in_body: args.client_id_in_body || profile.client_id_in_body,
            json_body: args.json_body || profile.json_body,
            headers,
            user_agent,
            token_types: over(args.token_types, profile.token_types),
            access_token_at: args.access_token_at.or(profile.access_token_at),
        })
    }

    /// Headers that are no secret, and may make another token of it.
    pub(super) fn plain_headers(&self) -> impl Iterator<Item = String> {
        self.headers.iter().filter_map(|(name, source)| match source {
            HeaderSource::Plain(value) => Some(format!("{}={value}", name.to_ascii_lowercase())),
            HeaderSource::Secret(_) => None,
        })
    }

    /// For the library, with the secrets read. The HTTP client has the `User-Agent` already.
    pub(super) fn into_options(self) -> Result<TokenEndpointOptions, Failure> {
        let types = self.token_types.into_iter();
        let mut options = types.fold(TokenEndpointOptions::new(), TokenEndpointOptions::token_type);
        if let Some(path) = self.access_token_at {
            options = options.access_token_at(path);
        }
        if let Some(name) = self.grant_type {
            options = options.grant_type(name);
        }
        if self.client_id_in_body {
            options = options.client_id_in_body();
        }
        if self.json_body {
            options = options.json_body();
        }
        for (name, source) in self.headers {
            options = match source {
                HeaderSource::Plain(value) => options.plain_header(name, value),
                HeaderSource::Secret(source) => options.header(name, source.read()?),
            };
        }
        Ok(options)
    }
}

impl HeaderSource {
    /// `given` says where it stands, for messages; `resolve` finds a file from there.
    pub(crate) fn parse(
        given: &str,
        name: &str,
        value: &str,
        resolve: impl FnOnce(&str) -> PathBuf,
    ) -> Result<Self, Failure> {
        if let Some(variable) = value.strip_prefix("env:") {
            return Ok(Self::Secret(SecretSource::Env {
                reference: Reference::to_variable(given, variable),
                variable: variable.to_owned(),
            }));
        }
        if let Some(file) = value.strip_prefix("file:") {
            return Ok(Self::Secret(SecretSource::File {
                path: resolve(file),
                reference: Reference::to_file(given, file),
            }));
        }
        check_token_header(given, name, value)?;
        Ok(Self::Plain(value.to_owned()))
    }
}
