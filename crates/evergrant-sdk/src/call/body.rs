//! The operation's body. Everything but a stream is kept whole, so that it can be sent again after a 401.

use std::fmt;

use http::HeaderValue;
use serde::Serialize;

use super::Call;
use crate::style::{self, Value};
use crate::{Body, Explode, Multipart, QueryStyle};

pub(super) enum Payload {
    Nothing,
    Something { content_type: HeaderValue, body: Body },
}

const FORM: &str = "application/x-www-form-urlencoded";

impl Call {
    /// Sends JSON.
    pub fn json(mut self, content_type: &'static str, value: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(value) {
            Ok(json) => self.body(content_type, json),
            Err(error) => {
                self.wrong(format!("the body cannot be written as JSON: {error}"));
                self
            }
        }
    }

    /// Sends a form: each member of `value` a pair, each item of a list one of its own, objects as JSON.
    pub fn form(self, value: &(impl Serialize + ?Sized)) -> Self {
        self.form_with(value, &[])
    }

    /// As [`form`](Self::form), with members that have styles of their own.
    pub fn form_with(
        mut self,
        value: &(impl Serialize + ?Sized),
        styles: &[(&'static str, QueryStyle, Explode)],
    ) -> Self {
        match Value::of(value).and_then(|value| style::form(&value, styles)) {
            Ok(text) => self.body(FORM, text),
            Err(problem) => {
                self.wrong(format!("the form {problem}"));
                self
            }
        }
    }

    /// Sends a form of several parts.
    pub fn multipart(mut self, form: Multipart) -> Self {
        match form.encode() {
            Ok((content_type, bytes)) => self.carry(&content_type, bytes.into()),
            Err(problem) => self.wrong(problem),
        }
        self
    }

    /// Sends text.
    pub fn text(self, content_type: &'static str, text: impl Into<String>) -> Self {
        self.body(content_type, text.into())
    }

    /// Sends anything. A stream cannot be sent again after a 401, which is then returned.
    pub fn body(mut self, content_type: &'static str, body: impl Into<Body>) -> Self {
        self.carry(content_type, body.into());
        self
    }

    fn carry(&mut self, content_type: &str, body: Body) {
        match HeaderValue::try_from(content_type) {
            Ok(content_type) => self.payload = Payload::Something { content_type, body },
            Err(_) => self.wrong("the body's content type is no header's value".to_owned()),
        }
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::Something { content_type, body } => {
                let mut shown = f.debug_struct("Something");
                shown.field("content_type", content_type).field("body", body).finish()
            }
        }
    }
}
