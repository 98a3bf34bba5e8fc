//! Settings from a file: one TOML table for each profile, with secrets by reference.

mod endpoint;
mod reader;
mod secret;
mod store;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use evergrant::origin::Origin;
use http::StatusCode;

use self::reader::Reader;
use crate::cli::{AuthMethod, is_secret_parameter};
use crate::failure::Failure;
use crate::secret::{SecretSource, drop_mark, is_open_to_others};
use crate::settings::EndpointSettings;
use crate::store::StoreSettings;

/// One profile's settings; what it does not say is left to the flags and the defaults.
#[derive(Default)]
pub(crate) struct Profile {
    /// Which one it is, for messages; `None` where none was read.
    pub(crate) named: Option<String>,
    pub(crate) token_url: Option<String>,
    pub(crate) authorization_url: Option<String>,
    pub(crate) redirect_uri: Option<String>,
    pub(crate) authorization_params: Vec<(String, String)>,
    pub(crate) client_id: Option<String>,
    pub(crate) secret: Option<SecretSource>,
    pub(crate) scopes: Vec<String>,
    pub(crate) audience: Option<String>,
    pub(crate) resources: Vec<String>,
    pub(crate) auth: Option<AuthMethod>,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) endpoint: EndpointSettings,
    pub(crate) allow_missing_state: bool,
    pub(crate) timeout: Option<Duration>,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) title_case_headers: bool,
    pub(crate) plaintext: Vec<Origin>,
    pub(crate) base_url: Option<String>,
    pub(crate) allow_origins: Vec<Origin>,
    pub(crate) renew_on: Vec<StatusCode>,
    pub(crate) store: StoreSettings,
}

/// Reads the profile `name` from `file`, or from the file in its usual place.
pub(crate) fn load(name: &str, file: Option<&Path>) -> Result<Profile, Failure> {
    let path = file.map_or_else(usual_place, |file| Ok(file.to_owned()))?;
    let shown = path.display();
    let (text, open_to_others) =
        contents(&path).map_err(|error| {
            Failure::usage(format!(
                "cannot read the profile `{name}` in {shown}: {error}; write it there (see `evergrant token --help` for an example), or name another file with --config"
            ))
        })?;
    let mut file = parse(&path, &text)?;
    let mut profiles = file.table("profiles")?;
    file.finish()?;
    let Some(table) = profiles.remove(name) else {
        let names: Vec<String> = profiles.keys().map(|name| format!("`{name}`")).collect();
        return Err(Failure::usage(match names.as_slice() {
            [] => format!("{shown} has no profile `{name}`, and no other; write one as [profiles.{name}]"),
            names => format!("{shown} has no profile `{name}`; it has {}", names.join(", ")),
        }));
    };
    let toml::Value::Table(table) = table else {
        return Err(Failure::usage(format!(
            "{shown}: the profile `{name}` must be a table, written as [profiles.{name}]"
        )));
    };
    let named = format!("the profile `{name}`");
    let profile = read(Reader::new(&path, &named, table), open_to_others)?;
    Ok(Profile {
        named: Some(format!("{named} of {shown}")),
        ..profile
    })
}

/// The file's text, and whether others may read it.
fn contents(path: &Path) -> std::io::Result<(String, bool)> {
    let mut file = File::open(path)?;
    let open_to_others = is_open_to_others(&file)?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    drop_mark(&mut text);
    Ok((text, open_to_others))
}

fn usual_place() -> Result<PathBuf, Failure> {
    let given = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    given("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute())
        .or_else(|| given("HOME").map(|home| Path::new(&home).join(".config")))
        .map(|folder| folder.join("evergrant").join("config.toml"))
        .ok_or_else(|| Failure::usage("there is no home directory to look for profiles in; give --config FILE"))
}

/// Says where the text is no TOML, and nothing of what it says there.
fn parse(path: &Path, text: &str) -> Result<Reader, Failure> {
    let table = text.parse::<toml::Table>().map_err(|error| {
        let line = error
            .span()
            .map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
        Failure::usage(format!(
            "{} is not valid TOML at line {line}; see `evergrant token --help` for an example",
            path.display()
        ))
    })?;
    Ok(Reader::new(path, "the file", table))
}

fn read(mut profile: Reader, open_to_others: bool) -> Result<Profile, Failure> {
    let auth = match profile.string("auth")? {
        None => None,
        Some(name) => Some(
            <AuthMethod as clap::ValueEnum>::from_str(&name, false)
                .map_err(|_| profile.wrong("auth", "`basic`, `raw`, `post` or `none`"))?,
        ),
    };
    let timeout = match profile.number("timeout")? {
        None => None,
        seconds => Some(
            crate::cli::parse_seconds(seconds)
                .ok_or_else(|| profile.wrong("timeout", "seconds, above 0 and at most 3600"))?,
        ),
    };
    let authorization_params = params(&mut profile, "authorization_params")?;
    let params = params(&mut profile, "params")?;
    let ca_file = profile.string("ca_file")?;
    let settings = Profile {
        named: None,
        token_url: profile.string("token_url")?,
        authorization_url: profile.string("authorization_url")?,
        redirect_uri: profile.string("redirect_uri")?,
        authorization_params,
        client_id: profile.string("client_id")?,
        secret: secret::read(&mut profile, open_to_others)?,
        scopes: profile.strings("scopes")?,
        audience: profile.string("audience")?,
        resources: profile.strings("resources")?,
        auth,
        params,
        endpoint: endpoint::read(&mut profile)?,
        allow_missing_state: profile.boolean("danger_allow_missing_state")? == Some(true),
        timeout,
        ca_file: ca_file.map(|file| resolve(&file, profile.path())),
        title_case_headers: profile.boolean("title_case_headers")? == Some(true),
        plaintext: origins(&mut profile, "danger_allow_http_to")?,
        base_url: profile.string("base_url")?,
        allow_origins: origins(&mut profile, "allow_origins")?,
        renew_on: profile.refusals("renew_on")?,
        store: store::read(&mut profile, open_to_others)?,
    };
    profile.finish()?;
    Ok(settings)
}

fn origins(profile: &mut Reader, key: &str) -> Result<Vec<Origin>, Failure> {
    let mut origins = Vec::new();
    for origin in profile.strings(key)? {
        origins.push(
            origin
                .parse()
                .map_err(|_| profile.wrong(key, "origins, such as \"https://files.example.com\""))?,
        );
    }
    Ok(origins)
}

fn params(profile: &mut Reader, key: &str) -> Result<Vec<(String, String)>, Failure> {
    let mut params = Vec::new();
    for (name, value) in profile.table(key)? {
        if is_secret_parameter(&name) {
            return Err(profile.refuse(&format!(
                "has the secret `{name}` among its params; give the client's secret by reference: client_secret_env or client_secret_file"
            )));
        }
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(yes) => yes.to_string(),
            _ => return Err(profile.wrong(&format!("{key}.{name}"), "a string")),
        };
        params.push((name, value));
    }
    Ok(params)
}

/// A path in a profile starts at the file's own folder, or at the user's home.
fn resolve(file: &str, profiles: &Path) -> PathBuf {
    if let Some(rest) = file.strip_prefix("~/")
        && let Some(home) = std::env::var_os("HOME")
    {
        return Path::new(&home).join(rest);
    }
    profiles
        .parent()
        .map_or_else(|| file.into(), |folder| folder.join(file))
}
