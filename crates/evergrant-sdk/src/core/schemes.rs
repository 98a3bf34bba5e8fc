//! The description's schemes as the library's, with the credentials that were given for them.

use evergrant::scheme::{ApiKey, Basic, Bearer, OAuth, SharedScheme};
use evergrant::{Authorizer, BuildError, Requirement, RequirementBuilder};
use http::HeaderName;

use super::keys::Keys;
use super::tokens::Tokens;
use crate::Settings;
use crate::credentials::Start;
use crate::describe::{self, Key, Need, Place, SchemeKind};
use crate::settings::{Fallback, Given};

/// What a requirement comes to.
pub(super) fn authorizer(
    settings: &Settings,
    tokens: &[Option<Tokens>],
    described: &describe::Requirement,
) -> Result<Authorizer, BuildError> {
    let mut builder: Option<RequirementBuilder> = None;
    let mut optional = described.optional;
    for alternative in described.alternatives {
        optional |= alternative.is_empty();
        for (index, need) in alternative.iter().enumerate() {
            let scheme = scheme(settings, tokens, need)?;
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
    if settings.fallback == Fallback::On {
        builder = builder.with_fallback();
    }
    Ok(builder.build()?.into())
}

fn scheme(settings: &Settings, tokens: &[Option<Tokens>], need: &Need) -> Result<SharedScheme, BuildError> {
    let index = need.scheme;
    let described = settings
        .api
        .schemes
        .get(index)
        .ok_or_else(|| BuildError::InvalidScheme {
            scheme: format!("number {index}"),
            problem: "the description does not have it".to_owned(),
        })?;
    let name = described.name;
    let given = settings.schemes.get(index).and_then(|scheme| scheme.given.as_ref());
    let tokens = tokens.get(index).and_then(Option::as_ref);
    Ok(match (&described.kind, given) {
        (SchemeKind::Basic, None) => Basic::new(name).into(),
        (SchemeKind::Basic, Some(Given::Basic(given))) => Basic::new(name)
            .with_credentials(&given.user, given.password.clone())?
            .into(),
        (SchemeKind::Bearer, None) => Bearer::new(name).into(),
        (SchemeKind::Bearer, Some(Given::Bearer(given))) => Bearer::new(name).with_token(given.token.clone())?.into(),
        (SchemeKind::Keys(keys), given) => {
            let mut keys: Vec<ApiKey> = keys
                .iter()
                .map(|described| key(name, described))
                .collect::<Result<_, _>>()?;
            match given {
                None => {}
                Some(Given::Keys(given)) if given.keys.len() == keys.len() => {
                    let configured = keys.into_iter().zip(&given.keys);
                    keys = configured
                        .map(|(key, value)| key.with_key(value.clone()))
                        .collect::<Result<_, _>>()?;
                }
                Some(Given::Keys(_)) => return Err(unfit(name, "it has another number of keys than were given")),
                Some(_) => return Err(other_kind(name)),
            }
            match <[ApiKey; 1]>::try_from(keys) {
                Ok([key]) => key.into(),
                Err(keys) => Keys { name, keys }.into(),
            }
        }
        (SchemeKind::Session { header }, None) => session(name, header)?.into(),
        (SchemeKind::Session { header }, Some(Given::Session(given))) => match &given.start {
            Start::Token(token) => ApiKey::in_header(name, header)?.with_key(token.clone())?.into(),
            Start::LogIn(_) => with_tokens(session(name, header)?, tokens, need)?,
        },
        (SchemeKind::OAuth(_), None | Some(Given::OAuth(_))) => with_tokens(OAuth::new(name), tokens, need)?,
        (_, Some(_)) => return Err(other_kind(name)),
    })
}

fn session(name: &str, header: &str) -> Result<OAuth, BuildError> {
    let header = HeaderName::try_from(header).map_err(|_| unfit(name, "its header has no valid name"))?;
    Ok(OAuth::new(name).in_session_header(header))
}

fn with_tokens(scheme: OAuth, tokens: Option<&Tokens>, need: &Need) -> Result<SharedScheme, BuildError> {
    Ok(match tokens {
        Some(tokens) => scheme.with_tokens(tokens.for_scopes(need.scopes)?).into(),
        None => scheme.into(),
    })
}

fn key(scheme: &str, key: &Key) -> Result<ApiKey, BuildError> {
    match key.place {
        Place::Header => ApiKey::in_header(scheme, key.name),
        Place::Query => ApiKey::in_query(scheme, key.name),
        Place::Cookie => ApiKey::in_cookie(scheme, key.name),
    }
}

fn other_kind(scheme: &str) -> BuildError {
    unfit(scheme, "it is of another kind than its credentials")
}

fn unfit(scheme: &str, problem: &str) -> BuildError {
    BuildError::InvalidScheme {
        scheme: scheme.to_owned(),
        problem: problem.to_owned(),
    }
}
