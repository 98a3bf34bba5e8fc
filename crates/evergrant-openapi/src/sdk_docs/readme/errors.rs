//! The README section about error handling.

use crate::api::Api;
use crate::sdk_docs::code_snippet::Snippet;
use crate::sdk_docs::example_call::ExampleCall;

pub(super) fn section(api: &Api) -> Option<String> {
    let example = ExampleCall::with_errors(api)?;
    let code = example.code(api);
    let mut snippet = Snippet::new(api);
    snippet.uses("Client");
    snippet.uses("Error");
    let (call, signature) = (&code.call, code.signature());
    let success = code.print_success();
    let api_error = match example.operation.failure.list.is_empty() {
        true => "Err(Error::Api(error)) => eprintln!(\"the API responded with {}\", error.status())",
        false => {
            "Err(Error::Api(error)) => match error.error() {
                Some(details) => eprintln!(\"the API responded with {}: {details:?}\", error.status()),
                None => eprintln!(\"the API responded with {}\", error.status()),
            }"
        }
    };
    snippet.item(format!(
        "async fn call({signature}) {{
            match {call}.send().await {{
                {success},
                {api_error},
                Err(Error::OAuthProvider(error)) => eprintln!(\"the authorization server responded with {{}}: {{error}}\", error.status()),
                Err(error) if error.is_retryable() => eprintln!(\"try again later: {{error}}\"),
                Err(error) => eprintln!(\"{{error}}\"),
            }}
        }}"
    ));
    Some(format!(
        "## Error handling\n\n| `Error` variant | Meaning |\n|---|---|\n\
         | `Api` | The API responded with an error: an `ApiError` with status, headers and body. The body has a type if the API description defines one |\n\
         | `OAuthProvider` | The authorization server rejected the token request: an `OAuthProviderError` with status, code and description |\n\
         | `Authorization` | The call could not be authorized for another reason, such as missing credentials |\n\
         | `Http` | The API could not be reached, did not respond in time, or the connection broke |\n\
         | `Request` | The request is invalid and was not sent |\n\
         | `Decode`, `UnexpectedStatus` | The response does not match the API description |\n\n\
         Error messages contain no secrets, header values or body content. Operations have different error types: `untyped()` converts an error to the common type `Error`, for functions that call several operations.\n\n{}",
        snippet.fenced()
    ))
}
