//! Environments, named servers, variables, and the servers of paths and operations.

use super::{Api, api, joined, rejection};

fn description(servers: &str, item: &str, operation: &str) -> String {
    format!("{servers}\npaths: {{/a: {{{item} get: {{operationId: a, {operation} responses: {{}}}}}}}}")
}

/// `Test: default=https://t auth=?`, by environments.
fn summary(api: &Api) -> String {
    let environments = api.servers.environments.iter().enumerate().map(|(index, environment)| {
        let urls = api.servers.list.iter().map(|server| {
            let relative = server.relative(index).map(|path| format!("?{path}"));
            let url = server.url(index).map(str::to_owned).or(relative);
            format!("{}={}", server.name, url.unwrap_or_else(|| "?".to_owned()))
        });
        format!("{}: {}", environment.variant, joined(urls, " "))
    });
    joined(environments, "; ")
}

#[test]
fn environments_have_the_names_in_the_description() {
    let cases = [
        ("", "Production: default=?"),
        ("servers: []", "Production: default=?"),
        ("servers: [{url: /}]", "Production: default=?"),
        ("servers: [{url: /v1}]", "Production: default=?/v1"),
        ("servers: [{url: 'https://a/v1/'}]", "Production: default=https://a/v1"),
        (
            "servers: [{url: 'https://a', description: Ours}]",
            "Production: default=https://a",
        ),
        (
            "servers: [{url: 'https://a', x-evergrant-environment: Ours}]",
            "Ours: default=https://a",
        ),
        (
            "servers: [{url: 'https://a', description: Live}, {url: 'https://b', description: Sandbox system}]",
            "Live: default=https://a; SandboxSystem: default=https://b",
        ),
        (
            "servers: [{url: 'https://a', description: A text that is no name of anything}, {url: 'https://b'}]",
            "Server1: default=https://a; Server2: default=https://b",
        ),
        (
            "servers: [{url: 'https://a', description: Live}, {url: 'https://b', description: Live}]",
            "Live: default=https://a; Live2: default=https://b",
        ),
        (
            "servers:
- {url: 'https://a', x-evergrant-environment: Live}
- {url: 'https://l', x-evergrant-environment: Live, x-evergrant-server: login}
- {url: 'https://b', x-evergrant-environment: Test}",
            "Live: default=https://a login=https://l; Test: default=https://b login=?",
        ),
    ];
    for (servers, expected) in cases {
        assert_eq!(summary(&api(&description(servers, "", ""))), expected, "{servers}");
    }
}

#[test]
fn variables_stay_in_the_url_and_have_defaults() {
    let api = api(&description(
        "servers: [{url: 'https://{tenant}.example/{base}', variables: {tenant: {default: t}, base: {default: v1, enum: [v1, v2]}}}]",
        "",
        "",
    ));
    assert_eq!(summary(&api), "Production: default=https://{tenant}.example/{base}");
    let variables = api.servers.variables.iter().map(|variable| {
        let values = joined(
            variable.values.iter().map(|(value, name)| format!("{value} {name}")),
            ", ",
        );
        format!("{}={} [{values}] {}", variable.name, variable.default, variable.setter)
    });
    assert_eq!(
        joined(variables, "; "),
        "tenant=t [] tenant; base=v1 [v1 V1, v2 V2] base"
    );
}

#[test]
fn an_operation_uses_its_own_server_or_that_of_its_path_or_the_default() {
    let servers = "servers: [{url: 'https://a'}, {url: 'https://l', x-evergrant-server: login}]";
    let servers = &servers.replace("'https://a'", "'https://a', x-evergrant-environment: Live");
    let servers = &servers.replace("'https://l'", "'https://l', x-evergrant-environment: Live");
    let cases = [
        ("", "", "default"),
        ("", "x-evergrant-server: login,", "login"),
        ("x-evergrant-server: login,", "", "login"),
        ("x-evergrant-server: login,", "x-evergrant-server: default,", "default"),
        ("", "servers: [{url: 'https://l'}],", "login"),
        ("", "servers: [{url: 'https://own.example/x'}],", "own.example"),
        ("servers: [{url: 'https://path.example'}],", "", "path.example"),
        (
            "servers: [{url: 'https://path.example'}],",
            "servers: [{url: 'https://a'}],",
            "default",
        ),
    ];
    for (item, operation, expected) in cases {
        let api = api(&description(servers, item, operation));
        let server = super::first(&api).server;
        assert_eq!(api.servers.list[server].name, expected, "{item} {operation}");
    }
}

#[test]
fn invalid_server_urls_are_rejected() {
    let cases = [
        ("servers: [{url: 'ftp://a'}]", "must be http or https"),
        ("servers: [{url: 'https://u:p@a'}]", "without user"),
        ("servers: [{url: 'https://a?x'}]", "without user, query"),
        ("servers: [{url: 'https://{v'}]", "a brace without"),
        ("servers: [{}]", "`url` is missing"),
    ];
    for (servers, expected) in cases {
        let problem = rejection(&description(servers, "", ""));
        assert!(
            problem.contains("#/servers/0") && problem.contains(expected),
            "{problem}"
        );
    }
    let problem = rejection(&description("", "", "x-evergrant-server: nobody,"));
    assert!(problem.contains("#/paths/~1a/get: no server is named"), "{problem}");
}

#[test]
fn the_length_limit_applies_with_variables_filled_in() {
    let servers = |url: &str, default: &str| {
        format!("servers: [{{url: 'https://a/{url}', variables: {{v: {{default: '{default}'}}}}}}]")
    };
    let (short, long) = ("a".repeat(100), "a".repeat(8_000));
    api(&description(&servers(&"{v}".repeat(50), &short), "", ""));
    for servers in [
        servers("{v}", &long),
        servers(&"{v}".repeat(100), &short),
        servers(&long, ""),
    ] {
        let problem = rejection(&description(&servers, "", ""));
        assert!(
            problem.contains("#/servers/0") && problem.contains("longer than 8000 bytes"),
            "{problem}"
        );
    }
}

#[test]
fn variables_in_values_are_not_replaced() {
    let servers = "servers: [{url: 'https://a/{v}/{w}', variables: {v: {default: '{w}'}, w: {default: x}}}]";
    assert!(rejection(&description(servers, "", "")).contains("a brace without"));
}
