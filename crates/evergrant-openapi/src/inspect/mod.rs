//! The report on a description, as text for people and as JSON for programs: what would be generated, and with which
//! assumptions.

mod assumptions;
mod explicit_statements;
mod report;
mod report_as_text;

use std::fmt;

use serde_json::Value;

use self::explicit_statements::Explicit;
use self::report::Contents;
use crate::api::Api;
use crate::parsed_description::Document;

/// A report on an OpenAPI description: what would be generated, what would be skipped, and which assumptions the SDK
/// makes where the description is incomplete. `Display` writes the report for people, and [`to_json`](Self::to_json)
/// returns it for programs.
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
/// assert!(report.to_string().contains("Assumptions"));
/// assert_eq!(report.to_json()["groups"][0]["operations"][0]["name"], "hello");
/// # Ok::<(), evergrant_openapi::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Report {
    contents: Contents,
}

impl Report {
    /// `document` shows which values are explicit and which are assumed.
    pub(crate) fn of(api: &Api, document: &Document) -> Self {
        Self {
            contents: Contents::of(api, Explicit::of(document)),
        }
    }

    /// Returns the report as a JSON object. The table lists its members; `[]` stands for each item of an array. Later
    /// versions of this crate may add members, but do not change existing members.
    ///
    /// | member | holds |
    /// |---|---|
    /// | `package` | `name`, `crate`, `title`, `version`, `description` |
    /// | `environments` | of each: `name`, `variant`, `description`, `servers` with `name`, `setter`, `url` (null if the application sets it) and `plain_http` |
    /// | `variables` | of server URLs: `name`, `setter`, `type`, `default` (null if the application must set it), `values` with `value` and `variant` |
    /// | `headers` | on every call: `name`, `setter`, `description` |
    /// | `schemes` | `name`, `kind` (`basic`, `bearer`, `keys`, `session`, `oauth`, `unsupported`), `title`, `description`, `credentials`, `setter`, `operations` (how many use it), `keys`, `session`, `oauth`, `unsupported` (the reason) |
    /// | `schemes[].oauth` | `issuer` (OpenID Connect), `flows` with `grant`, `token_url` and `authorization_url`, `client_auth` (`basic`, `basic-raw`, `post`), `client_auth_assumed`, `params`, `scope_type`, `scopes` with `name`, `variant` and `description` |
    /// | `groups` | `method`, `type`, `description`, `operations` |
    /// | `groups[].operations` | `id`, `name`, `method`, `path`, `server`, `summary`, `deprecated`, `security`, `parameters`, `body`, `responses`, `errors` |
    /// | `…operations[].security` | `optional`, and `alternatives`: lists of `scheme` and `scopes` that belong together |
    /// | `…operations[].parameters` | `name`, `argument`, `in`, `type`, `required` |
    /// | `…operations[].responses`, `errors` | `status`, `type`, `media`, `events` |
    /// | `nullable_members` | the members of request bodies that can be left out or sent as null, such as `UserPatch.middle_name` |
    /// | `problems` | `place`, `message`, and an overlay action that removes the problem: `action` with `target`, and `update` or `remove` |
    /// | `warnings`, `skipped` | `place` (a JSON pointer with `#`) and `message` |
    /// | `assumptions` | `question`, `assumed`, `places`, and an overlay action that answers the question: `action` with `target` and `update` |
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.contents.to_json()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        report_as_text::write(&self.contents, f)
    }
}
