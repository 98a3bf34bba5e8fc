//! What the library says in terms of its settings, in terms of flags and profile keys.

use evergrant::error::{Hint, TimeoutError, TransportCause, UnreachableError};

use super::{Failure, Kind, seconds};
use crate::connection;

pub(super) fn unconnected(call: &str, error: &UnreachableError) -> Failure {
    let failed = error.transport_error();
    match failed.cause() {
        // On this machine.
        Some(cause @ TransportCause::UnreadableRootCertificates { .. }) => Failure::usage(connection::hint(cause)),
        Some(cause) => Failure::new(
            Kind::Unreachable,
            format!(
                "{call}no token for {}: {failed}; {}",
                error.client(),
                connection::hint(cause)
            ),
        ),
        None => Failure::new(Kind::Unreachable, format!("{call}{error}")),
    }
}

/// The flags that help, where the library names its own settings.
pub(super) fn by_flags(hint: Hint) -> Option<String> {
    let words = match hint {
        Hint::CheckClient => {
            "check the client id, the secret, and the client authentication method that the server expects (--auth basic, raw or post)"
        }
        Hint::PercentEncoded => {
            "the client id or the secret has characters that percent-encoding changes, and some servers do not decode them: try --auth raw, or --auth post"
        }
        Hint::SentRaw => {
            "the client id or the secret has characters that percent-encoding changes, and some servers decode them: try --auth basic, or --auth post"
        }
        Hint::OwnGrantType => "if the server has a grant of its own for machines, name it with --grant-type",
        Hint::SendJson => "the parameters were sent as a form: if the server wants JSON, give --json-body",
        Hint::SendForm => "the parameters were sent as JSON: if the server wants a form, do without --json-body",
        Hint::ClientIdInBody => {
            "the client id was sent in a header alone: send it in the body too with --client-id-in-body, or with the secret by --auth post"
        }
        Hint::GatewayKey => "a gateway before the server may want a key: send it with --token-header NAME=env:VARIABLE",
        Hint::NoScopeSent => "no scope was sent, and the server may require one: name it with --scope",
        _ => return None,
    };
    Some(words.to_owned())
}

pub(super) fn no_answer(timeout: &TimeoutError) -> String {
    format!(
        "no token for {} within {}; the server does not answer, or not in time: check the token URL, or raise --timeout",
        timeout.client(),
        seconds(timeout.limit())
    )
}

/// A setting of the library, as flags and profiles name it.
pub(super) fn by_flag(setting: &str) -> &str {
    match setting {
        "grant_type" => "--grant-type (`grant_type` in a profile)",
        "token_type" => "--token-type (`token_types` in a profile)",
        "access_token_at" => "--access-token-at (`access_token_at` in a profile)",
        other => other,
    }
}
