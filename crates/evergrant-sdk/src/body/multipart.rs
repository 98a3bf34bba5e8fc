//! Multipart forms (RFC 7578), buffered so that they can be sent again after a 401.

use std::fmt;
use std::path::Path;

use bytes::Bytes;
use http::HeaderName;
use serde::Serialize;

use super::boundary::boundary;
use crate::parameter_style::Value;

/// A multipart form (RFC 7578), which can be sent as a request body.
#[derive(Debug, Default)]
pub struct Multipart {
    parts: Vec<Part>,
    problem: Option<String>,
}

/// A part with its name.
#[derive(Debug)]
struct Part {
    name: String,
    content: FilePart,
    /// Whether the part is a file, which has a file name and a content type.
    is_file: bool,
    /// Headers besides `Content-Disposition` and `Content-Type`.
    headers: Vec<(String, String)>,
}

/// The content type of a file without one. A part without a content type is text (RFC 7578 section 4.4).
const BINARY: &str = "application/octet-stream";

/// A file in a multipart form: its bytes, file name and content type.
///
/// ```
/// use evergrant_sdk::FilePart;
///
/// let cover = FilePart::new(vec![1, 2, 3]).file_name("cover.png").content_type("image/png");
/// ```
#[derive(Clone)]
pub struct FilePart {
    bytes: Bytes,
    file_name: Option<String>,
    content_type: Option<String>,
}

impl Multipart {
    /// Creates a multipart form without parts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text part with this name to the multipart form.
    #[must_use]
    pub fn text(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.field(name.into(), FilePart::new(value.into().into_bytes()))
    }

    /// Adds a text part with this name for each item of a list of scalars (RFC 7578 section 4.3).
    #[must_use]
    pub fn values<T: Serialize>(self, name: impl Into<String>, items: &[T]) -> Self {
        let name = name.into();
        items.iter().fold(self, |form, item| form.value(name.as_str(), item))
    }

    /// Adds a part with a scalar value to the multipart form, which is sent as text. A scalar is a string, a number, a
    /// boolean, an enum variant or a time.
    #[must_use]
    pub fn value(mut self, name: impl Into<String>, value: &(impl Serialize + ?Sized)) -> Self {
        let name = name.into();
        let text = Value::from_serialize(value).and_then(|value| Ok(value.text()?.unwrap_or_default().to_owned()));
        match text {
            Ok(text) => self.text(name, text),
            Err(problem) => {
                self.problem.get_or_insert(format!("the part `{name}` {problem}"));
                self
            }
        }
    }

    /// Adds a part with this name and `value`, serialized as JSON, to the multipart form.
    #[must_use]
    pub fn json(mut self, name: impl Into<String>, value: &(impl Serialize + ?Sized)) -> Self {
        let name = name.into();
        match serde_json::to_vec(value) {
            Ok(bytes) => self.field(name, FilePart::new(bytes).content_type("application/json")),
            Err(error) => {
                self.problem
                    .get_or_insert(format!("the part `{name}` cannot be serialized as JSON: {error}"));
                self
            }
        }
    }

    /// Adds a file part with this name to the multipart form. A file without a file name gets the name of the part, and
    /// a file without a content type gets `application/octet-stream`. Otherwise, servers would treat it as text.
    #[must_use]
    pub fn file(self, name: impl Into<String>, file: FilePart) -> Self {
        self.push(name.into(), file, true)
    }

    /// Sets the content type of the parts with this name that do not have one yet, such as `image/png`.
    #[must_use]
    pub fn content_type(mut self, name: &str, content_type: &str) -> Self {
        for part in self.parts.iter_mut().filter(|part| part.name == name) {
            part.content.content_type.get_or_insert_with(|| content_type.to_owned());
        }
        self
    }

    /// Adds a header to the parts with this name.
    #[must_use]
    pub fn part_header(mut self, name: &str, header: &str, value: &str) -> Self {
        for part in self.parts.iter_mut().filter(|part| part.name == name) {
            part.headers.push((header.to_owned(), value.to_owned()));
        }
        self
    }

    fn field(self, name: String, content: FilePart) -> Self {
        self.push(name, content, false)
    }

    fn push(mut self, name: String, content: FilePart, is_file: bool) -> Self {
        self.parts.push(Part {
            name,
            content,
            is_file,
            headers: Vec::new(),
        });
        self
    }

