//! Assumptions about names and groups of operations.

use serde_json::{Value, json};

use super::{Assumption, operation_target};
use crate::api::{Api, Operation};

pub(super) fn of(api: &Api) -> Vec<Assumption> {
    let has_no_id =
        |operation: &&Operation| operation.id == format!("{} {}", operation.verb.to_lowercase(), operation.path);
    let without_id: Vec<&Operation> = api.operations().filter(has_no_id).collect();
    let without_tag = api
        .groups
        .iter()
        .find(|group| api.groups.len() > 1 && group.method == "default");
    let without_tag: Vec<&Operation> = without_tag.iter().flat_map(|group| &group.operations).collect();
    let names = assumption(
        &without_id,
        |count| match count {
            1 => "What is the name of an operation? It has no `operationId`.".to_owned(),
            count => format!("What are the names of {count} operations? They have no `operationId`."),
        },
        |first| format!("Names are built from method and path, such as `{}`.", first.method_name),
        json!({"operationId": "listThings"}),
    );
    let groups = assumption(
        &without_tag,
        |count| match count {
            1 => "Which group does an operation belong to? It has no tag.".to_owned(),
            count => format!("Which groups do {count} operations belong to? They have no tags."),
        },
        |_| "The group `default()`.".to_owned(),
        json!({"x-evergrant-group": "things"}),
    );
    names.into_iter().chain(groups).collect()
}

fn assumption(
    operations: &[&Operation],
    question: impl FnOnce(usize) -> String,
    assumed: impl FnOnce(&Operation) -> String,
    update: Value,
) -> Option<Assumption> {
    let first = operations.first()?;
    let places = operations.iter().map(|operation| operation.place.clone());
    Some(Assumption::new(
        question(operations.len()),
        assumed(first),
        places,
        operation_target(first),
        update,
    ))
}
