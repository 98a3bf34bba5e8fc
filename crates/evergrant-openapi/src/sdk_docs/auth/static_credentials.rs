//! Documents schemes with static credentials: a password, API keys, a bearer token.

use super::settings_table::{Row, table};
use crate::api::{Api, KeyLocation, Scheme, SchemeKind};
use crate::sdk_docs::client_code::{SampleCredentials, client_function};
use crate::sdk_docs::code_snippet::Snippet;
use crate::sdk_docs::escape_text::code_cell;

pub(super) fn sections(api: &Api, index: usize) -> Vec<String> {
    let scheme = &api.schemes[index];
    let mut snippet = Snippet::new(api);
    let function = client_function(api, &[SampleCredentials::of(api, index)], "", &mut snippet);
    snippet.item(function);
    vec![
        super::section("Credentials", &credentials(scheme), None),
        super::section(
            "Client initialization",
            "Read secrets from the environment or a secret store, not from source code. The client wipes them from memory when it is \
             dropped, and no `Debug` output or error message shows them.",
            Some(snippet),
        ),
    ]
}

fn credentials(scheme: &Scheme) -> String {
    let secret = "impl Into<Secret>";
    let rows: Vec<Row> = match &scheme.kind {
        SchemeKind::Basic => vec![
            Row::new("Username", "impl Into<String>", "The user's name", "`new`"),
            Row::new("Password", secret, "The user's password; may be empty", "`new`"),
        ],
        SchemeKind::Bearer => vec![Row::new(
            "Access token",
            secret,
            "A token that the application already has, without the prefix `Bearer`",
            "`new`",
        )],
        SchemeKind::Keys(keys) => {
            let rows = keys.iter().map(|key| {
                let description = match key.location {
                    KeyLocation::Header => "Sent in the header of this name",
                    KeyLocation::Query => "Sent in the query parameter of this name",
                    KeyLocation::Cookie => "Sent in the cookie of this name",
                };
                Row::new(code_cell(&key.name), secret, description, "`new`")
            });
            rows.collect()
        }
        _ => Vec::new(),
    };
    format!(
        "{} {}\n\n{}\n{}",
        super::credentials_intro(scheme),
        usage(scheme),
        table(&rows),
        super::read_back(scheme, &["username"])
    )
    .trim_end()
    .to_owned()
}

/// How calls use the credentials.
fn usage(scheme: &Scheme) -> &'static str {
    match &scheme.kind {
        SchemeKind::Basic => "Calls that need them send `Authorization: Basic ...` (RFC 7617).",
        SchemeKind::Bearer => {
            "Calls that need the token send `Authorization: Bearer ...` (RFC 6750). The client does not renew this token. When the API rejects it, set another one with `with_configuration`."
        }
        SchemeKind::Keys(keys) if keys.len() > 1 => "The keys belong together: a call sends all of them or none.",
        SchemeKind::Keys(keys) if keys[0].location == KeyLocation::Query => {
            "The key appears only in the URL of the request. Errors and responses show the URL without it."
        }
        _ => "The key is sent only to the API's own origins, and not to another origin after a redirect.",
    }
}
