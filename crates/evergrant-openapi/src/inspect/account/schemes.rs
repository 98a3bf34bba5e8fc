//! The security schemes, and what each is given.

use serde::Serialize;

use crate::api::{self, Api, ClientAuth, Grant, Place, SchemeKind};
use crate::inspect::said::Said;

#[derive(Debug, Clone, Serialize)]
pub(in crate::inspect) struct Scheme {
    pub(in crate::inspect) name: String,
    pub(in crate::inspect) kind: &'static str,
    pub(in crate::inspect) title: &'static str,
    pub(in crate::inspect) description: Option<String>,
    pub(in crate::inspect) credentials: Option<String>,
    pub(in crate::inspect) setter: Option<String>,
    /// How many operations name it.
    pub(in crate::inspect) operations: usize,
    pub(in crate::inspect) keys: Vec<Key>,
    pub(in crate::inspect) session: Option<Session>,
    pub(in crate::inspect) oauth: Option<OAuth>,
    pub(in crate::inspect) unsupported: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::inspect) struct Key {
    pub(in crate::inspect) name: String,
    #[serde(rename = "in")]
    pub(in crate::inspect) place: &'static str,
    pub(in crate::inspect) argument: String,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::inspect) struct Session {
    pub(in crate::inspect) header: String,
    pub(in crate::inspect) login: String,
    pub(in crate::inspect) token: String,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::inspect) struct OAuth {
    pub(in crate::inspect) flows: Vec<Flow>,
    pub(in crate::inspect) client_auth: &'static str,
    /// The description does not say so.
    pub(in crate::inspect) client_auth_assumed: bool,
    pub(in crate::inspect) params: Vec<Param>,
    pub(in crate::inspect) scope_type: Option<String>,
    pub(in crate::inspect) scopes: Vec<Scope>,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::inspect) struct Flow {
    pub(in crate::inspect) grant: &'static str,
    pub(in crate::inspect) token_url: String,
    pub(in crate::inspect) authorization_url: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::inspect) struct Param {
    pub(in crate::inspect) name: String,
    pub(in crate::inspect) value: String,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::inspect) struct Scope {
    pub(in crate::inspect) name: String,
    pub(in crate::inspect) variant: String,
    pub(in crate::inspect) description: Option<String>,
}

pub(super) fn of(api: &Api, said: Said<'_>) -> Vec<Scheme> {
    let schemes = api.schemes.iter().enumerate();
    schemes
        .map(|(index, scheme)| described(api, index, scheme, said))
        .collect()
}

fn described(api: &Api, index: usize, scheme: &api::Scheme, said: Said<'_>) -> Scheme {
    let naming = api.requirements_of(index);
    let operations = api.operations().filter(|operation| naming[operation.requirement]);
    let (mut keys, mut session, mut oauth, mut unsupported) = (Vec::new(), None, None, None);
    let kind = match &scheme.kind {
        SchemeKind::Basic => "basic",
        SchemeKind::Bearer => "bearer",
        SchemeKind::Keys(listed) => {
            keys = listed.iter().map(key).collect();
            "keys"
        }
        SchemeKind::Session(own) => {
            session = Some(Session {
                header: own.header.clone(),
                login: own.login.clone(),
                token: own.token.clone(),
            });
            "session"
        }
        SchemeKind::OAuth(own) => {
            oauth = Some(self::oauth(own, is_assumed(scheme, own, said)));
            "oauth"
        }
        SchemeKind::Unsupported(why) => {
            unsupported = Some(why.clone());
            "unsupported"
        }
    };
    let supported = |text: &String| unsupported.is_none().then(|| text.clone());
    Scheme {
        name: scheme.name.clone(),
        kind,
        title: scheme.kind_shown(),
        description: scheme.description.clone(),
        credentials: supported(&scheme.credentials),
        setter: supported(&scheme.setter),
        operations: operations.count(),
        keys,
        session,
        oauth,
        unsupported,
    }
}

fn key(key: &api::Key) -> Key {
    Key {
        name: key.name.clone(),
        place: match key.place {
            Place::Header => "header",
            Place::Query => "query",
            Place::Cookie => "cookie",
        },
        argument: key.argument.clone(),
    }
}

fn oauth(oauth: &api::OAuth, client_auth_assumed: bool) -> OAuth {
    let flows = oauth.flows.iter().map(|flow| Flow {
        grant: match flow.grant {
            Grant::ClientCredentials => "client_credentials",
            Grant::Password => "password",
            Grant::AuthorizationCode => "authorization_code",
        },
        token_url: flow.token_url.clone(),
        authorization_url: flow.authorization_url.clone(),
    });
    let params = oauth.params.iter().map(|(name, value)| Param {
        name: name.clone(),
        value: value.clone(),
    });
    let scopes = oauth.scopes.iter().map(|scope| Scope {
        name: scope.name.clone(),
        variant: scope.variant.clone(),
        description: scope.description.clone(),
    });
    OAuth {
        flows: flows.collect(),
        client_auth: match oauth.client_auth {
            ClientAuth::Basic => "basic",
            ClientAuth::BasicRaw => "basic-raw",
            ClientAuth::Post => "post",
        },
        client_auth_assumed,
        params: params.collect(),
        scope_type: oauth.scope_type.clone(),
        scopes: scopes.collect(),
    }
}

/// Whether the way in which clients authenticate is assumed, and not said.
pub(in crate::inspect) fn is_assumed(scheme: &api::Scheme, oauth: &api::OAuth, said: Said<'_>) -> bool {
    oauth.client_auth == ClientAuth::Basic && !said.client_auth(&scheme.name)
}
