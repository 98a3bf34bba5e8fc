//! The contents of the report, in the order in which it shows them.

mod operations;
mod schemes;
mod servers;

use serde::Serialize;
use serde_json::Value;

pub(super) use self::operations::{Body, Group, Operation, Parameter, Response};
pub(super) use self::schemes::{Scheme, is_assumed};
pub(super) use self::servers::{Environment, Server, Variable};
use super::assumptions::{self, Assumption};
use super::explicit_statements::Explicit;
use crate::api::Api;
use crate::errors_and_warnings::Problem;
use crate::overlay_action::Action;

#[derive(Debug, Clone, Serialize)]
pub(super) struct Contents {
    pub(super) package: Package,
    pub(super) environments: Vec<Environment>,
    pub(super) variables: Vec<Variable>,
    pub(super) headers: Vec<Header>,
    pub(super) schemes: Vec<Scheme>,
    pub(super) groups: Vec<Group>,
    /// Members that can be sent as null.
    pub(super) nullable_members: Vec<String>,
    pub(super) problems: Vec<ReportedProblem>,
    pub(super) warnings: Vec<Remark>,
    pub(super) skipped: Vec<Remark>,
    pub(super) assumptions: Vec<Assumption>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Package {
    pub(super) name: String,
    #[serde(rename = "crate")]
    pub(super) crate_name: String,
    pub(super) title: String,
    pub(super) version: String,
    pub(super) description: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Header {
    pub(super) name: String,
    pub(super) setter: String,
    pub(super) description: Option<String>,
}

/// A message about a place in the description.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Remark {
    pub(super) place: String,
    pub(super) message: String,
}

/// A problem that is an error unless operations may be skipped.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ReportedProblem {
    pub(super) place: String,
    pub(super) message: String,
    pub(super) action: Option<Action>,
}

impl Contents {
    pub(super) fn of(api: &Api, explicit: Explicit<'_>) -> Self {
        let headers = api.headers.iter().map(|header| Header {
            name: header.name.clone(),
            setter: header.setter.clone(),
            description: header.description.clone(),
        });
        Self {
            package: Package {
                name: api.package.name.clone(),
                crate_name: api.package.crate_name(),
                title: api.package.title.clone(),
                version: api.package.version.clone(),
                description: api.package.description.clone(),
            },
            environments: servers::environments(api),
            variables: servers::variables(api),
            headers: headers.collect(),
            schemes: schemes::of(api, explicit),
            groups: operations::groups(api),
            nullable_members: api.models.clearable_members().collect(),
            problems: api.problems.iter().map(ReportedProblem::of).collect(),
            warnings: api.warnings.iter().map(Remark::of).collect(),
            skipped: api.skipped.iter().map(Remark::of).collect(),
            assumptions: assumptions::of(api, explicit),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        // Serialization cannot fail: all keys are strings.
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl ReportedProblem {
    fn of(problem: &Problem) -> Self {
        Self {
            place: problem.pointer().to_string(),
            message: problem.message().to_owned(),
            action: problem.action().cloned(),
        }
    }
}

impl Remark {
    fn of(problem: &Problem) -> Self {
        Self {
            place: problem.pointer().to_string(),
            message: problem.message().to_owned(),
        }
    }
}
