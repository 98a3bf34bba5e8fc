//! What would be generated, and what the description leaves open: for people as text, for programs as JSON.

mod account;
mod said;
mod screen;
mod unsaid;

use std::fmt;

use serde_json::Value;

use self::account::Account;
use self::said::Said;
use crate::api::Api;
use crate::source::Document;

/// An account of a description: what would be generated, what would be left out, and what the description does not say.
/// `Display` writes it for people, and [`to_json`](Self::to_json) for programs.
///
/// ```
/// use evergrant_openapi::{Document, Generator};
///
/// let description = r#"
/// openapi: 3.1.0
/// info: { title: Greetings, version: "1.0" }
/// paths:
///   /hello:
///     get: { operationId: hello, responses: { "200": { description: A greeting., content: { text/plain: {} } } } }
/// "#;
/// let report = Generator::new(Document::parse("greetings.yaml", description)?).inspect()?;
/// assert!(report.to_string().contains("What the description does not say"));
/// assert_eq!(report.to_json()["groups"][0]["operations"][0]["name"], "hello");
/// # Ok::<(), evergrant_openapi::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Report {
    account: Account,
}

impl Report {
    /// With a look at the description itself, which alone can tell what is said from what is assumed.
    pub(crate) fn of(api: &Api, document: &Document) -> Self {
        Self {
            account: Account::of(api, Said::by(document)),
        }
    }

    /// The same for programs. Members may be added; those that there are keep their names and meanings.
    ///
    /// | member | holds |
    /// |---|---|
    /// | `package` | `name`, `crate`, `title`, `version`, `description` |
    /// | `environments` | of each: `name`, `variant`, `description`, `servers` with `name`, `setter`, `url` (null where the application gives it) and `plain_http` |
    /// | `variables` | of the servers' URLs: `name`, `setter`, `type`, `default`, `values` with `value` and `variant` |
    /// | `headers` | of every call: `name`, `setter`, `description` |
    /// | `schemes` | `name`, `kind` (`basic`, `bearer`, `keys`, `session`, `oauth`, `unsupported`), `title`, `description`, `credentials`, `setter`, `operations` (how many name it), `keys`, `session`, `oauth`, `unsupported` (why) |
    /// | `schemes[].oauth` | `flows` with `grant`, `token_url` and `authorization_url`, `client_auth` (`basic`, `basic-raw`, `post`), `client_auth_assumed`, `params`, `scope_type`, `scopes` with `name`, `variant` and `description` |
    /// | `groups` | `method`, `type`, `description`, `operations` |
    /// | `groups[].operations` | `id`, `name`, `method`, `path`, `server`, `summary`, `deprecated`, `security`, `takes`, `body`, `gives`, `fails` |
    /// | `…operations[].security` | `optional`, and `alternatives`: lists of `scheme` and `scopes` that are needed together |
    /// | `…operations[].takes` | parameters: `name`, `argument`, `in`, `type`, `required` |
    /// | `…operations[].gives`, `fails` | answers: `status`, `type`, `media`, `events` |
    /// | `warnings`, `skipped` | `place` (a JSON pointer with `#`) and `message` |
    /// | `unsaid` | `what`, `assumed`, `places`, and an overlay's action that would say it: `action` with `target` and `update` |
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.account.to_json()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        screen::write(&self.account, f)
    }
}
