//! The interface of an HTTP client that applications replace in tests.

use std::sync::Arc;

use evergrant::runtime::BoxFuture;
use reqwest::{Request, Response};

use crate::Error;

/// An HTTP client that sends requests, which an application can replace in tests.
///
/// Code that takes an `Arc<dyn Execute>` works with the authorized [`Client`](crate::Client), with [`reqwest::Client`],
/// which adds no credentials, and with a type of the application, as in this test:
///
/// ```
/// use evergrant::runtime::BoxFuture;
/// use evergrant_reqwest::reqwest::{Method, Request, Response};
/// use evergrant_reqwest::{Error, Execute};
///
/// async fn titles(api: &dyn Execute) -> Result<Vec<String>, Error> {
///     let url = "https://api.example.com/v1/titles".parse().expect("a URL");
///     Ok(api.execute(Request::new(Method::GET, url)).await?.error_for_status()?.json().await?)
/// }
///
/// struct OneTitle;
///
/// impl Execute for OneTitle {
///     fn execute(&self, request: Request) -> BoxFuture<'static, Result<Response, Error>> {
///         assert_eq!(request.url().path(), "/v1/titles");
///         Box::pin(async { Ok(http::Response::new(r#"["The Dispossessed"]"#).into()) })
///     }
/// }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// assert_eq!(titles(&OneTitle).await?, ["The Dispossessed"]);
/// # Ok::<(), Error>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Execute: Send + Sync {
    /// Sends a request and returns the response. A response with an error status is `Ok`, not an error.
    fn execute(&self, request: Request) -> BoxFuture<'static, Result<Response, Error>>;
}

impl Execute for reqwest::Client {
    fn execute(&self, request: Request) -> BoxFuture<'static, Result<Response, Error>> {
        let response = self.execute(request);
        Box::pin(async { Ok(response.await?) })
    }
}

impl<T: Execute + ?Sized> Execute for Arc<T> {
    fn execute(&self, request: Request) -> BoxFuture<'static, Result<Response, Error>> {
        (**self).execute(request)
    }
}
