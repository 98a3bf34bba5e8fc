//! Documents stored tokens: in a file, and shared between processes.

use super::section;
use crate::api::Api;
use crate::sdk_docs::code_snippet::Snippet;

pub(super) fn store(api: &Api, has_sign_in: bool) -> String {
    let mut snippet = Snippet::new(api);
    snippet.uses_std("std::io");
    snippet.uses("Token");
    snippet.uses_runtime("TokenFile");
    snippet.item(
        "/// Writes the token to a file that only its owner can read.
         fn store(token: &Token) -> io::Result<()> { TokenFile::new(\"token.json\").save(token) }",
    );
    snippet.item(
        "/// Reads the token back, if the file exists.
         fn load() -> io::Result<Option<Token>> { TokenFile::new(\"token.json\").load() }",
    );
    let benefit = match has_sign_in {
        true => {
            "the next start of the program then needs no token request, and the user does not have to sign in again"
        }
        false => "the next start of the program then needs no token request",
    };
    let text = format!(
        "Store the access token for reuse: {benefit}. `Token::expose_json` writes the whole token, secrets included: keep the text in a secret store or in a file that only its owner can read, and never log it. On Unix, `TokenFile` sets the mode 0600, even when it replaces a file with another mode."
    );
    section("Storing an access token for reuse", &text, Some(snippet))
}

/// For grants without a user, whose token any process of the client may use.
pub(super) fn shared() -> String {
    let text = "Processes of the same client can share one token instead of fetching one each. The crate `evergrant-store` has stores in Redis, Postgres and files. Pass one to the credentials' `store` method.";
    section("Sharing a token between processes", text, None)
}

pub(super) fn from_stored(api: &Api, index: usize) -> String {
    let scheme = &api.schemes[index];
    let setter = scheme.token_setter.as_deref().unwrap_or_default();
    let mut snippet = Snippet::new(api);
    for name in ["BuildError", "Client", "Token"] {
        snippet.uses(name);
    }
    snippet.item(format!(
        "/// Returns a client with the same settings that starts from this token.
         fn with_stored(client: &Client, token: Token) -> Result<Client, BuildError> {{
             client.with_configuration(|builder| builder.{setter}(token))
         }}"
    ));
    let text = format!(
        "`{setter}` on the client builder sets the token to start from. All other settings of the scheme stay as they are. The client uses the token until it is about to expire or the API rejects it, and then fetches a new one, except in manual mode."
    );
    section("Creating a client from a stored token", &text, Some(snippet))
}
