//! `evergrant call`: an authorized request, with the answer's body on standard output.

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::time::Duration;

use bytes::Bytes;
use evergrant::origin::{Origin, shown};
use evergrant::{lacks_scope, rejects_token};
use evergrant_reqwest::Client;
use http::header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{HeaderMap, Method, StatusCode};
use reqwest::{Response, Url};

use super::decoding::Decoder;
use crate::cli::{CallArgs, HeaderLines, check_data, check_url};
use crate::connection::check_trust;
use crate::failure::{Failure, Kind, local};
use crate::output;
use crate::settings::Settings;
use crate::text;

/// How long other processes' being told what this one has found out may keep it from its end.
const TELLING_LIMIT: Duration = Duration::from_secs(3);

pub(super) async fn run(args: CallArgs) -> Result<(), Failure> {
    check_url("the URL", &args.url)?;
    let mut headers = HeaderLines(&args.headers).read()?;
    let mut settings = Settings::resolve(args.client)?;
    settings.base_url = args.base_url.or(settings.base_url);
    settings.allow_origins.extend(args.allow_origins);
    if !args.renew_on.is_empty() {
        settings.renew_on = args.renew_on;
    }
    let renew_on = settings.renew_on.clone();
    let method = method(args.method.as_deref(), args.data.is_some())?;
    let data = match &args.data {
        Some(given) => Some(read(given, &settings)?),
        None => None,
    };
    if data.is_some() && !headers.contains_key(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }

    let asked_for_encoding = headers.contains_key(ACCEPT_ENCODING);

    settings.share(args.store)?;
    let tasks = settings.tasks.clone();
    let client = client(settings, &args.url).await?;
    let mut request = client.request(method.clone(), &args.url).headers(headers);
    if let Some(data) = data {
        request = request.body(data);
    }
    let outcome = request.send().await;
    drop(client);
    tasks.done(TELLING_LIMIT).await;
    let response = outcome?;
    let call = format!("{method} {}", shown(response.url()));
    let status = response.status();
    let problem = problem(status, response.headers(), &renew_on);
    let head = match args.include {
        true => write_head(&response),
        false => Ok(()),
    };
    let decoder = match asked_for_encoding {
        true => Decoder::Plain,
        false => Decoder::new(response.headers()),
    };
    let written = match head {
        Ok(()) => write_body(response, decoder, &call).await,
        closed => closed,
    };
    match (problem, written) {
        (Some(remedy), Ok(()) | Err(Failure::OutputClosed)) => Err(Failure::new(
            Kind::Refused,
            format!("{call}: the API answered {}{remedy}", named(status)),
        )),
        (_, written) => written,
    }
}

fn method(given: Option<&str>, has_data: bool) -> Result<Method, Failure> {
    match given {
        Some(name) => name
            .to_ascii_uppercase()
            .parse()
            .map_err(|_| Failure::usage("the method given by -X is not one, such as GET or PATCH")),
        None if has_data => Ok(Method::POST),
        None => Ok(Method::GET),
    }
}

fn read(given: &str, settings: &Settings) -> Result<Bytes, Failure> {
    let Some(path) = given.strip_prefix('@') else {
        check_data(given)?;
        return Ok(Bytes::copy_from_slice(given.as_bytes()));
    };
    if path != "-" {
        return std::fs::read(path)
            .map(Bytes::from)
            // What stands there may be the secret itself, given by mistake.
            .map_err(|error| local("cannot read the data in the file named by -d @FILE", error));
    }
    if settings.reads_stdin() {
        return Err(Failure::usage(
            "both --client-secret-stdin and --data @- read standard input; give one of them from a file",
        ));
    }
    let mut data = Vec::new();
    std::io::stdin()
        .lock()
        .read_to_end(&mut data)
        .map_err(|error| local("cannot read the data on standard input", error))?;
    Ok(data.into())
}

/// Without a base URL, the origin of the URL itself is the one that may receive the token.
async fn client(settings: Settings, url: &str) -> Result<Client, Failure> {
    let base = match &settings.base_url {
        Some(base) => {
            check_url("the base URL", base)?;
            base.clone()
        }
        None => origin(url)?.to_string(),
    };
    check_trust(&base)?;
    let connection = settings.connection.clone();
    let plaintext = settings.plaintext.clone();
    let allowed = settings.allow_origins.clone();
    let renew_on = settings.renew_on.clone();
    let mut builder = Client::builder(settings.into_tokens().await?)
        .http(|| connection.http())
        .base_url(base)
        .renew_when(move |head| renew_on.contains(&head.status));
    for origin in plaintext {
        builder = builder.danger_allow_http_to(origin);
    }
    for origin in allowed {
        builder = builder.allow_origin(origin.to_string());
    }
    Ok(builder.build()?)
}

