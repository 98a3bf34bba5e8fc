//! Documents the callbacks of the application: the token update callback and the custom token provider.

use super::section;
use crate::api::Api;
use crate::sdk_docs::client_code::{SampleCredentials, client_function};
use crate::sdk_docs::code_snippet::Snippet;

pub(super) fn update(api: &Api, index: usize) -> String {
    let mut snippet = Snippet::new(api);
    snippet.uses("Token");
    let credentials = SampleCredentials::of(api, index).with_settings(".on_token_update(|token| save_token(&token))");
    let client = client_function(api, &[credentials], "", &mut snippet);
    snippet.item(client);
    snippet.item(SAVE);
    let text = "The callback receives each new token, whether it was fetched, renewed or returned by the token provider. Use it to store the token. Calls to the callback are made in order, outside of API calls: no API call waits for it or fails because of it. It may block.";
    section("Token update callback", text, Some(snippet))
}

pub(super) fn provider(api: &Api, index: usize) -> String {
    let mut snippet = Snippet::new(api);
    snippet.uses("Token");
    snippet.uses_runtime("TokenEndpoint");
    let provider = ".token_provider(async |last: Option<Token>, endpoint: TokenEndpoint| {
        endpoint.use_or_renew(load_token_from_database().await, last).await
    }).on_token_update(|token| save_token(&token))";
    let credentials = SampleCredentials::of(api, index).with_settings(provider);
    let client = client_function(api, &[credentials], "", &mut snippet);
    snippet.item(client);
    snippet.item(LOAD);
    snippet.item(SAVE);
    let text = "A token provider supplies tokens in place of the client's own token request. The client calls it when the last token is missing, has expired, or was rejected by the API. `last` is that token, and `endpoint` fetches and renews tokens at the token endpoint. The provider may load a token from anywhere, such as a database or another process.\n\n`use_or_renew` returns the stored token if it is valid and differs from `last`. Otherwise it renews the newer of the two with its refresh token, or fetches a token if there is no refresh token. The token update callback receives the new token and stores it.\n\nA provider must not call the API through the same client: such a call fails.";
    section("Custom token provider", text, Some(snippet))
}

pub(super) const LOAD: &str =
    "/// Loads the most recently stored token, if there is one. Replace it with your own storage.
     async fn load_token_from_database() -> Option<Token> { None }";

const SAVE: &str = "/// Stores the token. Replace it with your own storage.
     fn save_token(token: &Token) { let _json_with_secrets = token.expose_json(); }";
