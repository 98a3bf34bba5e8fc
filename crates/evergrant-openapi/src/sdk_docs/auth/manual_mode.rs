//! Documents manual mode: tokens that the application fetches and renews itself, and the sign-in of a user.

use evergrant::GrantKind;

use super::section;
use crate::api::{Api, OAuth};
use crate::sdk_docs::client_code::{SampleCredentials, client_function};
use crate::sdk_docs::code_snippet::{Snippet, literal};
use crate::sdk_docs::example_call::ExampleCall;

/// Fetching in manual mode, for grants that need no user.
pub(super) fn fetching(api: &Api, index: usize, oauth: &OAuth) -> Option<String> {
    let scheme = &api.schemes[index];
    let grant = oauth
        .flows
        .iter()
        .map(|flow| flow.grant)
        .find(|grant| *grant != GrantKind::AuthorizationCode)?;
    let (manager, setter) = (scheme.manager.as_ref()?, scheme.token_setter.as_ref()?);
    let mut snippet = Snippet::new(api);
    let client = client_function(
        api,
        &[SampleCredentials::of(api, index)
            .with_grant(grant)
            .with_settings(".manual()")],
        "",
        &mut snippet,
    );
    for name in ["Client", "Error", "Token", "TokenManager"] {
        snippet.uses(name);
    }
    snippet.item(client);
    snippet.item(
        "/// Fetches a token and returns it. The client does not use it yet.
         async fn fetch(tokens: &TokenManager) -> Result<Token, Error> { Ok(tokens.fetch_token().await?) }",
    );
    let missing = literal(&format!("no credentials are set with {}", scheme.setter));
    snippet.item(format!(
        "/// Returns a client that uses a new token. The original client does not change.
         async fn authorized(client: &Client) -> Result<Client, Box<dyn std::error::Error>> {{
             let tokens = client.{manager}().ok_or({missing})?;
             let token = match fetch(tokens).await {{
                 Ok(token) => token,
                 Err(Error::OAuthProvider(error)) => {{
                     eprintln!(\"the authorization server rejected the request: {{:?}}\", error.code());
                     return Err(error.into());
                 }}
                 Err(error) => return Err(error.into()),
             }};
             Ok(client.with_configuration(|builder| builder.{setter}(token))?)
         }}"
    ));
    if let Some(example) = ExampleCall::for_scheme(api, index) {
        snippet.item(call(api, &example));
    }
    let text = "In manual mode (`manual()`), the application fetches and stores tokens and passes them to a client. The client never fetches a token itself: calls without a token, or with an expired one, fail before anything is sent. Without `manual()`, the client starts from the token it was given and renews it.\n\n`Error::OAuthProvider` carries the `OAuthProviderError` of the authorization server: status, code and description. `Error::Api` carries the `ApiError` of the API.";
    Some(section("Fetching a token manually", text, Some(snippet)))
}

/// Renewal of a token that the application has.
pub(super) fn renewing(api: &Api) -> String {
    let mut snippet = Snippet::new(api);
    for name in ["Error", "Token", "TokenManager"] {
        snippet.uses(name);
    }
    snippet.item(
        "/// Replaces a token that has expired or was rejected.
         async fn renew(tokens: &TokenManager, last: &Token) -> Result<Token, Error> { Ok(tokens.renew_token(last).await?) }",
    );
    snippet.item(
        "/// Returns the stored token while it is valid, and a new one otherwise. Store the result.
         async fn use_or_renew(tokens: &TokenManager, stored: Option<Token>) -> Result<Token, Error> {
             Ok(tokens.use_or_renew(stored).await?)
         }",
    );
    let text = "`renew_token` uses the refresh token of the last token. If it has none and the grant needs no user, `renew_token` fetches a new token instead. `use_or_renew` does the same, but only if the stored token is no longer valid. Like `fetch_token`, both return the token and do not change the client. Store the new token before you discard the last one: many servers accept each refresh token only once.";
    section("Renewing a token manually", text, Some(snippet))
}

/// A call with its errors.
pub(super) fn call(api: &Api, example: &ExampleCall<'_>) -> String {
    let code = example.code(api);
    let (call, signature) = (&code.call, code.signature());
    let success = code.print_success();
    format!(
        "/// Makes a call, and distinguishes API errors from errors of the authorization server.
         async fn call({signature}) {{
             match {call}.send().await {{
                 {success},
                 Err(Error::Api(error)) => eprintln!(\"the API responded with {{}}\", error.status()),
                 Err(Error::OAuthProvider(error)) => eprintln!(\"the authorization server responded with {{}}\", error.status()),
                 Err(error) => eprintln!(\"{{error}}\"),
             }}
         }}"
    )
}

/// The heading of [`sign_in`], as links to it spell it.
pub(in crate::sdk_docs) const SIGN_IN_ANCHOR: &str = "user-sign-in";

/// The sign-in of a user with the authorization code grant.
pub(super) fn sign_in(api: &Api, index: usize) -> String {
    let scheme = &api.schemes[index];
    let mut snippet = Snippet::new(api);
    snippet.uses("Client");
    snippet.uses("Token");
    snippet.item(sign_in_function(api, index));
    snippet.item(ASK);
    let text = format!(
        "`begin` creates the URL to open in the user's browser, with its own `state` and PKCE code verifier. `finish` checks the URL that the browser was redirected to, and exchanges the code in it for a token. The client uses and renews this token from then on. Before the sign-in, calls that need {} fail with `Error::Authorization`, and nothing is sent.\n\nA program on the user's machine listens at a redirect URI on the loopback interface. A web application keeps the authorization request (`expose_json`) in the user's session until the browser returns. It has many users: `evergrant::UserTokens` has a token manager for each of them, whose token is in a store.",
        crate::one_line_docs::code(&scheme.name)
    );
    section("User sign-in", &text, Some(snippet))
}

pub(super) fn sign_in_function(api: &Api, index: usize) -> String {
    let scheme = &api.schemes[index];
    let manager = scheme.manager.as_deref().unwrap_or_default();
    let missing = literal(&format!("no credentials are set with {}", scheme.setter));
    format!(
        "/// Signs a user in, for this client and all clients that share its tokens.
         async fn sign_in(client: &Client) -> Result<Token, Box<dyn std::error::Error>> {{
             let sign_in = client.{manager}().ok_or({missing})?.sign_in()?;
             let request = sign_in.begin()?;
             let redirect = ask_the_user_to_visit(request.url().as_str())?;
             Ok(sign_in.finish(&request, &redirect).await?)
         }}"
    )
}

pub(super) const ASK: &str = "/// Lets the user open the URL and paste the URL that the browser is redirected to.
     fn ask_the_user_to_visit(url: &str) -> std::io::Result<String> {
         println!(\"Sign in at {url}\\nand paste the URL that the browser is redirected to:\");
         let mut redirect = String::new();
         std::io::stdin().read_line(&mut redirect)?;
         Ok(redirect.trim().to_owned())
     }";
