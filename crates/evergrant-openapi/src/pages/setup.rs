//! A client as pages set it up: credentials from the environment of the program, and what the API's own environment asks for.

use super::snippet::{Snippet, literal};
use crate::api::{Api, Flow, Grant, Need, OAuth, Scheme, SchemeKind};
use crate::rust::is_plain_http;

/// A scheme's credentials with scopes and further settings.
pub(super) struct Given<'a> {
    pub(super) scheme: &'a Scheme,
    pub(super) grant: Option<Grant>,
    /// Those of one operation, or else a few of the scheme's.
    pub(super) scopes: Vec<String>,
    /// Calls behind the constructor, such as `.manual()`.
    pub(super) settings: String,
}

impl<'a> Given<'a> {
    pub(super) fn of(api: &'a Api, scheme: usize) -> Self {
        let asking = api.requirements_of(scheme);
        let mut looked_at = vec![false; asking.len()];
        let mut scopes: Vec<String> = Vec::new();
        for requirement in api.operations().map(|operation| operation.requirement) {
            if scopes.len() == 2 {
                break;
            }
            if !asking[requirement] || std::mem::replace(&mut looked_at[requirement], true) {
                continue;
            }
            let needs = api.requirements[requirement].alternatives.iter().flatten();
            for scope in needs.filter(|need| need.scheme == scheme).flat_map(|need| &need.scopes) {
                if scopes.len() < 2 && !scopes.contains(scope) {
                    scopes.push(scope.clone());
                }
            }
        }
        let scheme = &api.schemes[scheme];
        if let Some(oauth) = scheme.oauth().filter(|_| scopes.is_empty()) {
            scopes.extend(oauth.scopes.iter().take(2).map(|scope| scope.name.clone()));
        }
        Self {
            scheme,
            grant: None,
            scopes,
            settings: String::new(),
        }
    }

    /// For one operation's need.
    pub(super) fn needed(api: &'a Api, need: &Need) -> Self {
        let given = Self::of(api, need.scheme);
        match need.scopes.is_empty() {
            true => given,
            false => Self {
                scopes: need.scopes.clone(),
                ..given
            },
        }
    }

    /// By this grant, where the scheme has several.
    pub(super) fn by(self, grant: Grant) -> Self {
        Self {
            grant: Some(grant),
            ..self
        }
    }

    pub(super) fn with(self, settings: impl Into<String>) -> Self {
        Self {
            settings: settings.into(),
            ..self
        }
    }

    /// Statements for the secrets, and the expression that takes them.
    fn written(&self, snippet: &mut Snippet) -> (String, String) {
        let scheme = self.scheme;
        let name = &scheme.credentials;
        snippet.uses(name);
        let mut secrets = String::new();
        let mut secret = |local: &str, what: &str| {
            secrets += &format!("let {local} = std::env::var({})?;", literal(&variable(scheme, what)));
        };
        let expression = match &scheme.kind {
            SchemeKind::Basic => {
                secret("password", "PASSWORD");
                format!("{name}::new(\"username\", password)")
            }
            SchemeKind::Bearer => {
                secret("token", "TOKEN");
                format!("{name}::new(token)")
            }
            SchemeKind::Keys(keys) if keys.len() > 1 => {
                keys.iter()
                    .for_each(|key| secret(&key.argument, &key.argument.to_uppercase()));
                let keys: Vec<&str> = keys.iter().map(|key| key.argument.as_str()).collect();
                format!("{name}::new({})", keys.join(", "))
            }
            SchemeKind::Keys(_) | SchemeKind::Session(_) => {
                secret("key", "KEY");
                format!("{name}::new(key)")
            }
            SchemeKind::OAuth(oauth) => {
                let flow = self.flow(oauth);
                secret("secret", "CLIENT_SECRET");
                let more = match flow.grant {
                    Grant::ClientCredentials => "",
                    Grant::Password => {
                        secret("password", "PASSWORD");
                        ", \"username\", password"
                    }
                    Grant::AuthorizationCode => ", redirect_uri",
                };
                let (constructor, scopes) = (constructor(oauth, flow), scopes(oauth, &self.scopes, snippet));
                format!(
                    "{name}::{constructor}(\"client-id\", secret{more}){scopes}{}",
                    self.settings
                )
            }
            SchemeKind::Unsupported(_) => String::new(),
        };
        if expression.contains(", redirect_uri)") {
            secrets += "let redirect_uri = \"http://127.0.0.1:8080/callback\";";
        }
        (secrets, expression)
    }

    fn flow<'o>(&self, oauth: &'o OAuth) -> &'o Flow {
        let of = |grant: Grant| oauth.flows.iter().find(|flow| flow.grant == grant);
        let own = self.grant.and_then(of);
        own.or_else(|| of(Grant::ClientCredentials))
            .or_else(|| of(Grant::Password))
            .unwrap_or(&oauth.flows[0])
    }
}

/// The constructor of a scheme's credentials for a grant.
pub(super) fn constructor(oauth: &OAuth, flow: &Flow) -> &'static str {
    match (oauth.flows.len(), flow.grant) {
        (1, _) => "new",
        (_, Grant::ClientCredentials) => "client_credentials",
        (_, Grant::Password) => "password",
        (_, Grant::AuthorizationCode) => "authorization_code",
    }
}

