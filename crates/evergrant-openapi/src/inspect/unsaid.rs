//! What the description does not say: what is assumed in its place, and the action of an overlay that would say it.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use crate::api::{Api, ClientAuth, OAuth, Operation, Scheme};
use crate::problem::Place;

/// One thing that is left open.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Unsaid {
    pub(super) what: String,
    pub(super) assumed: String,
    /// Where it would be said.
    pub(super) places: Vec<String>,
    /// With an example's values.
    pub(super) action: Action,
}

/// An action of an overlay (OpenAPI Overlay 1.0).
#[derive(Debug, Clone, Serialize)]
pub(super) struct Action {
    pub(super) target: String,
    pub(super) update: Value,
}

pub(super) fn of(api: &Api) -> Vec<Unsaid> {
    let mut unsaid = servers(api);
    for (index, scheme) in api.schemes.iter().enumerate() {
        if let Some(oauth) = scheme.oauth() {
            unsaid.extend(self::oauth(api, index, scheme, oauth));
        }
    }
    unsaid.extend(unused(api));
    unsaid.extend(operations(api));
    unsaid
}

fn servers(api: &Api) -> Vec<Unsaid> {
    let servers = &api.servers;
    let mut unsaid = Vec::new();
    let unknown = |index: usize| servers.list[0].url(index).is_none();
    if (0..servers.environments.len()).all(unknown) {
        let (what, update) = match &servers.list[0].relative {
            Some(path) => (
                format!("Which host the API is on: its server is only the path {}.", shown(path)),
                json!({"url": format!("https://api.example.com{path}")}),
            ),
            None => (
                "Where the API is: there is no server.".to_owned(),
                json!({"servers": [{"url": "https://api.example.com"}]}),
            ),
        };
        let (place, target) = match update.get("url") {
            Some(_) => (Place::root().below("servers").below(0), "$.servers[0]".to_owned()),
            None => (Place::root(), "$".to_owned()),
        };
        unsaid.push(Unsaid {
            what,
            assumed: "The application gives it, with `base_url(..)`.".to_owned(),
            places: vec![place.to_string()],
            action: Action { target, update },
        });
    }
    for (index, environment) in servers.environments.iter().enumerate() {
        let number = environment
            .name
            .strip_prefix("Server ")
            .and_then(|number| number.parse::<usize>().ok());
        if let Some(position) = number.and_then(|number| number.checked_sub(1)) {
            unsaid.push(Unsaid {
                what: format!(
                    "What the environment of the server {} is called.",
                    place_in_list(&servers.list[0], index)
                ),
                assumed: format!("It is `Environment::{}`.", environment.variant),
                places: vec![Place::root().below("servers").below(position).to_string()],
                action: Action {
                    target: format!("$.servers[{position}]"),
                    update: json!({"x-evergrant-environment": "Staging"}),
                },
            });
        }
    }
    unsaid
}

fn place_in_list(server: &crate::api::Server, environment: usize) -> String {
    server
        .url(environment)
        .map_or_else(|| "without a URL".to_owned(), shown)
}

fn oauth(api: &Api, index: usize, scheme: &Scheme, oauth: &OAuth) -> Vec<Unsaid> {
    let place = Place::root()
        .below("components")
        .below("securitySchemes")
        .below(&scheme.name);
    let target = format!("$.components.securitySchemes{}", member(&scheme.name));
    let name = shown(&scheme.name);
    let mut unsaid = Vec::new();
    if oauth.client_auth == ClientAuth::Basic {
        unsaid.push(Unsaid {
            what: format!("How the clients of {name} authenticate at the token endpoint."),
            assumed: "By HTTP Basic, with id and secret form-encoded (RFC 6749 section 2.3.1); `basic-raw` sends them as they are, `post` in the form.".to_owned(),
            places: vec![place.to_string()],
            action: Action {
                target: target.clone(),
                update: json!({"x-evergrant-client-auth": "post"}),
            },
        });
    }
    let grants: Vec<&str> = oauth.flows.iter().map(|flow| flow_key(flow.grant)).collect();
    let needed: BTreeSet<&str> = api
        .requirements
        .iter()
        .flat_map(|requirement| requirement.alternatives.iter().flatten())
        .filter(|need| need.scheme == index)
        .flat_map(|need| need.scopes.iter().map(String::as_str))
        .collect();
    let listed = |name: &str| oauth.scopes.iter().any(|scope| scope.name == name);
    let unlisted: Vec<&str> = needed.into_iter().filter(|name| !listed(name)).collect();
    if oauth.scopes.is_empty() || !unlisted.is_empty() {
        let what = match unlisted.as_slice() {
            [] => format!("Which scopes tokens of {name} can have."),
            unlisted => format!(
                "What the scopes {} of {name} are: operations need them, and the scheme does not list them.",
                unlisted.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", ")
            ),
        };
        let scope = unlisted.first().copied().unwrap_or("read");
        unsaid.push(Unsaid {
            what,
            assumed: "They have no variant in the SDK, and are given as text.".to_owned(),
            places: grants
                .iter()
                .map(|grant| place.below("flows").below(grant).below("scopes").to_string())
                .collect(),
            action: Action {
                target: format!("{target}.flows.{}", grants.first().copied().unwrap_or("*")),
                update: json!({"scopes": {scope: "What it allows."}}),
            },
        });
    }
    unsaid
}

