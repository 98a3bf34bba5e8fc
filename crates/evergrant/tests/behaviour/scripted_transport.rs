//! A transport with a list of replies, for tests that count requests on the manual clock without sockets.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use evergrant::Transport;
use evergrant::error::{TransportError, TransportErrorKind};
use http::{Request, Response};

pub(crate) type Reply = Result<Response<Bytes>, TransportError>;

/// A transport with a list of replies, the last of which is repeated. Clones share the list.
#[derive(Debug, Clone)]
pub(crate) struct ScriptedTransport(Arc<Mutex<Script>>);

#[derive(Debug)]
struct Script {
    replies: VecDeque<Reply>,
    requests: Vec<Request<Bytes>>,
}

impl ScriptedTransport {
    pub(crate) fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self(Arc::new(Mutex::new(Script {
            replies: replies.into_iter().collect(),
            requests: Vec::new(),
        })))
    }

    /// Returns the number of requests so far.
    pub(crate) fn sent(&self) -> usize {
        self.0.lock().unwrap().requests.len()
    }

    /// Returns the values of a header in the requests so far.
    pub(crate) fn header(&self, name: &str) -> Vec<String> {
        let script = self.0.lock().unwrap();
        let values = script.requests.iter().filter_map(|request| request.headers().get(name));
        values.map(|value| value.to_str().unwrap().to_owned()).collect()
    }
}

impl Transport for ScriptedTransport {
    async fn send(&self, request: Request<Bytes>) -> Reply {
        let mut script = self.0.lock().unwrap();
        script.requests.push(request);
        match script.replies.len() {
            1 => script.replies[0].clone(),
            _ => script.replies.pop_front().expect("a reply"),
        }
    }
}

pub(crate) fn json(status: u16, body: &str) -> Reply {
    let response = Response::builder().status(status).body(Bytes::from(body.to_owned()));
    Ok(response.unwrap())
}

/// A response with a bearer token without an expiry.
pub(crate) fn token(value: &str) -> Reply {
    json(200, &format!(r#"{{"access_token":"{value}","token_type":"Bearer"}}"#))
}

pub(crate) fn with_header(reply: Reply, name: &'static str, value: &str) -> Reply {
    reply.map(|mut response| {
        response.headers_mut().insert(name, value.parse().unwrap());
        response
    })
}

pub(crate) fn failure(kind: TransportErrorKind) -> Reply {
    Err(TransportError::new(kind, "a failure"))
}
