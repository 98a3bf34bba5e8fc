//! Forms of several parts (RFC 7578), kept as bytes so that a 401 can be answered with the same once more.

use std::fmt;
use std::path::Path;

use bytes::Bytes;
use serde::Serialize;

use super::boundary::boundary;
use crate::style::Value;

/// A form of several parts.
#[derive(Debug, Default)]
pub struct Multipart {
    parts: Vec<(String, FilePart)>,
    problem: Option<String>,
}

/// A file in a form: its bytes, and what is said of them.
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
    /// Without parts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds text.
    #[must_use]
    pub fn text(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.file(name, FilePart::new(value.into().into_bytes()))
    }

    /// Adds a value that has one text: a number, a truth value, an enumeration, a time.
    #[must_use]
    pub fn value(mut self, name: impl Into<String>, value: &(impl Serialize + ?Sized)) -> Self {
        let name = name.into();
        let text = Value::of(value).and_then(|value| Ok(value.text()?.unwrap_or_default().to_owned()));
        match text {
            Ok(text) => self.text(name, text),
            Err(problem) => {
                self.problem.get_or_insert(format!("the part `{name}` {problem}"));
                self
            }
        }
    }

    /// Adds a value as JSON.
    #[must_use]
    pub fn json(mut self, name: impl Into<String>, value: &(impl Serialize + ?Sized)) -> Self {
        let name = name.into();
        match serde_json::to_vec(value) {
            Ok(bytes) => self.file(name, FilePart::new(bytes).content_type("application/json")),
            Err(error) => {
                self.problem
                    .get_or_insert(format!("the part `{name}` cannot be written as JSON: {error}"));
                self
            }
        }
    }

    /// Adds a file.
    #[must_use]
    pub fn file(mut self, name: impl Into<String>, file: FilePart) -> Self {
        self.parts.push((name.into(), file));
        self
    }

    /// The content type, which names the boundary, and the whole body.
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
                quoted(name)
            );
            body.extend_from_slice(head.as_bytes());
            if let Some(file_name) = &file.file_name {
                body.extend_from_slice(format!("; filename=\"{}\"", quoted(file_name)).as_bytes());
            }
            if let Some(content_type) = &file.content_type {
                if content_type.contains(char::is_control) {
                    return Err(format!("the content type of the part `{name}` is no header's value"));
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

/// As browsers write names (WHATWG HTML, section 4.10.21.8), so that none ends its quotes or its line.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

impl FilePart {
    /// A file without a name.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self {
            bytes: bytes.into(),
            file_name: None,
            content_type: None,
        }
    }

    /// Reads a file; its name goes along.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn from_path(path: impl AsRef<Path>) -> std::io::Result<Self> {
        let path = path.as_ref();
        let mut file = Self::new(std::fs::read(path)?);
        file.file_name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        Ok(file)
    }

    /// The name that it is sent under.
    #[must_use]
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into());
        self
    }

    /// What its bytes are, such as `image/png`.
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