    /// Returns the content type, which contains the boundary, and the body.
    pub(crate) fn encode(self) -> Result<(String, Bytes), String> {
        if let Some(problem) = self.problem {
            return Err(problem);
        }
        let boundary = boundary();
        let size: usize = self
            .parts
            .iter()
            .map(|part| part.content.bytes.len() + part.name.len() + 256)
            .sum();
        let mut body = Vec::with_capacity(size);
        for part in &self.parts {
            body.extend_from_slice(part.head(&boundary)?.as_bytes());
            body.extend_from_slice(b"\r\n\r\n");
            body.extend_from_slice(&part.content.bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        Ok((format!("multipart/form-data; boundary={boundary}"), body.into()))
    }
}

impl Part {
    fn head(&self, boundary: &str) -> Result<String, String> {
        let name = &self.name;
        let mut head = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"{}\"",
            escape(name)
        );
        let default_name = self.is_file.then_some(name);
        if let Some(file_name) = self.content.file_name.as_ref().or(default_name) {
            head += &format!("; filename=\"{}\"", escape(file_name));
        }
        let content_type = self.content.content_type.as_deref().or(self.is_file.then_some(BINARY));
        if let Some(content_type) = content_type {
            if content_type.contains(char::is_control) {
                return Err(format!(
                    "the content type of the part `{name}` is not a valid header value"
                ));
            }
            head += &format!("\r\ncontent-type: {content_type}");
        }
        for (header, value) in &self.headers {
            if HeaderName::try_from(header).is_err() || value.contains(char::is_control) {
                return Err(format!("a header of the part `{name}` is not valid"));
            }
            head += &format!("\r\n{header}: {value}");
        }
        Ok(head)
    }
}

/// Escapes a name as browsers do (WHATWG HTML section 4.10.21.8), so that it cannot end its quotes or its line.
fn escape(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

impl FilePart {
    /// Creates a file part from bytes. [`Multipart::file`] sends the name of the part as its file name, unless
    /// [`file_name`](Self::file_name) sets one.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self {
            bytes: bytes.into(),
            file_name: None,
            content_type: None,
        }
    }

    /// Creates a file part with the content and the name of the file at `path`.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn from_path(path: impl AsRef<Path>) -> std::io::Result<Self> {
        let path = path.as_ref();
        let mut file = Self::new(std::fs::read(path)?);
        file.file_name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        Ok(file)
    }

    /// Sets the file name that is sent with this part of a multipart form.
    #[must_use]
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into());
        self
    }

    /// Sets the content type of the file, such as `image/png`.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }
}

impl From<Vec<u8>> for FilePart {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

impl From<Bytes> for FilePart {
    fn from(bytes: Bytes) -> Self {
        Self::new(bytes)
    }
}

impl fmt::Debug for FilePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilePart")
            .field("bytes", &self.bytes.len())
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(form: Multipart) -> String {
        let (_, body) = form.encode().unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[test]
    fn lists_are_several_parts() {
        let body = encoded(Multipart::new().values("tags", &["t1", "t2"]).values("ids", &[1, 2]));
        for part in [
            "name=\"tags\"\r\n\r\nt1\r\n",
            "name=\"tags\"\r\n\r\nt2\r\n",
            "name=\"ids\"\r\n\r\n1\r\n",
            "name=\"ids\"\r\n\r\n2\r\n",
        ] {
            assert!(body.contains(part), "{part} is not in {body}");
        }
    }

    #[test]
    fn files_have_a_name_and_a_type() {
        let file = |file: FilePart| encoded(Multipart::new().file("png", file).content_type("png", "image/png"));
        let binary = encoded(Multipart::new().file("file", vec![1].into()));
        assert!(
            binary.contains("name=\"file\"; filename=\"file\"\r\ncontent-type: application/octet-stream\r\n"),
            "{binary}"
        );
        let described = file(vec![b'x'].into());
        assert!(
            described.contains("filename=\"png\"\r\ncontent-type: image/png"),
            "{described}"
        );
        let own = file(FilePart::new("x").file_name("a.webp").content_type("image/webp"));
        assert!(own.contains("filename=\"a.webp\"\r\ncontent-type: image/webp"), "{own}");
        let text = encoded(Multipart::new().text("csv", "a,b").content_type("csv", "text/csv"));
        assert!(
            text.contains("name=\"csv\"\r\ncontent-type: text/csv\r\n\r\na,b"),
            "{text}"
        );
    }

    #[test]
    fn parts_have_headers_that_cannot_add_lines() {
        let form = |name: &str, value: &str| Multipart::new().text("a", "b").part_header("a", name, value);
        assert!(encoded(form("X-Kind", "photo")).contains("\r\nX-Kind: photo\r\n\r\nb"));
        assert!(form("X-Kind", "a\r\nX-Evil: 1").encode().is_err());
        assert!(form("X Kind", "a").encode().is_err());
    }
}
