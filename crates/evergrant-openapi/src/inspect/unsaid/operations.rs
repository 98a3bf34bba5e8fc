//! What operations are called, and which group they are in.

use serde_json::{Value, json};

use super::{Unsaid, operation_target};
use crate::api::{Api, Operation};

pub(super) fn of(api: &Api) -> Vec<Unsaid> {
    let is_nameless =
        |operation: &&Operation| operation.id == format!("{} {}", operation.verb.to_lowercase(), operation.path);
    let nameless: Vec<&Operation> = api.operations().filter(is_nameless).collect();
    let untagged = api
        .groups
        .iter()
        .find(|group| api.groups.len() > 1 && group.method == "default");
    let untagged: Vec<&Operation> = untagged.iter().flat_map(|group| &group.operations).collect();
    let names = unsaid(
        &nameless,
        |many| format!("What {many} called: no `operationId`."),
        |first| format!("Names are made of method and path, such as `{}`.", first.method_name),
        json!({"operationId": "listThings"}),
    );
    let groups = unsaid(
        &untagged,
        |many| format!("Which group {many} in: no tag."),
        |_| "They are in `default()`.".to_owned(),
        json!({"x-evergrant-group": "things"}),
    );
    names.into_iter().chain(groups).collect()
}

fn unsaid(
    operations: &[&Operation],
    what: impl FnOnce(&str) -> String,
    assumed: impl FnOnce(&Operation) -> String,
    update: Value,
) -> Option<Unsaid> {
    let first = operations.first()?;
    let many = match operations.len() {
        1 => "an operation is".to_owned(),
        many => format!("{many} operations are"),
    };
    let places = operations.iter().map(|operation| operation.place.clone());
    Some(Unsaid::new(
        what(&many),
        assumed(first),
        places,
        operation_target(first),
        update,
    ))
}
