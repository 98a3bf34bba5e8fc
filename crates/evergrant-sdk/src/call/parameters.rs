//! Sets the parameters of a call, each serialized in the style that the API description defines.

use http::{HeaderName, HeaderValue};
use serde::Serialize;

use super::Call;
use crate::parameter_style::{self, Explode, PathStyle, QueryStyle, Value, percent_encode};

impl Call {
    /// Sets a path parameter. The whole value is percent-encoded, so that it cannot leave its path segment. An empty
    /// value is an error. A value is also an error if a server may read `.` or `..` in it as a path segment: in the
    /// value as it is, decoded once or twice, or without its matrix parameters. For example, `a/b` is accepted, and
    /// `a/../b` is an error.
    pub fn path(
        mut self,
        name: &'static str,
        style: PathStyle,
        explode: Explode,
        value: &(impl Serialize + ?Sized),
    ) -> Self {
        let text = Value::from_serialize(value).and_then(|value| parameter_style::path(name, style, explode, &value));
        if let Some(text) = self.ok_or_record(name, text) {
            self.path.push((name, text));
        }
        self
    }

    /// Sets a path parameter to `value`, serialized as JSON.
    pub fn path_json(mut self, name: &'static str, value: &(impl Serialize + ?Sized)) -> Self {
        if let Some(text) = self.ok_or_record(name, parameter_style::json(value)) {
            self.path.push((name, percent_encode(&text)));
        }
        self
    }

    /// Adds a query parameter, serialized with an OpenAPI `style` and `explode`. The parameter is omitted if the value
    /// is `None` or an empty list.
    pub fn query(
        mut self,
        name: &'static str,
        style: QueryStyle,
        explode: Explode,
        value: &(impl Serialize + ?Sized),
    ) -> Self {
        let pairs = Value::from_serialize(value).and_then(|value| parameter_style::query(name, style, explode, &value));
        let pairs = self.ok_or_record(name, pairs);
        self.query.extend(pairs.into_iter().flatten());
        self
    }

    /// Adds a query parameter with `value` serialized as JSON.
    pub fn query_json(mut self, name: &'static str, value: &(impl Serialize + ?Sized)) -> Self {
        if let Some(text) = self.ok_or_record(name, parameter_style::json(value)) {
            let (name, text) = (percent_encode(name), percent_encode(&text));
            self.query.push(format!("{name}={text}"));
        }
        self
    }

    /// Sets a header parameter, serialized with the OpenAPI style `simple`. The header is omitted if the value is
    /// `None` or an empty list.
    pub fn header_param(mut self, name: &'static str, explode: Explode, value: &(impl Serialize + ?Sized)) -> Self {
        let text = Value::from_serialize(value).and_then(|value| parameter_style::header(explode, &value));
        if let Some(Some(text)) = self.ok_or_record(name, text) {
            self.set_header(name, text);
        }
        self
    }

    /// Sets a header parameter to `value`, serialized as JSON.
    pub fn header_json(mut self, name: &'static str, value: &(impl Serialize + ?Sized)) -> Self {
        if let Some(text) = self.ok_or_record(name, parameter_style::json(value)) {
            self.set_header(name, text);
        }
        self
    }

    /// Adds a cookie parameter, serialized with the OpenAPI style `form`. The cookie is omitted if the value is `None`
    /// or an empty list.
    pub fn cookie_param(mut self, name: &'static str, explode: Explode, value: &(impl Serialize + ?Sized)) -> Self {
        let cookies = Value::from_serialize(value).and_then(|value| parameter_style::cookie(name, explode, &value));
        let cookies = self.ok_or_record(name, cookies);
        self.cookies.extend(cookies.into_iter().flatten());
        self
    }

    /// Adds a cookie parameter with `value` serialized as JSON.
    pub fn cookie_json(mut self, name: &'static str, value: &(impl Serialize + ?Sized)) -> Self {
        if let Some(text) = self.ok_or_record(name, parameter_style::json(value)) {
            return self.cookie_param(name, Explode::No, &text);
        }
        self
    }

    fn set_header(&mut self, name: &str, text: String) {
        match (HeaderName::try_from(name), HeaderValue::try_from(text)) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            _ => self.record_problem(format!(
                "the parameter `{name}` contains a character that is not allowed in a header"
            )),
        }
    }

    fn ok_or_record<T>(&mut self, name: &str, outcome: Result<T, String>) -> Option<T> {
        outcome
            .map_err(|problem| self.record_problem(format!("the parameter `{name}` {problem}")))
            .ok()
    }
}
