//! Questions that the description does not answer, the assumptions made instead, and overlay actions that answer them.

mod operations;
mod schemes;
mod servers;

use serde::Serialize;
use serde_json::{Value, json};

use super::explicit_statements::Explicit;
use crate::api::{Api, Operation};
use crate::errors_and_warnings::Pointer;
use crate::overlay_action::{Action, member};

/// A question with its assumed answer.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Assumption {
    pub(super) question: String,
    pub(super) assumed: String,
    /// The places in the description where the answer belongs.
    pub(super) places: Vec<String>,
    /// An overlay action with example values.
    pub(super) action: Action,
}

pub(super) fn of(api: &Api, explicit: Explicit<'_>) -> Vec<Assumption> {
    let mut assumptions = schemes::endpoints_of_one_environment(api);
    if !explicit.package() {
        assumptions.push(Assumption::new(
            "What is the name of the package?",
            format!("`{}`, from the title. --name also sets it.", api.package.name),
            [Pointer::root()],
            "$",
            json!({"x-evergrant-package": {"name": api.package.name.as_str()}}),
        ));
    }
    assumptions.extend(servers::of(api, explicit));
    for (index, scheme) in api.schemes.iter().enumerate() {
        if let Some(oauth) = scheme.oauth() {
            assumptions.extend(schemes::oauth(api, index, scheme, oauth, explicit));
        }
    }
    assumptions.extend(schemes::unused(api));
    assumptions.extend(operations::of(api));
    assumptions
}

impl Assumption {
    fn new(
        question: impl Into<String>,
        assumed: impl Into<String>,
        places: impl IntoIterator<Item = Pointer>,
        target: impl Into<String>,
        update: Value,
    ) -> Self {
        Self {
            question: question.into(),
            assumed: assumed.into(),
            places: places.into_iter().map(|place| place.to_string()).collect(),
            action: Action::update(target, update),
        }
    }
}

fn operation_target(operation: &Operation) -> String {
    operation.json_path.clone()
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.escape_debug())
}
