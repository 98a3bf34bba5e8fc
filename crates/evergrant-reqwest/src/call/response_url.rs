//! Sets the URL of a response, which reqwest loses when a response is taken apart.

use reqwest::{Response, ResponseBuilderExt as _, Url};

/// Returns the response with the URL that has no credentials: reqwest shows a response's URL in `Debug` and in errors.
pub(super) fn with_url(url: &Url, response: Response) -> Response {
    let mut response = http::Response::from(response);
    if let Ok(source) = http::Response::builder().url(url.clone()).body(()) {
        response.extensions_mut().extend(source.into_parts().0.extensions);
    }
    response.into()
}
