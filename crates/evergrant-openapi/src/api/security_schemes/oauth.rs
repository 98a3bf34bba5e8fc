//! OAuth 2.0 schemes: flows, endpoints, scopes.

use std::collections::{HashMap, HashSet};

use evergrant::GrantKind;
use evergrant::client_auth::ClientAuthMethod;
use evergrant::discovery::check_issuer;
use serde_json::Value;
use url::Url;

use super::SchemeKind;
use crate::api::{ClientNames, Servers, is_plain_url};
use crate::doc_sanitizer;
use crate::errors_and_warnings::{Problem, excerpt};
use crate::limits::{LINES, SCOPES};
use crate::names::{Names, pascal};
use crate::parsed_description::Node;

#[derive(Debug, Clone)]
pub(crate) struct OAuth {
    /// The issuer of an OpenID Connect scheme, whose metadata has the endpoints.
    pub(crate) issuer: Option<String>,
    /// Never empty.
    pub(crate) flows: Vec<Flow>,
    pub(crate) client_auth: ClientAuthMethod,
    /// Parameters of every token request.
    pub(crate) params: Vec<(String, String)>,
    pub(crate) scopes: Vec<ScopeName>,
    /// Described scopes whose names are invalid.
    pub(crate) invalid_scopes: HashSet<String>,
    /// `OAuthScopeOAuthAcg`, if there are scopes.
    pub(crate) scope_type: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Flow {
    pub(crate) grant: GrantKind,
    /// An absolute URL, a path, or a path after the name of a server in braces. `None` if the metadata of the issuer
    /// has it.
    pub(crate) token_url: Option<String>,
    pub(crate) authorization_url: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct ScopeName {
    pub(crate) name: String,
    pub(crate) variant: String,
    pub(crate) description: Option<String>,
}

pub(super) fn title(grant: GrantKind) -> &'static str {
    match grant {
        GrantKind::ClientCredentials => "OAuth 2.0 Client Credentials Grant",
        GrantKind::Password => "OAuth 2.0 Resource Owner Password Credentials Grant",
        GrantKind::AuthorizationCode => "OAuth 2.0 Authorization Code Grant",
    }
}

pub(super) fn read(
    node: &Node<'_>,
    name: &str,
    preferred: &str,
    servers: &Servers,
    names: &mut ClientNames,
    warnings: &mut Vec<Problem>,
) -> Result<SchemeKind, Problem> {
    let mut flows = Vec::new();
    let (mut scopes, mut invalid_scopes): (Vec<ScopeName>, HashSet<String>) = (Vec::new(), HashSet::new());
    let (mut known, mut lines) = (HashSet::new(), 0);
    let mut variants = Names::with_reserved(["Self", "ALL"]);
    let (mut client_auth, mut params) = (None, Vec::new());
    settings(node, &mut client_auth, &mut params)?;
    let described = node
        .get("flows")
        .ok_or_else(|| node.problem("the member `flows` is missing"))?;
    if described.object()?.is_empty() {
        return Err(described.problem("`flows` is empty"));
    }
    for (key, flow) in described.entries()? {
        let grant = match key {
            "clientCredentials" => GrantKind::ClientCredentials,
            "password" => GrantKind::Password,
            "authorizationCode" => GrantKind::AuthorizationCode,
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
            GrantKind::AuthorizationCode => Some(endpoint(
                node,
                &flow,
                "x-evergrant-authorization-url",
                "authorizationUrl",
                servers,
            )?),
            GrantKind::ClientCredentials | GrantKind::Password => None,
        };
        let refresh_url = flow
            .string("refreshUrl")?
            .filter(|url| *url != token_url && !url.is_empty());
        if refresh_url.is_some() && flow.string("tokenUrl")? != refresh_url {
            warnings.push(flow.problem(
                "`refreshUrl` differs from `tokenUrl`; refresh tokens are sent to the token endpoint (RFC 6749 section 6)",
            ));
        }
        let preferred_names: HashMap<&str, Node<'_>> = flow.map("x-evergrant-scope-names")?.into_iter().collect();
        for (scope, text) in flow.map("scopes")? {
            if !is_scope(scope) {
                warnings.push(text.problem("this is not a valid scope name (RFC 6749 section 3.3), and is ignored"));
                invalid_scopes.insert(scope.to_owned());
                continue;
            }
            if known.insert(scope) {
                SCOPES.check_at(known.len(), &text)?;
                let preferred = preferred_names.get(scope).map(Node::text).transpose()?;
                let description = text.value().as_str().filter(|text| !text.is_empty());
                lines += description.map_or(0, doc_sanitizer::lines);
                LINES.check_at(lines, &text)?;
                scopes.push(ScopeName {
                    variant: variants.take(pascal(preferred.unwrap_or(scope))),
                    name: scope.to_owned(),
                    description: description.map(str::to_owned),
                });
            }
        }
        flows.push(Flow {
            grant,
            token_url: Some(token_url),
            authorization_url,
        });
    }
    if flows.is_empty() {
        return Ok(SchemeKind::Unsupported(format!(
            "OAuth 2.0 without a supported flow (`{}` needs clientCredentials, password or authorizationCode)",
            excerpt(name)
        )));
    }
    Ok(SchemeKind::OAuth(OAuth {
        issuer: None,
        flows,
        client_auth: client_auth.unwrap_or(ClientAuthMethod::Basic),
        params,
        scope_type: (!scopes.is_empty()).then(|| names.types.take(format!("OAuthScope{}", pascal(preferred)))),
        scopes,
        invalid_scopes,
    }))
}

/// The path at which OpenID Connect Discovery 1.0 section 4 appends the metadata to an issuer.
const METADATA_PATH: &str = "/.well-known/openid-configuration";

/// Reads an OpenID Connect scheme: clients and users get tokens, and the issuer's metadata has the endpoints. The
/// scheme declares no scopes.
pub(super) fn read_open_id_connect(node: &Node<'_>) -> Result<SchemeKind, Problem> {
    let url = node.required("openIdConnectUrl")?;
    let issuer = url.strip_suffix(METADATA_PATH).filter(|issuer| is_issuer(issuer));
    let Some(issuer) = issuer else {
        return Ok(SchemeKind::Unsupported(format!(
            "OpenID Connect with an `openIdConnectUrl` that is not an absolute URL ending in {METADATA_PATH} (describe its flows as `oauth2` in an overlay)"
        )));
    };
    let (mut client_auth, mut params) = (None, Vec::new());
    settings(node, &mut client_auth, &mut params)?;
    let flows = [GrantKind::ClientCredentials, GrantKind::AuthorizationCode];
    let flows = flows.into_iter().map(|grant| Flow {
        grant,
        token_url: None,
        authorization_url: None,
    });
    Ok(SchemeKind::OAuth(OAuth {
        issuer: Some(issuer.to_owned()),
        flows: flows.collect(),
        client_auth: client_auth.unwrap_or(ClientAuthMethod::Basic),
        params,
        scopes: Vec::new(),
        invalid_scopes: HashSet::new(),
        scope_type: None,
    }))
}

/// Whether this is an issuer identifier that documentation can show.
fn is_issuer(text: &str) -> bool {
    is_plain_url(text) && check_issuer(text).is_ok()
}

/// Parameters that the grants set themselves.
const RESERVED_PARAMS: [&str; 11] = [
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
    client_auth: &mut Option<ClientAuthMethod>,
    params: &mut Vec<(String, String)>,
) -> Result<(), Problem> {
    if let Some(method) = node.string("x-evergrant-client-auth")? {
        *client_auth = Some(match method {
            "basic" => ClientAuthMethod::Basic,
            "basic-raw" => ClientAuthMethod::BasicRaw,
            "post" => ClientAuthMethod::Post,
            _ => return Err(node.problem("x-evergrant-client-auth must be basic, basic-raw or post")),
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
        if RESERVED_PARAMS.contains(&name) {
            return Err(value.problem("the grant sets this parameter itself"));
        }
        let value = match value.value() {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err(value.problem("a parameter must be a string or a number")),
        };
        params.push((name.to_owned(), value));
    }
    Ok(())
}

/// Reads an endpoint. The extension takes precedence, first in the flow and then in the scheme. A relative URL belongs
/// to the default server.
fn endpoint(
    scheme: &Node<'_>,
    flow: &Node<'_>,
    extension: &str,
    plain: &str,
    servers: &Servers,
) -> Result<String, Problem> {
    let extended = flow.get(extension).or_else(|| scheme.get(extension));
    let node = extended.or_else(|| flow.get(plain));
    let node = node.ok_or_else(|| flow.problem(format!("the member `{plain}` is missing; add it with an overlay")))?;
    let text = node.text()?.trim();
    let invalid = |problem: &str| Err(node.problem(problem.to_owned()));
    if let Some(rest) = text.strip_prefix('{') {
        let Some((server, path)) = rest.split_once('}') else {
            return invalid("the brace after the server name is missing");
        };
        if servers.position(server).is_none() {
            return invalid("there is no server of this name");
        }
        if !(path.is_empty() || path.starts_with('/')) || path.contains(['{', '}', '#']) || !is_plain_url(path) {
            return invalid("expected a path after the server name");
        }
        return Ok(text.to_owned());
    }
    if !is_plain_url(text) {
        return invalid("it contains spaces or invalid characters, or has no host");
    }
    match Url::parse(text) {
        Ok(url) => {
            let plain =
                url.username().is_empty() && url.password().is_none() && url.fragment().is_none() && url.has_host();
            match matches!(url.scheme(), "http" | "https") && plain {
                true => Ok(text.to_owned()),
                false => invalid("it must be an http or https URL without user and fragment"),
            }
        }
        Err(url::ParseError::RelativeUrlWithoutBase) if !text.is_empty() && !text.starts_with("//") => {
            let path = text.trim_start_matches("./");
            match path.split('/').any(|segment| segment == "..") || path.contains(['{', '}', '#', '\\']) {
                true => invalid("expected a path on the default server"),
                // RFC 3986 section 5.2: an absolute path replaces the path of the server. Other paths are appended to
                // it.
                false if path.starts_with('/') => Ok(path.to_owned()),
                false => Ok(format!("{{default}}/{path}")),
            }
        }
        Err(_) => invalid("it is not a URL"),
    }
}

/// Whether this is a valid scope name (RFC 6749 section 3.3).
pub(in crate::api) fn is_scope(name: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
    !name.is_empty() && name.bytes().all(allowed)
}
