//! Security schemes and the names of their credentials.

mod oauth;
mod session_login;

use std::collections::HashSet;

use serde_json::json;

use super::global_headers::check_name;
use super::{ClientNames, Servers};
use crate::errors_and_warnings::Problem;
use crate::limits::{KEYS, SCHEMES};
use crate::names::{Names, module, pascal, snake};
use crate::overlay_action::Action;
use crate::parsed_description::Node;
use crate::problem_list::ProblemList;

pub(super) use self::oauth::is_scope;
pub(crate) use self::oauth::{Flow, OAuth};
pub(super) use self::session_login::with_logins;

#[derive(Debug, Clone)]
pub(crate) struct Scheme {
    /// The name in the description.
    pub(crate) name: String,
    pub(crate) kind: SchemeKind,
    pub(crate) description: Option<String>,
    /// The base of its method names: `oauth_ccg`.
    pub(crate) base: String,
    /// Unique and in ASCII: `oauth_ccg`.
    pub(crate) module: String,
    /// `OAuthCcgCredentials`.
    pub(crate) credentials: String,
    /// `OAuthCcgScheme`: the type parameter of runtime credentials.
    pub(crate) marker: Option<String>,
    /// `oauth_ccg_credentials`.
    pub(crate) setter: String,
    /// `oauth_ccg_token`, for schemes with tokens.
    pub(crate) token_setter: Option<String>,
    /// `oauth_ccg_manager`, for schemes with tokens.
    pub(crate) manager: Option<String>,
    /// `oauth_ccg_credentials` of the client, for credentials that contain more than secrets.
    pub(crate) getter: Option<String>,
    /// The problem of a scheme that is not supported because it is invalid.
    pub(crate) problem: Option<Problem>,
}

#[derive(Debug, Clone)]
pub(crate) enum SchemeKind {
    Basic,
    Bearer,
    Keys(Vec<Key>),
    Session(Session),
    OAuth(OAuth),
    /// A scheme that is not supported, with the reason.
    Unsupported(String),
}

#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) location: KeyLocation,
    /// The argument of the constructor: `api_key`.
    pub(crate) argument: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum KeyLocation {
    Header,
    Query,
    Cookie,
}

impl KeyLocation {
    /// The location with an article, such as `a header`.
    pub(crate) fn phrase(self) -> &'static str {
        match self {
            Self::Header => "a header",
            Self::Query => "the query",
            Self::Cookie => "a cookie",
        }
    }
}

/// A session key that a login operation returns.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) header: String,
    /// The `operationId` of the login.
    pub(crate) login: String,
    /// The member of the login's response that contains the key.
    pub(crate) token: String,
    pub(crate) at: crate::errors_and_warnings::Pointer,
    /// The indices of the login's group and operation. Set after the operations are read.
    pub(crate) operation: Option<(usize, usize)>,
}

impl Scheme {
    /// The locations that the scheme writes to, such as `header authorization`.
    pub(crate) fn locations(&self) -> Vec<(KeyLocation, String)> {
        match &self.kind {
            SchemeKind::Basic | SchemeKind::Bearer | SchemeKind::OAuth(_) => {
                vec![(KeyLocation::Header, "authorization".to_owned())]
            }
            SchemeKind::Session(session) => vec![(KeyLocation::Header, session.header.to_lowercase())],
            SchemeKind::Keys(keys) => keys
                .iter()
                .map(|key| match key.location {
                    KeyLocation::Header => (key.location, key.name.to_lowercase()),
                    KeyLocation::Query | KeyLocation::Cookie => (key.location, key.name.clone()),
                })
                .collect(),
            SchemeKind::Unsupported(_) => Vec::new(),
        }
    }

