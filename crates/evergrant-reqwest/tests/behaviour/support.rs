//! The client secret of the tests, and a response of the API server.

pub(crate) const SECRET: &str = "not-a-real-secret";

#[derive(Debug, serde::Deserialize)]
pub(crate) struct Book {
    pub(crate) title: String,
}
