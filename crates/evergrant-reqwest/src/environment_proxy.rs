//! The proxy from the environment variables, without its user name and password.

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::http_client_pair::is_plain_loopback;

/// Returns the proxy's URL and its variable for a request to `url`, or to any `https` URL. Empty when no variable is
/// set, and for a request that uses no proxy.
pub(crate) fn describe(url: Option<&Url>) -> String {
    if url.is_some_and(is_plain_loopback) {
        return String::new();
    }
    let scheme = url.map_or("https", Url::scheme);
    // A host that `NO_PROXY` does not name.
    let any = format!("{scheme}://host.invalid/");
    let proxy = intercept(url.map_or(&any, |url| url.as_str())).or_else(|| intercept(&any));
    let variables = match scheme {
        "http" => [["HTTP_PROXY", "http_proxy"], ["ALL_PROXY", "all_proxy"]],
        _ => [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]],
    };
    let is_set = |name: &&str| std::env::var(name).is_ok();
    let has_value = |name: &&str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    let variable = variables
        .iter()
        .find_map(|names| names.iter().copied().find(is_set).filter(has_value));
    match (proxy, variable) {
        (Some(proxy), Some(variable)) => format!("{proxy} (from {variable})"),
        _ => String::new(),
    }
}

/// Returns whether requests to this URL go through the proxy in the environment.
pub(crate) fn applies_to(url: Option<&Url>) -> bool {
    url.is_some_and(|url| !is_plain_loopback(url) && intercept(url.as_str()).is_some())
}

fn intercept(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let proxy = Matcher::from_env().intercept(&uri)?;
    let (scheme, authority) = (proxy.uri().scheme_str()?, proxy.uri().authority()?);
    // The matcher removes the user name; a later version may not.
    let host = authority.as_str().rsplit('@').next()?;
    Some(format!("{scheme}://{host}"))
}
