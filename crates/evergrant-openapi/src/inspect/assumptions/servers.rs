//! Assumptions about hosts and environments.

use serde_json::json;

use super::{Assumption, quoted};
use crate::api::{Api, UrlGap, UrlGapKind};
use crate::errors_and_warnings::Pointer;
use crate::inspect::explicit_statements::Explicit;

pub(super) fn of(api: &Api, explicit: Explicit<'_>) -> Vec<Assumption> {
    let mut assumptions: Vec<Assumption> = api.servers.gaps.iter().map(gap).collect();
    if api.servers.gaps.is_empty() {
        assumptions.extend(host(api));
    }
    let environments = &api.servers.environments;
    for (index, environment) in environments.iter().enumerate() {
        // The default name of an environment.
        let number = environment.name.strip_prefix("Server ");
        let number = number.and_then(|number| number.parse::<usize>().ok());
        let Some(position) = number.and_then(|number| number.checked_sub(1)) else {
            continue;
        };
        if explicit.environment(position) {
            continue;
        }
        let server = match api.servers.list[0].url(index) {
            Some(url) => quoted(url),
            None => "without a URL".to_owned(),
        };
        assumptions.push(Assumption::new(
            format!("What is the name of the environment of the server {server}?"),
            format!("`Environment::{}`.", environment.variant),
            [Pointer::root().child("servers").child(position)],
            format!("$.servers[{position}]"),
            json!({"x-evergrant-environment": "Staging"}),
        ));
    }
    assumptions
}

/// An assumption about a URL that the description does not state completely.
fn gap(gap: &UrlGap) -> Assumption {
    let url = quoted(&gap.url);
    let (question, assumed, update) = match &gap.kind {
        UrlGapKind::Variables(names) => {
            let listed: Vec<String> = names.iter().map(|name| quoted(name)).collect();
            let values = names.iter().map(|name| (name.clone(), json!({"default": "www"})));
            let values: serde_json::Map<_, _> = values.collect();
            (
                format!("What are the values of {} in the server URL {url}?", listed.join(", ")),
                "The application must set them on the client's builder, or another URL with `base_url(..)`.",
                json!({"variables": values}),
            )
        }
        UrlGapKind::Placeholder => (
            format!("What is the URL of the server {url}?"),
            "The application sets it with `base_url(..)`.",
            json!({"url": "https://api.example.com"}),
        ),
        UrlGapKind::Scheme => (
            format!("Which scheme has the server URL {url}?"),
            "`https`.",
            json!({"url": format!("https:{}", gap.url)}),
        ),
    };
    Assumption::new(question, assumed, [gap.place.clone()], gap.json_path.as_str(), update)
}

fn host(api: &Api) -> Option<Assumption> {
    let server = &api.servers.list[0];
    let mut environments = 0..api.servers.environments.len();
    if environments.any(|environment| server.url(environment).is_some()) {
        return None;
    }
    let assumed = "The application sets it with `base_url(..)`.";
    Some(match server.relative(0) {
        Some(path) => Assumption::new(
            format!(
                "Which host serves the API? Its server URL is only the path {}.",
                quoted(path)
            ),
            assumed,
            [Pointer::root().child("servers").child(0)],
            "$.servers[0]",
            json!({"url": format!("https://api.example.com/{}", path.trim_start_matches(['.', '/']))}),
        ),
        None => Assumption::new(
            "What is the URL of the API? The description has no server.",
            assumed,
            [Pointer::root()],
            "$",
            json!({"servers": [{"url": "https://api.example.com"}]}),
        ),
    })
}
