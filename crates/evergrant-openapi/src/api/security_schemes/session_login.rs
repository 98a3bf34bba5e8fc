//! Links session schemes to their login operations.

use std::collections::{HashMap, HashSet};

use super::{Scheme, SchemeKind, Session};
use crate::api::{Body, BodyKind, Group, Need, Operation, Payload, Requirement};
use crate::errors_and_warnings::Problem;
use crate::problem_list::ProblemList;
use crate::schema::Models;

/// Returns the schemes with their logins. A session whose login has a problem can only be used with an existing key.
pub(in crate::api) fn with_logins(
    schemes: &[Scheme],
    groups: &[Group],
    requirements: &[Requirement],
    (models, repeated): (&Models, &HashSet<&str>),
    problems: &mut ProblemList,
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
        let known = operations.get(session.login.as_str()).copied();
        let login = match known {
            _ if repeated.contains(session.login.as_str()) => Err("several operations have the operationId in `login`"),
            None => Err("no operation has the operationId in `login`"),
            Some((group, operation)) => {
                let login = &groups[group].operations[operation];
                check(
                    login,
                    index,
                    session,
                    &is_session,
                    &requirements[login.requirement],
                    models,
                )
                .map(|()| (group, operation))
            }
        };
        let login = login.map_err(|problem| Problem::new(&session.at, problem));
        session.operation = problems.catch(login)?;
    }
    Ok(schemes)
}

fn check(
    login: &Operation,
    scheme: usize,
    session: &Session,
    is_session: &[bool],
    requirement: &Requirement,
    models: &Models,
) -> Result<(), &'static str> {
    let mut alternatives = requirement.alternatives.iter();
    if alternatives.clone().flatten().any(|need| need.scheme == scheme) {
        return Err("its login needs the session that it starts");
    }
    let needs_session = |needs: &Vec<Need>| needs.iter().any(|need| is_session[need.scheme]);
    if !requirement.optional && alternatives.all(needs_session) {
        return Err("its login needs another session");
    }
    let can_provide_body = |body: &Body| matches!(body.kind, BodyKind::Json(_)) || !body.required;
    if !login.body.as_ref().is_none_or(can_provide_body) {
        return Err("its login requires a body that is not JSON");
    }
    if login.parameters.iter().any(|parameter| parameter.required) {
        return Err("its login has a required parameter");
    }
    let Some(Payload::Json(response)) = login.success.payload() else {
        return Err("its login does not return one JSON body");
    };
    let members = models.fields(response).unwrap_or_default();
    match members.iter().any(|member| member.wire == session.token) {
        true => Ok(()),
        false => Err("its `token` is not a member of the login's response"),
    }
}
