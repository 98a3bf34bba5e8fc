//! `evergrant call`: an authorized request, with the response body on standard output.

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::time::Duration;

use bytes::Bytes;
use evergrant::error::Call;
use evergrant::origin::Origin;
use evergrant::{lacks_scope, rejects_token};
use evergrant_reqwest::Client;
use http::header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{HeaderMap, Method, StatusCode};
use reqwest::{Response, Url};

use super::response_decompression::Decoder;
use crate::arguments::{CallArgs, HeaderLines, check_data, check_url};
use crate::connection::check_trust;
use crate::failure::{Failure, Kind, local};
use crate::settings::Settings;
use crate::standard_output;
use crate::terminal_sanitizer;

/// Maximum time that the program waits, before it ends, for its writes to the store.
const STORE_WRITE_TIMEOUT: Duration = Duration::from_secs(3);

pub(super) async fn run(args: CallArgs) -> Result<(), Failure> {
    check_url("the URL", &args.url)?;
    let mut headers = HeaderLines(&args.headers).read()?;
    let mut settings = Settings::resolve(args.client)?;
    let profile = &mut settings.profile;
    profile.base_url = args.base_url.or(profile.base_url.take());
    profile.allow_origins.extend(args.allow_origins);
    if !args.renew_on.is_empty() {
        profile.renew_on = args.renew_on;
    }
    let renew_on = profile.renew_on.clone();
    let method = method(args.method.as_deref(), args.data.is_some())?;
    let data = match &args.data {
        Some(argument) => Some(read(argument, &settings)?),
        None => None,
    };
    if data.is_some() && !headers.contains_key(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }

    let requests_encoding = headers.contains_key(ACCEPT_ENCODING);

    #[cfg(feature = "store")]
    settings.use_store(args.store)?;
    let tasks = settings.tasks.clone();
    let client = client(settings, &args.url).await?;
    let mut request = client.request(method.clone(), &args.url).headers(headers);
    if let Some(data) = data {
        request = request.body(data);
    }
    let outcome = request.send().await;
    drop(client);
    tasks.wait(STORE_WRITE_TIMEOUT).await;
    let response = outcome?;
    let call = Call::new(&method, response.url()).to_string();
    let status = response.status();
    let hint = error_hint(status, response.headers(), &renew_on);
    let head = match args.include {
        true => write_head(&response),
        false => Ok(()),
    };
    let decoder = match requests_encoding {
        true => Decoder::Plain,
        false => Decoder::new(response.headers()),
    };
    let written = match head {
        Ok(()) => write_body(response, decoder, &call).await,
        closed => closed,
    };
    match (hint, written) {
        (Some(hint), Ok(()) | Err(Failure::OutputClosed)) => Err(Failure::new(
            Kind::Rejected,
            format!("{call}: the API returned {}{hint}", status_name(status)),
        )),
        (_, written) => written,
    }
}

fn method(argument: Option<&str>, has_data: bool) -> Result<Method, Failure> {
    match argument {
        Some(name) => name
            .to_ascii_uppercase()
            .parse()
            .map_err(|_| Failure::usage("-X is not an HTTP method such as GET or PATCH")),
        None if has_data => Ok(Method::POST),
        None => Ok(Method::GET),
    }
}

fn read(argument: &str, settings: &Settings) -> Result<Bytes, Failure> {
    let Some(path) = argument.strip_prefix('@') else {
        check_data(argument)?;
        return Ok(Bytes::copy_from_slice(argument.as_bytes()));
    };
    if path != "-" {
        return std::fs::read(path)
            .map(Bytes::from)
            // The path is not shown: it may be a secret, passed by mistake.
            .map_err(|error| local("cannot read the data from the file in -d @FILE", error));
    }
    if settings.reads_stdin() {
        return Err(Failure::usage(
            "both --client-secret-stdin and --data @- read standard input; pass one of them in a file",
        ));
    }
    let mut data = Vec::new();
    std::io::stdin()
        .lock()
        .read_to_end(&mut data)
        .map_err(|error| local("cannot read the data from standard input", error))?;
    Ok(data.into())
}

