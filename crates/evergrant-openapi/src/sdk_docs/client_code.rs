//! Writes example code that creates a client: with credentials from environment variables, and the settings that the
//! API requires.

use evergrant::GrantKind;

use super::code_snippet::{Snippet, literal};
use crate::api::{Api, Flow, Need, OAuth, Scheme, SchemeKind, is_plain_http};

/// Example credentials of a scheme.
pub(super) struct SampleCredentials<'a> {
    pub(super) scheme: &'a Scheme,
    pub(super) grant: Option<GrantKind>,
    /// The scopes of one operation, or a few scopes of the scheme.
    pub(super) scopes: Vec<String>,
    /// Calls after the constructor, such as `.manual()`.
    pub(super) settings: String,
}

impl<'a> SampleCredentials<'a> {
    pub(super) fn of(api: &'a Api, scheme: usize) -> Self {
        let requirements = api.requirements_of(scheme);
        let mut visited = vec![false; requirements.len()];
        let mut scopes: Vec<String> = Vec::new();
        for requirement in api.operations().map(|operation| operation.requirement) {
            if scopes.len() == 2 {
                break;
            }
            if !requirements[requirement] || std::mem::replace(&mut visited[requirement], true) {
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

    /// Credentials with the scopes that one operation needs.
    pub(super) fn for_need(api: &'a Api, need: &Need) -> Self {
        let credentials = Self::of(api, need.scheme);
        match need.scopes.is_empty() {
            true => credentials,
            false => Self {
                scopes: need.scopes.clone(),
                ..credentials
            },
        }
    }

    /// Uses this grant, for schemes with several grants.
    pub(super) fn with_grant(self, grant: GrantKind) -> Self {
        Self {
            grant: Some(grant),
            ..self
        }
    }

    /// Adds calls after the constructor.
    pub(super) fn with_settings(self, settings: impl Into<String>) -> Self {
        Self {
            settings: settings.into(),
            ..self
        }
    }

    /// Statements that read the secrets, and the expression that creates the credentials.
    fn code(&self, snippet: &mut Snippet) -> (String, String) {
        let scheme = self.scheme;
        let name = &scheme.credentials;
        snippet.uses(name);
        let mut secrets = String::new();
        let mut secret = |local: &str, suffix: &str| {
            secrets += &format!(
                "let {local} = std::env::var({})?;",
                literal(&env_variable(scheme, suffix))
            );
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
                    GrantKind::ClientCredentials => "",
                    GrantKind::Password => {
                        secret("password", "PASSWORD");
                        ", \"username\", password"
                    }
                    GrantKind::AuthorizationCode => ", redirect_uri",
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
        let of = |grant: GrantKind| oauth.flows.iter().find(|flow| flow.grant == grant);
        let selected = self.grant.and_then(of);
        selected
            .or_else(|| of(GrantKind::ClientCredentials))
            .or_else(|| of(GrantKind::Password))
            .unwrap_or(&oauth.flows[0])
    }
}

/// The constructor of credentials for a grant.
pub(super) fn constructor(oauth: &OAuth, flow: &Flow) -> &'static str {
    match (oauth.flows.len(), flow.grant) {
        (1, _) => "new",
        (_, GrantKind::ClientCredentials) => "client_credentials",
        (_, GrantKind::Password) => "password",
        (_, GrantKind::AuthorizationCode) => "authorization_code",
    }
}

/// The constructor of credentials for a client without a secret.
pub(super) fn public_constructor(oauth: &OAuth, flow: &Flow) -> String {
    match constructor(oauth, flow) {
        "new" => "public".to_owned(),
        name => format!("{name}_public"),
    }
}

/// Scopes with a variant are written as variants, all others as strings.
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

/// The environment variable that holds a secret, such as `OAUTH_CCG_CLIENT_SECRET`.
fn env_variable(scheme: &Scheme, suffix: &str) -> String {
    let base = scheme.base.trim_matches('_').to_uppercase();
    let suffix = suffix.trim_matches('_');
    let several = matches!(&scheme.kind, SchemeKind::Keys(keys) if keys.len() > 1);
    match base.is_ascii() && suffix.is_ascii() {
        true if !several && (base == suffix || base.ends_with(&format!("_{suffix}"))) => base,
        true => format!("{base}_{suffix}"),
        false => "SECRET".to_owned(),
    }
}

/// Statements that create credentials, and the builder calls that set them.
pub(super) fn credentials(samples: &[SampleCredentials<'_>], snippet: &mut Snippet) -> (String, String) {
    let mut statements = String::new();
    let mut calls = String::new();
    let is_single = samples.len() == 1;
    for sample in samples {
        let setter = &sample.scheme.setter;
        let (secrets, expression) = sample.code(snippet);
        let name = if is_single {
            "credentials"
        } else {
            local(sample.scheme, samples)
        };
        statements += &format!("{secrets} let {name} = {expression};");
        calls += &format!(".{setter}({name})");
    }
    (statements, calls)
}

/// The variable that holds a scheme's credentials next to those of other schemes: `oauth_ccg`, unless the name is
/// taken.
fn local<'s>(scheme: &'s Scheme, samples: &[SampleCredentials<'_>]) -> &'s str {
    let short = scheme.setter.strip_suffix("_credentials").unwrap_or(&scheme.setter);
    let keys = samples.iter().filter_map(|sample| match &sample.scheme.kind {
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

/// The builder calls that a client for an environment requires: missing URLs, and permission for plain `http`.
pub(super) fn required_calls(api: &Api, environment: usize) -> String {
    let mut calls = String::new();
    let mut plain: Vec<String> = Vec::new();
    for (index, server) in api.servers.list.iter().enumerate() {
        match server.url(environment) {
            Some(url) => plain.extend(plain_origin(api, url)),
            None => {
                let host = if index == 0 { "api" } else { "auth" };
                let path = server.relative(environment).unwrap_or_default();
                let path = api.servers.variables.iter().fold(path.to_owned(), |path, variable| {
                    path.replace(&format!("{{{}}}", variable.name), &variable.default)
                });
                let url = format!("https://{host}.example.com/{}", path.trim_start_matches(['.', '/']));
                let url = url.trim_end_matches('/');
                calls += &format!(".{}({})", server.setter, literal(url));
            }
        }
    }
    for variable in api.servers.variables.iter().filter(|variable| variable.required) {
        let placeholder = format!("{{{}}}", variable.name);
        let mut urls = api.servers.list.iter().filter_map(|server| server.url(environment));
        if urls.any(|url| url.contains(&placeholder)) {
            calls += &format!(".{}({})", variable.setter, literal(&variable.default));
        }
    }
    let oauth = api.schemes.iter().filter_map(Scheme::oauth);
    plain.extend(
        oauth
            .flat_map(|oauth| &oauth.flows)
            .filter_map(|flow| flow.token_url.as_ref())
            .filter_map(|url| plain_origin(api, url)),
    );
    plain.sort();
    plain.dedup();
    for origin in plain {
        calls += &format!(".danger_allow_http_to({}.parse()?)", literal(&origin));
    }
    calls
}

/// The origin of a plain `http` URL, with the default values of its variables.
fn plain_origin(api: &Api, url: &str) -> Option<String> {
    let url = api.servers.variables.iter().fold(url.to_owned(), |url, variable| {
        url.replace(&format!("{{{}}}", variable.name), &variable.default)
    });
    let rest = url.strip_prefix("http://").filter(|_| is_plain_http(&url))?;
    let authority = rest.split('/').next().unwrap_or_default();
    Some(format!("http://{authority}"))
}

/// Writes `fn client() -> ..` with these credentials and further calls on the builder.
pub(super) fn client_function(
    api: &Api,
    samples: &[SampleCredentials<'_>],
    more: &str,
    snippet: &mut Snippet,
) -> String {
    snippet.uses("Client");
    let (statements, calls) = credentials(samples, snippet);
    let required = required_calls(api, 0);
    format!(
        "fn client() -> Result<Client, Box<dyn std::error::Error>> {{ {statements} let client = Client::builder(){calls}{required}{more}.build()?; Ok(client) }}"
    )
}
