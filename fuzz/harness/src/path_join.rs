//! Paths below a base URL.

use std::cell::LazyCell;
use std::sync::Arc;

use evergrant::Authorizer;
use evergrant::error::BoxError;
use evergrant::scheme::Basic;
use evergrant_reqwest::{Client, Error};
use percent_encoding::percent_decode_str;
use reqwest::dns::{Name, Resolve, Resolving};
use tokio::runtime::{Builder, Runtime};

use crate::errors::assert_presentable;
use crate::input::Input;

const BASE: &str = "https://api.example.com/v1/";
const HOST: &str = "https://api.example.com/";

thread_local! {
    /// One client for all inputs: what it takes to make one is not what is looked at.
    static CLIENT: LazyCell<(Runtime, Client)> = LazyCell::new(|| {
        let runtime = Builder::new_current_thread().enable_all().build();
        let basic = Basic::new("basicAuth").with_credentials("reader", "not-a-real-password");
        let client = Client::builder(Authorizer::from(basic.expect("credentials")))
            .base_url(BASE)
            .http(|| reqwest::Client::builder().no_proxy().dns_resolver(Arc::new(Nowhere)))
            .build();
        (runtime.expect("a runtime"), client.expect("settings that work"))
    });
}

/// A path that is accepted stays below the base URL, however often a server decodes it; nothing goes to another host.
pub fn path_join(data: &[u8]) {
    let path = Input::new(data).text();
    let outcome = CLIENT.with(|client| client.0.block_on(client.1.get(&path).send()));
    match outcome.expect_err("no host has an address") {
        Error::Http { call, .. } => {
            let url = call.strip_prefix("GET ").expect("what was called");
            let full = ["http://", "https://"].iter().any(|scheme| {
                let start = path.get(..scheme.len());
                start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            });
            let below = url.strip_prefix(if full { HOST } else { BASE });
            let below = below.unwrap_or_else(|| panic!("{path:?} became {url}"));
            if !full {
                assert_below(below);
            }
        }
        error => assert_presentable(&error),
    }
}

/// Servers decode paths, and proxies before them do so once more.
fn assert_below(path: &str) {
    let mut path = path.to_owned();
    for times in 0..=2 {
        let climbs = path.split(['/', '\\']).any(|segment| matches!(segment, "." | ".."));
        assert!(!climbs, "decoded {times} times, the path climbs: {path:?}");
        path = percent_decode_str(&path).decode_utf8_lossy().into_owned();
    }
}

/// Knows no host.
struct Nowhere;

impl Resolve for Nowhere {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(async { Err(BoxError::from("no such host")) })
    }
}
