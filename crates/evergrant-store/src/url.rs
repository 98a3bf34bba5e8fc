//! Which engine a URL is for. What else it says is the engine's to read.

use evergrant::Secret;

use crate::error::StoreBuildError;

/// A store's URL, which may hold a password.
#[derive(Debug)]
pub(crate) struct StoreUrl {
    /// The whole text, with the scheme in lower case.
    #[cfg_attr(
        not(any(feature = "file", feature = "redis", feature = "postgres")),
        expect(dead_code, reason = "the store in memory reads no URL")
    )]
    pub(crate) text: Secret,
    /// One of those we know.
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
        let (given, rest) = text.split_once(':').ok_or_else(|| unknown(""))?;
        let known = SCHEMES.iter().find(|(scheme, _)| scheme.eq_ignore_ascii_case(given));
        let Some(&(scheme, engine)) = known else {
            // What stands before a colon need not be a scheme: it may be a password.
            return Err(unknown(if rest.starts_with("//") { given } else { "" }));
        };
        let text = Secret::new(format!("{scheme}:{rest}"));
        Ok(Self { text, scheme, engine })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_may_be_in_capitals_and_the_rest_stays_as_it_is() {
        let url = StoreUrl::parse(&" REDISS+Sentinel://User:Not-A-Real-Secret@host/Service\n".into()).unwrap();
        assert_eq!((url.scheme, url.engine), ("rediss+sentinel", Engine::Redis));
        assert_eq!(
            url.text.expose(),
            "rediss+sentinel://User:Not-A-Real-Secret@host/Service"
        );
        assert!(!format!("{url:?}").contains("Secret"));
    }

    #[test]
    fn nothing_is_repeated_that_may_be_a_password() {
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
