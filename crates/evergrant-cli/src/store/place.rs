//! Where a store is: its URL, who said so, and as much of it as may be shown.

use std::time::Duration;

use evergrant::Secret;
use evergrant::store::SharedStore;
use evergrant_store::StoreBuildError;
use url::Url;

use super::{Encryption, Permits};
use crate::cli::is_secret_parameter;
use crate::failure::Failure;
use crate::reference::Reference;
use crate::state;

/// A store's URL, which may hold a password.
#[derive(Clone)]
pub(crate) struct Place {
    url: Secret,
    /// What named it, for messages.
    setting: &'static str,
}

/// What names the folder for the user alone.
const CACHE: &str = "--cache";

/// What may be shown of a URL's query: nothing that is secret anywhere.
const SHOWN: [&str; 3] = ["prefix", "sslmode", "table"];

/// How long one operation on this machine's disk may take, when many programs start at once.
const DISK_LIMIT: Duration = Duration::from_secs(10);
/// How long one operation of an engine behind a network may take, its connection included.
const ENGINE_LIMIT: Duration = Duration::from_secs(3);

impl Place {
    /// The folder of `--cache`.
    pub(crate) fn cache() -> Result<Self, Failure> {
        let folder = state::folder("tokens")?;
        let url = Url::from_file_path(&folder).map_err(|()| {
            Failure::usage(format!(
                "{} cannot be a folder of tokens; set XDG_STATE_HOME",
                folder.display()
            ))
        })?;
        Ok(Self::named(String::from(url), CACHE))
    }

    /// From the command line, where a password would be seen by others.
    pub(crate) fn on_command_line(url: String, setting: &'static str) -> Result<Self, Failure> {
        let place = Self::named(url, setting);
        if place.holds_password() {
            return Err(Failure::usage(format!(
                "{setting} contains a user name or password, which process lists and the shell's history show; put the URL into the environment variable EVERGRANT_STORE or into a profile (and replace the password, should it have been real)"
            )));
        }
        Ok(place)
    }

    /// From the environment variable of this name.
    pub(crate) fn from_variable(variable: &str, setting: &'static str, reference: &Reference) -> Result<Self, Failure> {
        let problem = match std::env::var(variable) {
            Ok(url) if !url.is_empty() => return Ok(Self::named(url, setting)),
            Ok(_) => "is empty",
            Err(std::env::VarError::NotPresent) => "is not set",
            Err(std::env::VarError::NotUnicode(_)) => "is not valid UTF-8",
        };
        Err(Failure::usage(format!(
            "the environment variable {reference} {problem}; export it with the store's URL"
        )))
    }

    pub(crate) fn named(url: impl Into<Secret>, setting: &'static str) -> Self {
        let url = url.into();
        Self { url, setting }
    }

    /// Whether the URL has anything in it that is, or may be, a secret. A mere user name is none to Postgres; with Redis, it may
    /// be a password in the wrong place.
    pub(crate) fn holds_password(&self) -> bool {
        let Some((scheme, rest)) = self.remote() else {
            return false;
        };
        let user = rest.rfind('@').map(|end| &rest[..end]);
        let in_authority = user.is_some_and(|user| user.contains(':') || !scheme.starts_with("postgres"));
        let query = rest.split_once('?').map_or("", |(_, query)| query);
        in_authority || url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| is_secret_parameter(&name))
    }

    /// Whether it is the folder of `--cache`.
    pub(crate) fn is_cache(&self) -> bool {
        self.setting == CACHE
    }

    /// Whether it is below the working directory, wherever that happens to be.
    pub(crate) fn is_relative(&self) -> bool {
        let split = self.url.expose().split_once(':');
        split.is_some_and(|(scheme, rest)| scheme.eq_ignore_ascii_case("file") && !rest.starts_with('/'))
    }

    /// The URL without user, password and whatever else may be secret.
    pub(crate) fn shown(&self) -> String {
        let Some((scheme, rest)) = self.remote() else {
            return self.url.expose().to_owned();
        };
        let host = rest.rfind('@').map_or(0, |end| end + 1);
        // A password with such a character would not end where it seems to.
        if rest[..host].contains(['/', '?', '#']) {
            return format!("{scheme}://...");
        }
        let (place, query) = rest[host..].split_once('?').unwrap_or((&rest[host..], ""));
        let query: Vec<&str> = query
            .split('&')
            .filter(|pair| SHOWN.contains(&pair.split('=').next().unwrap_or_default()))
            .collect();
        match query.is_empty() {
            true => format!("{scheme}://{place}"),
            false => format!("{scheme}://{place}?{}", query.join("&")),
        }
    }

    /// How long one operation may take.
    pub(crate) fn operation_limit(&self) -> Duration {
        match self.remote() {
            Some(_) => ENGINE_LIMIT,
            None => DISK_LIMIT,
        }
    }

    /// The store, to which nothing is connected yet.
    pub(crate) fn open(&self, encryption: Option<Encryption>, permits: Permits) -> Result<SharedStore, Failure> {
        let mut builder = evergrant_store::store(self.url.expose());
        if self
            .scheme()
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("memory"))
        {
            return Err(
                self.refused("a `memory:` store is gone with the program; use --cache, or the URL of another store")
            );
        }
        builder = match encryption {
            Some(Encryption::With(keys)) => builder.encryption(keys.read()?),
            Some(Encryption::Plaintext) => builder.danger_plaintext(),
            None => builder,
        };
        if permits.unencrypted_connection {
            builder = builder.danger_allow_unencrypted_connection();
        }
        if permits.clear_text_password {
            builder = builder.danger_allow_clear_text_password();
        }
        builder.build().map_err(|error| self.refused(&explained(&error)))
    }

    fn refused(&self, problem: &str) -> Failure {
        Failure::usage(format!("{}: {problem}", self.setting))
    }

    fn scheme(&self) -> Option<&str> {
        self.url.expose().split_once(':').map(|(scheme, _)| scheme)
    }

    /// Scheme and rest of a URL with an authority, which those of files never use.
    fn remote(&self) -> Option<(&str, &str)> {
        let split = self.url.expose().split_once("://");
        split.filter(|(scheme, _)| !scheme.eq_ignore_ascii_case("file"))
    }
}

