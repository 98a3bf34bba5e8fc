//! The calls, the same before and after.

use std::io;
use std::time::Duration;

use futures_util::stream;
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method, Request, Response, StatusCode, Url, Version, header};
use serde_json::{Value, json};

use super::{Client, Error};

#[derive(Debug, serde::Deserialize)]
struct Book {
    title: String,
}

pub(crate) async fn run(api: &Client, base: &str) -> Result<Vec<String>, Error> {
    let mut log = Vec::new();

    let books: Vec<Book> = api
        .get(format!("{base}/books"))
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    log.push(format!("{} books, the first is {}", books.len(), books[0].title));

    let url = Url::parse(base).and_then(|url| url.join("/orders")).expect("a URL");
    let orders = api
        .get(url.clone())
        .query(&[("page", 2)])
        .header(header::ACCEPT, "application/json");
    log.push(echoed(orders.timeout(Duration::from_secs(30)).send().await?, "query").await?);

    let order = api
        .post(&*format!("{base}/echo"))
        .json(&json!({ "title": "The Dispossessed" }));
    log.push(order.version(Version::HTTP_11).send().await?.text().await?);
    log.push(
        api.patch(format!("{base}/echo"))
            .form(&[("copies", "2")])
            .send()
            .await?
            .text()
            .await?,
    );
    let form = Form::new()
        .text("title", "a cover")
        .part("cover", Part::bytes(b"png".as_slice()).file_name("1.png"));
    log.push(echoed(api.put(url.clone()).multipart(form).send().await?, "method").await?);

    let parts = stream::iter(["in ", "two parts"].map(Ok::<_, io::Error>));
    let mut response = api
        .post(format!("{base}/echo"))
        .body(Body::wrap_stream(parts))
        .send()
        .await?;
    let mut received = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        received.extend_from_slice(&chunk);
    }
    log.push(String::from_utf8_lossy(&received).into_owned());

    let request = api.delete(url.clone()).headers(
        [(header::IF_MATCH, "\"1\"".parse().expect("a value"))]
            .into_iter()
            .collect(),
    );
    let again = request.try_clone().expect("no stream");
    let mut built: Request = request.build()?;
    *built.method_mut() = Method::OPTIONS;
    log.push(echoed(api.execute(built).await?, "method").await?);
    log.push(echoed(again.send().await?, "method").await?);

    let head = api.head(format!("{base}/books")).send().await?;
    log.push(format!("{} with {:?} bytes", head.status(), head.content_length()));
    let moved = api
        .request(Method::GET, format!("{base}/redirect?to=/books"))
        .send()
        .await?;
    log.push(moved.url().path().to_owned());

    match api.get(format!("{base}/status/503")).send().await?.error_for_status() {
        Err(error) if error.status() == Some(StatusCode::SERVICE_UNAVAILABLE) => log.push("unavailable".to_owned()),
        other => log.push(format!("{other:?}")),
    }
    let failed = missing_field(api, base).await.expect_err("books are no number");
    log.push(format!(
        "decode {}, timeout {}, connect {}",
        failed.is_decode(),
        failed.is_timeout(),
        failed.is_connect()
    ));
    Ok(log)
}

async fn missing_field(api: &Client, base: &str) -> Result<u64, Error> {
    let number: u64 = api.get(format!("{base}/books")).send().await?.json().await?;
    Ok(number)
}

async fn echoed(response: Response, member: &str) -> Result<String, Error> {
    let body: Value = response.json().await?;
    Ok(body[member].to_string())
}
