//! OAuth 2.0 schemes: their flows, their endpoints, their scopes.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use url::Url;

use super::SchemeKind;
use crate::api::{ClientNames, Servers, is_plain_url};
use crate::docs;
use crate::limits::{LINES, SCOPES};
use crate::names::{Names, pascal};
use crate::problem::{Problem, shown};
use crate::source::Node;

#[derive(Debug, Clone)]
pub(crate) struct OAuth {
    /// Never empty.
    pub(crate) flows: Vec<Flow>,
    pub(crate) client_auth: ClientAuth,
    /// For every token request.
    pub(crate) params: Vec<(String, String)>,
    pub(crate) scopes: Vec<ScopeName>,
    /// What is described as a scope, and can be none.
    pub(crate) left_out: HashSet<String>,
    /// `OAuthScopeOAuthAcg`, if there are scopes.
    pub(crate) scope_type: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Flow {
    pub(crate) grant: Grant,
    /// Absolute, or below a server in braces.
    pub(crate) token_url: String,
    pub(crate) authorization_url: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grant {
    ClientCredentials,
    Password,
    AuthorizationCode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientAuth {
    Basic,
    BasicRaw,
    Post,
}

#[derive(Debug, Clone)]
pub(crate) struct ScopeName {
    pub(crate) name: String,
    pub(crate) variant: String,
    pub(crate) description: Option<String>,
}

impl Grant {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::ClientCredentials => "OAuth 2.0 Client Credentials Grant",
            Self::Password => "OAuth 2.0 Resource Owner Password Credentials Grant",
            Self::AuthorizationCode => "OAuth 2.0 Authorization Code Grant",
        }
    }
}

pub(super) fn read(
    node: &Node<'_>,
    name: &str,
    own: &str,
    servers: &Servers,
    names: &mut ClientNames,
    warnings: &mut Vec<Problem>,
) -> Result<SchemeKind, Problem> {
    let mut flows = Vec::new();
    let (mut scopes, mut left_out): (Vec<ScopeName>, HashSet<String>) = (Vec::new(), HashSet::new());
    let (mut known, mut lines) = (HashSet::new(), 0);
    let mut variants = Names::reserving(["Self", "ALL"]);
    let (mut client_auth, mut params) = (None, Vec::new());
    settings(node, &mut client_auth, &mut params)?;
    let described = node
        .get("flows")
        .ok_or_else(|| node.problem("the member `flows` is missing"))?;
    if described.object()?.is_empty() {
        return Err(described.problem("there is no flow"));
    }
    for (key, flow) in described.entries()? {
        let grant = match key {
            "clientCredentials" => Grant::ClientCredentials,
            "password" => Grant::Password,
            "authorizationCode" => Grant::AuthorizationCode,
            _ if key.starts_with("x-") => continue,
            "implicit" => {
                warnings.push(
                    flow.problem("the implicit flow is not supported (RFC 9700 section 2.1.2 advises against it)"),
                );
                continue;
            }
            _ => {
                warnings.push(flow.problem("this flow is not supported"));
                continue;
            }
        };
        settings(&flow, &mut client_auth, &mut params)?;
        let token_url = endpoint(node, &flow, "x-evergrant-token-url", "tokenUrl", servers)?;
        let authorization_url = match grant {
            Grant::AuthorizationCode => Some(endpoint(
                node,
                &flow,
                "x-evergrant-authorization-url",
                "authorizationUrl",
                servers,
            )?),
            Grant::ClientCredentials | Grant::Password => None,
        };
        let own_names: HashMap<&str, Node<'_>> = flow.map("x-evergrant-scope-names")?.into_iter().collect();
        for (scope, text) in flow.map("scopes")? {
            if !is_scope(scope) {
                warnings.push(text.problem("this can be no scope's name (RFC 6749 section 3.3), and is left out"));
                left_out.insert(scope.to_owned());
                continue;
            }
            if known.insert(scope) {
                SCOPES.check_at(known.len(), &text)?;
                let own = own_names.get(scope).map(Node::text).transpose()?;
                let description = text.value().as_str().filter(|text| !text.is_empty());
                lines += description.map_or(0, docs::lines);
                LINES.check_at(lines, &text)?;
                scopes.push(ScopeName {
                    variant: variants.take(pascal(own.unwrap_or(scope))),
                    name: scope.to_owned(),
                    description: description.map(str::to_owned),
                });
            }
        }
        flows.push(Flow {
            grant,
            token_url,
            authorization_url,
        });
    }
    if flows.is_empty() {
        return Ok(SchemeKind::Unsupported(format!(
            "OAuth 2.0 without a supported flow (`{}` has none of clientCredentials, password and authorizationCode)",
            shown(name)
        )));
    }
    Ok(SchemeKind::OAuth(OAuth {
        flows,
        client_auth: client_auth.unwrap_or(ClientAuth::Basic),
        params,
        scope_type: (!scopes.is_empty()).then(|| names.types.take(format!("OAuthScope{}", pascal(own)))),
        scopes,
        left_out,
    }))
}

/// What token requests say by themselves.
const GRANTS_OWN: [&str; 11] = [
    "grant_type",
    "client_id",
    "client_secret",
    "scope",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "username",
    "password",
    "response_type",
];

fn settings(
    node: &Node<'_>,
    client_auth: &mut Option<ClientAuth>,
    params: &mut Vec<(String, String)>,
) -> Result<(), Problem> {
    if let Some(method) = node.string("x-evergrant-client-auth")? {
        *client_auth = Some(match method {
            "basic" => ClientAuth::Basic,
            "basic-raw" => ClientAuth::BasicRaw,
            "post" => ClientAuth::Post,
            _ => return Err(node.problem("x-evergrant-client-auth is none of basic, basic-raw and post")),
        });
    }
    for (member, param) in [
        ("x-evergrant-audience", "audience"),
        ("x-evergrant-resource", "resource"),
    ] {
        if let Some(value) = node.string(member)? {
            params.push((param.to_owned(), value.to_owned()));
        }
    }
    for (name, value) in node.map("x-evergrant-params")? {
        if GRANTS_OWN.contains(&name) {
            return Err(value.problem("this parameter is the grant's own"));
        }
        let value = match value.value() {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err(value.problem("a parameter is text")),
        };
        params.push((name.to_owned(), value));
    }
    Ok(())
}

/// `extension` wins, in the flow before the scheme. What is no full URL is below the default server.
fn endpoint(
    scheme: &Node<'_>,
    flow: &Node<'_>,
    extension: &str,
    plain: &str,
    servers: &Servers,
) -> Result<String, Problem> {
    let own = flow.get(extension).or_else(|| scheme.get(extension));
    let node = own.or_else(|| flow.get(plain));
    let node = node.ok_or_else(|| flow.problem(format!("the member `{plain}` is missing; an overlay may give it")))?;
    let text = node.text()?.trim();
    let refused = |problem: &str| Err(node.problem(problem.to_owned()));
    if let Some(rest) = text.strip_prefix('{') {
        let Some((server, path)) = rest.split_once('}') else {
            return refused("a server's name in braces is not closed");
        };
        if servers.position(server).is_none() {
            return refused("it begins with the name of a server that there is not");
        }
        if !(path.is_empty() || path.starts_with('/')) || path.contains(['{', '}', '#']) || !is_plain_url(path) {
            return refused("behind the server's name, a path is expected");
        }
        return Ok(text.to_owned());
    }
    if !is_plain_url(text) {
        return refused("it has spaces or characters that no URL has, or no host");
    }
    match Url::parse(text) {
        Ok(url) => {
            let plain =
                url.username().is_empty() && url.password().is_none() && url.fragment().is_none() && url.has_host();
            match matches!(url.scheme(), "http" | "https") && plain {
                true => Ok(text.to_owned()),
                false => refused("it must be an http or https URL, without user and fragment"),
            }
        }
        Err(url::ParseError::RelativeUrlWithoutBase) if !text.is_empty() && !text.starts_with("//") => {
            let path = text.trim_start_matches("./");
            match path.split('/').any(|segment| segment == "..") || path.contains(['{', '}', '#', '\\']) {
                true => refused("a path below the default server is expected"),
                // RFC 3986 section 5.2: an absolute path replaces the server's own. Any other is taken to be below it.
                false if path.starts_with('/') => Ok(path.to_owned()),
                false => Ok(format!("{{default}}/{path}")),
            }
        }
        Err(_) => refused("it is no URL"),
    }
}

/// RFC 6749 section 3.3.
pub(in crate::api) fn is_scope(name: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
    !name.is_empty() && name.bytes().all(allowed)
}
