//! One error type: `?` converts reqwest's errors, and each question has the same answer for all clients.

use evergrant::Requirement;
use evergrant_reqwest::{Client, Error};
use evergrant_testing::{ApiServer, Fault, MockResponse};
use reqwest::StatusCode;

use crate::support::Book;

const QUERY: &str = "?key=hush#hush";

fn client(api: &ApiServer) -> Client {
    let builder = Client::builder(Requirement::none()).base_url(api.url("/"));
    builder.build().unwrap()
}

async fn books(api: &Client) -> Result<Vec<Book>, Error> {
    let books = api.get(format!("books{QUERY}")).send_ok().await?;
    let books = books.error_for_status()?;
    Ok(books.json().await?)
}

#[tokio::test]
async fn reading_json_has_the_error_of_the_call() {
    let api = ApiServer::unprotected();
    let client = client(&api);
    assert_eq!(books(&client).await.unwrap()[0].title, "The Dispossessed");

    api.always(MockResponse::new(200).json("[{}]"));
    let error = books(&client).await.unwrap_err();
    assert!(matches!(error, Error::Json { .. }) && error.is_decode() && !error.is_body());
    assert!(!error.is_retryable());
    let url = api.url("/books");
    let message = format!("the response to {url} is not the expected JSON: missing field `title` at line 1 column 3");
    assert_eq!(error.to_string(), message);

    api.always(Fault::Truncated);
    let error = books(&client).await.unwrap_err();
    assert!(matches!(error, Error::Http { .. }) && error.is_body() && !error.is_decode());
    assert!(error.is_retryable());
    assert!(error.to_string().starts_with("reading the response to http"), "{error}");
}

#[tokio::test]
async fn an_error_status_has_a_variant_of_its_own() {
    let api = ApiServer::unprotected();
    let client = client(&api);
    api.always(MockResponse::new(503).header("retry-after", "7").body("closed"));
    let error = client.get("books").send_ok().await.unwrap_err();
    let Error::Api(response) = &error else {
        panic!("{error}")
    };
    assert_eq!(
        (response.body().as_ref(), response.headers()["retry-after"].as_bytes()),
        (&b"closed"[..], &b"7"[..])
    );
    assert_eq!(error.status(), Some(StatusCode::SERVICE_UNAVAILABLE));
    assert!(error.is_status() && error.is_retryable() && error.api().is_some());
    assert_eq!(
        error.to_string(),
        format!(
            "GET {}: the API returned 503 Service Unavailable with 6 bytes",
            api.url("/books")
        )
    );
}

#[tokio::test]
async fn the_status_of_reqwests_own_check_is_the_same() {
    let api = ApiServer::unprotected();
    let client = client(&api);
    for (status, is_retryable) in [(404, false), (503, true)] {
        let checked = client
            .get(format!("status/{status}{QUERY}"))
            .send()
            .await
            .unwrap()
            .error_for_status();
        let error = Error::from(checked.unwrap_err());
        assert_eq!(error.status().unwrap(), status);
        assert!(error.is_status() && error.api().is_none() && error.is_retryable() == is_retryable);
        for shown in [error.to_string(), format!("{error:?}")] {
            assert!(
                shown.starts_with(&api.url(&format!("/status/{status} failed: "))),
                "{shown}"
            );
            assert!(!shown.contains("hush"), "{shown}");
        }
    }
}

#[tokio::test]
async fn connections_and_requests_have_their_questions() {
    let gone = ApiServer::unprotected();
    let client = client(&gone);
    let url = gone.url("/books");
    drop(gone);
    let error = client.get(&url).send().await.unwrap_err();
    assert!(error.is_connect() && !error.is_timeout() && error.is_retryable());
    let plain = Error::from(reqwest::get(&url).await.unwrap_err());
    assert!(
        plain.is_connect() && plain.to_string().starts_with(&format!("{url} failed: ")),
        "{plain}"
    );
    let error = client.get("books").header("x-key", "\n").send().await.unwrap_err();
    assert!(error.is_builder() && !error.is_connect() && !error.is_retryable());
}

#[cfg(feature = "blocking")]
#[test]
fn the_blocking_client_has_the_same_answers() {
    use std::io::{Read as _, Write as _};

    let api = ApiServer::unprotected();
    let client = evergrant_reqwest::blocking::Client::builder(Requirement::none());
    let client = client.base_url(api.url("/")).build().unwrap();

    let mut response = client.get("books").send().unwrap();
    let (mut start, mut rest) = ([0; 5], Vec::new());
    response.read_exact(&mut start).unwrap();
    rest.write_all(&response.bytes().unwrap()).unwrap();
    let books: Vec<Book> = serde_json::from_slice(&[&start[..], &rest].concat()).unwrap();
    assert_eq!(books[0].title, "The Dispossessed");

    let unavailable = client.get("status/503").send().unwrap().error_for_status().unwrap_err();
    assert!(
        unavailable.status().unwrap() == 503 && unavailable.is_retryable(),
        "{unavailable}"
    );
    assert!(
        unavailable
            .to_string()
            .starts_with(&format!("GET {}", api.url("/status/503 failed"))),
        "{unavailable}"
    );
    api.always(MockResponse::new(200).json("[{}]"));
    let error = client.get("books").send().unwrap().json::<Vec<Book>>().unwrap_err();
    assert!(matches!(error, Error::Json { .. }) && error.is_decode());
    api.always(Fault::Truncated);
    let error = client.get("books").send().unwrap().bytes().unwrap_err();
    assert!(error.is_body() && error.is_retryable());
    api.always(MockResponse::new(404));
    let error = client.get("books").send_ok().unwrap_err();
    assert!(matches!(error, Error::Api(_)) && error.status().unwrap() == 404);
}
