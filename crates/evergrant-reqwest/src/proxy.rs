//! The proxy of the environment, named without its user and password.

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::http::stays_here;

/// Its URL, and the variable that has it, for a request to `url`, or to any `https` URL. Empty where no variable is
/// set, and for a request that goes past proxies.
pub(crate) fn named_by_the_environment(url: Option<&Url>) -> String {
    if url.is_some_and(stays_here) {
        return String::new();
    }
    let scheme = url.map_or("https", Url::scheme);
    // Of the places where proxies are not used for, none is this one.
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

/// Whether the environment's proxy takes requests to this URL.
pub(crate) fn takes(url: Option<&Url>) -> bool {
    url.is_some_and(|url| !stays_here(url) && intercept(url.as_str()).is_some())
}

fn intercept(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let proxy = Matcher::from_env().intercept(&uri)?;
    let (scheme, authority) = (proxy.uri().scheme_str()?, proxy.uri().authority()?);
    // There is no user in it, as the matcher has taken it out; a later one may not.
    let host = authority.as_str().rsplit('@').next()?;
    Some(format!("{scheme}://{host}"))
}
