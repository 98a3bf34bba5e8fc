//! Links session schemes to their login operations.

use std::collections::{HashMap, HashSet};

use super::{Scheme, SchemeKind};
use crate::api::{Body, BodyKind, Group, Need, Payload, Requirement};
use crate::errors_and_warnings::Problem;
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
        let login = operations.get(session.login.as_str()).copied();
        let invalid = |problem: &str| Problem::new(&session.at, problem);
        if repeated.contains(session.login.as_str()) {
            return Err(invalid("several operations have the operationId in `login`"));
        }
        let (group, operation) = login.ok_or_else(|| invalid("no operation has the operationId in `login`"))?;
        let login = &groups[group].operations[operation];
        let requirement = &requirements[login.requirement];
        let mut alternatives = requirement.alternatives.iter();
        if alternatives.clone().flatten().any(|need| need.scheme == index) {
            return Err(invalid("its login needs the session that it starts"));
        }
        let needs_session = |needs: &Vec<Need>| needs.iter().any(|need| is_session[need.scheme]);
        if !requirement.optional && alternatives.all(needs_session) {
            return Err(invalid("its login needs another session"));
        }
        let can_provide_body = |body: &Body| matches!(body.kind, BodyKind::Json(_)) || !body.required;
        if !login.body.as_ref().is_none_or(can_provide_body) {
            return Err(invalid("its login requires a body that is not JSON"));
        }
        if login.parameters.iter().any(|parameter| parameter.required) {
            return Err(invalid("its login has a required parameter"));
        }
        let Some(Payload::Json(response)) = login.success.payload() else {
            return Err(invalid("its login does not return one JSON body"));
        };
        let members = schemas.fields(response).unwrap_or_default();
        if !members.iter().any(|member| member.wire == session.token) {
            return Err(invalid("its `token` is not a member of the login's response"));
        }
        session.operation = Some((group, operation));
    }
    Ok(schemes)
}
