//! Sessions find the operation that begins them.

use std::collections::{HashMap, HashSet};

use super::{Scheme, SchemeKind};
use crate::api::{Body, BodyKind, Group, Need, Payload, Requirement};
use crate::problem::Problem;
use crate::schema::Schemas;

pub(in crate::api) fn with_logins(
    schemes: &[Scheme],
    groups: &[Group],
    requirements: &[Requirement],
    (schemas, repeated): (&Schemas<'_>, &HashSet<&str>),
) -> Result<Vec<Scheme>, Problem> {
    let is_session: Vec<bool> = schemes
        .iter()
        .map(|scheme| matches!(scheme.kind, SchemeKind::Session(_)))
        .collect();
    let mut operations = HashMap::new();
    for (group, members) in groups.iter().enumerate() {
        for (index, operation) in members.operations.iter().enumerate() {
            operations.entry(operation.id.as_str()).or_insert((group, index));
        }
    }
    let mut schemes = schemes.to_vec();
    for (index, scheme) in schemes.iter_mut().enumerate() {
        let SchemeKind::Session(session) = &mut scheme.kind else {
            continue;
        };
        let found = operations.get(session.login.as_str()).copied();
        let refused = |problem: &str| Problem::new(&session.at, problem);
        if repeated.contains(session.login.as_str()) {
            return Err(refused("its `login` is the operationId of several operations"));
        }
        let (group, operation) = found.ok_or_else(|| refused("its `login` is the operationId of no operation"))?;
        let login = &groups[group].operations[operation];
        let requirement = &requirements[login.requirement];
        let mut alternatives = requirement.alternatives.iter();
        if alternatives.clone().flatten().any(|need| need.scheme == index) {
            return Err(refused("its login needs the session that it begins"));
        }
        let needs_session = |needs: &Vec<Need>| needs.iter().any(|need| is_session[need.scheme]);
        if !requirement.optional && alternatives.all(needs_session) {
            return Err(refused("its login needs another session"));
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
        let Some(Payload::Json(answer)) = login.success.payload() else {
            return Err(refused("its login is not answered with one JSON body"));
        };
        let members = schemas.fields(answer).unwrap_or_default();
        if !members.iter().any(|member| member.wire == session.token) {
            return Err(refused("its `token` is no member of the login's answer"));
        }
        session.operation = Some((group, operation));
    }
    Ok(schemes)
}
