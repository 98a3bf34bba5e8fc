//! Origins in settings, and the URIs that the tower layer authorizes.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use evergrant::Authorizer;
use evergrant::error::OriginError;
use evergrant::origin::{AllowedOrigins, Origin, PlaintextPolicy};
use evergrant::scheme::Basic;
use evergrant_tower::{AuthorizeLayer, Replayable};
use http::header::AUTHORIZATION;
use http::{Request, Response, Uri};
use tower_layer::Layer as _;
use tower_service::Service;
use url::Url;

use crate::error_display::{assert_presentable, texts};
use crate::fuzz_input::Input;
use crate::scripted_manager::block_on;

const PASSWORD: &str = "Q9zK7xNotARealPassword";

/// An origin survives a round trip and allows no other origin.
pub fn origin(data: &[u8]) {
    let mut input = Input::new(data);
    let with_base = input.choice(&[false, true]);
    let text = input.text();
    if let Ok(origin) = text.parse::<Origin>() {
        check(&origin, &text);
    }
    check_setting(&text);
    check_password(&text);
    if let Ok(uri) = text.parse::<Uri>() {
        check_uri(uri, with_base);
    }
}

fn check(origin: &Origin, text: &str) {
    let shown = origin.to_string();
    assert_eq!(shown.parse::<Origin>().as_ref(), Ok(origin), "{shown} was {text:?}");
    let rest = shown.split_once("://").map(|(_, rest)| rest);
    assert!(
        rest.is_some_and(|rest| !rest.contains(['/', '@', '?', '#', '\\'])),
        "{shown}"
    );
    let url = Url::parse(text).expect("an origin is a URL");
    assert_eq!(Origin::of(&url).as_ref(), Some(origin));
}

fn check_setting(text: &str) {
    let mut allowed = AllowedOrigins::default();
    if let Err(error) = allowed.allow_text(text) {
        return assert_presentable(&error);
    }
    let origin: Origin = text.parse().expect("it was allowed");
    let own = Url::parse(&origin.to_string()).expect("an origin is a URL");
    let checked = allowed.check(&own);
    assert!(
        checked.is_ok() || matches!(checked, Err(OriginError::NotEncrypted { .. })),
        "{checked:?}"
    );
    let elsewhere: Url = "https://elsewhere.example.net".parse().expect("a URL");
    if own != elsewhere {
        assert!(allowed.check(&elsewhere).is_err(), "{text:?} allows more than itself");
    }
}

/// Panics if an error contains a possible password.
fn check_password(text: &str) {
    let (scheme, rest) = text.split_once("://").unwrap_or(("https", text));
    let text = format!("{scheme}://user:{PASSWORD}@{rest}");
    let mut allowed = AllowedOrigins::default();
    let rejections = [
        allowed.allow_text(&text).err(),
        PlaintextPolicy::default().parse_endpoint("base_url", &text).err(),
    ];
    for error in rejections.into_iter().flatten() {
        assert!(!texts(&error).iter().any(|shown| shown.contains(PASSWORD)), "{error}");
    }
}

/// For any request URI, credentials are sent only to the origin of the base URL.
fn check_uri(uri: Uri, with_base: bool) {
    let basic = Basic::new("basicAuth").with_credentials("reader", PASSWORD);
    let mut layer = AuthorizeLayer::builder(Authorizer::from(basic.expect("credentials")));
    layer = match with_base {
        true => layer.base_url("https://api.example.com"),
        false => layer.allow_origin("https://api.example.com"),
    };
    let seen = Arc::default();
    let mut service = layer
        .build()
        .expect("valid settings")
        .layer(Recorder(Arc::clone(&seen)));
    let mut request = Request::new(String::new());
    *request.uri_mut() = uri.clone();
    let outcome = block_on(service.call(request));
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    match outcome {
        Ok(_) => {
            let (sent, authorized) = seen.as_ref().expect("a response comes from the service");
            assert!(authorized);
            let port = sent.port_u16().unwrap_or(443);
            let host = sent.host().unwrap_or_default();
            assert!(
                sent.scheme_str() == Some("https") && host.eq_ignore_ascii_case("api.example.com") && port == 443,
                "{uri} went to {sent}"
            );
            let shown = sent.authority().map_or("", |authority| authority.as_str());
            assert!(!shown.contains('@'), "{uri} went to {sent}");
        }
        Err(error) => {
            assert!(seen.is_none(), "{uri} was sent despite an error: {error}");
            assert_presentable(&error);
        }
    }
}

/// Records the URI, and whether the request had credentials.
#[derive(Clone)]
struct Recorder(Arc<Mutex<Option<(Uri, bool)>>>);

impl Service<Request<Replayable<String>>> for Recorder {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Replayable<String>>) -> Self::Future {
        let authorized = request.headers().contains_key(AUTHORIZATION);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((request.uri().clone(), authorized));
        ready(Ok(Response::new(String::new())))
    }
}
