//! A program from its start to its first answer: every credential, an environment, no time limit, and a token that is kept.

use super::{callbacks, fetching, section};
use crate::api::{Api, Grant, Scheme, SchemeKind};
use crate::pages::chosen::Chosen;
use crate::pages::setup::{Given, client_function};
use crate::pages::snippet::{Snippet, literal};

const MAIN: &str = "#[tokio::main]\nasync fn main()";

/// Of more, a program has but those that its call asks for.
const MOST_SCHEMES: usize = 12;

pub(super) fn program(api: &Api, index: usize) -> String {
    let mut snippet = Snippet::new(api);
    snippet.uses_std("std::time::Duration");
    let chosen = Chosen::of_scheme(api, index);
    let is_needed = |scheme: usize| {
        scheme == index || chosen.is_some_and(|chosen| chosen.needs.iter().any(|need| need.scheme == scheme))
    };
    let schemes = api.schemes.iter().enumerate();
    let supported: Vec<usize> = schemes
        .filter(|(_, scheme)| !matches!(scheme.kind, SchemeKind::Unsupported(_)))
        .map(|(index, _)| index)
        .collect();
    let all = supported.len() <= MOST_SCHEMES;
    let shown = supported.into_iter().filter(|scheme| all || is_needed(*scheme));
    let has_tokens = api.schemes[index].oauth().is_some();
    let given = shown.map(|scheme| match scheme == index && has_tokens {
        true => Given::of(api, scheme).with(".manual()"),
        false => Given::of(api, scheme),
    });
    let given: Vec<Given<'_>> = given.collect();
    let settings = settings(api, &mut snippet);
    let client = client_function(api, &given, &settings, &mut snippet);
    snippet.item(format!(
        "/// A client with everything that {} can ask for.\n{client}",
        if all { "the API" } else { "the call" }
    ));
    let token = token(api, &api.schemes[index], index, &mut snippet);
    let (parameters, call) = match chosen {
        Some(chosen) => {
            let sample = chosen.sample(api);
            snippet.uses("Error");
            snippet.item(fetching::call(api, &chosen));
            let arguments = sample.parameters.iter().map(|(name, _)| format!(", {name}"));
            let call = format!("call(&client{}).await;", arguments.collect::<String>());
            (sample.parameters(), call)
        }
        None => (String::new(), "println!(\"{client:?}\");".to_owned()),
    };
    let start = match parameters.is_empty() {
        true => MAIN.to_owned(),
        false => format!("/// With what the call takes.\nasync fn run({parameters})"),
    };
    snippet.item(format!(
        "{start} -> Result<(), Box<dyn std::error::Error>> {{ let client = client()?; {token} {call} Ok(()) }}"
    ));
    let text = "Credentials that a program does not have may be left out: an operation is called with the first of its alternatives that is set, and one that has none of them is an error before anything is sent. A time limit of zero is none.";
    section("Complete example", text, Some(snippet))
}

fn settings(api: &Api, snippet: &mut Snippet) -> String {
    let mut calls = String::new();
    snippet.uses("Environment");
    calls += &format!(".environment(Environment::{})", api.servers.environments[0].variant);
    for variable in &api.servers.variables {
        let default = variable.values.iter().find(|(value, _)| *value == variable.default);
        let value = match (&variable.type_name, default) {
            (Some(name), Some((_, variant))) => {
                snippet.uses(name);
                format!("{name}::{variant}")
            }
            _ => literal(&variable.default),
        };
        calls += &format!(".{}({value})", variable.setter);
    }
    for header in &api.headers {
        let name = header.setter.trim_matches('_').to_uppercase();
        let name = if name.is_ascii() { name } else { "SECRET".to_owned() };
        calls += &format!(".{}(std::env::var({})?)", header.setter, literal(&name));
    }
    calls + ".timeout(Duration::ZERO)"
}

/// The stored token while it is valid, or a new one that is stored in turn; in manual style.
fn token(api: &Api, scheme: &Scheme, index: usize, snippet: &mut Snippet) -> String {
    let (Some(setter), Some(manager), Some(oauth)) = (&scheme.token_setter, &scheme.manager, scheme.oauth()) else {
        return String::new();
    };
    snippet.uses("Token");
    snippet.uses_runtime("evergrant");
    snippet.item(callbacks::LOAD);
    snippet.item(
        "/// The same store's other side.
         async fn save_token_to_database(token: &Token) { let _secrets_included = token.expose_json(); }",
    );
    let needs_user = oauth.flows.iter().all(|flow| flow.grant == Grant::AuthorizationCode);
    let sign_in = match needs_user {
        true => {
            snippet.item(fetching::sign_in_function(api, index));
            snippet.item(fetching::ASK);
            "Err(evergrant::Error::SignInRequired(_)) => sign_in(client).await?,"
        }
        false => "",
    };
    let missing = literal(&format!("no credentials are set with {}", scheme.setter));
    snippet.item(format!(
        "/// A client with the stored token while it is valid, and with a new one otherwise.
         async fn authorized(client: &Client) -> Result<Client, Box<dyn std::error::Error>> {{
             let tokens = client.{manager}().ok_or({missing})?;
             let token = match tokens.use_or_renew(load_token_from_database().await).await {{
                 Ok(token) => token,
                 {sign_in}
                 Err(evergrant::Error::OAuthProvider(refused)) => {{
                     eprintln!(\"the authorization server says {{:?}}\", refused.code());
                     return Err(refused.into());
                 }}
                 Err(error) => return Err(error.into()),
             }};
             save_token_to_database(&token).await;
             Ok(client.with_configuration(|builder| builder.{setter}(token))?)
         }}"
    ));
    "let client = authorized(&client).await?;".to_owned()
}

#[cfg(test)]
mod tests {
    use super::{MOST_SCHEMES, program};
    use crate::api::{Api, Unsupported};
    use crate::source::Document;

    /// The example for the first of so many schemes, of which the one operation asks for the first two.
    fn example(count: usize) -> String {
        let schemes: Vec<String> = (0..count)
            .map(|index| format!("s{index}: {{type: apiKey, in: query, name: k{index}}}"))
            .collect();
        let text = format!(
            "{{openapi: 3.1.0, info: {{title: t, version: '1'}}, security: [{{s0: [], s1: []}}], paths: {{/a: {{get: {{responses: {{}}}}}}}}, components: {{securitySchemes: {{{}}}}}}}",
            schemes.join(", ")
        );
        let document = Document::parse("test", &text).unwrap();
        program(&Api::read(&document, None, Unsupported::Refuse).unwrap(), 0)
    }

    #[test]
    fn it_sets_every_credential_or_of_very_many_those_that_are_needed() {
        let count = |example: &str| example.matches("_credentials(").count();
        assert_eq!(count(&example(MOST_SCHEMES)), MOST_SCHEMES);
        assert_eq!(count(&example(MOST_SCHEMES + 1)), 2);
    }
}