/// In the terms of the command line.
fn explained(error: &StoreBuildError) -> String {
    match error {
        StoreBuildError::EncryptionNotDecided { scheme } => format!(
            "others may be able to read what is stored at `{scheme}:` URLs; give the keys to encrypt it with (--store-keys-env, --store-keys-file or EVERGRANT_STORE_KEYS; `evergrant store new-key` makes one), or --danger-plaintext-store where that is safe"
        ),
        StoreBuildError::ConnectionNotEncrypted { host, instead } => format!(
            "the connection to {host} is not encrypted, and passwords and tokens would be readable on the way; use {instead}, or --danger-unencrypted-store-connection where that is safe"
        ),
        StoreBuildError::UnknownScheme { .. } => {
            "it is no URL of a store; `evergrant store --help` lists those that there are".to_owned()
        }
        StoreBuildError::RelaxationForbidden(forbidden) => Failure::from(*forbidden).message().to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_found_wherever_a_url_can_have_them() {
        for (url, holds) in [
            ("redis://127.0.0.1:6379/0", false),
            ("redis://:not-a-real-secret@127.0.0.1", true),
            ("redis://not-a-real-secret@127.0.0.1", true),
            ("redis+cluster://:not/a?real#secret@a:1,b:2", true),
            ("postgres://shop@db.example.com/shop?sslmode=verify-full", false),
            ("postgres://shop:not-a-real-secret@db.example.com/shop", true),
            ("postgresql://db.example.com/shop?password=not-a-real-secret", true),
            ("postgresql://db.example.com/shop?sslpassword=not-a-real-secret", true),
            ("file:/home/a:b@c/tokens", false),
            ("file:///home/a:b@c/tokens", false),
        ] {
            assert_eq!(Place::named(url, "--store").holds_password(), holds, "{url}");
        }
    }

    #[test]
    fn what_is_shown_of_a_url_is_no_secret() {
        for (url, shown) in [
            (
                "rediss://shop:not-a-real-secret@a.example.com:6379/1?prefix=shop&ca=/x",
                "rediss://a.example.com:6379/1?prefix=shop",
            ),
            (
                "redis+sentinel://:not-a-real-secret@a:1,b:2/mymaster",
                "redis+sentinel://a:1,b:2/mymaster",
            ),
            ("redis://:not?a-real-secret@a", "redis://..."),
            ("redis://user:12/not-a-real-secret@a", "redis://..."),
            ("redis://a?password=not-a-real@secret", "redis://..."),
            (
                "postgres://db/shop?password=not-a-real-secret&table=tokens",
                "postgres://db/shop?table=tokens",
            ),
            ("file:/home/a@b/tokens", "file:/home/a@b/tokens"),
        ] {
            assert_eq!(Place::named(url, "--store").shown(), shown);
        }
    }
}
