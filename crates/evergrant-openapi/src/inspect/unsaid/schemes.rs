//! How tokens are had, what they allow, and what schemes are for.

use std::collections::{BTreeSet, HashSet};

use serde_json::json;

use super::{Unsaid, member, operation_target, shown};
use crate::api::{Api, Grant, Need, OAuth, Operation, Scheme, SchemeKind};
use crate::inspect::account::is_assumed;
use crate::inspect::said::Said;
use crate::problem::Place;

pub(super) fn oauth(api: &Api, index: usize, scheme: &Scheme, oauth: &OAuth, said: Said<'_>) -> Vec<Unsaid> {
    let place = place(scheme);
    let target = format!("$.components.securitySchemes{}", member(&scheme.name));
    let name = shown(&scheme.name);
    let mut unsaid = Vec::new();
    if is_assumed(scheme, oauth, said) {
        unsaid.push(Unsaid::new(
            format!("How the clients of {name} authenticate at the token endpoint."),
            "By HTTP Basic, with id and secret form-encoded (RFC 6749 section 2.3.1); `basic-raw` sends them as they are, `post` in the form.",
            [place.clone()],
            target.as_str(),
            json!({"x-evergrant-client-auth": "post"}),
        ));
    }
    if let Some((flow, url)) = said.relative_token_url(&scheme.name) {
        unsaid.push(Unsaid::new(
            format!("Which host the token endpoint {} of {name} is on.", shown(&url)),
            match url.starts_with('/') {
                true => "It is on the default server's, in place of that server's own path.",
                false => "It is below the default server.",
            },
            [place.below("flows").below(&flow).below("tokenUrl")],
            format!("{target}.flows{}", member(&flow)),
            json!({"x-evergrant-token-url": "https://auth.example.com/token"}),
        ));
    }
    unsaid.extend(scopes(api, index, &place, &target, scheme, oauth));
    unsaid
}

/// Of which there are none, or not those that operations need.
fn scopes(api: &Api, index: usize, place: &Place, target: &str, scheme: &Scheme, oauth: &OAuth) -> Option<Unsaid> {
    let needs = needs(api).filter(|need| need.scheme == index);
    let needed: BTreeSet<&str> = needs.flat_map(|need| need.scopes.iter().map(String::as_str)).collect();
    let listed: HashSet<&str> = oauth.scopes.iter().map(|scope| scope.name.as_str()).collect();
    let unlisted: Vec<&str> = needed.into_iter().filter(|name| !listed.contains(name)).collect();
    if !oauth.scopes.is_empty() && unlisted.is_empty() {
        return None;
    }
    let name = shown(&scheme.name);
    let what = match unlisted.as_slice() {
        [] => format!("Which scopes tokens of {name} can have."),
        unlisted => format!(
            "What the scopes {} of {name} allow: operations need them, and the scheme does not list them.",
            unlisted.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", ")
        ),
    };
    let flows: Vec<&str> = oauth.flows.iter().map(|flow| key(flow.grant)).collect();
    let scope = unlisted.first().copied().unwrap_or("read");
    Some(Unsaid::new(
        what,
        "They have no variants in the SDK, and are given as text.",
        flows
            .iter()
            .map(|flow| place.below("flows").below(flow).below("scopes")),
        format!("{target}.flows.{}", flows.first().copied().unwrap_or("*")),
        json!({"scopes": {scope: "What it allows."}}),
    ))
}

/// Schemes that no operation asks for: as a rule, `security` was forgotten.
pub(super) fn unused(api: &Api) -> Vec<Unsaid> {
    let used: HashSet<usize> = needs(api).map(|need| need.scheme).collect();
    let is_unused = |(index, scheme): &(usize, &Scheme)| {
        !matches!(scheme.kind, SchemeKind::Unsupported(_)) && !used.contains(index)
    };
    let schemes = api.schemes.iter().enumerate().filter(is_unused);
    schemes.map(|(_, scheme)| asked_for(api, scheme)).collect()
}

/// By all operations if none asks for anything, and else by one.
fn asked_for(api: &Api, scheme: &Scheme) -> Unsaid {
    let open = |operation: &&Operation| api.requirements[operation.requirement].alternatives.is_empty();
    let first = api.operations().find(open).or_else(|| api.operations().next());
    let (place, target) = match first.filter(|_| needs(api).next().is_some()) {
        Some(operation) => (operation.place.clone(), operation_target(operation)),
        None => (Place::root(), "$".to_owned()),
    };
    Unsaid::new(
        format!("Which operations ask for {}.", shown(&scheme.name)),
        "None: its credentials are never sent.",
        [place.below("security")],
        target,
        json!({"security": [{scheme.name.as_str(): []}]}),
    )
}

fn needs(api: &Api) -> impl Iterator<Item = &Need> {
    let requirements = api.requirements.iter();
    requirements.flat_map(|requirement| requirement.alternatives.iter().flatten())
}

fn place(scheme: &Scheme) -> Place {
    Place::root()
        .below("components")
        .below("securitySchemes")
        .below(&scheme.name)
}

fn key(grant: Grant) -> &'static str {
    match grant {
        Grant::ClientCredentials => "clientCredentials",
        Grant::Password => "password",
        Grant::AuthorizationCode => "authorizationCode",
    }
}
