//! The location of a store: its URL, and the setting that names it.

use std::fmt;
use std::time::Duration;

use evergrant::Secret;
use url::Url;

use crate::secret_names::is_secret_parameter;
use crate::user_dirs::state_folder;

/// The location of a token store: a URL. `Display` and `Debug` omit the user name, the password and other parts of the
/// URL that may be secret.
///
/// ```
/// use evergrant_profile::StoreLocation;
///
/// let store = StoreLocation::new("rediss://shop:not-a-real-secret@redis.example.com/1?prefix=shop", "--store");
/// assert!(store.has_password());
/// assert_eq!(store.to_string(), "rediss://redis.example.com/1?prefix=shop");
/// ```
#[derive(Clone)]
pub struct StoreLocation {
    url: Secret,
    setting: String,
    is_cache: bool,
}

/// The query parameters to show; none of them is a secret.
const VISIBLE_PARAMS: [&str; 3] = ["prefix", "sslmode", "table"];

/// Time limit of one operation on a local disk, when many programs start at the same time.
const DISK_TIMEOUT: Duration = Duration::from_secs(10);
/// Time limit of one operation over the network, including connecting.
const NETWORK_TIMEOUT: Duration = Duration::from_secs(3);

impl StoreLocation {
    /// Creates a location from the URL of a store. `setting` is the name of the setting that contains the URL; it
    /// identifies the location in error messages.
    #[must_use]
    pub fn new(url: impl Into<Secret>, setting: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            setting: setting.into(),
            is_cache: false,
        }
    }

    /// Returns the location of the user's token cache, which the profile's key `cache = true` selects: the folder
    /// `tokens` in the user's [state folder](crate::user_dirs::state_folder). Returns `None` if the home directory is
    /// not known. `setting` identifies the location in error messages.
    #[must_use]
    pub fn cache(setting: impl Into<String>) -> Option<Self> {
        let url = Url::from_file_path(state_folder()?.join("tokens")).ok()?;
        Some(Self {
            is_cache: true,
            ..Self::new(String::from(url), setting)
        })
    }

    /// Returns whether this location was created by [`cache`](Self::cache).
    #[must_use]
    pub fn is_cache(&self) -> bool {
        self.is_cache
    }

    /// Returns the name of the setting that contains this location.
    #[must_use]
    pub fn setting(&self) -> &str {
        &self.setting
    }

    /// Returns the scheme of the store's URL, such as `rediss`, or `None` if the URL has none.
    #[must_use]
    pub fn scheme(&self) -> Option<&str> {
        self.url.expose().split_once(':').map(|(scheme, _)| scheme)
    }

    /// Returns whether the URL contains a secret. With Postgres, a user name alone is not a secret; with Redis, it may
    /// be a misplaced password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        let Some((scheme, rest)) = self.remote() else {
            return false;
        };
        let user = rest.rfind('@').map(|end| &rest[..end]);
        let in_authority = user.is_some_and(|user| user.contains(':') || !scheme.starts_with("postgres"));
        let query = rest.split_once('?').map_or("", |(_, query)| query);
        in_authority || url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| is_secret_parameter(&name))
    }

    /// Returns the time limit for one operation on the store. It is 10 s for a store on a local disk, and 3 s for a
    /// store on the network.
    #[must_use]
    pub fn operation_timeout(&self) -> Duration {
        match self.remote() {
            Some(_) => NETWORK_TIMEOUT,
            None => DISK_TIMEOUT,
        }
    }

    /// Returns whether this is a path relative to the working directory.
    pub(crate) fn is_relative(&self) -> bool {
        let split = self.url.expose().split_once(':');
        split.is_some_and(|(scheme, rest)| scheme.eq_ignore_ascii_case("file") && !rest.starts_with('/'))
    }

    #[cfg(feature = "store")]
    pub(crate) fn url(&self) -> &Secret {
        &self.url
    }

    /// Returns the scheme and the rest of a URL that is not a file URL.
    fn remote(&self) -> Option<(&str, &str)> {
        let split = self.url.expose().split_once("://");
        split.filter(|(scheme, _)| !scheme.eq_ignore_ascii_case("file"))
    }
}

impl fmt::Display for StoreLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, rest)) = self.remote() else {
            return f.write_str(self.url.expose());
        };
        let host = rest.rfind('@').map_or(0, |end| end + 1);
        // The end of a password with such a character is ambiguous.
        if rest[..host].contains(['/', '?', '#']) {
            return write!(f, "{scheme}://...");
        }
        let (host_and_path, query) = rest[host..].split_once('?').unwrap_or((&rest[host..], ""));
        let query: Vec<&str> = query
            .split('&')
            .filter(|pair| VISIBLE_PARAMS.contains(&pair.split('=').next().unwrap_or_default()))
            .collect();
        match query.is_empty() {
            true => write!(f, "{scheme}://{host_and_path}"),
            false => write!(f, "{scheme}://{host_and_path}?{}", query.join("&")),
        }
    }
}

impl fmt::Debug for StoreLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_password_finds_passwords_in_any_part_of_a_url() {
        for (url, has_password) in [
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
            assert_eq!(StoreLocation::new(url, "--store").has_password(), has_password, "{url}");
        }
    }

    #[test]
    fn display_omits_secrets() {
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
            assert_eq!(StoreLocation::new(url, "--store").to_string(), shown);
        }
    }
}
