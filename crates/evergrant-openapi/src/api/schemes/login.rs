//! Sessions find the operation that begins them.

use super::{Scheme, SchemeKind};
use crate::api::{Body, BodyKind, Group, Payload, Requirement};
use crate::problem::Problem;

pub(in crate::api) fn with_logins(
    mut schemes: Vec<Scheme>,
    groups: &[Group],
    requirements: &[Requirement],
) -> Result<Vec<Scheme>, Problem> {
    for (index, scheme) in schemes.iter_mut().enumerate() {
        let SchemeKind::Session(session) = &mut scheme.kind else {
            continue;
        };
        let found = groups.iter().enumerate().find_map(|(group, members)| {
            let position = members
                .operations
                .iter()
                .position(|operation| operation.id == session.login);
            position.map(|operation| (group, operation))
        });
        let refused = |problem: &str| Problem::new(&session.at, problem);
        let (group, operation) = found.ok_or_else(|| refused("its `login` is the operationId of no operation"))?;
        let login = &groups[group].operations[operation];
        let needs_itself = requirements[login.requirement]
            .alternatives
            .iter()
            .flatten()
            .any(|need| need.scheme == index);
        if needs_itself {
            return Err(refused("its login needs the session that it begins"));
        }
        let body_is_given = |body: &Body| matches!(body.kind, BodyKind::Json(_)) || !body.required;
        if !login.body.as_ref().is_none_or(body_is_given) {
            return Err(refused(
                "its login has a required body that is not JSON, which nobody is there to give",
            ));
        }
        if login.parameters.iter().any(|parameter| parameter.required) {
            return Err(refused(
                "its login has a required parameter, which nobody is there to give",
            ));
        }
        if !matches!(login.success.payload(), Some(Payload::Json(_))) {
            return Err(refused("its login is not answered with one JSON body"));
        }
        session.operation = Some((group, operation));
    }
    Ok(schemes)
}
