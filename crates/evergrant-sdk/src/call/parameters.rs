//! The operation's parameters, each in the style that the description gives it.

use http::{HeaderName, HeaderValue};
use serde::Serialize;

use super::Call;
use crate::style::{self, Value, percent_encode};
use crate::{Explode, PathStyle, QueryStyle};

impl Call {
    /// Fills in a parameter of the path. No value leaves its segment: all of it is encoded. One that is empty is an error, and so is
    /// one with which a server may read the segment, or a part of it, as `.` or `..`: as it is, decoded once or twice, or without
    /// matrix parameters. `a/b` is a value like any other, and `a/../b` is none.
    pub fn path(
        mut self,
        name: &'static str,
        style: PathStyle,
        explode: Explode,
        value: &(impl Serialize + ?Sized),
    ) -> Self {
        let text = Value::of(value).and_then(|value| style::path(name, style, explode, &value));
        if let Some(text) = self.written(name, text) {
            self.path.push((name, text));
        }
        self
    }

    /// Fills in a parameter of the path as JSON.
    pub fn path_json(mut self, name: &'static str, value: &(impl Serialize + ?Sized)) -> Self {
        if let Some(text) = self.written(name, style::json(value)) {
            self.path.push((name, percent_encode(&text)));
        }
        self
    }

    /// Adds a parameter to the query. A value that is nothing (`None`, an empty list) is left out.
    pub fn query(
        mut self,
        name: &'static str,
        style: QueryStyle,
        explode: Explode,
        value: &(impl Serialize + ?Sized),
    ) -> Self {
        let pairs = Value::of(value).and_then(|value| style::query(name, style, explode, &value));
        let pairs = self.written(name, pairs);
        self.query.extend(pairs.into_iter().flatten());
        self
    }

    /// Adds a parameter to the query as JSON.
    pub fn query_json(mut self, name: &'static str, value: &(impl Serialize + ?Sized)) -> Self {
        if let Some(text) = self.written(name, style::json(value)) {
            let (name, text) = (percent_encode(name), percent_encode(&text));
            self.query.push(format!("{name}={text}"));
        }
        self
    }

    /// Sets a header that is a parameter of the operation, in the style `simple`. A value that is nothing is left out.
    pub fn header_param(mut self, name: &'static str, explode: Explode, value: &(impl Serialize + ?Sized)) -> Self {
        let text = Value::of(value).and_then(|value| style::header(explode, &value));
        if let Some(Some(text)) = self.written(name, text) {
            self.set_header(name, text);
        }
        self
    }

    /// Sets a header that is a parameter of the operation, as JSON.
    pub fn header_json(mut self, name: &'static str, value: &(impl Serialize + ?Sized)) -> Self {
        if let Some(text) = self.written(name, style::json(value)) {
            self.set_header(name, text);
        }
        self
    }

    /// Adds a cookie, in the style `form`. A value that is nothing is left out.
    pub fn cookie_param(mut self, name: &'static str, explode: Explode, value: &(impl Serialize + ?Sized)) -> Self {
        let cookies = Value::of(value).and_then(|value| style::cookie(name, explode, &value));
        let cookies = self.written(name, cookies);
        self.cookies.extend(cookies.into_iter().flatten());
        self
    }

    /// Adds a cookie, as JSON.
    pub fn cookie_json(mut self, name: &'static str, value: &(impl Serialize + ?Sized)) -> Self {
        if let Some(text) = self.written(name, style::json(value)) {
            return self.cookie_param(name, Explode::No, &text);
        }
        self
    }

    fn set_header(&mut self, name: &str, text: String) {
        match (HeaderName::try_from(name), HeaderValue::try_from(text)) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            _ => self.wrong(format!(
                "the parameter `{name}` has a character that no header can carry"
            )),
        }
    }

    fn written<T>(&mut self, name: &str, outcome: Result<T, String>) -> Option<T> {
        outcome
            .map_err(|problem| self.wrong(format!("the parameter `{name}` {problem}")))
            .ok()
    }
}
