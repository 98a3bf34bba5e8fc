//! Tokens that the application has fetched itself, and those that a user brings.

use super::section;
use crate::api::{Api, Grant, OAuth};
use crate::pages::chosen::Chosen;
use crate::pages::setup::{Given, client_function};
use crate::pages::snippet::{Snippet, literal};

/// Manual style, for grants that need no user.
pub(super) fn by_hand(api: &Api, index: usize, oauth: &OAuth) -> Option<String> {
    let scheme = &api.schemes[index];
    let grant = oauth
        .flows
        .iter()
        .map(|flow| flow.grant)
        .find(|grant| *grant != Grant::AuthorizationCode)?;
    let (manager, setter) = (scheme.manager.as_ref()?, scheme.token_setter.as_ref()?);
    let mut snippet = Snippet::new(api);
    let client = client_function(
        api,
        &[Given::of(api, index).by(grant).with(".manual()")],
        "",
        &mut snippet,
    );
    for name in ["Client", "Error", "Token", "TokenManager"] {
        snippet.uses(name);
    }
    snippet.item(client);
    snippet.item(
        "/// Fetches a token, which is returned and not installed.
         async fn fetch(tokens: &TokenManager) -> Result<Token, Error> { Ok(tokens.fetch_token().await?) }",
    );
    let missing = literal(&format!("no credentials are set with {}", scheme.setter));
    snippet.item(format!(
        "/// A client that calls with a token of its own; the one that it is made of stays as it is.
         async fn authorized(client: &Client) -> Result<Client, Box<dyn std::error::Error>> {{
             let tokens = client.{manager}().ok_or({missing})?;
             let token = match fetch(tokens).await {{
                 Ok(token) => token,
                 Err(Error::OAuthProvider(refused)) => {{
                     eprintln!(\"the authorization server says {{:?}}\", refused.code());
                     return Err(refused.into());
                 }}
                 Err(error) => return Err(error.into()),
             }};
             Ok(client.with_configuration(|builder| builder.{setter}(token))?)
         }}"
    ));
    if let Some(chosen) = Chosen::of_scheme(api, index) {
        snippet.item(call(api, &chosen));
    }
    let text = "The application decides when a token is fetched, keeps it, and gives it to a client. In manual style (`manual()`) the client never fetches one by itself: without a token, or once it has expired, calls fail before anything is sent. Left out, the client takes over from the token that it is given.\n\n`Error::OAuthProvider` (an `OAuthProviderError`) is the authorization server's refusal, with its status, code and description; `Error::Api` (an `ApiError`) is the API's.";
    Some(section("Fetching a token by hand", text, Some(snippet)))
}

/// Manual style, once there is a token.
pub(super) fn renewing(api: &Api) -> String {
    let mut snippet = Snippet::new(api);
    for name in ["Error", "Token", "TokenManager"] {
        snippet.uses(name);
    }
    snippet.item(
        "/// A token in place of one that has expired or was refused.
         async fn renew(tokens: &TokenManager, last: &Token) -> Result<Token, Error> { Ok(tokens.renew_token(last).await?) }",
    );
    snippet.item(
        "/// The stored token while it is valid, and a new one otherwise. Store the result.
         async fn use_or_renew(tokens: &TokenManager, stored: Option<Token>) -> Result<Token, Error> {
             Ok(tokens.use_or_renew(stored).await?)
         }",
    );
    let text = "`renew_token` asks for a token with the refresh token of the last one, and fetches one without a refresh token where the grant needs no user. `use_or_renew` does so only when the stored token is no longer valid. Like `fetch_token`, both return the token and install nothing. Store it before the last one is forgotten: many servers take each refresh token once.";
    section("Renewing a token by hand", text, Some(snippet))
}

/// A call, and what it may fail with.
pub(super) fn call(api: &Api, chosen: &Chosen<'_>) -> String {
    let sample = chosen.sample(api);
    let (call, signature) = (&sample.call, sample.signature());
    let shown = if sample.is_stream {
        "Ok(_events) => println!(\"the stream has begun\")"
    } else {
        "Ok(answer) => println!(\"{answer:?}\")"
    };
    format!(
        "/// Makes a call, and tells the API's errors from the authorization server's.
         async fn call({signature}) {{
             match {call}.send().await {{
                 {shown},
                 Err(Error::Api(error)) => eprintln!(\"the API answered {{}}\", error.status()),
                 Err(Error::OAuthProvider(error)) => eprintln!(\"the authorization server answered {{}}\", error.status()),
                 Err(error) => eprintln!(\"{{error}}\"),
             }}
         }}"
    )
}

/// A user's way through the server's pages.
pub(super) fn sign_in(api: &Api, index: usize) -> String {
    let scheme = &api.schemes[index];
    let mut snippet = Snippet::new(api);
    snippet.uses("Client");
    snippet.uses("Token");
    snippet.item(sign_in_function(api, index));
    snippet.item(ASK);
    let text = format!(
        "`begin` makes an address to bring the user's browser to, with a `state` and a code verifier of its own. `finish` checks what the browser came back with, and exchanges its code for a token, which the client uses and renews from then on. Until then, calls that need {} fail with `Error::Authorization`, and nothing is sent.\n\nA program on its user's machine listens at its redirect URI on loopback; a web application keeps the request (`expose_json`) in the user's session until the browser is back. A web application has many users: `finish_apart` gives each a token manager of their own.",
        crate::prose::code(&scheme.name)
    );
    section("Signing a user in", &text, Some(snippet))
}

pub(super) fn sign_in_function(api: &Api, index: usize) -> String {
    let scheme = &api.schemes[index];
    let manager = scheme.manager.as_deref().unwrap_or_default();
    let missing = literal(&format!("no credentials are set with {}", scheme.setter));
    format!(
        "/// Signs a user in, for this client and all that share its tokens.
         async fn sign_in(client: &Client) -> Result<Token, Box<dyn std::error::Error>> {{
             let sign_in = client.{manager}().ok_or({missing})?.sign_in()?;
             let request = sign_in.begin()?;
             let redirect = ask_the_user_to_visit(request.url().as_str())?;
             Ok(sign_in.finish(&request, &redirect).await?)
         }}"
    )
}

pub(super) const ASK: &str = "/// Brings the user's browser to an address, and gives the one that it is sent back to. Here, with the user's help.
     fn ask_the_user_to_visit(url: &str) -> std::io::Result<String> {
         println!(\"Sign in at {url}\\nand paste the address that the browser ends at:\");
         let mut redirect = String::new();
         std::io::stdin().read_line(&mut redirect)?;
         Ok(redirect.trim().to_owned())
     }";
