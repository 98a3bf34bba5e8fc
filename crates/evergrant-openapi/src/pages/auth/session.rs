//! A key that a login operation gives, and that is had again when it no longer holds.

use super::section;
use super::table::{Row, table};
use crate::api::{Api, BodyKind, Need, Operation, Session};
use crate::pages::sample::shown;
use crate::pages::setup::{Given, client_function};
use crate::pages::snippet::Snippet;
use crate::pages::text::code_cell;
use crate::prose::code;

pub(super) fn sections(api: &Api, index: usize, session: &Session) -> Vec<String> {
    let login = session
        .operation
        .map(|(group, operation)| &api.groups[group].operations[operation]);
    let mut sections = vec![credentials(api, index, session, login)];
    if let Some(login) = login {
        sections.push(log_in(api, index, login));
    }
    let mut snippet = Snippet::new(api);
    let function = client_function(api, &[Given::of(api, index)], "", &mut snippet);
    snippet.item(function);
    let text = "A key that the application has from elsewhere, and renews by itself.";
    sections.push(section("With a key at hand", text, Some(snippet)));
    sections
}

fn credentials(api: &Api, index: usize, session: &Session, login: Option<&Operation>) -> String {
    let scheme = &api.schemes[index];
    let mut rows = vec![Row::new(
        "Key",
        "impl Into<Secret>",
        &format!("Sent as the header {}", code_cell(&session.header)),
        "`new`",
    )];
    let about = format!("What {} is called with; it brings the key", code_cell(&session.login));
    match login.and_then(body) {
        Some((ty, true)) => rows.push(Row::new("Login", &shown(api, ty), &about, "`log_in`")),
        Some((ty, false)) => {
            rows.push(Row::new("Login", &shown(api, ty), &about, "`log_in_with`"));
            rows.push(Row::new("Login without a body", "", "Has the key likewise", "`log_in`"));
        }
        None if login.is_some() => rows.push(Row::new(
            "Login",
            "",
            "Has the key from the operation, which takes no body",
            "`log_in`",
        )),
        None => {}
    }
    let text = format!(
        "`{}`, given to the client with `{}(..)`.\n\n{}",
        scheme.credentials,
        scheme.setter,
        table(&rows).replace("| `` |", "| |").trim_end()
    );
    section("Credentials", &text, None)
}

/// The login's body, and whether it is required.
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
    let given: Vec<Given<'_>> = needs.iter().map(|need| Given::of(api, need.scheme)).collect();
    snippet.uses(&scheme.credentials);
    let (parameter, constructor) = match body(login) {
        Some((ty, required)) => (
            format!("login: {}", shown(api, ty)),
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
    let client = client_function(api, &given, &more, &mut snippet);
    snippet.item(client.replacen("fn client()", &format!("fn client({parameter})"), 1));
    let manager = scheme.manager.as_deref().unwrap_or_default();
    let text = format!(
        "The operation {} is called when the first call needs the key: once, however many ask. All calls share the key. When the API no longer takes it (a 401, as when the session has idled out), the operation is called again, once, and the call that was refused is sent again with the new key. What the operation itself needs is given to the same client.\n\n`client.{manager}()` has the key's state, and drops or renews it at will.",
        code(&login.id)
    );
    section("Client initialization: logging in", &text, Some(snippet))
}
