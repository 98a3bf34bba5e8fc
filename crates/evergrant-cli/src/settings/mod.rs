//! Flags and profile put together: everything that a token manager needs to be told.

mod endpoint;
mod manager;

use std::collections::HashSet;
use std::time::Duration;

use evergrant::origin::Origin;
use evergrant::{ClientAuth, Scopes};
use http::StatusCode;
use serde_json::json;

pub(crate) use self::endpoint::{EndpointSettings, HeaderSource};
use crate::cli::{ClientArgs, OF_CLIENT, SecretArgs, StoreArgs, check_parameter, check_url};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::profile::{self, Profile};
use crate::reference::Reference;
use crate::secret::SecretSource;
use crate::session::Session;
use crate::store::{Sharing, StoreSettings};
use crate::tasks::Tasks;

/// How long to wait for a server.
const TIMEOUT: Duration = Duration::from_secs(15);

/// A client, its authorization server, and what the profile says of the API.
pub(crate) struct Settings {
    token_url: String,
    /// Where users sign in, if the token is to be a user's.
    authorization_url: Option<String>,
    pub(crate) redirect_uri: Option<String>,
    authorization_params: Vec<(String, String)>,
    client_id: String,
    secret: Option<SecretSource>,
    scopes: Scopes,
    audience: Option<String>,
    resources: Vec<String>,
    auth: ClientAuth,
    params: Vec<(String, String)>,
    endpoint: EndpointSettings,
    pub(crate) allow_missing_state: bool,
    timeout: Duration,
    pub(crate) connection: Connection,
    pub(crate) plaintext: Vec<Origin>,
    pub(crate) base_url: Option<String>,
    pub(crate) allow_origins: Vec<Origin>,
    /// Statuses that mean that the token is no longer good, besides 401.
    pub(crate) renew_on: Vec<StatusCode>,
    /// The profile's.
    store: StoreSettings,
    sharing: Option<Sharing>,
    /// The library's.
    pub(crate) tasks: Tasks,
}

/// What becomes of a token once it has been used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// Nothing.
    Nowhere,
    /// It is a user's, who has signed in.
    InSession,
    InStore,
}

impl Settings {
    /// Flags override the profile; parameters do so one by one.
    pub(crate) fn resolve(args: ClientArgs) -> Result<Self, Failure> {
        let profile = match &args.profile {
            Some(name) => profile::load(name, args.config.as_deref())?,
            None => Profile::default(),
        };
        let token_url = required(
            args.token_url,
            profile.token_url,
            "token URL",
            "token_url",
            &profile.named,
        )?;
        check_url("the token URL", &token_url)?;
        let client_id = required(
            args.client_id,
            profile.client_id,
            "client id",
            "client_id",
            &profile.named,
        )?;
        let authorization_url = args.authorization_url.or(profile.authorization_url);
        if let Some(url) = &authorization_url {
            check_url("the authorization URL", url)?;
        }
        let by_flag = from_flags(args.secret);
        // A program on its user's machine can keep no secret (RFC 8252 section 8.5), so most have none.
        let public = authorization_url.is_some() && by_flag.is_none() && profile.secret.is_none();
        let usual = if public { ClientAuth::None } else { ClientAuth::Basic };
        let auth = args.auth.or(profile.auth).map_or(usual, |method| method.0);
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
        let timeout = args.timeout.or(profile.timeout).unwrap_or(TIMEOUT);
        let ca_file = args.connection.ca_file.or(profile.ca_file);
        let title_case_headers = args.connection.title_case_headers || profile.title_case_headers;
        let endpoint = EndpointSettings::resolve(args.endpoint, profile.endpoint)?;
        let user_agent = endpoint.user_agent.clone();
        let mut params = profile.params;
        add(&mut params, &args.params, "--param")?;
        Ok(Self {
            token_url,
            authorization_url,
            redirect_uri: profile.redirect_uri,
            authorization_params: profile.authorization_params,
            client_id,
            secret,
            scopes: over(args.scopes, profile.scopes).into_iter().collect(),
            audience: args.audience.or(profile.audience),
            resources: over(args.resources, profile.resources),
            auth,
            params,
            connection: Connection::new(timeout, ca_file.as_deref(), title_case_headers, user_agent)?,
            endpoint,
            allow_missing_state: profile.allow_missing_state,
            timeout,
            plaintext: over(args.plaintext, profile.plaintext),
            base_url: profile.base_url,
            allow_origins: profile.allow_origins,
            renew_on: profile.renew_on,
            store: profile.store,
            sharing: None,
            tasks: Tasks::default(),
        })
    }

