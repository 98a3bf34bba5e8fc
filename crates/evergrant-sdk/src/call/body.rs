//! Sets the request body of a call. All bodies except streams are buffered, so that they can be sent again after a 401.

use std::fmt;

use http::HeaderValue;
use serde::Serialize;

use super::Call;
use crate::body::{Body, Multipart};
use crate::parameter_style::{self, Explode, QueryStyle, Value};

pub(super) enum Payload {
    Empty,
    Content { content_type: HeaderValue, body: Body },
}

const FORM: &str = "application/x-www-form-urlencoded";

impl Call {
    /// Sets the request body to `value`, serialized as JSON.
    pub fn json(mut self, content_type: &'static str, value: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(value) {
            Ok(json) => self.body(content_type, json),
            Err(error) => {
                self.record_problem(format!("the body cannot be serialized as JSON: {error}"));
                self
            }
        }
    }

    /// Sets the request body to a form (`application/x-www-form-urlencoded`) with one pair for each member of `value`.
    /// A list becomes one pair for each item. An object becomes one pair whose value is the object as JSON.
    pub fn form(self, value: &(impl Serialize + ?Sized)) -> Self {
        self.form_with(value, &[])
    }

    /// Sets the request body to a form, like [`form`](Self::form), whose members may have other OpenAPI styles than the
    /// default. `styles` contains the names of these members, each with its style.
    pub fn form_with(
        mut self,
        value: &(impl Serialize + ?Sized),
        styles: &[(&'static str, QueryStyle, Explode)],
    ) -> Self {
        match Value::from_serialize(value).and_then(|value| parameter_style::form(&value, styles)) {
            Ok(text) => self.body(FORM, text),
            Err(problem) => {
                self.record_problem(format!("the form {problem}"));
                self
            }
        }
    }

    /// Sets the request body to a multipart form.
    pub fn multipart(mut self, form: Multipart) -> Self {
        match form.encode() {
            Ok((content_type, bytes)) => self.set_payload(&content_type, bytes.into()),
            Err(problem) => self.record_problem(problem),
        }
        self
    }

    /// Sets the request body to text.
    pub fn text(self, content_type: &'static str, text: impl Into<String>) -> Self {
        self.body(content_type, text.into())
    }

    /// Sets the request body to text, bytes or a stream. A stream cannot be sent again: if the API returns a 401, the
    /// call fails with the 401.
    pub fn body(mut self, content_type: &'static str, body: impl Into<Body>) -> Self {
        self.set_payload(content_type, body.into());
        self
    }

    fn set_payload(&mut self, content_type: &str, body: Body) {
        match HeaderValue::try_from(content_type) {
            Ok(content_type) => self.payload = Payload::Content { content_type, body },
            Err(_) => self.record_problem("the content type of the body is not a valid header value".to_owned()),
        }
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Content { content_type, body } => {
                let mut shown = f.debug_struct("Content");
                shown.field("content_type", content_type).field("body", body).finish()
            }
        }
    }
}
