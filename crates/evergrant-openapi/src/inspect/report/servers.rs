//! The environments, servers and URL variables in the report.

use serde::Serialize;

use crate::api::{Api, is_plain_http};

#[derive(Debug, Clone, Serialize)]
pub(in crate::inspect) struct Environment {
    pub(in crate::inspect) name: String,
    pub(in crate::inspect) variant: String,
    pub(in crate::inspect) description: Option<String>,
    pub(in crate::inspect) servers: Vec<Server>,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::inspect) struct Server {
    pub(in crate::inspect) name: String,
    pub(in crate::inspect) setter: String,
    pub(in crate::inspect) url: Option<String>,
    /// Whether the URL is plain `http` to another machine.
    pub(in crate::inspect) plain_http: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::inspect) struct Variable {
    pub(in crate::inspect) name: String,
    pub(in crate::inspect) setter: String,
    #[serde(rename = "type")]
    pub(in crate::inspect) type_name: Option<String>,
    /// `None` if the application must set the value.
    pub(in crate::inspect) default: Option<String>,
    pub(in crate::inspect) values: Vec<VariableValue>,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::inspect) struct VariableValue {
    pub(in crate::inspect) value: String,
    pub(in crate::inspect) variant: String,
}

pub(super) fn environments(api: &Api) -> Vec<Environment> {
    let environments = api.servers.environments.iter().enumerate();
    environments
        .map(|(index, environment)| {
            let servers = api.servers.list.iter().map(|server| {
                let url = server.url(index).map(str::to_owned);
                Server {
                    name: server.name.clone(),
                    setter: server.setter.clone(),
                    plain_http: url.as_deref().is_some_and(is_plain_http),
                    url,
                }
            });
            Environment {
                name: environment.name.clone(),
                variant: environment.variant.clone(),
                description: environment.description.clone(),
                servers: servers.collect(),
            }
        })
        .collect()
}

pub(super) fn variables(api: &Api) -> Vec<Variable> {
    let variables = api.servers.variables.iter();
    variables
        .map(|variable| {
            let values = variable.values.iter().map(|(value, variant)| VariableValue {
                value: value.clone(),
                variant: variant.clone(),
            });
            Variable {
                name: variable.name.clone(),
                setter: variable.setter.clone(),
                type_name: variable.type_name.clone(),
                default: Some(variable.default.clone()).filter(|_| !variable.required),
                values: values.collect(),
            }
        })
        .collect()
}
