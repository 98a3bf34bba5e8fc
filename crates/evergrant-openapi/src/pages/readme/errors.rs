//! What can go wrong, and how to tell.

use crate::api::Api;
use crate::pages::chosen::Chosen;
use crate::pages::snippet::Snippet;

pub(super) fn section(api: &Api) -> Option<String> {
    let chosen = Chosen::that_fails(api)?;
    let sample = chosen.sample(api);
    let mut snippet = Snippet::new(api);
    snippet.uses("Client");
    snippet.uses("Error");
    let (call, signature) = (&sample.call, sample.signature());
    let success = if sample.is_stream {
        "Ok(_events) => println!(\"the stream has begun\")"
    } else {
        "Ok(answer) => println!(\"{answer:?}\")"
    };
    let api_error = match chosen.operation.failure.list.is_empty() {
        true => "Err(Error::Api(error)) => eprintln!(\"the API answered {}\", error.status())",
        false => {
            "Err(Error::Api(error)) => match error.error() {
                Some(told) => eprintln!(\"the API answered {}: {told:?}\", error.status()),
                None => eprintln!(\"the API answered {}\", error.status()),
            }"
        }
    };
    snippet.item(format!(
        "async fn call({signature}) {{
            match {call}.send().await {{
                {success},
                {api_error},
                Err(Error::OAuthProvider(error)) => eprintln!(\"the authorization server answered {{}}: {{error}}\", error.status()),
                Err(error) if error.is_retryable() => eprintln!(\"later perhaps: {{error}}\"),
                Err(error) => eprintln!(\"{{error}}\"),
            }}
        }}"
    ));
    Some(format!(
        "## Errors\n\n| `Error` | Meaning |\n|---|---|\n\
         | `Api` | The API answered with a failure: an `ApiError` with status, headers, body, and the body's type where the description has one |\n\
         | `OAuthProvider` | The authorization server refused: an `OAuthProviderError` with status, code and description |\n\
         | `Authorization` | No credentials that the operation takes could be had, for another reason |\n\
         | `Http` | The API could not be reached, did not answer in time, or the connection broke |\n\
         | `Request` | The request cannot be sent as it was put together |\n\
         | `Decode`, `UnexpectedStatus` | The answer is not what the description promises |\n\n\
         No message shows a secret, a header's value, or anything of a body. `untyped()` drops the type of an operation's own errors, so that those of several can be passed on as one.\n\n{}",
        snippet.fenced()
    ))
}