/// Builds the client. Without a base URL, the token is allowed for the origin of the URL.
async fn client(settings: Settings, url: &str) -> Result<Client, Failure> {
    let mut profile = settings.profile.clone();
    let base = match profile.base_url {
        Some(base) => {
            check_url("the base URL", &base)?;
            base
        }
        None => origin(url)?.to_string(),
    };
    check_trust(&base)?;
    profile.base_url = Some(base);
    Ok(profile.client(settings.into_manager().await?)?.build()?)
}

fn origin(url: &str) -> Result<Origin, Failure> {
    let url = Url::parse(url).ok();
    url.as_ref().and_then(Origin::of).ok_or_else(|| {
        Failure::usage(
            "the URL is not a full http or https URL; write it as https://host/path, or pass --base-url (base_url in a profile) to call a path below it",
        )
    })
}

fn write_head(response: &Response) -> Result<(), Failure> {
    let on_screen = std::io::stdout().is_terminal();
    standard_output::write(|stdout| {
        writeln!(stdout, "{:?} {}", response.version(), response.status())?;
        for (name, value) in response.headers() {
            write!(stdout, "{name}: ")?;
            if on_screen {
                write!(stdout, "{}", terminal_sanitizer::for_terminal(value.as_bytes()))?;
            } else {
                stdout.write_all(value.as_bytes())?;
            }
            writeln!(stdout)?;
        }
        writeln!(stdout)
    })
}

/// Writes each chunk of the body as it arrives.
async fn write_body(mut response: Response, mut decoder: Decoder, call: &str) -> Result<(), Failure> {
    let failed = |what: &str| Failure::new(Kind::Unreachable, format!("{call}: the API's response {what}"));
    let damaged = |_| {
        failed("is compressed, but damaged or incomplete; request it uncompressed with -H accept-encoding:identity")
    };
    loop {
        let chunk = response.chunk().await;
        let chunk = chunk.map_err(|_| failed("ended early; the call may be repeated"))?;
        let Some(chunk) = chunk else {
            let rest = decoder.finish().map_err(damaged)?;
            return standard_output::write(|stdout| stdout.write_all(&rest));
        };
        let chunk = decoder.decode(&chunk).map_err(damaged)?;
        standard_output::write(|stdout| stdout.write_all(&chunk))?;
    }
}

/// Returns the remedy for an error status, to be appended to the message; `None` for a success, and for a 304, which
/// the request asked for.
fn error_hint(status: StatusCode, headers: &HeaderMap, renew_on: &[StatusCode]) -> Option<String> {
    if status.is_success() || status == StatusCode::NOT_MODIFIED {
        return None;
    }
    let code = status.as_u16();
    let renewed = renew_on.contains(&status) || rejects_token(status, headers, || false);
    if lacks_scope(status, headers) {
        return Some("; the token lacks a required scope (insufficient_scope): check --scope".to_owned());
    }
    let hint = match code {
        300..=399 => {
            "; the redirect was not followed: call its target directly, with --allow-origin if it needs the token"
        }
        401 => {
            "; it rejects the token, possibly for this operation only: check the scopes (--scope), --audience and --resource"
        }
        403 if renewed => "; it rejects a new token too: the permission for this operation is missing (check --scope)",
        403 => {
            "; the token lacks the permission for this operation (check --scope), or it is no longer valid and this API reports that with 403 (pass --renew-on 403)"
        }
        404 => "; check the URL, including a trailing slash",
        405 => "; check the method (-X) and the URL",
        407 => {
            "; a proxy requires a user and a password: add them to the proxy's URL (HTTP_PROXY=http://USER:PASSWORD@HOST:PORT), or add the API's host to NO_PROXY"
        }
        415 => "; set the data's type with -H content-type:...",
        429 => match headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()) {
            Some(wait) => return Some(format!("; too many calls (Retry-After: {wait})")),
            None => "; too many calls: repeat the call later",
        },
        500..=599 => "; the API failed: repeat the call later",
        // Such as 419 and 498, which are not registered.
        400..=499 if !renewed => {
            return Some(format!(
                "; the body may have the reason; if the token is no longer valid, pass --renew-on {code}"
            ));
        }
        400..=499 => "; it rejects a new token too; the body may have the reason",
        _ => "; the body may have the reason",
    };
    Some(hint.to_owned())
}

/// The status with its registered name, if it has one.
fn status_name(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(name) => format!("{} {name}", status.as_str()),
        None => status.as_str().to_owned(),
    }
}
