//! The application's own part in a token's life: being told of it, and giving it.

use super::section;
use crate::api::Api;
use crate::pages::setup::{Given, client_function};
use crate::pages::snippet::Snippet;

pub(super) fn update(api: &Api, index: usize) -> String {
    let mut snippet = Snippet::new(api);
    snippet.uses("Token");
    let given = Given::of(api, index).with(".on_token_update(|token| save_token(&token))");
    let client = client_function(api, &[given], "", &mut snippet);
    snippet.item(client);
    snippet.item(SAVE);
    let text = "The callback runs for each token that is fetched, renewed or given by the provider, in order, on a task of its own. It may take its time: no call waits for it or fails with it.";
    section("Update callback", text, Some(snippet))
}

pub(super) fn provider(api: &Api, index: usize) -> String {
    let mut snippet = Snippet::new(api);
    snippet.uses("Token");
    snippet.uses_runtime("Exchange");
    let provider = ".token_provider(async |last: Option<Token>, exchange: Exchange| {
        exchange.use_or_renew(load_token_from_database().await, last).await
    }).on_token_update(|token| save_token(&token))";
    let client = client_function(api, &[Given::of(api, index).with(provider)], "", &mut snippet);
    snippet.item(client);
    snippet.item(LOAD);
    snippet.item(SAVE);
    let text = "A provider is asked for a token when the last one is missing, has expired, or was refused by the API. It may take one from anywhere: a database, another process. `use_or_renew` uses the stored token if it is valid and not the last one. Otherwise it renews the newer of the two with its refresh token, or fetches a token where there is none: a user stays signed in. New tokens go to the update callback, which stores them.\n\nA provider must not call the API through the client that waits for it: such a call fails. (`evergrant_sdk` is the runtime of this crate.)";
    section("Custom token provider", text, Some(snippet))
}

pub(super) const LOAD: &str =
    "/// Stands for the application's own store: the token that was stored last, if there is one.
     async fn load_token_from_database() -> Option<Token> { None }";

const SAVE: &str = "/// Stands for the application's own store.
     fn save_token(token: &Token) { let _secrets_included = token.expose_json(); }";
