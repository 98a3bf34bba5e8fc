//! A fixed header value: the implementation of `Basic`, `Bearer` and `CustomHeader`.

use std::fmt;

use http::{HeaderName, HeaderValue, request};

use super::{Location, not_configured};
use crate::error::Error;

#[derive(Clone)]
pub(super) struct HeaderScheme {
    pub(super) name: String,
    header: HeaderName,
    value: Option<HeaderValue>,
}

impl HeaderScheme {
    /// Creates a scheme without a value.
    pub(super) fn new(name: impl Into<String>, header: HeaderName) -> Self {
        Self {
            name: name.into(),
            header,
            value: None,
        }
    }

    pub(super) fn with_value(self, value: HeaderValue) -> Self {
        let value = Some(value);
        Self { value, ..self }
    }

    pub(super) fn locations(&self) -> Vec<Location> {
        vec![Location::Header(self.header.clone())]
    }

    pub(super) fn is_configured(&self) -> bool {
        self.value.is_some()
    }

    pub(super) fn apply(&self, head: &mut request::Parts) -> Result<(), Error> {
        let value = self.value.as_ref().ok_or_else(|| not_configured(&self.name))?;
        head.headers.insert(self.header.clone(), value.clone());
        Ok(())
    }

    /// Implements `Debug` for the public type.
    pub(super) fn debug(&self, kind: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(kind)
            .field("name", &self.name)
            .field("header", &self.header)
            .field("configured", &self.is_configured())
            .finish()
    }
}

/// Implements `Scheme` and `Debug` for a type that wraps a [`HeaderScheme`].
macro_rules! header_scheme {
    ($scheme:ident) => {
        impl $crate::scheme::Scheme for $scheme {
            fn name(&self) -> &str {
                &self.0.name
            }

            fn locations(&self) -> Vec<$crate::scheme::Location> {
                self.0.locations()
            }

            fn is_configured(&self) -> bool {
                self.0.is_configured()
            }

            fn apply(&self, head: &mut ::http::request::Parts) -> Result<(), $crate::error::Error> {
                self.0.apply(head)
            }
        }

        impl ::std::fmt::Debug for $scheme {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                self.0.debug(stringify!($scheme), f)
            }
        }
    };
}

pub(super) use header_scheme;
