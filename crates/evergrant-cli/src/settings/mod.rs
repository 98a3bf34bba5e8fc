//! Merges flags and profile into the settings of a token manager.

mod assertion_flags;
#[cfg(feature = "store")]
mod manager_with_store;
mod token_manager;
mod token_request_headers;

use std::collections::HashSet;
use std::time::Duration;

use evergrant::Scopes;
use evergrant::client_auth::ClientAuthMethod;
use evergrant_profile::{AuthMethod, HttpOptions, SecretRef};
use serde_json::json;

use crate::arguments::{CLIENT_SECRET_FLAGS, ClientArgs, SecretArgs, check_parameter, check_url};
use crate::background_task_tracker::TaskTracker;
use crate::client_secret_input::SecretSource;
use crate::connection::USER_AGENT;
use crate::failure::Failure;
use crate::profile;
#[cfg(feature = "store")]
use crate::store_selection::OpenStore;
use crate::user_token_file::Session;

/// Default maximum time to wait for a server.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(15);

/// Settings for the client, the authorization server and the API.
pub(crate) struct Settings {
    /// The profile's settings, overridden by flags. The secret is in the field `secret`.
    pub(crate) profile: evergrant_profile::Settings,
    secret: Option<SecretSource>,
    http: HttpOptions,
    #[cfg(feature = "store")]
    sharing: Option<OpenStore>,
    /// The library's background tasks.
    pub(crate) tasks: TaskTracker,
}

/// Where a token is stored for later runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Persistence {
    /// Not stored.
    None,
    /// In the session file of a signed-in user.
    Session,
    #[cfg(feature = "store")]
    Store,
}

impl Settings {
    /// Merges flags and profile. Flags override the profile; parameters do so one by one.
    pub(crate) fn resolve(args: ClientArgs) -> Result<Self, Failure> {
        Self::merge(args, false)
    }

    /// Merges flags and profile for a sign-in: with an issuer, the grant is the authorization code grant.
    pub(crate) fn resolve_sign_in(args: ClientArgs) -> Result<Self, Failure> {
        Self::merge(args, true)
    }

    fn merge(args: ClientArgs, is_sign_in: bool) -> Result<Self, Failure> {
        let mut settings = match &args.profile {
            Some(name) => profile::load(name, args.config.as_deref())?,
            None => evergrant_profile::Settings::default(),
        };
        let location = settings.location();
        // An issuer by flag replaces the URLs of the profile.
        if args.issuer.is_some() {
            (settings.token_url, settings.authorization_url) = (None, None);
            (settings.device_authorization_url, settings.pushed_authorization_url) = (None, None);
            settings.revocation_url = None;
        }
        settings.issuer = args.issuer.or(settings.issuer);
        if let Some(issuer) = &settings.issuer {
            check_url("the issuer", issuer)?;
        }
        settings.token_url = args.token_url.or(settings.token_url);
        if settings.issuer.is_none() || settings.token_url.is_some() {
            let what = "token URL";
            let token_url = required(None, settings.token_url, what, "token_url", &location)?;
            check_url("the token URL", &token_url)?;
            settings.token_url = Some(token_url);
        }
        let client_id = required(args.client_id, settings.client_id, "client id", "client_id", &location)?;
        settings.client_id = Some(client_id.clone());
        settings.authorization_url = args.authorization_url.or(settings.authorization_url);
        if let Some(url) = &settings.authorization_url {
            check_url("the authorization URL", url)?;
        }
        settings.device_authorization_url = args.device_authorization_url.or(settings.device_authorization_url);
        if let Some(url) = &settings.device_authorization_url {
            check_url("the device authorization URL", url)?;
        }
        settings.grant_type = args.endpoint.grant_type.clone().or(settings.grant_type);
        if is_sign_in && !settings.has_sign_in() && settings.issuer.is_some() {
            settings
                .grant_type
                .get_or_insert_with(|| "authorization_code".to_owned());
        }
        let by_flag = from_flags(args.secret);
        let from_profile = settings.secret.take().map(SecretSource::Reference);
        // A program on a user's machine cannot keep a secret (RFC 8252 section 8.5), so most have none.
        let public = settings.has_sign_in() && by_flag.is_none() && from_profile.is_none();
        let auth = assertion_flags::merge(
            &mut settings,
            args.auth.map(|method| method.0),
            args.assertion,
            by_flag.is_some(),
        );
        let auth = auth.unwrap_or(AuthMethod::Secret(match public {
            true => ClientAuthMethod::None,
            false => ClientAuthMethod::Basic,
        }));
        if !auth.uses_secret() && by_flag.is_some() {
            return Err(Failure::usage(format!(
                "the client authentication method `{}` uses no secret, but one is set; remove one of them",
                auth.name()
            )));
        }
        settings.auth = Some(auth);
        let secret = auth.uses_secret().then(|| {
            by_flag
                .or(from_profile)
                .unwrap_or_else(|| SecretSource::Prompt { client_id })
        });
        settings.timeout = args.timeout.or(settings.timeout).or(Some(TIMEOUT));
        settings.ca_file = args.connection.ca_file.or(settings.ca_file);
        settings.title_case_headers |= args.connection.title_case_headers;
        let endpoint = args.endpoint;
        token_request_headers::add(&mut settings.token_headers, &endpoint.token_headers)?;
        settings.user_agent = endpoint.user_agent.or(settings.user_agent);
        token_request_headers::check_user_agent(settings.user_agent.get_or_insert_with(|| USER_AGENT.to_owned()))?;
        settings.client_id_in_body |= endpoint.client_id_in_body;
        settings.json_body |= endpoint.json_body;
        settings.allow_unlisted |= endpoint.allow_unlisted;
        settings.token_types = or_profile(endpoint.token_types, settings.token_types);
        settings.access_token_at = endpoint.access_token_at.or(settings.access_token_at);
        add_params(&mut settings.params, &args.params, "--param")?;
        settings.scopes = or_profile(args.scopes, settings.scopes);
        settings.audience = args.audience.or(settings.audience);
        settings.resources = or_profile(args.resources, settings.resources);
        settings.plaintext_origins = or_profile(args.plaintext, settings.plaintext_origins);
        #[cfg(not(feature = "store"))]
        check_no_store(&settings)?;
        Ok(Self {
            http: settings.http()?,
            profile: settings,
            secret,
            #[cfg(feature = "store")]
            sharing: None,
            tasks: TaskTracker::default(),
        })
    }

