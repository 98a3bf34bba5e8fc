//! Which engine a URL is for. What else it says is the engine's to read.

use evergrant::Secret;

use crate::error::StoreBuildError;

/// A store's URL, which may hold a password.
#[derive(Debug)]
pub(crate) struct StoreUrl {
    /// The whole text.
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
        // What is before the colon may be anything, such as a password in the wrong place.
        let unknown = |scheme: &str| StoreBuildError::UnknownScheme {
            scheme: scheme.to_owned(),
        };
        let (given, rest) = text.expose().split_once(':').ok_or_else(|| unknown(""))?;
        let known = SCHEMES.iter().find(|(scheme, _)| scheme.eq_ignore_ascii_case(given));
        let Some(&(scheme, engine)) = known else {
            return Err(unknown(if rest.starts_with("//") { given } else { "" }));
        };
        Ok(Self {
            text: text.clone(),
            scheme,
            engine,
        })
    }
}
