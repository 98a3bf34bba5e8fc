//! Security schemes: what the SDK's credentials are, and how each scheme's tokens are had.

mod login;
mod oauth;

use super::headers::check_name;
use super::{ClientNames, Servers};
use crate::limits::{KEYS, SCHEMES};
use crate::names::{Names, module, pascal, snake};
use crate::problem::Problem;
use crate::source::Node;

pub(super) use self::login::with_logins;
pub(super) use self::oauth::is_scope;
pub(crate) use self::oauth::{ClientAuth, Flow, Grant, OAuth};

#[derive(Debug, Clone)]
pub(crate) struct Scheme {
    /// In the description.
    pub(crate) name: String,
    pub(crate) kind: SchemeKind,
    pub(crate) description: Option<String>,
    /// `oauth_ccg`, which names its methods are made of.
    pub(crate) base: String,
    /// `oauth_ccg`, unique and of ASCII alone.
    pub(crate) module: String,
    /// `OAuthCcgCredentials`.
    pub(crate) credentials: String,
    /// `oauth_ccg_credentials`.
    pub(crate) setter: String,
    /// `oauth_ccg_token`, where there are tokens.
    pub(crate) token_setter: Option<String>,
    /// `oauth_ccg_manager`, where there are tokens.
    pub(crate) manager: Option<String>,
    /// `oauth_ccg_credentials` of the client, where there is more than secrets to read back.
    pub(crate) getter: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) enum SchemeKind {
    Basic,
    Bearer,
    Keys(Vec<Key>),
    Session(Session),
    OAuth(OAuth),
    /// Not supported: why.
    Unsupported(String),
}

#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) place: Place,
    /// The argument that it is given by: `api_key`.
    pub(crate) argument: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Header,
    Query,
    Cookie,
}

impl Place {
    /// In words.
    pub(crate) fn shown(self) -> &'static str {
        match self {
            Self::Header => "a header",
            Self::Query => "the query",
            Self::Cookie => "a cookie",
        }
    }
}

/// A key that an operation gives to those who log in.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) header: String,
    /// The login's operationId.
    pub(crate) login: String,
    /// The member of its answer that is the key.
    pub(crate) token: String,
    pub(crate) at: crate::problem::Place,
    /// Where the login is: the group and the operation. Known once operations are.
    pub(crate) operation: Option<(usize, usize)>,
}

impl Scheme {
    /// What it writes: `header authorization`.
    pub(crate) fn places(&self) -> Vec<(Place, String)> {
        match &self.kind {
            SchemeKind::Basic | SchemeKind::Bearer | SchemeKind::OAuth(_) => {
                vec![(Place::Header, "authorization".to_owned())]
            }
            SchemeKind::Session(session) => vec![(Place::Header, session.header.to_lowercase())],
            SchemeKind::Keys(keys) => keys
                .iter()
                .map(|key| match key.place {
                    Place::Header => (key.place, key.name.to_lowercase()),
                    Place::Query | Place::Cookie => (key.place, key.name.clone()),
                })
                .collect(),
            SchemeKind::Unsupported(_) => Vec::new(),
        }
    }

    /// In one or two words.
    pub(crate) fn kind_shown(&self) -> &'static str {
        match &self.kind {
            SchemeKind::Basic => "HTTP Basic",
            SchemeKind::Bearer => "Bearer token",
            SchemeKind::Keys(keys) if keys.len() > 1 => "API keys",
            SchemeKind::Keys(_) => "API key",
            SchemeKind::Session(_) => "Session key",
            SchemeKind::OAuth(oauth) => match oauth.flows.as_slice() {
                [flow] => flow.grant.title(),
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
) -> Result<Vec<Scheme>, Problem> {
    let Some(components) = root.get("components") else {
        return Ok(Vec::new());
    };
    let mut schemes = Vec::new();
    let mut bases = Names::default();
    for (name, node) in components.map("securitySchemes")? {
        SCHEMES.check_at(schemes.len() + 1, &node)?;
        let node = node.resolved()?;
        let own = node.string("x-evergrant-name")?.unwrap_or(name);
        let kind = kind(&node, name, own, servers, names, warnings)?;
        let module = bases.take(module(own));
        let base = snake(own).trim_end_matches('_').to_owned();
        let (mut token_setter, mut manager) = (None, None);
        if matches!(kind, SchemeKind::OAuth(_) | SchemeKind::Session(_)) {
            let setter = match base.ends_with("token") {
                true => base.clone(),
                false => format!("{base}_token"),
            };
            token_setter = Some(names.builder.take_or(setter, "_token"));
        }
        if matches!(kind, SchemeKind::OAuth(_) | SchemeKind::Session(_)) {
            manager = Some(names.client.take(format!("{base}_manager")));
        }
        let getter = matches!(kind, SchemeKind::Basic | SchemeKind::OAuth(_))
            .then(|| names.client.take(format!("{base}_credentials")));
        let supported = !matches!(kind, SchemeKind::Unsupported(_));
        schemes.push(Scheme {
            credentials: if supported {
                names.types.take(format!("{}Credentials", pascal(own)))
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
            description: node.string("description")?.map(str::to_owned),
            kind,
        });
    }
    Ok(schemes)
}

fn kind(
    node: &Node<'_>,
    name: &str,
    own: &str,
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
            Some(session) => SchemeKind::Session(session_of(node, &session)?),
            None => SchemeKind::Keys(keys(node)?),
        },
        "oauth2" => oauth::read(node, name, own, servers, names, warnings)?,
        "openIdConnect" => SchemeKind::Unsupported(
            "OpenID Connect discovery (describe its flows as `oauth2` in an overlay)".to_owned(),
        ),
        "mutualTLS" => SchemeKind::Unsupported("mutual TLS".to_owned()),
        _ => return Err(node.problem("its `type` is none of apiKey, http, oauth2, openIdConnect and mutualTLS")),
    })
}

fn keys(node: &Node<'_>) -> Result<Vec<Key>, Problem> {
    let listed = node.list("x-evergrant-keys")?;
    let listed = if listed.is_empty() { vec![node.clone()] } else { listed };
    KEYS.check_at(listed.len(), node)?;
    let alone = listed.len() == 1;
    let mut arguments = Names::default();
    listed
        .iter()
        .map(|key| {
            let name = key.required("name")?;
            let place = match key.required("in")? {
                "header" => {
                    check_name(key, name)?;
                    Place::Header
                }
                "query" => Place::Query,
                "cookie" => {
                    check_name(key, name)?;
                    Place::Cookie
                }
                _ => return Err(key.problem("`in` is none of header, query and cookie")),
            };
            let own = key.string("x-evergrant-name")?.filter(|_| !alone);
            let argument = arguments.take(snake(own.unwrap_or(name)));
            Ok(Key {
                name: name.to_owned(),
                place,
                argument,
            })
        })
        .collect()
}

fn session_of(node: &Node<'_>, session: &Node<'_>) -> Result<Session, Problem> {
    let header = node.required("name")?;
    check_name(node, header)?;
    if node.required("in")? != "header" {
        return Err(node.problem("a session's key goes into a header"));
    }
    Ok(Session {
        header: header.to_owned(),
        login: session.required("login")?.to_owned(),
        token: session.required("token")?.to_owned(),
        at: session.place().clone(),
        operation: None,
    })
}
