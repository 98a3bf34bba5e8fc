//! Leaves out operations whose types have problems.

use super::bodies::{Body, BodyKind, PartKind};
use super::operations::{Group, Operation};
use super::parameters::Parameter;
use super::responses::{Payload, Responses};
use crate::errors_and_warnings::Problem;
use crate::problem_list::ProblemList;
use crate::schema::{Models, Type};

/// Removes operations that use a broken model, and returns the reasons. Problems of models that no operation uses are
/// warnings.
pub(super) fn leave_out(
    groups: &mut Vec<Group>,
    models: &Models,
    left_out_types: &[Type],
    problems: &mut ProblemList,
    warnings: &mut Vec<Problem>,
) -> Result<Vec<Problem>, Problem> {
    let operations = groups.iter().flat_map(|group| &group.operations);
    let reached = models.reachable(operations.flat_map(types).chain(left_out_types));
    let (used, unused) = models.problems_by_use(&reached);
    let broken = models.broken_models();
    let mut left_out = Vec::new();
    for group in groups.iter_mut() {
        group.operations.retain(|operation| {
            let problem = types(operation).find_map(|ty| broken.problem(ty));
            if let Some(problem) = problem {
                let reason = format!("left out, because {}: {}", problem.pointer(), problem.message());
                left_out.push(Problem::new(&operation.place, reason));
            }
            problem.is_none()
        });
    }
    for problem in used {
        problems.add(problem.clone())?;
    }
    for problem in unused.into_iter().filter(|problem| !problems.contains(problem)) {
        let message = format!(
            "{}; no operation uses this schema, which becomes arbitrary JSON",
            problem.message()
        );
        warnings.push(Problem::new(problem.pointer(), message));
    }
    groups.retain(|group| !group.operations.is_empty());
    Ok(left_out)
}

/// The types of an operation's parameters, body and responses.
fn types(operation: &Operation) -> impl Iterator<Item = &Type> {
    let parameters = operation.parameters.iter().map(|parameter| &parameter.ty);
    let responses = [&operation.success, &operation.failure]
        .into_iter()
        .flat_map(response_types);
    parameters.chain(sent_types(operation)).chain(responses)
}

/// The types of the parts of an operation that could be read.
pub(super) fn types_of_parts(
    parameters: Option<&Vec<Parameter>>,
    body: Option<&Option<Body>>,
    responses: Option<&(Responses, Responses)>,
) -> Vec<Type> {
    let parameters = parameters.into_iter().flatten().map(|parameter| &parameter.ty);
    let body = body.into_iter().flatten().flat_map(body_types);
    let responses = responses.into_iter().flat_map(|(success, failure)| [success, failure]);
    parameters
        .chain(body)
        .chain(responses.flat_map(response_types))
        .cloned()
        .collect()
}

fn response_types(responses: &Responses) -> impl Iterator<Item = &Type> {
    responses.list.iter().flat_map(|response| {
        let payload = match &response.payload {
            Payload::Json(ty) | Payload::Events(ty) => Some(ty),
            Payload::Empty | Payload::Text | Payload::Bytes => None,
        };
        payload.into_iter().chain(&response.events)
    })
}

/// The types that an operation sends as JSON, where a member can be null.
pub(super) fn types_in_json(operation: &Operation) -> impl Iterator<Item = &Type> {
    let is_form = matches!(operation.body.as_ref().map(|body| &body.kind), Some(BodyKind::Form(..)));
    sent_types(operation).filter(move |_| !is_form)
}

/// The types of an operation's request body.
fn sent_types(operation: &Operation) -> impl Iterator<Item = &Type> {
    operation.body.iter().flat_map(body_types)
}

fn body_types(body: &Body) -> impl Iterator<Item = &Type> {
    let (whole, parts) = match &body.kind {
        BodyKind::Json(ty) | BodyKind::Form(ty, _) => (Some(ty), &[][..]),
        BodyKind::Multipart { parts, .. } => (None, parts.as_slice()),
        BodyKind::AnyMultipart | BodyKind::Text | BodyKind::Bytes => (None, &[][..]),
    };
    let parts = parts.iter().filter_map(|part| match &part.kind {
        PartKind::Text(ty) | PartKind::Texts(ty) | PartKind::Json(ty) => Some(ty),
        PartKind::File | PartKind::Files => None,
    });
    whole.into_iter().chain(parts)
}
