//! `evergrant discover`: what an authorization server offers, and which flags fit; or which issuers an API has.

mod authorization_server;
mod protected_resource;

use bytes::Bytes;
use evergrant::Transport as _;
use evergrant::discovery::Discovery;
use evergrant::error::{DiscoveryError, DiscoveryProblem};
use evergrant_reqwest::Transport;

use crate::arguments::{DiscoverArgs, check_url};
use crate::connection::{USER_AGENT, check_trust};
use crate::failure::Failure;
use crate::settings::TIMEOUT;
use crate::standard_output;
use crate::terminal_sanitizer;

pub(super) async fn run(args: DiscoverArgs) -> Result<(), Failure> {
    let (discovery, transport) = client(&args)?;
    let (json, text) = match (&args.issuer, &args.api) {
        (Some(issuer), _) => {
            check_url("the issuer", issuer)?;
            let metadata = discovery.server(issuer).await?;
            (
                authorization_server::json(issuer, &metadata),
                authorization_server::text(issuer, &metadata),
            )
        }
        (None, api) => {
            let api = api.as_deref().unwrap_or_default();
            check_url("the URL of the API", api)?;
            let headers = headers_of(&transport, api).await?;
            let metadata = discovery.resource(api, &headers).await?;
            (protected_resource::json(&metadata), protected_resource::text(&metadata))
        }
    };
    match args.json {
        true => standard_output::line(&terminal_sanitizer::escape_json(&json.to_string())),
        false => standard_output::write(|stdout| std::io::Write::write_all(stdout, text.as_bytes())),
    }
}

fn client(args: &DiscoverArgs) -> Result<(Discovery, Transport), Failure> {
    check_trust(args.issuer.as_ref().or(args.api.as_ref()).map_or("", String::as_str))?;
    let mut settings = evergrant_profile::Settings::default();
    settings.ca_file.clone_from(&args.connection.ca_file);
    settings.title_case_headers = args.connection.title_case_headers;
    settings.user_agent = Some(USER_AGENT.to_owned());
    let limit = args.timeout.unwrap_or(TIMEOUT);
    let http = settings.http()?.with_timeout(limit);
    let transport = Transport::from_builder(|| http.builder())?;
    let mut discovery = Discovery::new(transport.clone()).time_limit(limit);
    for origin in &args.allow_origins {
        discovery = discovery.allow_origin(origin.clone());
    }
    for origin in &args.plaintext {
        discovery = discovery.danger_allow_http_to(origin.clone())?;
    }
    Ok((discovery, transport))
}

/// Sends a request without a token, and returns the headers of the response.
async fn headers_of(transport: &Transport, api: &str) -> Result<http::HeaderMap, Failure> {
    let problem = |problem| DiscoveryError::new(api, problem);
    let request = http::Request::get(api).body(Bytes::new());
    let request = request.map_err(|error| problem(DiscoveryProblem::InvalidUrl(error.to_string())))?;
    let response = transport.send(request).await;
    let response = response.map_err(|error| problem(DiscoveryProblem::Transport(error)))?;
    Ok(response.headers().clone())
}

/// Formats pairs as two columns below a title. Nothing without pairs.
fn section(text: &mut String, title: &str, pairs: &[(String, String)]) {
    use std::fmt::Write as _;

    if pairs.is_empty() {
        return;
    }
    let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let _ = writeln!(text, "{}{title}:", if text.is_empty() { "" } else { "\n" });
    for (name, value) in pairs {
        let _ = writeln!(
            text,
            "  {name:width$}  {}",
            terminal_sanitizer::line_for_terminal(value)
        );
    }
}
