//! Environments: the URLs of calls and token requests.

use emulations::Multiauth;
use multiauth::{BuildError, Client, ClientBuilder, Environment, Suites};

use crate::common::builder;
use crate::schemes::{Operation, Scheme};

const API: &str = "http://apimatic.hopto.org";
const AUTH: &str = "http://apimaticauth.hopto.org:3000";

/// Returns the token endpoints of the client credentials grant and of the password grant, one on each server.
fn token_endpoints(builder: ClientBuilder) -> [String; 2] {
    let client = Scheme::Ropcg.configure(Scheme::Ccg.configure(builder)).build().unwrap();
    let managers = [client.oauth_ccg_manager(), client.oauth_ropcg_manager()];
    managers.map(|manager| manager.unwrap().client().endpoint().to_owned())
}

fn allowed_production(port: u16) -> ClientBuilder {
    Client::builder()
        .environment(Environment::Production)
        .danger_allow_http_to(format!("{API}:{port}").parse().unwrap())
        .danger_allow_http_to(AUTH.parse().unwrap())
}

fn rejected_url(builder: ClientBuilder) -> (&'static str, String) {
    match builder.build().unwrap_err() {
        BuildError::NotEncrypted { setting, origin } => (setting, origin),
        other => panic!("{other}"),
    }
}

#[test]
fn testing_is_the_default_and_local() {
    assert_eq!(Environment::default(), Environment::Testing);
    let expected = [
        "http://localhost:3000/oauth2/auth-server/request_token",
        "http://localhost:3000/oauth2/non-auth-server/token",
    ];
    assert_eq!(token_endpoints(Client::builder()), expected);
    assert_eq!(
        token_endpoints(Client::builder().environment(Environment::Testing)),
        expected
    );
}

#[test]
fn each_unencrypted_origin_of_production_must_be_allowed() {
    let production = || Client::builder().environment(Environment::Production);
    assert_eq!(rejected_url(production()), ("base_url", format!("{API}:1")));
    let one = production().danger_allow_http_to(format!("{API}:1").parse().unwrap());
    assert_eq!(rejected_url(one).1, AUTH);
    let message = production().build().unwrap_err().to_string();
    assert!(
        message.contains("danger_allow_http_to(\"http://apimatic.hopto.org:1\")"),
        "{message}"
    );
    let expected = [
        format!("{AUTH}/request_token"),
        format!("{API}:1/oauth2/non-auth-server/token"),
    ];
    assert_eq!(token_endpoints(allowed_production(1)), expected);
}

#[test]
fn the_suite_selects_the_port() {
    for (suite, port) in [
        (Suites::Hearts, 1),
        (Suites::Spades, 2),
        (Suites::Clubs, 3),
        (Suites::Diamonds, 4),
    ] {
        assert_eq!(suite.value(), port.to_string());
        let production = || Client::builder().environment(Environment::Production).suites(suite);
        assert_eq!(rejected_url(production()), ("base_url", format!("{API}:{port}")));
        let [_, users] = token_endpoints(allowed_production(port).suites(suite));
        assert_eq!(users, format!("{API}:{port}/oauth2/non-auth-server/token"));
    }
    assert_eq!(Suites::default(), Suites::Hearts);
    // Another suite means another origin, which is not allowed.
    assert_eq!(
        rejected_url(allowed_production(1).suites(Suites::Clubs)).1,
        format!("{API}:3")
    );
    // The testing environment ignores the suite.
    token_endpoints(Client::builder().suites(Suites::Clubs));
}

#[tokio::test]
async fn custom_urls_replace_those_of_the_environment() {
    let multiauth = Multiauth::start();
    let builder = builder(&multiauth).environment(Environment::Production);
    let builder = builder.suites(Suites::Diamonds);
    let client = Scheme::Ccg.configure(builder).build().unwrap();
    assert_eq!(Operation::GetStatus.call(&client).await.unwrap(), "passed");
    assert_eq!(multiauth.auth().token_requests(), 1);
}

#[tokio::test]
async fn a_client_with_other_urls_fetches_its_own_token() {
    let (first, second) = (Multiauth::start(), Multiauth::start());
    let client = Scheme::Ccg.configure(builder(&first)).build().unwrap();
    Operation::GetStatus.call(&client).await.unwrap();
    let to_second = |builder: ClientBuilder| builder.base_url(second.api_url()).auth_server_url(second.auth_url());
    let moved = client.with_configuration(to_second).unwrap();
    Operation::GetStatus.call(&moved).await.unwrap();
    Operation::GetStatus.call(&client).await.unwrap();
    for (multiauth, calls) in [(first, 2), (second, 1)] {
        assert_eq!(
            (multiauth.auth().token_requests(), multiauth.api_requests().len()),
            (1, calls)
        );
    }
}

#[test]
fn an_invalid_url_is_a_build_error() {
    for (url, problem) in [
        ("", "it is not a URL"),
        ("localhost:3000", "neither http nor https"),
        ("https://me:not-a-real-secret@example.com", "a user name or password"),
    ] {
        let errors = [
            Client::builder().base_url(url).build().unwrap_err(),
            Client::builder().auth_server_url(url).build().unwrap_err(),
        ];
        for error in errors {
            let message = error.to_string();
            assert!(
                message.contains(problem) && !message.contains("not-a-real"),
                "{message}"
            );
        }
    }
}
