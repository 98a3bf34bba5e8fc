//! Multipart forms (RFC 7578), buffered so that they can be sent again after a 401.

use std::fmt;
use std::path::Path;

use bytes::Bytes;
use serde::Serialize;

use super::boundary::boundary;
use crate::parameter_style::Value;

/// A multipart form (RFC 7578), which can be sent as a request body.
#[derive(Debug, Default)]
pub struct Multipart {
    parts: Vec<(String, FilePart)>,
    problem: Option<String>,
}

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
        self.file(name, FilePart::new(value.into().into_bytes()))
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
            Ok(bytes) => self.file(name, FilePart::new(bytes).content_type("application/json")),
            Err(error) => {
                self.problem
                    .get_or_insert(format!("the part `{name}` cannot be serialized as JSON: {error}"));
                self
            }
        }
    }

    /// Adds a file part with this name to the multipart form.
    #[must_use]
    pub fn file(mut self, name: impl Into<String>, file: FilePart) -> Self {
        self.parts.push((name.into(), file));
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
            .map(|(name, file)| file.bytes.len() + name.len() + 256)
            .sum();
        let mut body = Vec::with_capacity(size);
        for (name, file) in &self.parts {
            let head = format!(
                "--{boundary}\r\ncontent-disposition: form-data; name=\"{}\"",
                escape(name)
            );
            body.extend_from_slice(head.as_bytes());
            if let Some(file_name) = &file.file_name {
                body.extend_from_slice(format!("; filename=\"{}\"", escape(file_name)).as_bytes());
            }
            if let Some(content_type) = &file.content_type {
                if content_type.contains(char::is_control) {
                    return Err(format!(
                        "the content type of the part `{name}` is not a valid header value"
                    ));
                }
                body.extend_from_slice(format!("\r\ncontent-type: {content_type}").as_bytes());
            }
            body.extend_from_slice(b"\r\n\r\n");
            body.extend_from_slice(&file.bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        Ok((format!("multipart/form-data; boundary={boundary}"), body.into()))
    }
}

/// Escapes a name as browsers do (WHATWG HTML section 4.10.21.8), so that it cannot end its quotes or its line.
fn escape(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

impl FilePart {
    /// Creates a file part from bytes, without a file name.
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
