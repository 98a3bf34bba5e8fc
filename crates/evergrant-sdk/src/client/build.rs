//! Builds a client, and reuses the connections and tokens of the client that its settings were read from.

use std::sync::{Arc, OnceLock};

use evergrant::origin::Origin;
use evergrant::{BuildError, Requirement};
use http::{HeaderName, HeaderValue};

use super::security_schemes::authorizer;
use super::server_urls::Servers;
use super::token_managers::{SchemeTokens, SchemeTokensBuilder};
use super::{Shared, validate_settings};
use crate::configuration::{Configuration, SchemeCredentials};
use crate::metadata::{Api, SchemeKind};

impl Shared {
    pub(super) fn build(mut configuration: Configuration, previous: Option<&Self>) -> Result<Self, BuildError> {
        validate_settings::schemes(&configuration)?;
        let servers = Servers::resolve(&configuration)?;
        if let Some(previous) = previous.filter(|previous| previous.servers != servers) {
            previous.drop_session_tokens(&mut configuration);
        }
        let reusable = previous.filter(|previous| Arc::ptr_eq(&previous.configuration.http, &configuration.http));
        let clients = clients(&configuration, &servers, reusable)?;
        let first = clients.iter().flatten().next().ok_or(BuildError::MissingBaseUrl)?;
        let builder = SchemeTokensBuilder {
            configuration: &configuration,
            servers: &servers,
            transport: first.transport().into(),
            previous,
            previous_on_same_connections: reusable
                .filter(|previous| previous.configuration.has_same_plaintext(&configuration)),
        };
        let schemes = 0..configuration.api.schemes.len();
        let mut tokens: Vec<_> = schemes
            .clone()
            .map(|index| builder.tokens(index))
            .collect::<Result<_, _>>()?;
        let has_sessions = |index: usize| {
            matches!(
                configuration.schemes[index].credentials,
                Some(SchemeCredentials::Session(_))
            )
        };
        if schemes.clone().any(has_sessions) {
            // Logins use a client without sessions. Otherwise a login could wait for the session that it opens.
            let mut without_sessions = configuration.clone();
            for (scheme, described) in without_sessions.schemes.iter_mut().zip(configuration.api.schemes) {
                if matches!(described.kind, SchemeKind::Session { .. }) {
                    *scheme = Default::default();
                }
            }
            let client = Arc::new(Self::assemble(
                without_sessions,
                servers.clone(),
                clients.clone(),
                tokens.clone(),
            )?);
            for (index, entry) in tokens.iter_mut().enumerate() {
                if let Some(sessions) = builder.sessions(index, &client)? {
                    *entry = Some(sessions);
                }
            }
        }
        Self::assemble(configuration, servers, clients, tokens)
    }

    /// Drops initial session tokens of the previous client: they are not valid for other servers.
    fn drop_session_tokens(&self, configuration: &mut Configuration) {
        for (scheme, earlier) in configuration.schemes.iter_mut().zip(&self.configuration.schemes) {
            if matches!(scheme.credentials, Some(SchemeCredentials::Session(_))) && scheme.has_same_token(earlier) {
                scheme.token = None;
            }
        }
    }

    fn assemble(
        configuration: Configuration,
        servers: Servers,
        clients: Vec<Option<evergrant_reqwest::Client>>,
        tokens: Vec<Option<SchemeTokens>>,
    ) -> Result<Self, BuildError> {
        let requirements = configuration.api.requirements.iter();
        let authorizers: Vec<_> = requirements
            .map(|requirement| authorizer(&configuration, &tokens, requirement))
            .collect::<Result<_, _>>()?;
        let client_count = authorizers.len() * clients.len();
        Ok(Self {
            configuration,
            servers,
            clients,
            tokens,
            authorizers,
            authorized_clients: std::iter::repeat_with(OnceLock::new).take(client_count).collect(),
        })
    }
}

/// Builds one HTTP client per server, without credentials. All share their connections.
fn clients(
    configuration: &Configuration,
    servers: &Servers,
    reusable: Option<&Shared>,
) -> Result<Vec<Option<evergrant_reqwest::Client>>, BuildError> {
    let user_agent = user_agent(configuration.api);
    let described = described_headers(configuration)?;
    let allowed: Vec<_> = servers
        .api_origins()
        .map(|origin| origin.to_string())
        .chain(configuration.origins.iter().cloned())
        .collect();
    let is_allowed = |origin: &Origin| allowed.iter().any(|text| text.parse().as_ref() == Ok(origin));
    // danger_allow_http_to of the HTTP client also allows the origin, so origins that only have token endpoints are
    // left out.
    let plaintext: Vec<_> = configuration
        .plaintext
        .iter()
        .filter(|origin| is_allowed(origin))
        .collect();
    let mut first = reusable.and_then(|previous| previous.clients.iter().flatten().next().cloned());
    let mut clients = Vec::new();
    for (url, server) in servers.api_urls().zip(configuration.api.servers) {
        let Some(url) = url else {
            clients.push(None);
            continue;
        };
        let mut builder = evergrant_reqwest::Client::builder(Requirement::none()).base_url(url);
        builder = match &first {
            Some(first) => builder.share_connections(first),
            None => configuration.http.apply_to(builder, &user_agent),
        };
        for origin in &plaintext {
            builder = builder.danger_allow_http_to((*origin).clone());
        }
        for origin in &allowed {
            builder = builder.allow_origin(origin);
        }
        if let Some(rule) = configuration.renew_when.clone() {
            builder = builder.renew_when(move |head| rule(head));
        }
        if let Some(rule) = configuration.keep_token_when.clone() {
            builder = builder.keep_token_when(move |head| rule(head));
        }
        for (name, value) in configuration
            .headers
            .iter()
            .chain(described.iter().map(|(name, value)| (name, value)))
        {
            builder = builder.default_header(name.clone(), value.clone());
        }
        let client = builder.build().map_err(|error| match error {
            BuildError::InvalidUrl {
                setting: "base_url",
                problem,
            } => BuildError::InvalidUrl {
                setting: server.setter,
                problem,
            },
            error => error,
        })?;
        first.get_or_insert_with(|| client.clone());
        clients.push(Some(client));
    }
    Ok(clients)
}

fn described_headers(configuration: &Configuration) -> Result<Vec<(HeaderName, HeaderValue)>, BuildError> {
    let mut headers = Vec::new();
    for (header, value) in configuration.api.headers.iter().zip(&configuration.described_headers) {
        let Some(value) = value else {
            continue;
        };
        let name = HeaderName::try_from(header.name);
        match (name, HeaderValue::try_from(value.expose())) {
            (Ok(name), Ok(mut value)) => {
                value.set_sensitive(true);
                headers.push((name, value));
            }
            _ => {
                return Err(BuildError::OutOfRange {
                    setting: header.name,
                    expected: "a header value: one line of text",
                });
            }
        }
    }
    Ok(headers)
}

/// Returns a `User-Agent` such as `bookstore/1.0.0`. Characters that RFC 9110 section 10.1.5 does not allow are
/// replaced by `-`.
fn user_agent(api: &Api) -> HeaderValue {
    let token = |text: &str| -> String {
        let is_allowed = |character: char| character.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(character);
        text.chars()
            .map(|character| if is_allowed(character) { character } else { '-' })
            .collect()
    };
    let text = format!("{}/{}", token(api.name), token(api.version));
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("evergrant"))
}
