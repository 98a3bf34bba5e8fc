//! The arguments of `evergrant call`, and the headers among them.

use clap::{Args, ValueHint};
use evergrant::origin::Origin;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::guard::check_parameter;
use super::names::is_secret_parameter;
use super::{ClientArgs, StoreArgs};
use crate::failure::{Failure, local};
use crate::secret::drop_mark;

#[derive(Args)]
pub(crate) struct CallArgs {
    /// What to call: a full URL, or a path below the base URL
    #[arg(value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) url: String,

    /// The HTTP method [default: GET, or POST with --data]
    #[arg(short = 'X', long = "request", value_name = "METHOD")]
    pub(crate) method: Option<String>,

    /// A header, or @FILE with one header a line (for those that are secret); may be repeated
    #[arg(short = 'H', long = "header", value_name = "NAME:VALUE")]
    pub(crate) headers: Vec<String>,

    /// The body: text without secrets, @FILE, or @- for standard input; sent as application/json unless -H says otherwise
    #[arg(short = 'd', long, value_name = "DATA", allow_hyphen_values = true)]
    pub(crate) data: Option<String>,

    /// Print the status and the headers before the body
    #[arg(short, long)]
    pub(crate) include: bool,

    /// Where the API is; the token is sent to its origin only
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) base_url: Option<String>,

    /// Let the token go to one more origin, where a redirect leads for example; may be repeated
    #[arg(long = "allow-origin", value_name = "ORIGIN")]
    pub(crate) allow_origins: Vec<Origin>,

    /// A status by which the API says that the token is no longer good, besides 401, such as 403: a new token is fetched, and
    /// the call repeated once; may be repeated, or a list (403,419)
    #[arg(long = "renew-on", value_name = "STATUS", value_delimiter = ',', value_parser = refusal)]
    pub(crate) renew_on: Vec<StatusCode>,

    #[command(flatten)]
    pub(crate) client: ClientArgs,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// A status that an API may refuse a token with: one of an error.
pub(crate) fn parse_refusal(status: u16) -> Option<StatusCode> {
    let status = StatusCode::from_u16(status).ok()?;
    (status.is_client_error() || status.is_server_error()).then_some(status)
}

fn refusal(text: &str) -> Result<StatusCode, String> {
    let status = text.trim().parse().ok().and_then(parse_refusal);
    status.ok_or_else(|| "give HTTP statuses from 400 to 599, such as 403".to_owned())
}

/// The lines given by `-H`, in order.
pub(crate) struct HeaderLines<'a>(pub(crate) &'a [String]);

impl HeaderLines<'_> {
    pub(crate) fn read(&self) -> Result<HeaderMap, Failure> {
        let mut headers = HeaderMap::new();
        for given in self.0 {
            if let Some(path) = given.strip_prefix('@') {
                // What stands there may be the secret itself, given by mistake.
                let mut text = std::fs::read_to_string(path)
                    .map_err(|error| local("cannot read the file of headers named by -H @FILE", error))?;
                drop_mark(&mut text);
                for line in text.lines().filter(|line| !line.trim().is_empty()) {
                    let (name, value) = parts(line)?;
                    add(&mut headers, name, value)?;
                }
            } else {
                let (name, value) = parts(given)?;
                check_parameter("-H", name.as_str(), value.trim(), IN_FILE)?;
                add(&mut headers, name, value)?;
            }
        }
        Ok(headers)
    }
}

const IN_FILE: &str = "the header's line in a file with -H @FILE; the token's own header is added for you";

/// A header's name and value. Errors say nothing of the line itself, which may be a secret.
fn parts(line: &str) -> Result<(HeaderName, &str), Failure> {
    let (name, value) = line
        .split_once(':')
        .ok_or_else(|| Failure::usage("a header is written as NAME:VALUE"))?;
    let name = name
        .trim()
        .parse()
        .map_err(|_| Failure::usage("a header's name has a character that it cannot have"))?;
    Ok((name, value))
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: &str) -> Result<(), Failure> {
    let unfit = |_| {
        Failure::usage(format!(
            "the value of the header `{name}` has a character that no header can carry"
        ))
    };
    let mut value = HeaderValue::from_str(value.trim()).map_err(unfit)?;
    value.set_sensitive(is_secret_parameter(name.as_str()));
    headers.append(name, value);
    Ok(())
}
