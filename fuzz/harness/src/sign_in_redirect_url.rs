//! The redirect at the end of a sign-in.

use std::sync::LazyLock;

use evergrant::client_auth::PublicClient;
use evergrant::{AuthorizationCode, AuthorizationRequest, Error, TokenManager};
use evergrant_testing::ManualClock;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::error_display::{assert_presentable, texts};
use crate::fuzz_input::Input;
use crate::scripted_manager::{CLIENT_ID, ScriptedTransport, TOKEN_URL, block_on};

const STATE: &str = "Zq8LYw5mStateNotARealOne0123456789abcdefXYZ";
const VERIFIER: &str = "Vr3fNotARealVerifier0123456789abcdefghijkXY";
const ISSUER: &str = "https://auth.example.com";

/// A redirect that does not belong to the request sends nothing, and its error shows nothing of the request; otherwise
/// the code is sent once.
///
/// `@state` is replaced by the request's state.
pub fn sign_in_redirect_url(data: &[u8]) {
    let mut input = Input::new(data);
    let with_issuer = input.choice(&[false, true]);
    let redirect = input.text().replace("@state", STATE);
    let transport = ScriptedTransport::healthy();
    let tokens = manager(with_issuer, &transport);
    let sign_in = tokens.sign_in().expect("it has an authorization URL");
    let outcome = block_on(sign_in.finish(&REQUEST, &redirect));
    let bodies = transport.bodies();
    match outcome {
        Ok(_) => {
            assert_eq!(bodies.len(), 1, "a code is exchanged once");
            let form: Vec<(String, String)> = form_urlencoded::parse(&bodies[0]).into_owned().collect();
            let value = |name: &str| {
                let mut values = form
                    .iter()
                    .filter(|(key, _)| key == name)
                    .map(|(_, value)| value.as_str());
                let first = values.next().unwrap_or_default();
                assert_eq!(values.next(), None, "{name} occurs twice");
                first
            };
            assert_eq!(value("grant_type"), "authorization_code");
            assert_eq!(value("code_verifier"), VERIFIER);
            let code = value("code");
            assert!(!code.is_empty());
            // In any reading, the redirect must contain the state and that code.
            let parameters: Vec<_> = redirect
                .split('#')
                .flat_map(|part| [part, part.split_once('?').map_or("", |(_, query)| query)])
                .flat_map(|part| form_urlencoded::parse(part.as_bytes()))
                .chain(form_urlencoded::parse(redirect.as_bytes()))
                .collect();
            let has = |name: &str, wanted: &str| {
                let ends_with_name = |key: &str| key == name || key.ends_with(&format!("?{name}"));
                parameters.iter().any(|(key, value)| {
                    let is_start = name == "code" && !value.is_empty() && wanted.starts_with(value.as_ref());
                    ends_with_name(key) && (value == wanted || is_start)
                })
            };
            assert!(has("state", STATE) && has("code", code), "{redirect:?}");
        }
        Err(error) => {
            assert!(matches!(error, Error::SignInFailed(_)), "{error:?}");
            assert!(bodies.is_empty(), "nothing is sent for a rejected redirect");
            assert_presentable(&error);
            for text in texts(&error) {
                assert!(!text.contains(STATE) && !text.contains(VERIFIER), "{text}");
            }
        }
    }
}

fn manager(with_issuer: bool, transport: &ScriptedTransport) -> TokenManager {
    let mut builder = AuthorizationCode::builder(CLIENT_ID, PublicClient)
        .token_url(TOKEN_URL)
        .authorization_url("https://auth.example.com/authorize")
        .redirect_uri("https://app.example.com/callback")
        .retries(0)
        .runtime(ManualClock::new());
    if with_issuer {
        builder = builder.issuer(ISSUER);
    }
    builder.build(transport.clone()).expect("valid settings")
}

/// Constant, so that seeds stay valid.
static REQUEST: LazyLock<AuthorizationRequest> = LazyLock::new(|| {
    let sign_in = manager(false, &ScriptedTransport::healthy()).sign_in();
    let request = sign_in.expect("it has an authorization URL").begin();
    let written = request.expect("random bytes").expose_json();
    let mut object: Value = serde_json::from_str(&written).expect("JSON");
    object["state"] = json!(STATE);
    object["code_verifier"] = json!(VERIFIER);
    AuthorizationRequest::from_json(&object.to_string()).expect("a valid request")
});
