//! What a setting names, a variable or a file, as messages name it. What stands there may be the secret itself, given by mistake:
//! it is repeated where it can be a name only.

use std::fmt;
use std::path::Path;

use crate::cli::is_secret_parameter;

/// A variable or a file, and the setting that names it. `Display` stands behind `the environment variable` or `the file`.
pub(crate) struct Reference {
    setting: String,
    shown: Option<String>,
}

/// Words that names of variables and files are made of; a name has one of them, or is that of a secret, as `CLIENT_SECRET` is.
const WORDS: &[&str] = &[
    "access",
    "account",
    "admin",
    "api",
    "app",
    "auth",
    "azure",
    "cert",
    "client",
    "conf",
    "config",
    "cred",
    "creds",
    "credential",
    "credentials",
    "defined",
    "dev",
    "does",
    "env",
    "etc",
    "evergrant",
    "example",
    "exist",
    "exists",
    "file",
    "foo",
    "home",
    "id",
    "json",
    "key",
    "keys",
    "login",
    "missing",
    "my",
    "name",
    "no",
    "none",
    "not",
    "oauth",
    "pass",
    "passwd",
    "pem",
    "postgres",
    "prod",
    "production",
    "pwd",
    "redis",
    "run",
    "secret",
    "secrets",
    "service",
    "set",
    "shop",
    "staging",
    "store",
    "such",
    "test",
    "tmp",
    "token",
    "tokens",
    "txt",
    "undefined",
    "unset",
    "uri",
    "url",
    "user",
    "usr",
    "value",
    "var",
    "variable",
    "vault",
    "x",
];

/// Longer names are not repeated.
const LONGEST: usize = 200;

/// Too short to be a secret.
const SHORT: usize = 3;

impl Reference {
    /// To an environment variable.
    pub(crate) fn to_variable(setting: impl Into<String>, name: &str) -> Self {
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let is_upper = !name.bytes().any(|byte| byte.is_ascii_lowercase());
        let is_name = is_plain && is_wordy(name) && (is_secret_parameter(name) || (is_upper && is_known(name)));
        Self::new(setting, name, is_name)
    }

    /// To a file, as it was given.
    pub(crate) fn to_file(setting: impl Into<String>, given: &str) -> Self {
        let path = Path::new(given);
        let is_path = ["/", "./", "../", "~/"].iter().any(|start| given.starts_with(start));
        // Where the folder is there, the file's own name is all that may be something else.
        let (folder, file) = (path.parent(), path.file_name().and_then(|name| name.to_str()));
        let has_folder = is_path && folder.is_some_and(Path::is_dir) && file.is_some_and(is_wordy);
        let is_name =
            path.symlink_metadata().is_ok() || has_folder || (is_wordy(given) && (is_path || is_known(given)));
        Self::new(setting, given, is_name)
    }

    fn new(setting: impl Into<String>, given: &str, is_name: bool) -> Self {
        let is_shown = given.len() <= LONGEST && (is_name || given.len() <= SHORT);
        Self {
            setting: setting.into(),
            shown: is_shown.then(|| given.to_owned()),
        }
    }

    /// The setting.
    pub(crate) fn setting(&self) -> &str {
        &self.setting
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shown {
            Some(name) => write!(f, "`{name}` ({})", self.setting),
            None => write!(f, "named by {}", self.setting),
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(['/', '.', '-', '_', '~']).filter(|word| !word.is_empty())
}

/// Whether it is made of words and short numbers, as no generated secret is.
fn is_wordy(text: &str) -> bool {
    words(text).all(|word| {
        let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = word.len() - letters.len();
        let rest = letters.get(1..).unwrap_or_default();
        let has_one_case =
            rest.bytes().all(|byte| byte.is_ascii_lowercase()) || letters.bytes().all(|byte| byte.is_ascii_uppercase());
        letters.bytes().all(|byte| byte.is_ascii_alphabetic())
            && has_one_case
            && letters.len() <= 20
            && digits <= if letters.is_empty() { 8 } else { 2 }
    })
}

fn is_known(text: &str) -> bool {
    words(text).any(|word| {
        let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
        WORDS.contains(&letters.to_ascii_lowercase().as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_and_what_may_be_a_secret_is_not() {
        for name in [
            "CLIENT_SECRET",
            "SHOP_CLIENT_SECRET_2",
            "CS",
            "client_secret",
            "NO_SUCH_VARIABLE",
            "STORE_URL",
            "API_KEY",
        ] {
            let shown = Reference::to_variable("--flag", name).to_string();
            assert_eq!(shown, format!("`{name}` (--flag)"));
        }
        for secret in [
            "hush-hush",
            "HUSH",
            "HUSH_HUSH",
            "A1B2_C3D4",
            "hushSecretHush9",
            "AKIAIOSFODNN7EXAMPLE",
            "a+b/c==",
        ] {
            assert_eq!(Reference::to_variable("--flag", secret).to_string(), "named by --flag");
        }
        for path in [
            "/run/secrets/shop",
            "./shop",
            "secret.txt",
            "../keys/shop-2026",
            "client-secret",
            "/",
        ] {
            let shown = Reference::to_file("--flag", path).to_string();
            assert_eq!(shown, format!("`{path}` (--flag)"));
        }
        for secret in [
            "hush-hush",
            "HUSH",
            "A1B2_C3D4",
            "/aB3dE9/k+x==",
            "QWxhZGRpbjpvcGVu/c2VzYW1l",
            "3f786850e387550f",
        ] {
            assert_eq!(Reference::to_file("--flag", secret).to_string(), "named by --flag");
        }
    }
}
