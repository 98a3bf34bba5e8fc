//! The way of one request, whichever client carries it: authorized by its origin, repeated once after a 401 (twice at most beside
//! a session), followed through redirects.

mod authorized;
mod kept;
mod redirect;
mod rules;

use std::sync::Arc;

use reqwest::{Request, Response};

use crate::Error;

pub(crate) use self::kept::Kept;
pub(crate) use self::rules::{Rules, RulesBuilder};

const MAX_REDIRECTS: usize = 10;

/// The client underneath.
pub(crate) trait Carrier {
    type Error: From<Error>;

    /// Sends a request as it is.
    fn carry(&mut self, request: Request, kept: &Kept) -> impl Future<Output = Result<Response, Self::Error>> + Send;
}

/// Whether a request carries them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credentials {
    Send,
    Withhold,
}

#[expect(
    clippy::manual_async_fn,
    reason = "a block takes the request where it lies; an `async fn` moves it, and keeps room for it twice"
)]
pub(crate) fn send<C: Carrier + Send>(
    rules: &Rules,
    mut carrier: C,
    mut request: Request,
    mut credentials: Credentials,
    name: Option<Arc<str>>,
) -> impl Future<Output = Result<Response, C::Error>> + Send {
    async move {
        let origin = rules.origins.check(request.url());
        if origin.is_ok() {
            for (name, value) in &rules.headers {
                request.headers_mut().entry(name).or_insert_with(|| value.clone());
            }
        }
        if credentials == Credentials::Send {
            origin.map_err(|error| {
                let call = Kept::of(&request, name.clone()).call();
                Error::from(evergrant::Error::Origin(Arc::new(error)).for_call(call))
            })?;
        }
        let mut first = None;
        for _ in 0..=MAX_REDIRECTS {
            let kept = Kept::of(&request, name.clone());
            let response = match credentials {
                Credentials::Send => {
                    let sent = authorized::authorize(rules, &mut request, &kept).await?;
                    let response = carrier.carry(request, &kept).await?;
                    authorized::settle(rules, &mut carrier, sent, response, &kept).await?
                }
                Credentials::Withhold => carrier.carry(request, &kept).await?,
            };
            if !rules.follow_redirects || !redirect::leads_on(&response) {
                return Ok(response);
            }
            first.get_or_insert_with(|| kept.call());
            let Some(hop) = redirect::follow(rules, kept, &response, credentials) else {
                return Ok(response);
            };
            request = hop.request;
            credentials = hop.credentials;
        }
        Err(C::Error::from(Error::TooManyRedirects {
            call: first.unwrap_or_default(),
        }))
    }
}
