//! The library's messages and hints in terms of flags and profile keys.

use std::borrow::Cow;

use evergrant::error::{Hint, TimeoutError, TransportCause, UnreachableError};

use super::{Failure, Kind, seconds};

pub(super) fn connection_failure(call: &str, error: &UnreachableError) -> Failure {
    let failed = error.transport_error();
    match failed.cause() {
        // A problem of this machine, not of the connection.
        Some(cause @ TransportCause::UnreadableRootCertificates { .. }) => Failure::usage(connection_hint(cause)),
        Some(cause) => Failure::new(
            Kind::Unreachable,
            format!(
                "{call}no token for {}: {failed}; {}",
                error.client(),
                connection_hint(cause)
            ),
        ),
        None => Failure::new(Kind::Unreachable, format!("{call}{error}")),
    }
}

/// A hint that names flags, where the library's hint names its settings.
pub(super) fn flag_hint(hint: Hint) -> Option<String> {
    let words = match hint {
        Hint::CheckClient => {
            "check the client id, the secret and the client authentication method of the server (--auth basic, raw or post)"
        }
        Hint::PercentEncoded => {
            "the client id or the secret was percent-encoded, and some servers do not decode it: try --auth raw or --auth post"
        }
        Hint::SentRaw => {
            "the client id or the secret has reserved characters, and some servers expect percent-encoding: try --auth basic or --auth post"
        }
        Hint::CustomGrantType => "if the server has its own grant type for machines, pass it with --grant-type",
        Hint::SendJson => "the parameters were sent as a form: if the server expects JSON, pass --json-body",
        Hint::SendForm => "the parameters were sent as JSON: if the server expects a form, remove --json-body",
        Hint::ClientIdInBody => {
            "the client id was sent in a header only: send it in the body too with --client-id-in-body, or with the secret with --auth post"
        }
        Hint::GatewayKey => {
            "a gateway in front of the server may require a key: send it with --token-header NAME=env:VARIABLE"
        }
        Hint::NoScopeSent => "no scope was sent, and the server may require one: pass it with --scope",
        _ => return None,
    };
    Some(words.to_owned())
}

pub(super) fn timed_out(timeout: &TimeoutError) -> String {
    let cause = match timeout.is_stalled() {
        true => "this process was stopped or did not run in time; run the command again",
        false => "the server did not respond in time; check the token URL, or raise --timeout",
    };
    let (client, limit) = (timeout.client(), seconds(timeout.limit()));
    format!("no token for {client} within {limit}: {cause}")
}

/// The flag and the profile key for a setting of the library.
pub(super) fn flag_name(setting: &str) -> &str {
    match setting {
        "grant_type" => "--grant-type (`grant_type` in a profile)",
        "token_type" => "--token-type (`token_types` in a profile)",
        "access_token_at" => "--access-token-at (`access_token_at` in a profile)",
        other => other,
    }
}

/// The remedy for a failed connection, in terms of flags.
pub(crate) fn connection_hint(cause: &TransportCause) -> Cow<'static, str> {
    match cause {
        TransportCause::UntrustedCertificate => {
            "the server's certificate is not from a trusted authority, or the server does not send the intermediate certificates: pass the authority's certificate with --ca-file (`ca_file` in a profile) or in SSL_CERT_FILE".into()
        }
        TransportCause::NoRootCertificates => {
            "there are no CA certificates on this machine: install the package ca-certificates, or pass a file of certificates with --ca-file or SSL_CERT_FILE".into()
        }
        TransportCause::ClientCertificateRequired => {
            "the server requires a client certificate, which this program does not support: use a proxy that has one, or the library (reqwest's identity)".into()
        }
        cause => cause.hint(),
    }
}

/// The flag to use instead of `--param` or `--authorization-param` for a parameter that has its own setting.
pub(super) fn parameter_flag(name: &str) -> &'static str {
    match name {
        "grant_type" => "--grant-type NAME (`grant_type` in a profile) for a server-specific grant",
        "client_id" => {
            "--client-id-in-body (`client_id_in_body = true` in a profile), which sends the client id in the body"
        }
        "client_secret" => {
            "--auth post, which sends the secret from --client-secret-env, --client-secret-file or --client-secret-stdin in the body"
        }
        "scope" => "--scope (`scopes` in a profile)",
        "redirect_uri" => "`evergrant login` with --redirect-uri (`redirect_uri` in a profile)",
        "username" | "password" => "`evergrant login`: this program does not support the password grant",
        _ => "`evergrant login`, which sets it itself",
    }
}
