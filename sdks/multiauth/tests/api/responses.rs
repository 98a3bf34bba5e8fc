//! Responses: success, errors, and bodies that do not match the description.

use std::time::Duration;

use emulations::Multiauth;
use evergrant_testing::{Fault, MockResponse};
use multiauth::{ApiError, Error};

use crate::common::{builder, client_with};
use crate::schemes::{Operation, Scheme};

#[tokio::test]
async fn no_credentials_are_sent_to_an_operation_without_security() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &Scheme::ALL);
    let response = client.authentication().no_auth().send().await.unwrap();
    assert_eq!(response.as_str(), "passed");
    let request = multiauth.api_requests().pop().unwrap();
    assert_eq!((request.path.as_str(), &request.query), ("/auth/noAuth", &None));
    for name in ["authorization", "accesstoken", "token", "api-key", "cookie"] {
        assert_eq!(request.header(name), None, "{name}");
    }
    assert_eq!(multiauth.auth().requests().len(), 0, "the operation needs no token");
    builder(&multiauth)
        .build()
        .unwrap()
        .authentication()
        .no_auth()
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn responses_are_decoded_by_their_type() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &[Scheme::Bearer, Scheme::Acg, Scheme::Ropcg]);
    for (array, text) in [(None, "passed"), (Some(false), "passed"), (Some(true), r#"["passed"]"#)] {
        let call = client.authentication().no_auth();
        let call = array.map_or_else(|| client.authentication().no_auth(), |array| call.array(array));
        assert_eq!(call.send().await.unwrap().as_str(), text, "{array:?}");
    }
    let either = client
        .oauth_authorization()
        .oauth_or_combination()
        .send()
        .await
        .unwrap();
    assert_eq!(either.as_str(), "passed");
    let user = client.oauth_authorization().get_user().send().await.unwrap();
    assert_eq!(user.name.as_deref(), Some(Multiauth::ROPCG_USERNAME));
    assert_eq!((user.id, user.email.as_deref()), (Some(1), Some(Multiauth::USER_EMAIL)));

    // The public test server of this API returns this body.
    multiauth
        .api()
        .next(MockResponse::new(200).json(r#"{"status":"passed"}"#));
    let user = client.oauth_authorization().get_user().send().await.unwrap();
    assert_eq!(user.name, None);
}

#[tokio::test]
async fn an_api_error_has_status_headers_and_body() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &[Scheme::Custom]);
    let unavailable = MockResponse::new(503)
        .header("retry-after", "7")
        .body("not-a-real-text");
    multiauth.api().next(unavailable);
    let error = client
        .authentication()
        .custom_authentication()
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert!(error.is_retryable());
    let api: &ApiError<String> = error.api().unwrap();
    assert_eq!((api.status().as_u16(), api.operation()), (503, "customAuthentication"));
    assert_eq!(api.headers()["retry-after"], "7");
    assert_eq!(api.body(), "not-a-real-text".as_bytes());
    assert_eq!(api.error(), None, "the description has a body only for 401");
    let text = error.to_string();
    assert!(
        text.starts_with("GET /auth/customAuthentication at http://127.0.0.1:")
            && text.ends_with(" returned 503 Service Unavailable with 15 bytes"),
        "{text}"
    );
}

#[tokio::test]
async fn the_text_of_a_rejection_is_typed() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &[Scheme::Bearer]);
    multiauth.api().next(MockResponse::new(401).body("come back tomorrow"));
    match client.authentication().oauth_bearer_token().send().await {
        Err(Error::Api(error)) => assert_eq!(error.into_error().as_deref(), Some("come back tomorrow")),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_decode_error_does_not_show_the_content() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &[Scheme::Ccg]);
    for body in [
        "passed",
        r#"{"status":{"not-a-real":1}}"#,
        r#"{"state":"not-a-real"}"#,
        "",
    ] {
        multiauth.api().next(MockResponse::new(200).json(body));
        let error = client.oauth_authorization().get_status().send().await.unwrap_err();
        assert!(matches!(error, Error::Decode(_)), "{error}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
        assert!(!format!("{error} {error:?}").contains("not-a-real"), "{error:?}");
    }
}

#[tokio::test]
async fn a_broken_connection_is_an_http_error() {
    let multiauth = Multiauth::start();
    let client = builder(&multiauth).build().unwrap();
    multiauth.api().always(Fault::Disconnect);
    let failure = Operation::NoAuth.call(&client).await.unwrap_err();
    assert!(
        matches!(&failure.error, Error::Http(error) if !error.is_timeout()),
        "{}",
        failure.error
    );
    assert!(failure.error.is_retryable());
    let url = multiauth.api_url();
    drop(multiauth);
    let unreachable = multiauth::Client::builder().base_url(url).build().unwrap();
    let failure = Operation::NoAuth.call(&unreachable).await.unwrap_err();
    assert!(
        matches!(&failure.error, Error::Http(error) if error.is_connect()),
        "{}",
        failure.error
    );
}
