//! Validates combinations of scheme settings before the client is built.

use evergrant::BuildError;

use crate::configuration::{Configuration, SchemeCredentials, SchemeSettings};
use crate::credentials::{Fetching, Scoping, SessionSource};

pub(super) fn schemes(configuration: &Configuration) -> Result<(), BuildError> {
    for (described, scheme) in configuration.api.schemes.iter().zip(&configuration.schemes) {
        if let Some(problem) = problem(scheme) {
            return Err(BuildError::InvalidScheme {
                scheme: described.name.to_owned(),
                problem: problem.to_owned(),
            });
        }
    }
    Ok(())
}

fn problem(scheme: &SchemeSettings) -> Option<&'static str> {
    match &scheme.credentials {
        Some(SchemeCredentials::OAuth(credentials)) if credentials.ignores_client_auth() => {
            Some("client_auth(..) sets how a client secret is sent, but these credentials have no secret; remove it")
        }
        Some(SchemeCredentials::OAuth(credentials)) if credentials.scoping == Scoping::LeastPrivilege => {
            if credentials.fetching == Fetching::Manual {
                return Some(
                    "least_privilege() needs several tokens, but manual() disables fetching; remove one of the two",
                );
            }
            let problem =
                "least_privilege() needs several tokens, but one initial token was provided; remove one of the two";
            scheme.initial_token().map(|_| problem)
        }
        Some(SchemeCredentials::Session(session)) if matches!(session.source, SessionSource::Token(_)) => {
            let problem =
                "the session is a fixed token, but an initial token was provided too; provide only one of the two";
            scheme.token.as_ref().map(|_| problem)
        }
        Some(SchemeCredentials::OAuth(_) | SchemeCredentials::Session(_)) => None,
        _ => {
            let problem = "an initial token was provided without credentials; provide both";
            scheme.token.as_ref().map(|_| problem)
        }
    }
}
