//! The security schemes in the report.

use evergrant::GrantKind;
use evergrant::client_auth::ClientAuthMethod;

use serde::Serialize;

use crate::api::{self, Api, KeyLocation, SchemeKind};
use crate::inspect::explicit_statements::Explicit;

#[derive(Debug, Clone, Serialize)]
pub(in crate::inspect) struct Scheme {
    pub(in crate::inspect) name: String,
    pub(in crate::inspect) kind: &'static str,
    pub(in crate::inspect) title: &'static str,
    pub(in crate::inspect) description: Option<String>,
    pub(in crate::inspect) credentials: Option<String>,
    pub(in crate::inspect) setter: Option<String>,
    /// How many operations use it.
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
    pub(in crate::inspect) location: &'static str,
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
    pub(in crate::inspect) issuer: Option<String>,
    pub(in crate::inspect) flows: Vec<Flow>,
    pub(in crate::inspect) client_auth: &'static str,
    /// Whether the description does not state the client authentication.
    pub(in crate::inspect) client_auth_assumed: bool,
    pub(in crate::inspect) params: Vec<Param>,
    pub(in crate::inspect) scope_type: Option<String>,
    pub(in crate::inspect) scopes: Vec<Scope>,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::inspect) struct Flow {
    pub(in crate::inspect) grant: &'static str,
    pub(in crate::inspect) token_url: Option<String>,
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

pub(super) fn of(api: &Api, explicit: Explicit<'_>) -> Vec<Scheme> {
    let schemes = api.schemes.iter().enumerate();
    schemes
        .map(|(index, scheme)| describe(api, index, scheme, explicit))
        .collect()
}

fn describe(api: &Api, index: usize, scheme: &api::Scheme, explicit: Explicit<'_>) -> Scheme {
    let requirements = api.requirements_of(index);
    let operations = api.operations().filter(|operation| requirements[operation.requirement]);
    let (mut keys, mut session, mut oauth, mut unsupported) = (Vec::new(), None, None, None);
    let kind = match &scheme.kind {
        SchemeKind::Basic => "basic",
        SchemeKind::Bearer => "bearer",
        SchemeKind::Keys(listed) => {
            keys = listed.iter().map(key).collect();
            "keys"
        }
        SchemeKind::Session(login) => {
            session = Some(Session {
                header: login.header.clone(),
                login: login.login.clone(),
                token: login.token.clone(),
            });
            "session"
        }
        SchemeKind::OAuth(settings) => {
            oauth = Some(self::oauth(settings, is_assumed(scheme, settings, explicit)));
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
        title: scheme.title(),
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
        location: match key.location {
            KeyLocation::Header => "header",
            KeyLocation::Query => "query",
            KeyLocation::Cookie => "cookie",
        },
        argument: key.argument.clone(),
    }
}

fn oauth(oauth: &api::OAuth, client_auth_assumed: bool) -> OAuth {
    let flows = oauth.flows.iter().map(|flow| Flow {
        grant: match flow.grant {
            GrantKind::ClientCredentials => "client_credentials",
            GrantKind::Password => "password",
            GrantKind::AuthorizationCode => "authorization_code",
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
        issuer: oauth.issuer.clone(),
        flows: flows.collect(),
        client_auth: match oauth.client_auth {
            ClientAuthMethod::Basic => "basic",
            ClientAuthMethod::BasicRaw => "basic-raw",
            ClientAuthMethod::Post => "post",
            _ => "none",
        },
        client_auth_assumed,
        params: params.collect(),
        scope_type: oauth.scope_type.clone(),
        scopes: scopes.collect(),
    }
}

/// Whether the client authentication is an assumption.
pub(in crate::inspect) fn is_assumed(scheme: &api::Scheme, oauth: &api::OAuth, explicit: Explicit<'_>) -> bool {
    oauth.client_auth == ClientAuthMethod::Basic && !explicit.client_auth(&scheme.name)
}