fn origin(url: &str) -> Result<Origin, Failure> {
    let url = Url::parse(url).ok();
    url.as_ref().and_then(Origin::of).ok_or_else(|| {
        Failure::usage(
            "the URL is not a full http or https URL; write it as https://host/path, or give --base-url (base_url in a profile) for it to be a path below",
        )
    })
}

fn write_head(response: &Response) -> Result<(), Failure> {
    let on_screen = std::io::stdout().is_terminal();
    output::write(|stdout| {
        writeln!(stdout, "{:?} {}", response.version(), response.status())?;
        for (name, value) in response.headers() {
            write!(stdout, "{name}: ")?;
            if on_screen {
                write!(stdout, "{}", text::for_screen(value.as_bytes()))?;
            } else {
                stdout.write_all(value.as_bytes())?;
            }
            writeln!(stdout)?;
        }
        writeln!(stdout)
    })
}

/// Piece by piece as it comes, whatever it is.
async fn write_body(mut response: Response, mut decoder: Decoder, call: &str) -> Result<(), Failure> {
    let broken = |what: &str| Failure::new(Kind::Unreachable, format!("{call}: the API's answer {what}"));
    let damaged =
        |_| broken("is compressed, and damaged or cut short; -H accept-encoding:identity asks for it as it is");
    loop {
        let piece = response.chunk().await;
        let piece = piece.map_err(|_| broken("broke off before its end; the call may be repeated"))?;
        let Some(piece) = piece else {
            let rest = decoder.finish().map_err(damaged)?;
            return output::write(|stdout| stdout.write_all(&rest));
        };
        let piece = decoder.decode(&piece).map_err(damaged)?;
        output::write(|stdout| stdout.write_all(&piece))?;
    }
}

/// `None` for a success; otherwise what can be done, to stand behind the status.
fn problem(status: StatusCode, headers: &HeaderMap, renew_on: &[StatusCode]) -> Option<String> {
    if status.is_success() {
        return None;
    }
    let code = status.as_u16();
    let renewed = renew_on.contains(&status) || rejects_token(status, headers, || false);
    if lacks_scope(status, headers) {
        return Some(
            "; the token lacks a scope that this operation needs (insufficient_scope): check --scope".to_owned(),
        );
    }
    let remedy = match code {
        300..=399 => {
            "; the redirect was not followed: call the URL that it leads to, with --allow-origin if that needs the token"
        }
        401 => {
            "; it does not accept the token, or not for this operation: check scopes (--scope), --audience and --resource"
        }
        403 if renewed => {
            "; it does not accept a new token either: the permission for this operation is missing (check --scope)"
        }
        403 => {
            "; the token lacks the permission for this operation (check --scope), or it is no longer valid and this API says so with 403 (give --renew-on 403)"
        }
        404 => "; check the URL, down to a trailing slash",
        405 => "; check the method (-X) and the URL",
        407 => {
            "; a proxy wants a user and a password: write them into the proxy's URL (HTTP_PROXY=http://USER:PASSWORD@HOST:PORT), or name the API's host in NO_PROXY"
        }
        415 => "; give the data's type with -H content-type:...",
        429 => match headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()) {
            Some(wait) => return Some(format!("; it limits the rate of calls (Retry-After: {wait})")),
            None => "; it limits the rate of calls",
        },
        500..=599 => "; the API is failing: the call may be repeated later",
        // Such as 419 and 498, which no registry has.
        400..=499 if !renewed => {
            return Some(format!(
                "; its body may say why: if that is a token that is no longer valid, give --renew-on {code}"
            ));
        }
        400..=499 => "; it does not accept a new token either: its body may say why",
        _ => "; its body may say why",
    };
    Some(remedy.to_owned())
}

/// The status with its name, if a registry has one.
fn named(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(name) => format!("{} {name}", status.as_str()),
        None => status.as_str().to_owned(),
    }
}
