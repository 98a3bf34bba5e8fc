//! The settings of a finished reqwest client. reqwest shows them only in `Debug` output, which may contain secrets in
//! default headers; the output is searched while it is written, and not stored.

use std::fmt::{self, Write as _};

/// What is visible of a client's settings.
#[derive(Debug)]
pub(crate) struct ClientSettings {
    /// The default headers contain a `User-Agent`.
    pub(crate) has_user_agent: bool,
    /// The redirect policy is [`Policy::none()`](reqwest::redirect::Policy::none).
    pub(crate) follows_no_redirects: bool,
    /// Requests may go through a proxy.
    pub(crate) has_proxies: bool,
}

/// Each pattern has a quote or stands before the default headers. Within the value of a header, a quote is escaped.
const PATTERNS: [&[u8]; 4] = [
    b"\"user-agent\": ",
    b"redirect_policy: \"Policy(None)\"",
    b"proxies: [",
    // The proxies of the environment, which has none.
    b"proxies: [Matcher],",
];

impl ClientSettings {
    /// If a later version of reqwest shows the settings differently, the client counts as one that follows redirects.
    pub(crate) fn of(client: &reqwest::Client) -> Self {
        let mut searches = PATTERNS.map(Search::new);
        // `write_str` never fails.
        let _ = write!(Searches(&mut searches), "{client:?}");
        let [user_agent, no_redirects, proxies, no_proxies] = searches.map(|search| search.first);
        Self {
            has_user_agent: user_agent.is_some(),
            follows_no_redirects: no_redirects.is_some(),
            has_proxies: proxies.is_some() && proxies != no_proxies,
        }
    }
}

/// A search for one pattern, in which no proper prefix of the pattern can start inside a partial match.
struct Search {
    pattern: &'static [u8],
    matched: usize,
    position: usize,
    /// Where the first match starts.
    first: Option<usize>,
}

impl Search {
    fn new(pattern: &'static [u8]) -> Self {
        Self {
            pattern,
            matched: 0,
            position: 0,
            first: None,
        }
    }

    fn push(&mut self, byte: u8) {
        self.position += 1;
        self.matched = match byte == self.pattern[self.matched] {
            true => self.matched + 1,
            false => usize::from(byte == self.pattern[0]),
        };
        if self.matched == self.pattern.len() {
            self.first.get_or_insert(self.position - self.matched);
            self.matched = 0;
        }
    }
}

struct Searches<'a>(&'a mut [Search]);

impl fmt::Write for Searches<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0.iter_mut().for_each(|search| search.push(byte));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use reqwest::redirect::Policy;

    use super::*;

    fn settings(builder: reqwest::ClientBuilder) -> ClientSettings {
        ClientSettings::of(&builder.build().expect("a client"))
    }

    #[test]
    fn the_redirect_policy_is_visible() {
        assert!(settings(reqwest::Client::builder().redirect(Policy::none())).follows_no_redirects);
        let custom = Policy::custom(|attempt| attempt.stop());
        for policy in [Policy::default(), Policy::limited(1), custom] {
            assert!(!settings(reqwest::Client::builder().redirect(policy)).follows_no_redirects);
        }
        let text = HeaderValue::from_static("redirect_policy: \"Policy(None)\", proxies: [Matcher],");
        let headers = HeaderMap::from_iter([(http::header::WARNING, text)]);
        assert!(!settings(reqwest::Client::builder().default_headers(headers)).follows_no_redirects);
    }

    #[test]
    fn proxies_are_visible() {
        assert!(!settings(reqwest::Client::builder().no_proxy()).has_proxies);
        let proxy = || reqwest::Proxy::all("http://proxy.example.com").expect("a proxy");
        assert!(settings(reqwest::Client::builder().proxy(proxy())).has_proxies);
        let custom = reqwest::Proxy::custom(|_| None::<String>);
        assert!(settings(reqwest::Client::builder().proxy(custom)).has_proxies);
        let text = HeaderValue::from_static("proxies: [Matcher],");
        let headers = HeaderMap::from_iter([(http::header::WARNING, text)]);
        assert!(settings(reqwest::Client::builder().default_headers(headers).proxy(proxy())).has_proxies);
    }

    #[test]
    fn a_user_agent_is_visible() {
        assert!(settings(reqwest::Client::builder().user_agent("bookshop/1")).has_user_agent);
        assert!(!settings(reqwest::Client::builder()).has_user_agent);
    }
}
