//! Accessors for types that contain a response head.

/// Implements the accessors of a [`ResponseHead`](evergrant::ResponseHead) for a type that contains one.
macro_rules! head_accessors {
    (impl {$($generic:ident)?} $type:ty, $head:expr) => {
        impl<$($generic)?> $type {
            /// Returns the status and the headers of the response.
            #[must_use]
            pub fn head(&self) -> &evergrant::ResponseHead<'static> {
                let head: fn(&Self) -> &evergrant::ResponseHead<'static> = $head;
                head(self)
            }

            /// Returns the HTTP status of the response.
            #[must_use]
            pub fn status(&self) -> http::StatusCode {
                self.head().status()
            }

            /// Returns the headers of the response.
            #[must_use]
            pub fn headers(&self) -> &http::HeaderMap {
                self.head().headers()
            }
        }
    };
}

pub(crate) use head_accessors;