    /// Has tokens kept in the store that flags, profile or environment name, if any does.
    pub(crate) fn share(&mut self, args: StoreArgs) -> Result<(), Failure> {
        let store = StoreSettings::from_flags(args)?.or(std::mem::take(&mut self.store));
        match self.authorization_url {
            Some(_) => store.check_for_user(),
            None => {
                self.sharing = store.open()?;
                Ok(())
            }
        }
    }

    /// Where tokens are kept for the next invocation.
    pub(crate) fn keeping(&self) -> Keeping {
        match (&self.authorization_url, &self.sharing) {
            (Some(_), _) => Keeping::InSession,
            (None, Some(_)) => Keeping::InStore,
            (None, None) => Keeping::Nowhere,
        }
    }

    /// Whether the secret comes from standard input, which nothing else can be read from then.
    pub(crate) fn reads_stdin(&self) -> bool {
        matches!(self.secret, Some(SecretSource::Stdin))
    }

    /// Where the token of the user is kept who has signed in with these settings; `None` without an authorization URL.
    pub(crate) fn session(&self) -> Result<Option<Session>, Failure> {
        let Some(authorization_url) = &self.authorization_url else {
            return Ok(None);
        };
        let sorted = |mut texts: Vec<String>| {
            texts.sort_unstable();
            texts
        };
        let params = self.params.iter().map(|(name, value)| format!("{name}={value}"));
        let mut identity = json!({
            "authorization_url": authorization_url,
            "token_url": self.token_url,
            "client_id": self.client_id,
            "scopes": sorted(self.scopes.iter().map(str::to_owned).collect()),
            "audience": self.audience,
            "resources": sorted(self.resources.clone()),
            "params": sorted(params.collect()),
        });
        let headers: Vec<String> = self.endpoint.plain_headers().collect();
        if !headers.is_empty() {
            identity["token_headers"] = json!(sorted(headers));
        }
        Session::new(identity).map(Some)
    }

    /// For the authorization URL, beside what the profile says.
    pub(crate) fn add_authorization_params(&mut self, given: &[String]) -> Result<(), Failure> {
        add(&mut self.authorization_params, given, "--authorization-param")
    }
}

fn from_flags(args: SecretArgs) -> Option<SecretSource> {
    match args {
        SecretArgs {
            env: Some(variable), ..
        } => Some(SecretSource::Env {
            reference: Reference::to_variable("--client-secret-env", &variable),
            variable,
        }),
        SecretArgs { file: Some(path), .. } => Some(SecretSource::File {
            reference: Reference::to_file("--client-secret-file", &path.to_string_lossy()),
            path,
        }),
        SecretArgs { stdin: true, .. } => Some(SecretSource::Stdin),
        SecretArgs { .. } => None,
    }
}

/// `place` is the profile that was read, if any was.
fn required(
    flag: Option<String>,
    profile: Option<String>,
    what: &str,
    key: &str,
    place: &Option<String>,
) -> Result<String, Failure> {
    flag.or(profile).filter(|text| !text.is_empty()).ok_or_else(|| {
        Failure::usage(format!(
            "there is no {what}; give --{}, or `{key}` in {}",
            key.replace('_', "-"),
            place.as_deref().unwrap_or("a profile")
        ))
    })
}

/// Adds parameters given as flags, over the profile's of the same name. One that is given twice is the library's to
/// refuse.
fn add(params: &mut Vec<(String, String)>, given: &[String], flag: &str) -> Result<(), Failure> {
    let mut added = Vec::new();
    for param in given {
        let (name, value) = param
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| Failure::usage(format!("{flag} is written as NAME=VALUE")))?;
        check_parameter(flag, name, value, OF_CLIENT)?;
        added.push((name.to_owned(), value.to_owned()));
    }
    let names: HashSet<&str> = added.iter().map(|(name, _)| name.as_str()).collect();
    params.retain(|(known, _)| !names.contains(known.as_str()));
    params.extend(added);
    Ok(())
}

fn over<T>(flags: Vec<T>, profile: Vec<T>) -> Vec<T> {
    if flags.is_empty() { profile } else { flags }
}
