//! Where the API is, and how to say so.

use super::text;
use crate::api::{Api, Variable};
use crate::pages::setup::necessary;
use crate::pages::snippet::{Snippet, literal};
use crate::pages::text::{cell, code_cell};
use crate::prose::code;
use crate::rust::is_plain_http;

pub(super) fn section(api: &Api) -> String {
    let mut section = format!("## Environments\n\n{}", table(api));
    let urls = |index: usize| api.servers.list.iter().map(move |server| server.url(index));
    let all = || (0..api.servers.environments.len()).flat_map(urls);
    if all().flatten().any(is_plain_http) {
        section += "\nWhere the URL is plain `http`, credentials could be read on the way: the application has to allow that origin with `danger_allow_http_to`, or nothing is sent.\n";
    }
    if all().any(|url| url.is_none()) {
        section += "\nWhere there is no URL, the description does not say it: the application sets it with the method named, or the client cannot be built.\n";
    }
    if !api.servers.variables.is_empty() {
        section += &format!(
            "\nParts of these URLs are the application's choice:\n\n{}",
            variables(api)
        );
    }
    section + &code_block(api)
}

fn table(api: &Api) -> String {
    let several = api.servers.list.len() > 1;
    let mut table = match several {
        true => "| Environment | Server | URL | Set with |\n|---|---|---|---|\n".to_owned(),
        false => "| Environment | URL | Set with |\n|---|---|---|\n".to_owned(),
    };
    for (index, environment) in api.servers.environments.iter().enumerate() {
        let default = if index == 0 { ", the default" } else { "" };
        for (position, server) in api.servers.list.iter().enumerate() {
            let name = match position {
                0 => format!("`{}`{default}", environment.variant),
                _ => String::new(),
            };
            let url = match (server.url(index), &server.relative) {
                (Some(url), _) => code_cell(url),
                (None, Some(path)) => format!("not described; it ends with {}", code_cell(path)),
                (None, None) => "not described".to_owned(),
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
    let mut table = "| Part | Set with | Values | Description |\n|---|---|---|---|\n".to_owned();
    for variable in &api.servers.variables {
        let values = match &variable.type_name {
            Some(name) => {
                let values = variable
                    .values
                    .iter()
                    .map(|(value, variant)| format!("`{name}::{variant}` ({})", code_cell(value)));
                values.collect::<Vec<_>>().join(", ")
            }
            None => format!("any text; {} by default", code_cell(&variable.default)),
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

/// The last environment: the first is taken without a word.
fn code_block(api: &Api) -> String {
    let index = api.servers.environments.len() - 1;
    let environment = &api.servers.environments[index];
    let mut snippet = Snippet::new(api);
    snippet.uses("Client");
    snippet.uses("Environment");
    let mut calls = format!(".environment(Environment::{})", environment.variant);
    for variable in &api.servers.variables {
        calls += &format!(".{}({})", variable.setter, value(variable, &mut snippet));
    }
    calls += &necessary(api, index);
    snippet.item(format!(
        "fn client() -> Result<Client, Box<dyn std::error::Error>> {{ let client = Client::builder(){calls}.build()?; Ok(client) }}"
    ));
    let described = match environment
        .description
        .as_deref()
        .map(text::line)
        .filter(|text| !text.is_empty())
    {
        Some(description) => format!(": {description}"),
        None => String::new(),
    };
    format!("\n{}{described}\n\n{}", code(&environment.variant), snippet.fenced())
}

/// Another value than the default, if there is one.
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
