//! Flags and profile put together: everything that a token manager needs to be told.

use std::time::Duration;

use evergrant::origin::Origin;
use evergrant::{ClientAuth, ClientCredentials, Scopes, TokenManager};
use evergrant_reqwest::Transport;

use crate::cli::{ClientArgs, SecretArgs, check_url};
use crate::failure::Failure;
use crate::profile::{self, Profile};
use crate::secret::SecretSource;

/// What we call ourselves at the servers.
const USER_AGENT: &str = concat!("evergrant/", env!("CARGO_PKG_VERSION"));

/// How long to wait for a server.
const TIMEOUT: Duration = Duration::from_secs(15);

/// A client, its authorization server, and what the profile says of the API.
pub(crate) struct Settings {
    token_url: String,
    client_id: String,
    secret: Option<SecretSource>,
    scopes: Scopes,
    audience: Option<String>,
    resources: Vec<String>,
    auth: ClientAuth,
    params: Vec<(String, String)>,
    pub(crate) timeout: Duration,
    pub(crate) plaintext: Vec<Origin>,
    pub(crate) base_url: Option<String>,
    pub(crate) allow_origins: Vec<String>,
}

impl Settings {
    /// Flags override the profile; parameters do so one by one.
    pub(crate) fn resolve(args: ClientArgs) -> Result<Self, Failure> {
        let profile = match &args.profile {
            Some(name) => profile::load(name, args.config.as_deref())?,
            None => Profile::default(),
        };
        let token_url = required(args.token_url, profile.token_url, "token URL", "token_url")?;
        check_url("the token URL", &token_url)?;
        let client_id = required(args.client_id, profile.client_id, "client id", "client_id")?;
        let auth = args.auth.or(profile.auth).map_or(ClientAuth::Basic, |method| method.0);
        let by_flag = from_flags(args.secret);
        if auth == ClientAuth::None && by_flag.is_some() {
            return Err(Failure::usage(
                "`--auth none` sends no secret, and one is given; drop one of the two",
            ));
        }
        let secret = (auth != ClientAuth::None).then(|| {
            by_flag.or(profile.secret).unwrap_or_else(|| SecretSource::Prompt {
                client_id: client_id.clone(),
            })
        });
        let mut params = profile.params;
        for param in &args.params {
            let (name, value) = param
                .split_once('=')
                .filter(|(name, _)| !name.is_empty())
                .ok_or_else(|| Failure::usage("a --param is written as NAME=VALUE"))?;
            params.retain(|(known, _)| known != name);
            params.push((name.to_owned(), value.to_owned()));
        }
        Ok(Self {
            token_url,
            client_id,
            secret,
            scopes: over(args.scopes, profile.scopes).into_iter().collect(),
            audience: args.audience.or(profile.audience),
            resources: over(args.resources, profile.resources),
            auth,
            params,
            timeout: args.timeout.or(profile.timeout).unwrap_or(TIMEOUT),
            plaintext: over(args.plaintext, profile.plaintext),
            base_url: profile.base_url,
            allow_origins: profile.allow_origins,
        })
    }

    /// Whether the secret comes from standard input, which nothing else can be read from then.
    pub(crate) fn reads_stdin(&self) -> bool {
        matches!(self.secret, Some(SecretSource::Stdin))
    }

    /// Builds the manager, and reads the secret for it.
    pub(crate) fn into_tokens(self) -> Result<TokenManager, Failure> {
        let transport = Transport::from_builder(|| http(self.timeout))?;
        let builder = match self.secret {
            Some(source) => ClientCredentials::new(self.client_id, source.read()?),
            None => ClientCredentials::public(self.client_id),
        };
        let mut builder = builder
            .token_url(self.token_url)
            .client_auth(self.auth)
            .scopes(self.scopes.iter())
            // A person waits: one limit for all, and the flight's own error before the caller's.
            .attempt_timeout(self.timeout)
            .flight_timeout(self.timeout)
            .max_wait(self.timeout + Duration::from_secs(1));
        if let Some(audience) = self.audience {
            builder = builder.audience(audience);
        }
        for resource in self.resources {
            builder = builder.resource(resource);
        }
        for (name, value) in self.params {
            builder = builder.param(name, value);
        }
        for origin in self.plaintext {
            builder = builder.danger_allow_http_to(origin);
        }
        Ok(builder.build(transport)?)
    }
}

/// An HTTP client that says who we are, and waits no longer than `timeout` for a connection or for the next piece of an
/// answer.
pub(crate) fn http(timeout: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(timeout)
        .read_timeout(timeout)
}

fn from_flags(args: SecretArgs) -> Option<SecretSource> {
    match args {
        SecretArgs {
            env: Some(variable), ..
        } => Some(SecretSource::Env {
            variable,
            setting: "--client-secret-env",
        }),
        SecretArgs { file: Some(path), .. } => Some(SecretSource::File {
            path,
            setting: "--client-secret-file",
        }),
        SecretArgs { stdin: true, .. } => Some(SecretSource::Stdin),
        SecretArgs { .. } => None,
    }
}

fn required(flag: Option<String>, profile: Option<String>, what: &str, key: &str) -> Result<String, Failure> {
    flag.or(profile).filter(|text| !text.is_empty()).ok_or_else(|| {
        Failure::usage(format!(
            "there is no {what}; give --{}, or `{key}` in a profile",
            key.replace('_', "-")
        ))
    })
}

fn over<T>(flags: Vec<T>, profile: Vec<T>) -> Vec<T> {
    if flags.is_empty() { profile } else { flags }
}
