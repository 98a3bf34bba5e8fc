//! Converts the described schemes and requirements, with the configured credentials, to those of `evergrant`.

use evergrant::scheme::{ApiKey, Basic, Bearer, OAuth, SharedScheme};
use evergrant::{Authorizer, BuildError, Requirement, RequirementBuilder};
use http::HeaderName;

use super::api_key_set::ApiKeySet;
use super::token_managers::SchemeTokens;
use crate::configuration::{Configuration, Fallback, SchemeCredentials};
use crate::credentials::SessionSource;
use crate::metadata::{self, Key, Location, RequiredScheme, SchemeKind};

/// Creates the authorizer of a requirement.
pub(super) fn authorizer(
    configuration: &Configuration,
    tokens: &[Option<SchemeTokens>],
    described: &metadata::Requirement,
) -> Result<Authorizer, BuildError> {
    let mut builder: Option<RequirementBuilder> = None;
    let mut optional = described.optional;
    for alternative in described.alternatives {
        optional |= alternative.is_empty();
        for (index, required) in alternative.iter().enumerate() {
            let scheme = scheme(configuration, tokens, required)?;
            builder = Some(match builder {
                None => Requirement::of(scheme),
                Some(builder) if index == 0 => builder.or(scheme),
                Some(builder) => builder.and(scheme),
            });
        }
    }
    let Some(mut builder) = builder else {
        return Ok(Requirement::none().into());
    };
    if optional {
        builder = builder.or_none();
    }
    if described.allow_header_conflict {
        builder = builder.allow_header_conflict();
    }
    if configuration.fallback == Fallback::On {
        builder = builder.with_fallback();
    }
    Ok(builder.build()?.into())
}

fn scheme(
    configuration: &Configuration,
    tokens: &[Option<SchemeTokens>],
    required: &RequiredScheme,
) -> Result<SharedScheme, BuildError> {
    let index = required.scheme;
    let described = configuration
        .api
        .schemes
        .get(index)
        .ok_or_else(|| BuildError::InvalidScheme {
            scheme: format!("number {index}"),
            problem: "the description does not define it".to_owned(),
        })?;
    let name = described.name;
    let credentials = configuration
        .schemes
        .get(index)
        .and_then(|scheme| scheme.credentials.as_ref());
    let tokens = tokens.get(index).and_then(Option::as_ref);
    Ok(match (&described.kind, credentials) {
        (SchemeKind::Basic, None) => Basic::new(name).into(),
        (SchemeKind::Basic, Some(SchemeCredentials::Basic(credentials))) => Basic::new(name)
            .with_credentials(&credentials.user, credentials.password.clone())?
            .into(),
        (SchemeKind::Bearer, None) => Bearer::new(name).into(),
        (SchemeKind::Bearer, Some(SchemeCredentials::Bearer(credentials))) => {
            Bearer::new(name).with_token(credentials.token.clone())?.into()
        }
        (SchemeKind::Keys(keys), credentials) => {
            let mut keys: Vec<ApiKey> = keys
                .iter()
                .map(|described| key(name, described))
                .collect::<Result<_, _>>()?;
            match credentials {
                None => {}
                Some(SchemeCredentials::Keys(credentials)) if credentials.keys.len() == keys.len() => {
                    let configured = keys.into_iter().zip(&credentials.keys);
                    keys = configured
                        .map(|(key, value)| key.with_key(value.clone()))
                        .collect::<Result<_, _>>()?;
                }
                Some(SchemeCredentials::Keys(_)) => {
                    return Err(invalid_scheme(name, "the number of keys differs from the description"));
                }
                Some(_) => return Err(wrong_kind(name)),
            }
            match <[ApiKey; 1]>::try_from(keys) {
                Ok([key]) => key.into(),
                Err(keys) => ApiKeySet { name, keys }.into(),
            }
        }
        (SchemeKind::Session { header }, None) => session(name, header)?.into(),
        (SchemeKind::Session { header }, Some(SchemeCredentials::Session(credentials))) => match &credentials.source {
            SessionSource::Token(token) => ApiKey::in_header(name, header)?.with_key(token.clone())?.into(),
            SessionSource::LogIn(_) => with_tokens(session(name, header)?, tokens, required)?,
        },
        (SchemeKind::OAuth(_), None | Some(SchemeCredentials::OAuth(_))) => {
            with_tokens(OAuth::new(name), tokens, required)?
        }
        (_, Some(_)) => return Err(wrong_kind(name)),
    })
}

fn session(name: &str, header: &str) -> Result<OAuth, BuildError> {
    let header = HeaderName::try_from(header).map_err(|_| invalid_scheme(name, "its header name is not valid"))?;
    Ok(OAuth::new(name).in_session_header(header))
}

fn with_tokens(
    scheme: OAuth,
    tokens: Option<&SchemeTokens>,
    required: &RequiredScheme,
) -> Result<SharedScheme, BuildError> {
    Ok(match tokens {
        Some(tokens) => scheme.with_tokens(tokens.for_scopes(required.scopes)?).into(),
        None => scheme.into(),
    })
}

fn key(scheme: &str, key: &Key) -> Result<ApiKey, BuildError> {
    match key.location {
        Location::Header => ApiKey::in_header(scheme, key.name),
        Location::Query => ApiKey::in_query(scheme, key.name),
        Location::Cookie => ApiKey::in_cookie(scheme, key.name),
    }
}

fn wrong_kind(scheme: &str) -> BuildError {
    invalid_scheme(scheme, "its credentials are for another kind of scheme")
}

fn invalid_scheme(scheme: &str, problem: &str) -> BuildError {
    BuildError::InvalidScheme {
        scheme: scheme.to_owned(),
        problem: problem.to_owned(),
    }
}
