//! What was given for schemes, where it cannot work together: said before anything is built.

use evergrant::BuildError;

use crate::Settings;
use crate::credentials::{Fetching, Scoping, Start};
use crate::settings::{Given, Scheme};

pub(super) fn schemes(settings: &Settings) -> Result<(), BuildError> {
    for (described, scheme) in settings.api.schemes.iter().zip(&settings.schemes) {
        if let Some(problem) = problem(scheme) {
            return Err(BuildError::InvalidScheme {
                scheme: described.name.to_owned(),
                problem: problem.to_owned(),
            });
        }
    }
    Ok(())
}

fn problem(scheme: &Scheme) -> Option<&'static str> {
    match &scheme.given {
        Some(Given::OAuth(credentials)) if credentials.scoping() == Scoping::LeastPrivilege => {
            if credentials.fetching == Fetching::Manual {
                return Some(
                    "least_privilege() makes several tokens, and with manual() nobody fetches them; leave one of the two out",
                );
            }
            let problem =
                "least_privilege() makes several tokens, and one was given to start from; leave one of the two out";
            scheme.start().map(|_| problem)
        }
        Some(Given::Session(session)) if matches!(session.start, Start::Token(_)) => {
            let problem = "its session is a fixed token, and another one was given to start from; give one of the two";
            scheme.token.as_ref().map(|_| problem)
        }
        Some(Given::OAuth(_) | Given::Session(_)) => None,
        _ => {
            let problem = "a token was given, and no credentials; give both";
            scheme.token.as_ref().map(|_| problem)
        }
    }
}