/// The same for clients without a secret.
pub(super) fn public_constructor(oauth: &OAuth, flow: &Flow) -> String {
    match constructor(oauth, flow) {
        "new" => "public".to_owned(),
        name => format!("{name}_public"),
    }
}

/// Those with variants by them, the others as text.
fn scopes(oauth: &OAuth, names: &[String], snippet: &mut Snippet) -> String {
    let variant = |name: &String| {
        let scope = oauth.scopes.iter().find(|scope| scope.name == *name)?;
        Some(format!("{}::{}", oauth.scope_type.as_ref()?, scope.variant))
    };
    let variants: Vec<String> = names.iter().filter_map(variant).collect();
    let texts: Vec<String> = names
        .iter()
        .filter(|name| variant(name).is_none())
        .map(|name| literal(name))
        .collect();
    let mut scopes = String::new();
    if let Some(scope_type) = oauth.scope_type.as_ref().filter(|_| !variants.is_empty()) {
        snippet.uses(scope_type);
        scopes += &format!(".scopes([{}])", variants.join(", "));
    }
    if !texts.is_empty() {
        scopes += &format!(".scopes([{}])", texts.join(", "));
    }
    scopes
}

/// The variable of the program's environment that holds a secret: `OAUTH_CCG_CLIENT_SECRET`.
fn variable(scheme: &Scheme, what: &str) -> String {
    let base = scheme.base.trim_matches('_').to_uppercase();
    let what = what.trim_matches('_');
    let several = matches!(&scheme.kind, SchemeKind::Keys(keys) if keys.len() > 1);
    match base.is_ascii() && what.is_ascii() {
        true if !several && (base == what || base.ends_with(&format!("_{what}"))) => base,
        true => format!("{base}_{what}"),
        false => "SECRET".to_owned(),
    }
}

/// Statements that make credentials, and the builder's calls that take them.
pub(super) fn credentials(given: &[Given<'_>], snippet: &mut Snippet) -> (String, String) {
    let mut statements = String::new();
    let mut calls = String::new();
    let alone = given.len() == 1;
    for one in given {
        let setter = &one.scheme.setter;
        let (secrets, expression) = one.written(snippet);
        let name = if alone { "credentials" } else { local(one.scheme, given) };
        statements += &format!("{secrets} let {name} = {expression};");
        calls += &format!(".{setter}({name})");
    }
    (statements, calls)
}

/// What a scheme's credentials are called among others: `oauth_ccg`, unless something else is called so.
fn local<'s>(scheme: &'s Scheme, given: &[Given<'_>]) -> &'s str {
    let short = scheme.setter.strip_suffix("_credentials").unwrap_or(&scheme.setter);
    let keys = given.iter().filter_map(|given| match &given.scheme.kind {
        SchemeKind::Keys(keys) => Some(keys),
        _ => None,
    });
    let is_key = keys.flatten().any(|key| key.argument == short);
    let is_taken = ["secret", "password", "token", "key", "redirect_uri", "client"].contains(&short) || is_key;
    match !is_taken && syn::parse_str::<syn::Ident>(short).is_ok() {
        true => short,
        false => &scheme.setter,
    }
}

/// The builder's calls without which a client for an environment cannot be built, or not used.
pub(super) fn necessary(api: &Api, environment: usize) -> String {
    let mut calls = String::new();
    let mut plain: Vec<String> = Vec::new();
    for (index, server) in api.servers.list.iter().enumerate() {
        match server.url(environment) {
            Some(url) => plain.extend(plain_origin(api, url)),
            None => {
                let host = if index == 0 { "api" } else { "auth" };
                let path = server.relative.as_deref().unwrap_or_default();
                let path = api.servers.variables.iter().fold(path.to_owned(), |path, variable| {
                    path.replace(&format!("{{{}}}", variable.name), &variable.default)
                });
                let url = format!("https://{host}.example.com/{}", path.trim_start_matches(['.', '/']));
                let url = url.trim_end_matches('/');
                calls += &format!(".{}({})", server.setter, literal(url));
            }
        }
    }
    let oauth = api.schemes.iter().filter_map(Scheme::oauth);
    plain.extend(
        oauth
            .flat_map(|oauth| &oauth.flows)
            .filter_map(|flow| plain_origin(api, &flow.token_url)),
    );
    plain.sort();
    plain.dedup();
    for origin in plain {
        calls += &format!(".danger_allow_http_to({}.parse()?)", literal(&origin));
    }
    calls
}

/// The origin of a URL that is not encrypted, with the defaults of its variables.
fn plain_origin(api: &Api, url: &str) -> Option<String> {
    let url = api.servers.variables.iter().fold(url.to_owned(), |url, variable| {
        url.replace(&format!("{{{}}}", variable.name), &variable.default)
    });
    let rest = url.strip_prefix("http://").filter(|_| is_plain_http(&url))?;
    let authority = rest.split('/').next().unwrap_or_default();
    Some(format!("http://{authority}"))
}

/// `fn client() -> ..`, with these credentials and further calls of the builder.
pub(super) fn client_function(api: &Api, given: &[Given<'_>], more: &str, snippet: &mut Snippet) -> String {
    snippet.uses("Client");
    let (statements, calls) = credentials(given, snippet);
    let necessary = necessary(api, 0);
    format!(
        "fn client() -> Result<Client, Box<dyn std::error::Error>> {{ {statements} let client = Client::builder(){calls}{necessary}{more}.build()?; Ok(client) }}"
    )
}
