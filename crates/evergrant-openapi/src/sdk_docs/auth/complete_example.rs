//! Writes the complete example: a program with all credentials, an environment, a timeout, and a stored token.

use evergrant::GrantKind;

use super::{callbacks, manual_mode, section};
use crate::api::{Api, Scheme, SchemeKind};
use crate::sdk_docs::client_code::{SampleCredentials, client_function};
use crate::sdk_docs::code_snippet::{Snippet, literal};
use crate::sdk_docs::example_call::ExampleCall;

const MAIN: &str = "#[tokio::main]\nasync fn main()";

/// With more schemes, the example sets only the credentials that its call needs.
const MAX_SCHEMES: usize = 12;

pub(super) fn program(api: &Api, index: usize) -> String {
    let mut snippet = Snippet::new(api);
    snippet.uses_std("std::time::Duration");
    let example = ExampleCall::for_scheme(api, index);
    let is_needed = |scheme: usize| {
        scheme == index || example.is_some_and(|example| example.needs.iter().any(|need| need.scheme == scheme))
    };
    let schemes = api.schemes.iter().enumerate();
    let supported: Vec<usize> = schemes
        .filter(|(_, scheme)| !matches!(scheme.kind, SchemeKind::Unsupported(_)))
        .map(|(index, _)| index)
        .collect();
    let all = supported.len() <= MAX_SCHEMES;
    let included = supported.into_iter().filter(|scheme| all || is_needed(*scheme));
    let has_tokens = api.schemes[index].oauth().is_some();
    let samples = included.map(|scheme| match scheme == index && has_tokens {
        true => SampleCredentials::of(api, scheme).with_settings(".manual()"),
        false => SampleCredentials::of(api, scheme),
    });
    let samples: Vec<SampleCredentials<'_>> = samples.collect();
    let settings = settings(api, &mut snippet);
    let client = client_function(api, &samples, &settings, &mut snippet);
    snippet.item(format!(
        "/// Creates a client with all credentials that {} accepts.\n{client}",
        if all { "the API" } else { "the call" }
    ));
    let token = token(api, &api.schemes[index], index, &mut snippet);
    let (parameters, call) = match example {
        Some(example) => {
            let code = example.code(api);
            snippet.uses("Error");
            snippet.item(manual_mode::call(api, &example));
            let arguments = code.parameters.iter().map(|(name, _)| format!(", {name}"));
            let call = format!("call(&client{}).await;", arguments.collect::<String>());
            (code.parameters(), call)
        }
        None => (String::new(), "println!(\"{client:?}\");".to_owned()),
    };
    let start = match parameters.is_empty() {
        true => MAIN.to_owned(),
        false => format!("/// Runs the example with the arguments of the call.\nasync fn run({parameters})"),
    };
    snippet.item(format!(
        "{start} -> Result<(), Box<dyn std::error::Error>> {{ let client = client()?; {token} {call} Ok(()) }}"
    ));
    let text = "Leave out credentials that your application does not have. A call uses the first of the operation's alternatives whose credentials are all set. If there is none, the call fails before anything is sent. A timeout of zero means no limit.";
    section("Complete example", text, Some(snippet))
}

fn settings(api: &Api, snippet: &mut Snippet) -> String {
    let mut calls = String::new();
    snippet.uses("Environment");
    calls += &format!(".environment(Environment::{})", api.servers.environments[0].variant);
    for variable in api.servers.variables.iter().filter(|variable| !variable.required) {
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

/// In manual mode: the stored token while it is valid, or a new token, which is then stored.
fn token(api: &Api, scheme: &Scheme, index: usize, snippet: &mut Snippet) -> String {
    let (Some(setter), Some(manager), Some(oauth)) = (&scheme.token_setter, &scheme.manager, scheme.oauth()) else {
        return String::new();
    };
    snippet.uses("Token");
    snippet.uses_runtime("evergrant");
    snippet.item(callbacks::LOAD);
    snippet.item(
        "/// Stores the token. Replace it with your own storage.
         async fn save_token_to_database(token: &Token) { let _json_with_secrets = token.expose_json(); }",
    );
    let needs_user = oauth
        .flows
        .iter()
        .all(|flow| flow.grant == GrantKind::AuthorizationCode);
    let sign_in = match needs_user {
        true => {
            snippet.item(manual_mode::sign_in_function(api, index));
            snippet.item(manual_mode::ASK);
            "Err(evergrant::Error::SignInRequired(_)) => sign_in(client).await?,"
        }
        false => "",
    };
    let missing = literal(&format!("no credentials are set with {}", scheme.setter));
    snippet.item(format!(
        "/// Returns a client that uses the stored token while it is valid, and a new token otherwise.
         async fn authorized(client: &Client) -> Result<Client, Box<dyn std::error::Error>> {{
             let tokens = client.{manager}().ok_or({missing})?;
             let token = match tokens.use_or_renew(load_token_from_database().await).await {{
                 Ok(token) => token,
                 {sign_in}
                 Err(evergrant::Error::OAuthProvider(error)) => {{
                     eprintln!(\"the authorization server rejected the request: {{:?}}\", error.code());
                     return Err(error.into());
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
    use super::{MAX_SCHEMES, program};
    use crate::api::{Api, Unsupported};
    use crate::parsed_description::Document;

    /// The example for the first of `count` schemes. The only operation needs the first two.
    fn example(count: usize) -> String {
        let schemes: Vec<String> = (0..count)
            .map(|index| format!("s{index}: {{type: apiKey, in: query, name: k{index}}}"))
            .collect();
        let text = format!(
            "{{openapi: 3.1.0, info: {{title: t, version: '1'}}, security: [{{s0: [], s1: []}}], paths: {{/a: {{get: {{responses: {{}}}}}}}}, components: {{securitySchemes: {{{}}}}}}}",
            schemes.join(", ")
        );
        let document = Document::parse("test", &text).unwrap();
        program(&Api::read(&document, None, Unsupported::Reject).unwrap(), 0)
    }

    #[test]
    fn with_many_schemes_only_needed_credentials_are_set() {
        let count = |example: &str| example.matches("_credentials(").count();
        assert_eq!(count(&example(MAX_SCHEMES)), MAX_SCHEMES);
        assert_eq!(count(&example(MAX_SCHEMES + 1)), 2);
    }
}