    /// The kind of the scheme, as a title.
    pub(crate) fn title(&self) -> &'static str {
        match &self.kind {
            SchemeKind::Basic => "HTTP Basic",
            SchemeKind::Bearer => "Bearer token",
            SchemeKind::Keys(keys) if keys.len() > 1 => "API keys",
            SchemeKind::Keys(_) => "API key",
            SchemeKind::Session(_) => "Session key",
            SchemeKind::OAuth(oauth) => match oauth.flows.as_slice() {
                [flow] => oauth::title(flow.grant),
                _ if oauth.issuer.is_some() => "OpenID Connect",
                _ => "OAuth 2.0",
            },
            SchemeKind::Unsupported(_) => "not supported",
        }
    }

    pub(crate) fn oauth(&self) -> Option<&OAuth> {
        match &self.kind {
            SchemeKind::OAuth(oauth) => Some(oauth),
            _ => None,
        }
    }
}

pub(super) fn read(
    root: &Node<'_>,
    servers: &Servers,
    names: &mut ClientNames,
    warnings: &mut Vec<Problem>,
    problems: &mut ProblemList,
) -> Result<Vec<Scheme>, Problem> {
    let Some(components) = root.get("components") else {
        return Ok(Vec::new());
    };
    let mut schemes = Vec::new();
    let mut bases = Names::default();
    let described = problems.catch(components.map("securitySchemes"))?;
    for (name, node) in described.unwrap_or_default() {
        SCHEMES.check_at(schemes.len() + 1, &node)?;
        let text = |node: &Node<'_>, key: &str| {
            node.value()
                .get(key)
                .and_then(|value| value.as_str())
                .map(str::to_owned)
        };
        let resolved = node.resolved();
        let node = resolved.clone().unwrap_or(node);
        let preferred = text(&node, "x-evergrant-name").unwrap_or_else(|| name.to_owned());
        let preferred = preferred.as_str();
        let read = resolved.and_then(|node| {
            node.string("x-evergrant-name")?;
            node.string("description")?;
            kind(&node, name, preferred, servers, names, warnings)
        });
        let (kind, problem) = match read {
            Ok(kind) => (kind, None),
            Err(problem) if problem.is_fatal() => return Err(problem),
            Err(problem) => {
                let problem = problem.or_action(|| Some(example(&node)));
                (SchemeKind::Unsupported(problem.message().to_owned()), Some(problem))
            }
        };
        let module = bases.take(module(preferred));
        let base = snake(preferred).trim_end_matches('_').to_owned();
        let (mut token_setter, mut manager) = (None, None);
        if matches!(kind, SchemeKind::OAuth(_) | SchemeKind::Session(_)) {
            let setter = match base.ends_with("token") {
                true => base.clone(),
                false => format!("{base}_token"),
            };
            token_setter = Some(names.builder.take_or_suffixed(setter, "_token"));
            manager = Some(names.client.take(format!("{base}_manager")));
        }
        let getter = matches!(kind, SchemeKind::Basic | SchemeKind::OAuth(_))
            .then(|| names.client.take(format!("{base}_credentials")));
        let supported = !matches!(kind, SchemeKind::Unsupported(_));
        let is_marked = matches!(kind, SchemeKind::Basic | SchemeKind::Bearer | SchemeKind::OAuth(_));
        schemes.push(Scheme {
            marker: is_marked.then(|| names.types.take(format!("{}Scheme", pascal(preferred)))),
            credentials: if supported {
                names.types.take(format!("{}Credentials", pascal(preferred)))
            } else {
                String::new()
            },
            setter: if supported {
                names.builder.take(format!("{base}_credentials"))
            } else {
                String::new()
            },
            token_setter,
            manager,
            getter,
            base,
            module,
            name: name.to_owned(),
            description: text(&node, "description"),
            kind,
            problem,
        });
    }
    Ok(schemes)
}

