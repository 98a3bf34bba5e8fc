//! Assumptions about token endpoints, client authentication, scopes, and unused schemes.

use evergrant::GrantKind;

use std::collections::{BTreeSet, HashSet};

use serde_json::json;

use super::{Assumption, member, operation_target, quoted};
use crate::api::{Api, EnvironmentHosts, Need, OAuth, Operation, Scheme, SchemeKind};
use crate::errors_and_warnings::Pointer;
use crate::inspect::explicit_statements::Explicit;
use crate::inspect::report::is_assumed;

pub(super) fn oauth(
    api: &Api,
    index: usize,
    scheme: &Scheme,
    oauth: &OAuth,
    explicit: Explicit<'_>,
) -> Vec<Assumption> {
    let place = place(scheme);
    let target = format!("$.components.securitySchemes{}", member(&scheme.name));
    let name = quoted(&scheme.name);
    let mut assumptions = Vec::new();
    if is_assumed(scheme, oauth, explicit) {
        assumptions.push(Assumption::new(
            format!("How do clients of {name} authenticate at the token endpoint?"),
            "HTTP Basic with form-encoded client id and secret (RFC 6749 section 2.3.1). `basic-raw` sends them without form-encoding, `post` in the request body.",
            [place.clone()],
            target.as_str(),
            json!({"x-evergrant-client-auth": "post"}),
        ));
    }
    if let Some((flow, url)) = explicit.relative_token_url(&scheme.name) {
        assumptions.push(Assumption::new(
            format!("Which host serves the token endpoint {} of {name}?", quoted(&url)),
            match url.starts_with('/') {
                true => "The default server. The path replaces the path of that server's URL.",
                false => "The default server. The path is relative to that server's URL.",
            },
            [place.child("flows").child(&flow).child("tokenUrl")],
            format!("{target}.flows{}", member(&flow)),
            json!({"x-evergrant-token-url": "https://auth.example.com/token"}),
        ));
    }
    assumptions.extend(scopes(api, index, &place, &target, scheme, oauth));
    assumptions
}

/// Token endpoints on the host of some environments only. In the others, the client does not send a secret to them.
pub(super) fn endpoints_of_one_environment(api: &Api) -> Vec<Assumption> {
    let hosts = EnvironmentHosts::of(&api.servers);
    let mut assumptions = Vec::new();
    for scheme in &api.schemes {
        let Some(oauth) = scheme.oauth() else { continue };
        let place = place(scheme);
        let target = format!("$.components.securitySchemes{}", member(&scheme.name));
        for flow in &oauth.flows {
            let Some(url) = &flow.token_url else { continue };
            let others = hosts.others(url);
            if others.is_empty() {
                continue;
            }
            let path = url
                .split_once("://")
                .and_then(|(_, rest)| Some(format!("/{}", rest.split_once('/')?.1)));
            let others: Vec<String> = others.iter().map(|name| quoted(name)).collect();
            assumptions.push(Assumption::new(
                format!(
                    "Which token endpoint of {} belongs to the environment {}? {} is on the host of another one.",
                    quoted(&scheme.name),
                    others.join(" or "),
                    quoted(url)
                ),
                "None: in these environments, the client is not built without `token_url(..)` on the credentials, so that no secret is sent to another environment.",
                [place.child("flows").child(key(flow.grant)).child("tokenUrl")],
                format!("{target}.flows.{}", key(flow.grant)),
                json!({"tokenUrl": path.unwrap_or_else(|| "/".to_owned())}),
            ));
        }
    }
    assumptions
}

/// An assumption about scopes, if the scheme lists none or lacks scopes that operations need.
fn scopes(
    api: &Api,
    index: usize,
    place: &Pointer,
    target: &str,
    scheme: &Scheme,
    oauth: &OAuth,
) -> Option<Assumption> {
    // An OpenID Connect scheme has no list of scopes.
    if oauth.issuer.is_some() {
        return None;
    }
    let needs = needs(api).filter(|need| need.scheme == index);
    let needed: BTreeSet<&str> = needs.flat_map(|need| need.scopes.iter().map(String::as_str)).collect();
    let listed: HashSet<&str> = oauth.scopes.iter().map(|scope| scope.name.as_str()).collect();
    let unlisted: Vec<&str> = needed.into_iter().filter(|name| !listed.contains(name)).collect();
    if !oauth.scopes.is_empty() && unlisted.is_empty() {
        return None;
    }
    let name = quoted(&scheme.name);
    let question = match unlisted.as_slice() {
        [] => format!("Which scopes does {name} have?"),
        unlisted => format!(
            "What do the scopes {} of {name} allow? Operations need them, but the scheme does not list them.",
            unlisted.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
        ),
    };
    let flows: Vec<&str> = oauth.flows.iter().map(|flow| key(flow.grant)).collect();
    let scope = unlisted.first().copied().unwrap_or("read");
    Some(Assumption::new(
        question,
        "The SDK has no variants for them: applications pass them as strings.",
        flows
            .iter()
            .map(|flow| place.child("flows").child(flow).child("scopes")),
        format!("{target}.flows.{}", flows.first().copied().unwrap_or("*")),
        json!({"scopes": {scope: "What it allows."}}),
    ))
}

/// Assumptions about schemes that no operation uses. Usually, `security` is missing.
pub(super) fn unused(api: &Api) -> Vec<Assumption> {
    let used: HashSet<usize> = needs(api).map(|need| need.scheme).collect();
    let is_unused = |(index, scheme): &(usize, &Scheme)| {
        !matches!(scheme.kind, SchemeKind::Unsupported(_)) && !used.contains(index)
    };
    let schemes = api.schemes.iter().enumerate().filter(is_unused);
    schemes.map(|(_, scheme)| usage(api, scheme)).collect()
}

/// The overlay action adds `security` to the whole description if it has none, and to one operation otherwise.
fn usage(api: &Api, scheme: &Scheme) -> Assumption {
    let open = |operation: &&Operation| api.requirements[operation.requirement].alternatives.is_empty();
    let first = api.operations().find(open).or_else(|| api.operations().next());
    let (place, target) = match first.filter(|_| needs(api).next().is_some()) {
        Some(operation) => (operation.place.clone(), operation_target(operation)),
        None => (Pointer::root(), "$".to_owned()),
    };
    Assumption::new(
        format!("Which operations use {}?", quoted(&scheme.name)),
        "None: its credentials are never sent.",
        [place.child("security")],
        target,
        json!({"security": [{scheme.name.as_str(): []}]}),
    )
}

fn needs(api: &Api) -> impl Iterator<Item = &Need> {
    let requirements = api.requirements.iter();
    requirements.flat_map(|requirement| requirement.alternatives.iter().flatten())
}

fn place(scheme: &Scheme) -> Pointer {
    Pointer::root()
        .child("components")
        .child("securitySchemes")
        .child(&scheme.name)
}

fn key(grant: GrantKind) -> &'static str {
    match grant {
        GrantKind::ClientCredentials => "clientCredentials",
        GrantKind::Password => "password",
        GrantKind::AuthorizationCode => "authorizationCode",
    }
}