    /// Where tokens are stored for the next run.
    pub(crate) fn persistence(&self) -> Persistence {
        if self.profile.has_sign_in() {
            return Persistence::Session;
        }
        #[cfg(feature = "store")]
        if self.sharing.is_some() {
            return Persistence::Store;
        }
        Persistence::None
    }

    /// Whether the secret comes from standard input, so that the data cannot.
    pub(crate) fn reads_stdin(&self) -> bool {
        matches!(self.secret, Some(SecretSource::Stdin))
    }

    /// The session of the user who signed in with these settings; `None` if no user signs in.
    pub(crate) fn session(&self) -> Result<Option<Session>, Failure> {
        let profile = &self.profile;
        if !profile.has_sign_in() {
            return Ok(None);
        }
        let sorted = |mut texts: Vec<String>| {
            texts.sort_unstable();
            texts
        };
        let scopes: Scopes = profile.scopes.iter().map(String::as_str).collect();
        let params = profile.params.iter().map(|(name, value)| format!("{name}={value}"));
        let mut identity = json!({
            "authorization_url": profile.authorization_url,
            "token_url": profile.token_url,
            "client_id": profile.client_id,
            "scopes": sorted(scopes.iter().map(str::to_owned).collect()),
            "audience": profile.audience,
            "resources": sorted(profile.resources.clone()),
            "params": sorted(params.collect()),
        });
        if let Some(details) = &profile.authorization_details {
            identity["authorization_details"] = json!(details);
        }
        if profile.authorization_url.is_none()
            && let Some(url) = &profile.device_authorization_url
        {
            identity["device_authorization_url"] = json!(url);
        }
        if profile.token_url.is_none() {
            identity["issuer"] = json!(profile.issuer);
        }
        let headers: Vec<String> = token_request_headers::public_values(&profile.token_headers).collect();
        if !headers.is_empty() {
            identity["token_headers"] = json!(sorted(headers));
        }
        Session::new(identity).map(Some)
    }

    /// Adds parameters of the authorization URL to those of the profile.
    pub(crate) fn add_authorization_params(&mut self, flags: &[String]) -> Result<(), Failure> {
        add_params(&mut self.profile.authorization_params, flags, "--authorization-param")
    }
}

fn from_flags(args: SecretArgs) -> Option<SecretSource> {
    let named = match (args.env, args.file) {
        (Some(variable), _) => SecretRef::env("--client-secret-env", variable),
        (None, Some(path)) => SecretRef::file("--client-secret-file", path),
        (None, None) => return args.stdin.then_some(SecretSource::Stdin),
    };
    Some(SecretSource::Reference(named))
}

/// Rejects a store setting that this build cannot use.
#[cfg(not(feature = "store"))]
fn check_no_store(settings: &evergrant_profile::Settings) -> Result<(), Failure> {
    const VARIABLE: &str = "EVERGRANT_STORE";
    let named = match &settings.store.choice {
        Some(evergrant_profile::StoreChoice::At(location)) => Some(location.setting()),
        Some(evergrant_profile::StoreChoice::Disabled) => None,
        None => std::env::var_os(VARIABLE)
            .is_some_and(|url| !url.is_empty())
            .then_some(VARIABLE),
    };
    match named {
        None => Ok(()),
        Some(setting) => Err(Failure::usage(format!(
            "{setting} needs the feature `store`, which this build lacks; remove the setting, or reinstall with `cargo install evergrant-cli --features store`"
        ))),
    }
}

/// Returns a required setting. `location` is the profile that was read, if any.
fn required(
    flag: Option<String>,
    profile: Option<String>,
    what: &str,
    key: &str,
    location: &Option<String>,
) -> Result<String, Failure> {
    flag.or(profile).filter(|text| !text.is_empty()).ok_or_else(|| {
        Failure::usage(format!(
            "no {what}; pass --{}, or set `{key}` in {}",
            key.replace('_', "-"),
            location.as_deref().unwrap_or("a profile")
        ))
    })
}

/// Adds the parameters from flags. They replace parameters of the profile with the same name. The library rejects
/// duplicates.
fn add_params(params: &mut Vec<(String, String)>, flags: &[String], flag: &str) -> Result<(), Failure> {
    let mut added = Vec::new();
    for param in flags {
        let (name, value) = param
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| Failure::usage(format!("{flag} must have the form NAME=VALUE")))?;
        check_parameter(flag, name, value, CLIENT_SECRET_FLAGS)?;
        added.push((name.to_owned(), value.to_owned()));
    }
    let names: HashSet<&str> = added.iter().map(|(name, _)| name.as_str()).collect();
    params.retain(|(known, _)| !names.contains(known.as_str()));
    params.extend(added);
    Ok(())
}

fn or_profile<T>(flags: Vec<T>, profile: Vec<T>) -> Vec<T> {
    if flags.is_empty() { profile } else { flags }
}