/// The action that completes an invalid scheme, with example values.
fn example(node: &Node<'_>) -> Action {
    let is_oauth = node.value().get("type").is_some_and(|ty| ty == "oauth2");
    let flow = node
        .get("flows")
        .and_then(|flows| Some(flows.value().as_object()?.keys().next()?.clone()));
    let flow = flow.unwrap_or_else(|| "clientCredentials".to_owned());
    let mut urls = json!({"tokenUrl": "https://auth.example.com/token", "scopes": {}});
    if flow == "authorizationCode" {
        urls["authorizationUrl"] = "https://auth.example.com/authorize".into();
    }
    let update = match is_oauth {
        true => json!({"flows": {flow: urls}}),
        false => json!({"type": "apiKey", "in": "header", "name": "X-Api-Key"}),
    };
    Action::update(node.json_path(), update)
}

/// Reports invalid schemes: as problems if operations use them, and as warnings otherwise.
pub(super) fn report(
    schemes: &[Scheme],
    used: &HashSet<usize>,
    problems: &mut ProblemList,
    warnings: &mut Vec<Problem>,
) -> Result<(), Problem> {
    for (index, scheme) in schemes.iter().enumerate() {
        match &scheme.problem {
            Some(problem) if used.contains(&index) => problems.add(problem.clone())?,
            Some(problem) => warnings.push(problem.clone()),
            None => {}
        }
    }
    Ok(())
}

fn kind(
    node: &Node<'_>,
    name: &str,
    preferred: &str,
    servers: &Servers,
    names: &mut ClientNames,
    warnings: &mut Vec<Problem>,
) -> Result<SchemeKind, Problem> {
    Ok(match node.required("type")? {
        "http" => match node.required("scheme")?.to_ascii_lowercase().as_str() {
            "basic" => SchemeKind::Basic,
            "bearer" => SchemeKind::Bearer,
            other => SchemeKind::Unsupported(format!(
                "HTTP authentication {:?}",
                other.chars().take(40).collect::<String>()
            )),
        },
        "apiKey" => match node.get("x-evergrant-session") {
            Some(session) => SchemeKind::Session(self::session(node, &session)?),
            None => SchemeKind::Keys(keys(node)?),
        },
        "oauth2" => oauth::read(node, name, preferred, servers, names, warnings)?,
        "openIdConnect" => oauth::read_open_id_connect(node)?,
        "mutualTLS" => SchemeKind::Unsupported("mutual TLS".to_owned()),
        _ => return Err(node.problem("its `type` must be apiKey, http, oauth2, openIdConnect or mutualTLS")),
    })
}

fn keys(node: &Node<'_>) -> Result<Vec<Key>, Problem> {
    let listed = node.list("x-evergrant-keys")?;
    let listed = if listed.is_empty() { vec![node.clone()] } else { listed };
    KEYS.check_at(listed.len(), node)?;
    let is_single = listed.len() == 1;
    let mut arguments = Names::default();
    listed
        .iter()
        .map(|key| {
            let name = key.required("name")?;
            let location = match key.required("in")? {
                "header" => {
                    check_name(key, name)?;
                    KeyLocation::Header
                }
                "query" => KeyLocation::Query,
                "cookie" => {
                    check_name(key, name)?;
                    KeyLocation::Cookie
                }
                _ => return Err(key.problem("`in` must be header, query or cookie")),
            };
            let preferred = key.string("x-evergrant-name")?.filter(|_| !is_single);
            let argument = arguments.take(snake(preferred.unwrap_or(name)));
            Ok(Key {
                name: name.to_owned(),
                location,
                argument,
            })
        })
        .collect()
}

fn session(node: &Node<'_>, session: &Node<'_>) -> Result<Session, Problem> {
    let header = node.required("name")?;
    check_name(node, header)?;
    if node.required("in")? != "header" {
        return Err(node.problem("a session key must be in a header"));
    }
    Ok(Session {
        header: header.to_owned(),
        login: session.required("login")?.to_owned(),
        token: session.required("token")?.to_owned(),
        at: session.pointer().clone(),
        operation: None,
    })
}
