//! Selects the engine by the scheme of a URL; the engine then parses the rest of the URL.

use evergrant::Secret;

use crate::error::StoreBuildError;

/// A store's URL, which may contain a password.
#[derive(Debug)]
pub(crate) struct StoreUrl {
    /// The whole URL, with the scheme in lower case.
    #[cfg_attr(
        not(any(feature = "file", feature = "redis", feature = "postgres")),
        expect(dead_code, reason = "the store in memory reads no URL")
    )]
    pub(crate) text: Secret,
    /// One of the supported schemes.
    pub(crate) scheme: &'static str,
    pub(crate) engine: Engine,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Memory,
    File,
    Redis,
    Postgres,
}

const SCHEMES: [(&str, Engine); 16] = [
    ("memory", Engine::Memory),
    ("file", Engine::File),
    ("redis", Engine::Redis),
    ("rediss", Engine::Redis),
    ("valkey", Engine::Redis),
    ("valkeys", Engine::Redis),
    ("redis+cluster", Engine::Redis),
    ("rediss+cluster", Engine::Redis),
    ("valkey+cluster", Engine::Redis),
    ("valkeys+cluster", Engine::Redis),
    ("redis+sentinel", Engine::Redis),
    ("rediss+sentinel", Engine::Redis),
    ("valkey+sentinel", Engine::Redis),
    ("valkeys+sentinel", Engine::Redis),
    ("postgres", Engine::Postgres),
    ("postgresql", Engine::Postgres),
];

impl StoreUrl {
    pub(crate) fn parse(text: &Secret) -> Result<Self, StoreBuildError> {
        let unknown = |scheme: &str| StoreBuildError::UnknownScheme {
            scheme: scheme.to_owned(),
        };
        let text = text.expose().trim();
        let (name, rest) = text.split_once(':').ok_or_else(|| unknown(""))?;
        let known = SCHEMES.iter().find(|(scheme, _)| scheme.eq_ignore_ascii_case(name));
        let Some(&(scheme, engine)) = known else {
            // The text before a colon may be a password instead of a scheme.
            return Err(unknown(if rest.starts_with("//") { name } else { "" }));
        };
        let text = Secret::new(format!("{scheme}:{rest}"));
        Ok(Self { text, scheme, engine })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_case_insensitive_and_the_rest_is_unchanged() {
        let url = StoreUrl::parse(&" REDISS+Sentinel://User:Not-A-Real-Secret@host/Service\n".into()).unwrap();
        assert_eq!((url.scheme, url.engine), ("rediss+sentinel", Engine::Redis));
        assert_eq!(
            url.text.expose(),
            "rediss+sentinel://User:Not-A-Real-Secret@host/Service"
        );
        assert!(!format!("{url:?}").contains("Secret"));
    }

    #[test]
    fn errors_do_not_repeat_a_possible_password() {
        for (text, scheme) in [
            ("https://user:not-a-real-secret@host", "https"),
            ("not-a-real-secret:redis", ""),
            ("not-a-real-secret", ""),
            ("", ""),
        ] {
            let scheme = scheme.to_owned();
            let error = StoreUrl::parse(&text.into()).unwrap_err();
            assert!(!error.to_string().contains("not-a-real-secret"), "{error}");
            assert_eq!(error, StoreBuildError::UnknownScheme { scheme });
        }
    }
}
