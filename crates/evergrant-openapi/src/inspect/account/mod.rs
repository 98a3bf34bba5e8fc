//! Everything that the report says, in the order in which it says it.

mod operations;
mod schemes;
mod servers;

use serde::Serialize;
use serde_json::Value;

pub(super) use self::operations::{Answer, Body, Group, Operation, Parameter};
pub(super) use self::schemes::{Scheme, is_assumed};
pub(super) use self::servers::{Environment, Server, Variable};
use super::said::Said;
use super::unsaid::{self, Unsaid};
use crate::api::Api;
use crate::problem::Problem;

#[derive(Debug, Clone, Serialize)]
pub(super) struct Account {
    pub(super) package: Package,
    pub(super) environments: Vec<Environment>,
    pub(super) variables: Vec<Variable>,
    pub(super) headers: Vec<Header>,
    pub(super) schemes: Vec<Scheme>,
    pub(super) groups: Vec<Group>,
    pub(super) warnings: Vec<Remark>,
    pub(super) skipped: Vec<Remark>,
    pub(super) unsaid: Vec<Unsaid>,
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

/// Something to be said of a place.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Remark {
    pub(super) place: String,
    pub(super) message: String,
}

impl Account {
    pub(super) fn of(api: &Api, said: Said<'_>) -> Self {
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
            schemes: schemes::of(api, said),
            groups: operations::groups(api),
            warnings: api.warnings.iter().map(Remark::of).collect(),
            skipped: api.skipped.iter().map(Remark::of).collect(),
            unsaid: unsaid::of(api, said),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        // Nothing in it can fail to be JSON: all keys are texts.
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl Remark {
    fn of(problem: &Problem) -> Self {
        Self {
            place: problem.place().to_string(),
            message: problem.message().to_owned(),
        }
    }
}
