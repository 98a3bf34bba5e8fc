//! Puts a client together, and takes over what it has in common with the one that it came from.

use std::sync::{Arc, OnceLock};

use evergrant::origin::Origin;
use evergrant::{BuildError, Requirement};
use http::{HeaderName, HeaderValue};

use super::schemes::authorizer;
use super::servers::Servers;
use super::tokens::{Tokens, Workshop};
use super::{Shared, check};
use crate::Settings;
use crate::describe::{Api, SchemeKind};
use crate::settings::Given;

impl Shared {
    pub(crate) fn build(mut settings: Settings, previous: Option<&Self>) -> Result<Self, BuildError> {
        check::schemes(&settings)?;
        let servers = Servers::resolve(&settings)?;
        if let Some(previous) = previous.filter(|previous| previous.servers != servers) {
            previous.keep_its_sessions(&mut settings);
        }
        let sharing = previous.filter(|previous| Arc::ptr_eq(&previous.settings.http, &settings.http));
        let clients = clients(&settings, &servers, sharing)?;
        let first = clients.iter().flatten().next().ok_or(BuildError::MissingBaseUrl)?;
        let workshop = Workshop {
            settings: &settings,
            servers: &servers,
            transport: first.transport().into(),
            before: previous,
            previous: sharing.filter(|previous| previous.settings.has_same_plaintext(&settings)),
        };
        let schemes = 0..settings.api.schemes.len();
        let mut tokens: Vec<_> = schemes
            .clone()
            .map(|index| workshop.tokens(index))
            .collect::<Result<_, _>>()?;
        let has_sessions = |index: usize| matches!(settings.schemes[index].given, Some(Given::Session(_)));
        if schemes.clone().any(has_sessions) {
            // A client that knows of no sessions, so that one is never waited for while it is being opened.
            let mut without = settings.clone();
            for (scheme, described) in without.schemes.iter_mut().zip(settings.api.schemes) {
                if matches!(described.kind, SchemeKind::Session { .. }) {
                    *scheme = Default::default();
                }
            }
            let client = Arc::new(Self::assemble(
                without,
                servers.clone(),
                clients.clone(),
                tokens.clone(),
            )?);
            for (index, place) in tokens.iter_mut().enumerate() {
                if let Some(sessions) = workshop.sessions(index, &client)? {
                    *place = Some(sessions);
                }
            }
        }
        Self::assemble(settings, servers, clients, tokens)
    }

    /// A session that this client was to start from is none of another server's.
    fn keep_its_sessions(&self, settings: &mut Settings) {
        for (scheme, earlier) in settings.schemes.iter_mut().zip(&self.settings.schemes) {
            if matches!(scheme.given, Some(Given::Session(_))) && scheme.has_same_token(earlier) {
                scheme.token = None;
            }
        }
    }

    fn assemble(
        settings: Settings,
        servers: Servers,
        clients: Vec<Option<evergrant_reqwest::Client>>,
        tokens: Vec<Option<Tokens>>,
    ) -> Result<Self, BuildError> {
        let requirements = settings.api.requirements.iter();
        let authorizers: Vec<_> = requirements
            .map(|requirement| authorizer(&settings, &tokens, requirement))
            .collect::<Result<_, _>>()?;
        let lanes = authorizers.len() * clients.len();
        Ok(Self {
            settings,
            servers,
            clients,
            tokens,
            authorizers,
            lanes: std::iter::repeat_with(OnceLock::new).take(lanes).collect(),
        })
    }
}

/// One for each server, without credentials, all over the same connections.
fn clients(
    settings: &Settings,
    servers: &Servers,
    sharing: Option<&Shared>,
) -> Result<Vec<Option<evergrant_reqwest::Client>>, BuildError> {
    let user_agent = user_agent(settings.api);
    let described = described_headers(settings)?;
    let allowed: Vec<_> = servers
        .api_origins()
        .map(|origin| origin.to_string())
        .chain(settings.origins.iter().cloned())
        .collect();
    let receives = |origin: &Origin| allowed.iter().any(|text| text.parse().as_ref() == Ok(origin));
    // The client's own setting of that name would allow the origin too, and one of token endpoints alone is none of the API's.
    let plaintext: Vec<_> = settings.plaintext.iter().filter(|origin| receives(origin)).collect();
    let mut first = sharing.and_then(|previous| previous.clients.iter().flatten().next().cloned());
    let mut clients = Vec::new();
    for (url, server) in servers.api_urls().zip(settings.api.servers) {
        let Some(url) = url else {
            clients.push(None);
            continue;
        };
        let mut builder = evergrant_reqwest::Client::builder(Requirement::none()).base_url(url);
        builder = match &first {
            Some(first) => builder.share_connections(first),
            None => settings.http.under(builder, &user_agent),
        };
        for origin in &plaintext {
            builder = builder.danger_allow_http_to((*origin).clone());
        }
        for origin in &allowed {
            builder = builder.allow_origin(origin);
        }
        if let Some(rule) = settings.renew_when.clone() {
            builder = builder.renew_when(move |head| rule(head));
        }
        for (name, value) in settings
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

fn described_headers(settings: &Settings) -> Result<Vec<(HeaderName, HeaderValue)>, BuildError> {
    let mut headers = Vec::new();
    for (header, value) in settings.api.headers.iter().zip(&settings.described_headers) {
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
                    expected: "a header's value: one line of text",
                });
            }
        }
    }
    Ok(headers)
}

/// `bookstore/1.0.0`, without what RFC 9110 section 10.1.5 has no place for.
fn user_agent(api: &Api) -> HeaderValue {
    let token = |text: &str| -> String {
        let fits = |character: char| character.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(character);
        text.chars()
            .map(|character| if fits(character) { character } else { '-' })
            .collect()
    };
    let text = format!("{}/{}", token(api.name), token(api.version));
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("evergrant"))
}
