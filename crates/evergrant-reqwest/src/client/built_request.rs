//! A call as one request, and back: the settings that reqwest's request does not have are an extension of it.

use std::sync::Arc;

use evergrant::error::innermost;
use reqwest::{Body, Request, Url};

use super::request_url::without_user_info;
use crate::Error;
use crate::call::{Credentials, InvalidRequest, OutgoingCall, Replays};

/// The settings of a call besides its request.
#[derive(Clone)]
struct CallSettings {
    credentials: Credentials,
    replays: Replays,
    name: Option<Arc<str>>,
}

/// Returns the request of a call, with the settings of the call.
pub(super) fn build(call: OutgoingCall) -> Result<Request, Error> {
    let OutgoingCall {
        request,
        credentials,
        replays,
        name,
    } = call;
    let request = request.map_err(|invalid| invalid.error(name.as_ref()))?;
    if credentials == Credentials::Send && replays == Replays::Allow && name.is_none() {
        return Ok(request);
    }
    let settings = CallSettings {
        credentials,
        replays,
        name,
    };
    let (request, _) = with_extensions(request, |extensions| extensions.insert(settings))?;
    Ok(request)
}

/// Returns the call of a request, which may be one that [`build`] returned.
pub(super) fn into_call(request: Request, base: &Url) -> Result<OutgoingCall, Error> {
    let (request, settings) = with_extensions(request, |extensions| extensions.remove())?;
    let CallSettings {
        credentials,
        replays,
        name,
    } = settings.unwrap_or(CallSettings {
        credentials: Credentials::Send,
        replays: Replays::Allow,
        name: None,
    });
    let request = match without_user_info(request.url().clone()) {
        Ok(_) => Ok(request),
        Err(error) => Err(InvalidRequest::url(format!("{} below {base}", request.method()), error)),
    };
    Ok(OutgoingCall {
        request,
        credentials,
        replays,
        name,
    })
}

/// Changes the extensions of a request. reqwest shows them only in the conversion to a request of `http`.
fn with_extensions<T>(
    request: Request,
    change: impl FnOnce(&mut http::Extensions) -> T,
) -> Result<(Request, T), Error> {
    let invalid = |error: reqwest::Error| Error::Request(innermost(&error.without_url()));
    // The conversion loses a fragment, and adds an empty body.
    let (url, has_body) = (request.url().clone(), request.body().is_some());
    let mut request = http::Request::<Body>::try_from(request).map_err(invalid)?;
    let changed = change(request.extensions_mut());
    let mut request = Request::try_from(request).map_err(invalid)?;
    *request.url_mut() = url;
    if !has_body {
        *request.body_mut() = None;
    }
    Ok((request, changed))
}