fn flow_key(grant: crate::api::Grant) -> &'static str {
    match grant {
        crate::api::Grant::ClientCredentials => "clientCredentials",
        crate::api::Grant::Password => "password",
        crate::api::Grant::AuthorizationCode => "authorizationCode",
    }
}

/// Schemes that no operation asks for: as a rule, `security` was forgotten.
fn unused(api: &Api) -> Vec<Unsaid> {
    let asked = |index: usize| {
        let mut needs = api
            .requirements
            .iter()
            .flat_map(|requirement| requirement.alternatives.iter().flatten());
        needs.any(|need| need.scheme == index)
    };
    let supported = |scheme: &Scheme| !matches!(scheme.kind, crate::api::SchemeKind::Unsupported(_));
    let schemes = api.schemes.iter().enumerate();
    schemes
        .filter(|(index, scheme)| supported(scheme) && !asked(*index))
        .map(|(_, scheme)| Unsaid {
            what: format!("Which operations ask for {}.", shown(&scheme.name)),
            assumed: "None: its credentials are never sent.".to_owned(),
            places: vec![Place::root().below("security").to_string()],
            action: Action {
                target: "$".to_owned(),
                update: json!({"security": [{scheme.name.as_str(): []}]}),
            },
        })
        .collect()
}

fn operations(api: &Api) -> Vec<Unsaid> {
    let mut unsaid = Vec::new();
    let nameless: Vec<&Operation> = api
        .operations()
        .filter(|operation| operation.id == format!("{} {}", operation.verb.to_lowercase(), operation.path))
        .collect();
    if let Some(first) = nameless.first() {
        unsaid.push(Unsaid {
            what: format!("What {} called: no `operationId`.", count(nameless.len())),
            assumed: format!("Names are made of method and path, such as `{}`.", first.method_name),
            places: nameless.iter().map(|operation| operation.place.to_string()).collect(),
            action: Action {
                target: operation_target(first),
                update: json!({"operationId": "listThings"}),
            },
        });
    }
    let groupless = api
        .groups
        .iter()
        .find(|group| api.groups.len() > 1 && group.method == "default");
    if let Some(group) = groupless
        && let Some(first) = group.operations.first()
    {
        unsaid.push(Unsaid {
            what: format!("Which group {} in: no tag.", count(group.operations.len())),
            assumed: format!("They are in `{}()`.", group.method),
            places: group
                .operations
                .iter()
                .map(|operation| operation.place.to_string())
                .collect(),
            action: Action {
                target: operation_target(first),
                update: json!({"x-evergrant-group": "things"}),
            },
        });
    }
    unsaid
}

fn count(operations: usize) -> String {
    match operations {
        1 => "an operation is".to_owned(),
        many => format!("{many} operations are"),
    }
}

fn operation_target(operation: &Operation) -> String {
    format!("$.paths{}.{}", member(&operation.path), operation.verb.to_lowercase())
}

/// A member's name as a JSONPath has it (RFC 9535 section 2.3.1).
fn member(name: &str) -> String {
    match name.contains(['\'', '\\']) || name.chars().any(char::is_control) {
        true => format!("[{}]", Value::from(name)),
        false => format!("['{name}']"),
    }
}

fn shown(name: &str) -> String {
    format!("`{}`", name.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_named_as_a_json_path_has_them() {
        for name in ["/books/{bookId}", "it's", "a\\b", "\n\"'"] {
            let path = serde_json_path::JsonPath::parse(&format!("$.paths{}", member(name))).unwrap();
            let value = json!({"paths": {name: 1}});
            assert_eq!(path.query(&value).exactly_one().unwrap(), &json!(1), "{name:?}");
        }
    }
}
