//! What a setting names, a variable or a file, as messages name it. It may be the secret itself, given by mistake: messages
//! repeat what has the form of a name, and nothing that may be generated.

use std::fmt;
use std::path::Path;

use crate::cli::is_secret_parameter;

/// A variable or a file, and the setting that names it. `Display` stands behind `the environment variable` or `the file`.
pub(crate) struct Reference {
    setting: String,
    shown: Option<String>,
}

/// Longer names are not repeated.
const LONGEST: usize = 200;

/// Too short to be a secret.
const SHORT: usize = 3;

impl Reference {
    /// To an environment variable.
    pub(crate) fn to_variable(setting: impl Into<String>, name: &str) -> Self {
        let all = |kind: fn(u8) -> bool| name.bytes().all(|byte| byte == b'_' || kind(byte));
        let is_upper = all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        // Some systems have those too; a word by itself is as likely a password.
        let is_lower = name.contains('_') && all(|byte| byte.is_ascii_lowercase());
        let is_name = is_wordy(name) && (is_upper || is_lower);
        Self::new(setting, name, is_name)
    }

    /// To a file, as it was given.
    pub(crate) fn to_file(setting: impl Into<String>, given: &str) -> Self {
        let path = Path::new(given);
        let has_start = ["/", "./", "../", "~/"].iter().any(|start| given.starts_with(start));
        // Where the folder is there, the file's own name is all that may be something else.
        let (folder, file) = (path.parent(), path.file_name().and_then(|name| name.to_str()));
        let has_folder = has_start && folder.is_some_and(Path::is_dir) && file.is_some_and(is_wordy);
        let is_path = given.contains(['/', '.']) || is_secret_parameter(given);
        let is_name = path.symlink_metadata().is_ok() || has_folder || (is_path && is_wordy(given));
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

/// Whether it is made of words and short numbers, as no generated secret is.
fn is_wordy(text: &str) -> bool {
    let mut words = text.split(['/', '.', '-', '_', '~']).filter(|word| !word.is_empty());
    words.all(|word| {
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
            "fruit_bowl",
            "FRUIT_BOWL",
            "FRUITBOWL",
            "FRUIT_BOWL_2026",
            "_FRUIT",
            "S3_FRUIT",
            "STORE_URL",
        ] {
            let shown = Reference::to_variable("--flag", name).to_string();
            assert_eq!(shown, format!("`{name}` (--flag)"));
        }
        let generated = [
            "hush-hush",
            "A1B2_C3D4",
            "3f786850e387550f",
            "0123456789",
            "hushSecretHush9",
            "hush_SECRET_aB3dE9",
            "AKIAIOSFODNN7EXAMPLE",
            "JBSWY3DPEHPK3PXP",
            "hush_2026",
            "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
        ];
        for secret in generated
            .into_iter()
            .chain(["hush", "a+b/c==", "x".repeat(300).as_str()])
        {
            assert_eq!(Reference::to_variable("--flag", secret).to_string(), "named by --flag");
        }
        for path in [
            "/run/secrets/shop",
            "/no/such/fruit-bowl.txt",
            "./shop",
            "fruit.txt",
            "fruits/bowl",
            "../keys/shop-2026",
            "client-secret",
            "/",
        ] {
            let shown = Reference::to_file("--flag", path).to_string();
            assert_eq!(shown, format!("`{path}` (--flag)"));
        }
        for secret in generated.into_iter().chain([
            "HUSH",
            "HUSH_HUSH",
            "/aB3dE9/k+x==",
            "QWxhZGRpbjpvcGVu/c2VzYW1l",
            "eyJhbGciOiJIUzI1NiJ9.e30.hush9",
        ]) {
            assert_eq!(Reference::to_file("--flag", secret).to_string(), "named by --flag");
        }
    }
}
