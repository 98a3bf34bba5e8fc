//! How messages show the variable or file that a setting names. The text may be the secret itself, passed by mistake,
//! so messages show it only if it looks like a name and not like a generated value.

use std::fmt;
use std::path::Path;

use crate::secret_names::is_secret_parameter;

/// A variable or a file, and the setting that names it. Messages write `Display` after `the environment variable` or
/// `the file`.
#[derive(Clone)]
pub(crate) struct SourceName {
    setting: String,
    visible_name: Option<String>,
}

/// Maximum length of a name that is shown.
const MAX_LEN: usize = 200;

/// Length of a text that is too short to be a secret.
const HARMLESS_LEN: usize = 3;

impl SourceName {
    /// Names an environment variable.
    pub(crate) fn to_variable(setting: impl Into<String>, name: &str) -> Self {
        let all = |kind: fn(u8) -> bool| name.bytes().all(|byte| byte == b'_' || kind(byte));
        let is_upper = all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        // Some systems use lower case; a single word could also be a password.
        let is_lower = name.contains('_') && all(|byte| byte.is_ascii_lowercase());
        let is_name = is_wordy(name) && (is_upper || is_lower);
        Self::new(setting, name, is_name)
    }

    /// Names a file, with its path as written in the setting.
    pub(crate) fn to_file(setting: impl Into<String>, name: &str) -> Self {
        let path = Path::new(name);
        let has_start = ["/", "./", "../", "~/"].iter().any(|start| name.starts_with(start));
        // If the folder exists, only the file name can be a secret.
        let (folder, file) = (path.parent(), path.file_name().and_then(|file| file.to_str()));
        let has_folder = has_start && folder.is_some_and(Path::is_dir) && file.is_some_and(is_wordy);
        let is_path = name.contains(['/', '.']) || is_secret_parameter(name);
        let is_name = path.symlink_metadata().is_ok() || has_folder || (is_path && is_wordy(name));
        Self::new(setting, name, is_name)
    }

    fn new(setting: impl Into<String>, name: &str, is_name: bool) -> Self {
        let is_visible = name.len() <= MAX_LEN && (is_name || name.len() <= HARMLESS_LEN);
        Self {
            setting: setting.into(),
            visible_name: is_visible.then(|| name.to_owned()),
        }
    }

    /// Returns the setting.
    #[cfg(feature = "store")]
    pub(crate) fn setting(&self) -> &str {
        &self.setting
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.visible_name {
            Some(name) => write!(f, "`{name}` ({})", self.setting),
            None => write!(f, "named by {}", self.setting),
        }
    }
}

/// Returns whether the text consists of words and short numbers, unlike generated secrets.
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
    fn names_are_shown_and_possible_secrets_are_not() {
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
            let shown = SourceName::to_variable("--flag", name).to_string();
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
            assert_eq!(SourceName::to_variable("--flag", secret).to_string(), "named by --flag");
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
            let shown = SourceName::to_file("--flag", path).to_string();
            assert_eq!(shown, format!("`{path}` (--flag)"));
        }
        for secret in generated.into_iter().chain([
            "HUSH",
            "HUSH_HUSH",
            "/aB3dE9/k+x==",
            "QWxhZGRpbjpvcGVu/c2VzYW1l",
            "eyJhbGciOiJIUzI1NiJ9.e30.hush9",
        ]) {
            assert_eq!(SourceName::to_file("--flag", secret).to_string(), "named by --flag");
        }
    }
}
