//! Where the API is, and what its environments are called.

use serde_json::json;

use super::{Unsaid, shown};
use crate::api::Api;
use crate::inspect::said::Said;
use crate::problem::Place;

pub(super) fn of(api: &Api, said: Said<'_>) -> Vec<Unsaid> {
    let mut unsaid: Vec<Unsaid> = host(api).into_iter().collect();
    let environments = &api.servers.environments;
    for (index, environment) in environments.iter().enumerate() {
        // Which is the name of those that have none.
        let number = environment.name.strip_prefix("Server ");
        let number = number.and_then(|number| number.parse::<usize>().ok());
        let Some(position) = number.and_then(|number| number.checked_sub(1)) else {
            continue;
        };
        if said.environment(position) {
            continue;
        }
        let server = match api.servers.list[0].url(index) {
            Some(url) => shown(url),
            None => "without a URL".to_owned(),
        };
        unsaid.push(Unsaid::new(
            format!("What the environment of the server {server} is called."),
            format!("It is `Environment::{}`.", environment.variant),
            [Place::root().below("servers").below(position)],
            format!("$.servers[{position}]"),
            json!({"x-evergrant-environment": "Staging"}),
        ));
    }
    unsaid
}

fn host(api: &Api) -> Option<Unsaid> {
    let server = &api.servers.list[0];
    let mut environments = 0..api.servers.environments.len();
    if environments.any(|environment| server.url(environment).is_some()) {
        return None;
    }
    let assumed = "The application gives it, with `base_url(..)`.";
    Some(match &server.relative {
        Some(path) => Unsaid::new(
            format!("Which host the API is on: its server is only the path {}.", shown(path)),
            assumed,
            [Place::root().below("servers").below(0)],
            "$.servers[0]",
            json!({"url": format!("https://api.example.com/{}", path.trim_start_matches(['.', '/']))}),
        ),
        None => Unsaid::new(
            "Where the API is: there is no server.",
            assumed,
            [Place::root()],
            "$",
            json!({"servers": [{"url": "https://api.example.com"}]}),
        ),
    })
}
