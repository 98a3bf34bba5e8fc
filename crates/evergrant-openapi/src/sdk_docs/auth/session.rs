//! Documents session schemes: a login operation returns the key, and the client logs in again when the API rejects it.

use super::section;
use super::settings_table::{Row, table};
use crate::api::{Api, BodyKind, Need, Operation, Session};
use crate::one_line_docs::code;
use crate::sdk_docs::call_code::type_path;
use crate::sdk_docs::client_code::{SampleCredentials, client_function};
use crate::sdk_docs::code_snippet::Snippet;
use crate::sdk_docs::escape_text::code_cell;

pub(super) fn sections(api: &Api, index: usize, session: &Session) -> Vec<String> {
    let login = session
        .operation
        .map(|(group, operation)| &api.groups[group].operations[operation]);
    let mut sections = vec![credentials(api, index, session, login)];
    if let Some(login) = login {
        sections.push(log_in(api, index, login));
    }
    let mut snippet = Snippet::new(api);
    let function = client_function(api, &[SampleCredentials::of(api, index)], "", &mut snippet);
    snippet.item(function);
    let text = "Use a key that the application already has. The client cannot replace such a key: the application does so itself.";
    sections.push(section("Using an existing key", text, Some(snippet)));
    sections
}

fn credentials(api: &Api, index: usize, session: &Session, login: Option<&Operation>) -> String {
    let scheme = &api.schemes[index];
    let mut rows = vec![Row::new(
        "Key",
        "impl Into<Secret>",
        format!("Sent in the header {}", code_cell(&session.header)),
        "`new`",
    )];
    let login_name = code_cell(&session.login);
    let body_description = format!("The request body of {login_name}, which returns the key");
    match login.and_then(body) {
        Some((ty, true)) => rows.push(Row::new("Login", type_path(api, ty), body_description, "`log_in`")),
        Some((ty, false)) => {
            rows.push(Row::new("Login", type_path(api, ty), body_description, "`log_in_with`"));
            let description = format!("Calls {login_name} without a request body");
            rows.push(Row::new("Login without a body", "", description, "`log_in`"));
        }
        None if login.is_some() => {
            let description = format!("Calls {login_name}, which returns the key");
            rows.push(Row::new("Login", "", description, "`log_in`"));
        }
        None => {}
    }
    let text = format!("{}\n\n{}", super::credentials_intro(scheme), table(&rows).trim_end());
    section("Credentials", &text, None)
}

/// The type of the login's request body, and whether the body is required.
fn body(login: &Operation) -> Option<(&crate::schema::Type, bool)> {
    let body = login.body.as_ref()?;
    match &body.kind {
        BodyKind::Json(ty) => Some((ty, body.required)),
        _ => None,
    }
}

fn log_in(api: &Api, index: usize, login: &Operation) -> String {
    let scheme = &api.schemes[index];
    let mut snippet = Snippet::new(api);
    let needs = api.requirements[login.requirement]
        .alternatives
        .first()
        .map_or(&[] as &[Need], Vec::as_slice);
    let samples: Vec<SampleCredentials<'_>> = needs
        .iter()
        .map(|need| SampleCredentials::of(api, need.scheme))
        .collect();
    snippet.uses(&scheme.credentials);
    let (parameter, constructor) = match body(login) {
        Some((ty, required)) => (
            format!("login: {}", type_path(api, ty)),
            if required {
                "log_in(login)"
            } else {
                "log_in_with(login)"
            },
        ),
        None => (String::new(), "log_in()"),
    };
    let (setter, credentials) = (&scheme.setter, &scheme.credentials);
    let more = format!(".{setter}({credentials}::{constructor})");
    let client = client_function(api, &samples, &more, &mut snippet);
    snippet.item(client.replacen("fn client()", &format!("fn client({parameter})"), 1));
    let manager = scheme.manager.as_deref().unwrap_or_default();
    let text = format!(
        "The first call that needs the key calls the operation {}. Concurrent calls share one login, and all calls share the key. When the API rejects the key with a 401, for example because the session timed out, the client logs in again once and repeats the rejected call with the new key. Credentials that the login operation itself needs are set on the same client.\n\n`client.{manager}()` shows the state of the key, and discards or renews it on request.",
        code(&login.id)
    );
    section("Client initialization", &text, Some(snippet))
}
