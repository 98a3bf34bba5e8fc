//! Joins paths to a base URL.

use std::cell::LazyCell;
use std::sync::Arc;

use evergrant::Authorizer;
use evergrant::error::BoxError;
use evergrant::scheme::Basic;
use evergrant_reqwest::{Client, Error};
use percent_encoding::percent_decode_str;
use reqwest::dns::{Name, Resolve, Resolving};
use tokio::runtime::{Builder, Runtime};

use crate::error_display::assert_presentable;
use crate::fuzz_input::Input;

const BASE: &str = "https://api.example.com/v1/";
const HOST: &str = "https://api.example.com/";

thread_local! {
    /// One client for all inputs, because creating one is slow.
    static CLIENT: LazyCell<(Runtime, Client)> = LazyCell::new(|| {
        let runtime = Builder::new_current_thread().enable_all().build();
        let basic = Basic::new("basicAuth").with_credentials("reader", "not-a-real-password");
        let client = Client::builder(Authorizer::from(basic.expect("credentials")))
            .base_url(BASE)
            .http(|| reqwest::Client::builder().no_proxy().dns_resolver(Arc::new(FailingResolver)))
            .build();
        (runtime.expect("a runtime"), client.expect("valid settings"))
    });
}

/// An accepted path stays below the base URL even if servers decode it repeatedly, and nothing is sent to another host.
pub fn path_below_base_url(data: &[u8]) {
    let path = Input::new(data).text();
    let outcome = CLIENT.with(|client| client.0.block_on(client.1.get(&path).send()));
    match outcome.expect_err("no host has an address") {
        Error::Http { call, .. } => {
            let url = call.strip_prefix("GET ").expect("the call");
            let full = ["http://", "https://", "ws://", "wss://"].iter().any(|scheme| {
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

/// Panics if the path leaves the base URL after decoding it up to twice, once by a proxy and once by the server.
fn assert_below(path: &str) {
    let mut path = path.to_owned();
    for times in 0..=2 {
        let leaves_base = path.split(['/', '\\']).any(|segment| matches!(segment, "." | ".."));
        assert!(
            !leaves_base,
            "decoded {times} times, the path leaves the base URL: {path:?}"
        );
        path = percent_decode_str(&path).decode_utf8_lossy().into_owned();
    }
}

/// A resolver that finds no host.
struct FailingResolver;

impl Resolve for FailingResolver {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(async { Err(BoxError::from("no such host")) })
    }
}
