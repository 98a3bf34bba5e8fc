//! What an authorization server offers, and the commands that fit.

use evergrant::discovery::{Capability, Endpoint, ServerMetadata};
use evergrant::origin::Origin;
use serde_json::{Map, Value, json};
use url::Url;

use super::section;

pub(super) fn json(issuer: &str, metadata: &ServerMetadata) -> Value {
    let endpoints = |url: &dyn Fn(Endpoint) -> Option<String>| -> Map<String, Value> {
        let all = Endpoint::ALL.iter();
        all.filter_map(|endpoint| Some((endpoint.name().to_owned(), url(*endpoint)?.into())))
            .collect()
    };
    let lists: Map<String, Value> = Capability::ALL
        .iter()
        .filter_map(|list| Some((list.name().to_owned(), metadata.list(*list)?.into())))
        .collect();
    let invalid: Map<String, Value> = metadata
        .invalid_endpoints()
        .iter()
        .map(|(name, problem)| (name.clone(), problem.as_str().into()))
        .collect();
    json!({
        "issuer": metadata.issuer(),
        "metadata_url": metadata.url().as_str(),
        "endpoints": endpoints(&|endpoint| metadata.endpoint(endpoint).map(Url::to_string)),
        "mtls_endpoint_aliases": endpoints(&|endpoint| alias(metadata, endpoint)),
        "invalid_endpoints": invalid,
        "supported": lists,
        "issuer_in_redirects": metadata.has_issuer_in_redirects(),
        "requires_pushed_authorization": metadata.requires_pushed_authorization(),
        "certificate_bound_tokens": metadata.has_certificate_bound_tokens(),
        "commands": commands(issuer, metadata).into_iter().map(|(_, command)| command).collect::<Vec<_>>(),
    })
}

pub(super) fn text(issuer: &str, metadata: &ServerMetadata) -> String {
    let mut text = String::new();
    let mut server = vec![
        ("issuer".to_owned(), metadata.issuer().to_owned()),
        ("metadata".to_owned(), metadata.url().to_string()),
    ];
    for (is_set, meaning) in [
        (
            metadata.has_issuer_in_redirects(),
            "redirects contain the issuer (RFC 9207)",
        ),
        (
            metadata.requires_pushed_authorization(),
            "authorization requests must be pushed (RFC 9126)",
        ),
        (
            metadata.has_certificate_bound_tokens(),
            "tokens can be bound to a certificate (RFC 8705)",
        ),
    ] {
        if is_set {
            server.push(("note".to_owned(), meaning.to_owned()));
        }
    }
    section(&mut text, "Authorization server", &server);
    let home = Origin::of(metadata.url());
    let endpoints = Endpoint::ALL.iter().filter_map(|endpoint| {
        let url = metadata.endpoint(*endpoint)?;
        let note = match Origin::of(url) == home {
            true => "",
            false => "  (another host than the issuer's)",
        };
        Some((endpoint.name().to_owned(), format!("{url}{note}")))
    });
    section(&mut text, "Endpoints", &endpoints.collect::<Vec<_>>());
    let aliases = Endpoint::ALL.iter();
    let aliases = aliases.filter_map(|endpoint| Some((endpoint.name().to_owned(), alias(metadata, *endpoint)?)));
    section(
        &mut text,
        "Endpoints for clients with a certificate",
        &aliases.collect::<Vec<_>>(),
    );
    section(&mut text, "Endpoints that cannot be used", metadata.invalid_endpoints());
    let lists = Capability::ALL.iter();
    let lists = lists.filter_map(|list| Some((list.name().to_owned(), metadata.list(*list)?.join(" "))));
    section(&mut text, "Supported", &lists.collect::<Vec<_>>());
    section(&mut text, "Flags that fit", &commands(issuer, metadata));
    text
}

fn alias(metadata: &ServerMetadata, endpoint: Endpoint) -> Option<String> {
    let alias = metadata
        .mtls_endpoint(endpoint)
        .filter(|url| Some(*url) != metadata.endpoint(endpoint));
    alias.map(Url::to_string)
}

/// Returns the commands that fit, each with its purpose.
fn commands(issuer: &str, metadata: &ServerMetadata) -> Vec<(String, String)> {
    let mut commands = Vec::new();
    let has = |list, value| metadata.lists(list, value) != Some(false);
    if metadata.endpoint(Endpoint::Token).is_none() {
        return commands;
    }
    if has(Capability::GrantTypes, "client_credentials") {
        let mut push = |purpose: &str, flags: &str| {
            let command = format!("evergrant token --issuer {issuer} --client-id ID {flags}");
            commands.push((purpose.to_owned(), command));
        };
        let secret = [
            ("client_secret_basic", ""),
            ("client_secret_post", " --auth post"),
            ("client_secret_jwt", " --auth client_secret_jwt"),
        ];
        let mut secret = secret
            .into_iter()
            .filter(|(method, _)| has(Capability::ClientAuthMethods, method));
        if let Some((_, auth)) = secret.next() {
            push("the client's token", &format!("--client-secret-env VARIABLE{auth}"));
        }
        // Only if the server says so, because most servers without a list expect a secret.
        if metadata.lists(Capability::ClientAuthMethods, "private_key_jwt") == Some(true) {
            push("the client's token, with a key", "--key-file FILE");
        }
    }
    let signs_in = metadata.endpoint(Endpoint::Authorization).is_some()
        && has(Capability::GrantTypes, "authorization_code")
        && has(Capability::ResponseTypes, "code");
    if signs_in {
        let offline = match metadata.lists(Capability::Scopes, "offline_access") {
            Some(true) => " --scope offline_access",
            _ => "",
        };
        commands.push((
            "a user's token".to_owned(),
            format!("evergrant login --issuer {issuer} --client-id ID{offline}"),
        ));
    }
    commands
}
