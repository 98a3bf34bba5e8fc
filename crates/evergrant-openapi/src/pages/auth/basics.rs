//! Schemes whose credentials are the application's own from the start: a password, keys, a bearer token.

use super::table::{Row, table};
use crate::api::{Api, Place, Scheme, SchemeKind};
use crate::pages::setup::{Given, client_function};
use crate::pages::snippet::Snippet;
use crate::pages::text::code_cell;

pub(super) fn sections(api: &Api, index: usize) -> Vec<String> {
    let scheme = &api.schemes[index];
    let mut snippet = Snippet::new(api);
    let function = client_function(api, &[Given::of(api, index)], "", &mut snippet);
    snippet.item(function);
    vec![
        super::section("Credentials", &credentials(scheme), None),
        super::section(
            "Client initialization",
            "Secrets come from the program's surroundings, never from its source. They are wiped from memory when the client goes, and no \
             `Debug` output or message shows them.",
            Some(snippet),
        ),
    ]
}

fn credentials(scheme: &Scheme) -> String {
    let secret = "impl Into<Secret>";
    let rows: Vec<Row> = match &scheme.kind {
        SchemeKind::Basic => vec![
            Row::new("User name", "impl Into<String>", "Who calls", "`new`"),
            Row::new("Password", secret, "That user's password; may be empty", "`new`"),
        ],
        SchemeKind::Bearer => vec![Row::new(
            "Access token",
            secret,
            "A token that was handed out beforehand, without `Bearer` before it",
            "`new`",
        )],
        SchemeKind::Keys(keys) => {
            let rows = keys.iter().map(|key| {
                let place = match key.place {
                    Place::Header => "Sent as this header",
                    Place::Query => "Sent as this parameter of the query",
                    Place::Cookie => "Sent as this cookie",
                };
                Row::new(code_cell(&key.name), secret, place, "`new`")
            });
            rows.collect()
        }
        _ => Vec::new(),
    };
    format!(
        "`{}`, given to the client with `{}(..)`. {}\n\n{}\n{}",
        scheme.credentials,
        scheme.setter,
        sent(scheme),
        table(&rows),
        super::read_back(scheme, &["username"])
    )
    .trim_end()
    .to_owned()
}

fn sent(scheme: &Scheme) -> &'static str {
    match &scheme.kind {
        SchemeKind::Basic => "Every call that needs them carries `Authorization: Basic ...` (RFC 7617).",
        SchemeKind::Bearer => {
            "Every call that needs it carries `Authorization: Bearer ...` (RFC 6750). Nothing renews this token: when the API no longer takes it, give the client another with `with_configuration`."
        }
        SchemeKind::Keys(keys) if keys.len() > 1 => "The keys are one credential: a call carries all of them or none.",
        SchemeKind::Keys(keys) if keys[0].place == Place::Query => {
            "The key stands in the URL that is sent, and nowhere else: errors and responses show the URL without it."
        }
        _ => "The key goes to the API's own origins, and does not follow a redirect to another.",
    }
}
