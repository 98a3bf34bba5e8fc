//! A token that outlives its program.

use super::section;
use crate::api::Api;
use crate::pages::snippet::Snippet;

pub(super) fn store(api: &Api) -> String {
    let mut snippet = Snippet::new(api);
    snippet.uses_std("std::io");
    snippet.uses("Token");
    snippet.uses_runtime("TokenFile");
    snippet.item(
        "/// Writes a token to a file that is its owner's alone.
         fn store(token: &Token) -> io::Result<()> { TokenFile::new(\"token.json\").save(token) }",
    );
    snippet.item(
        "/// Reads it back, if it is there.
         fn load() -> io::Result<Option<Token>> { TokenFile::new(\"token.json\").load() }",
    );
    let text = "A token that is kept saves the next start a request, or a user the sign-in. `expose_json` writes all of it, secrets included: its place is a secret store or a file of its owner's alone, and never a log. A `TokenFile` has the mode 0600 on Unix, also where it replaces a file with another mode.";
    section("Storing a token", text, Some(snippet))
}

/// For a client's own tokens, which are nobody's in particular.
pub(super) fn shared() -> String {
    let text = "Processes that act for the same client need one token between them, not one each. The crate `evergrant-store` has stores in Redis, Postgres and files: the credentials' `store` takes one.";
    section("Sharing a token among processes", text, None)
}

pub(super) fn from_stored(api: &Api, index: usize) -> String {
    let scheme = &api.schemes[index];
    let setter = scheme.token_setter.as_deref().unwrap_or_default();
    let mut snippet = Snippet::new(api);
    for name in ["BuildError", "Client", "Token"] {
        snippet.uses(name);
    }
    snippet.item(format!(
        "/// The same client with a token to start from.
         fn with_stored(client: &Client, token: Token) -> Result<Client, BuildError> {{
             client.with_configuration(|builder| builder.{setter}(token))
         }}"
    ));
    let text = format!(
        "The builder's `{setter}` starts the scheme from a token, and leaves all else that is set for it as it is. The token is used until it nears its end or the API refuses it; then a new one is fetched in its place, unless the client is in manual style."
    );
    section("A client from a stored token", &text, Some(snippet))
}
