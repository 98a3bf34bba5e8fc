//! The arguments of `evergrant call`, and the parser for headers.

use clap::{Args, ValueHint};
use evergrant::origin::Origin;
use evergrant_profile::secret_names::is_secret_parameter;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::ClientArgs;
#[cfg(feature = "store")]
use super::StoreArgs;
use super::reject_secrets::check_parameter;
use crate::failure::{Failure, local};

#[derive(Args)]
pub(crate) struct CallArgs {
    /// The URL to call, or a path below the base URL
    #[arg(value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) url: String,

    /// The HTTP method [default: GET, or POST with --data]
    #[arg(short = 'X', long = "request", value_name = "METHOD")]
    pub(crate) method: Option<String>,

    /// A header, or @FILE with one header per line (for secret headers); may be repeated
    #[arg(short = 'H', long = "header", value_name = "NAME:VALUE")]
    pub(crate) headers: Vec<String>,

    /// The request body: text without secrets, @FILE, or @- for standard input; sent as application/json unless -H sets
    /// another content type
    #[arg(short = 'd', long, value_name = "DATA", allow_hyphen_values = true)]
    pub(crate) data: Option<String>,

    /// Print status and headers before the body
    #[arg(short, long)]
    pub(crate) include: bool,

    /// The base URL of the API; the token is sent to its origin only
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) base_url: Option<String>,

    /// Allow one more origin for the token, such as the target of a redirect; may be repeated
    #[arg(long = "allow-origin", value_name = "ORIGIN")]
    pub(crate) allow_origins: Vec<Origin>,

    /// A status with which the API rejects an invalid token, in addition to 401, such as 403: the call is repeated once
    /// with a new token; may be repeated, or a list (403,419)
    #[arg(long = "renew-on", value_name = "STATUS", value_delimiter = ',', value_parser = error_status)]
    pub(crate) renew_on: Vec<StatusCode>,

    #[command(flatten)]
    pub(crate) client: ClientArgs,

    #[cfg(feature = "store")]
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// Parses a status with which an API may reject a token: 400 to 599.
fn error_status(text: &str) -> Result<StatusCode, String> {
    let status: Option<StatusCode> = text.trim().parse().ok();
    let status = status.filter(|status| status.is_client_error() || status.is_server_error());
    status.ok_or_else(|| "use HTTP statuses from 400 to 599, such as 403".to_owned())
}

/// The values of `-H`, in order.
pub(crate) struct HeaderLines<'a>(pub(crate) &'a [String]);

impl HeaderLines<'_> {
    pub(crate) fn read(&self) -> Result<HeaderMap, Failure> {
        let mut headers = HeaderMap::new();
        for argument in self.0 {
            if let Some(path) = argument.strip_prefix('@') {
                // The path is not shown: it may be a secret, passed by mistake.
                let text = std::fs::read_to_string(path)
                    .map_err(|error| local("cannot read the headers from the file in -H @FILE", error))?;
                // Some editors write a byte order mark.
                let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
                for line in text.lines().filter(|line| !line.trim().is_empty()) {
                    let (name, value) = parse_line(line)?;
                    add(&mut headers, name, value)?;
                }
            } else {
                let (name, value) = parse_line(argument)?;
                check_parameter("-H", name.as_str(), value.trim(), HEADER_FILE)?;
                add(&mut headers, name, value)?;
            }
        }
        Ok(headers)
    }
}

const HEADER_FILE: &str = "the header in a file with -H @FILE (the Authorization header is added automatically)";

/// Splits a line into name and value. Errors do not show the line, which may be a secret.
fn parse_line(line: &str) -> Result<(HeaderName, &str), Failure> {
    let (name, value) = line
        .split_once(':')
        .ok_or_else(|| Failure::usage("a header must have the form NAME:VALUE"))?;
    let name = name
        .trim()
        .parse()
        .map_err(|_| Failure::usage("a header name has an invalid character"))?;
    Ok((name, value))
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: &str) -> Result<(), Failure> {
    let invalid = |_| Failure::usage(format!("the value of the header `{name}` has an invalid character"));
    let mut value = HeaderValue::from_str(value.trim()).map_err(invalid)?;
    value.set_sensitive(is_secret_parameter(name.as_str()));
    headers.append(name, value);
    Ok(())
}
