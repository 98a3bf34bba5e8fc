//! The README section about environments, server URLs, and URL variables.

use super::escape_text;
use crate::api::{Api, Variable, is_plain_http};
use crate::one_line_docs::code;
use crate::sdk_docs::client_code::required_calls;
use crate::sdk_docs::code_snippet::{Snippet, literal};
use crate::sdk_docs::escape_text::{cell, code_cell};

pub(super) fn section(api: &Api) -> String {
    let mut section = format!("## Environments\n\n{}{}", table(api), descriptions(api));
    let urls = |index: usize| api.servers.list.iter().map(move |server| server.url(index));
    let all = || (0..api.servers.environments.len()).flat_map(urls);
    if all().flatten().any(is_plain_http) {
        section += "\nSome URLs are plain `http`, which sends credentials unencrypted. The client sends nothing to such an origin unless you allow it with `danger_allow_http_to`.\n";
    }
    if all().any(|url| url.is_none()) {
        section += "\nThe API description has no URL for some servers. Set those URLs with the client builder method: building the client fails without them.\n";
    }
    if !api.servers.variables.is_empty() {
        section += &format!("\nThese URLs contain variables:\n\n{}", variables(api));
    }
    section + &code_block(api)
}

fn table(api: &Api) -> String {
    let several = api.servers.list.len() > 1;
    let mut table = match several {
        true => "| Environment | Server | URL | Client builder method |\n|---|---|---|---|\n".to_owned(),
        false => "| Environment | URL | Client builder method |\n|---|---|---|\n".to_owned(),
    };
    for (index, environment) in api.servers.environments.iter().enumerate() {
        let default = if index == 0 { " (default)" } else { "" };
        for (position, server) in api.servers.list.iter().enumerate() {
            let name = match position {
                0 => format!("`{}`{default}", environment.variant),
                _ => String::new(),
            };
            let url = match (server.url(index), server.relative(index)) {
                (Some(url), _) => code_cell(url),
                (None, Some(path)) => format!("not set; ends with {}", code_cell(path)),
                (None, None) => "not set".to_owned(),
            };
            let server_name = if several {
                format!(" {} |", code_cell(&server.name))
            } else {
                String::new()
            };
            table += &format!("| {name} |{server_name} {url} | `{}` |\n", server.setter).replace("|  |", "| |");
        }
    }
    table
}

fn variables(api: &Api) -> String {
    let mut table = "| Variable | Client builder method | Values | Description |\n|---|---|---|---|\n".to_owned();
    for variable in &api.servers.variables {
        let values = match &variable.type_name {
            Some(name) => {
                let values = variable
                    .values
                    .iter()
                    .map(|(value, variant)| format!("`{name}::{variant}` ({})", code_cell(value)));
                values.collect::<Vec<_>>().join(", ")
            }
            None if variable.required => "any string; required".to_owned(),
            None => format!("any string; default: {}", code_cell(&variable.default)),
        };
        let description = variable.description.as_deref().map(cell).unwrap_or_default();
        table += &format!(
            "| {} | `{}` | {values} | {description} |\n",
            code_cell(&variable.name),
            variable.setter
        )
        .replace("|  |", "| |");
    }
    table
}

/// An example with the last environment, as the first is the default.
fn code_block(api: &Api) -> String {
    let index = api.servers.environments.len() - 1;
    let environment = &api.servers.environments[index];
    let mut snippet = Snippet::new(api);
    snippet.uses("Client");
    snippet.uses("Environment");
    let mut calls = format!(".environment(Environment::{})", environment.variant);
    for variable in api.servers.variables.iter().filter(|variable| !variable.required) {
        calls += &format!(".{}({})", variable.setter, value(variable, &mut snippet));
    }
    calls += &required_calls(api, index);
    snippet.item(format!(
        "fn client() -> Result<Client, Box<dyn std::error::Error>> {{ let client = Client::builder(){calls}.build()?; Ok(client) }}"
    ));
    format!(
        "\nSelect an environment, such as {}:\n\n{}",
        code(&environment.variant),
        snippet.fenced()
    )
}

/// The descriptions of the environments, as a list.
fn descriptions(api: &Api) -> String {
    let mut list = String::new();
    for environment in &api.servers.environments {
        let description = environment.description.as_deref().map(escape_text::line);
        if let Some(description) = description.filter(|text| !text.is_empty()) {
            list += &format!("- {}: {description}\n", code(&environment.variant));
        }
    }
    match list.is_empty() {
        true => list,
        false => format!("\n{list}"),
    }
}

/// A value other than the default, if there is one.
fn value(variable: &Variable, snippet: &mut Snippet) -> String {
    let other = variable
        .values
        .iter()
        .find(|(value, _)| *value != variable.default)
        .or(variable.values.first());
    match (&variable.type_name, other) {
        (Some(name), Some((_, variant))) => {
            snippet.uses(name);
            format!("{name}::{variant}")
        }
        _ => literal(&variable.default),
    }
}
