//! The request's form body, wiped after use.

use bytes::Bytes;
use zeroize::Zeroizing;

use crate::client_auth::percent_encode;

/// An `application/x-www-form-urlencoded` body; a space is sent as `%20`, which every decoder reads.
#[derive(Default)]
pub(crate) struct Form(Zeroizing<String>);

impl Form {
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        let name = percent_encode(name);
        let value = Zeroizing::new(percent_encode(value));
        // Growing a `String` leaves its old buffer behind unwiped, so the larger one is filled before the old one goes.
        let mut longer = Zeroizing::new(String::with_capacity(self.0.len() + name.len() + value.len() + 2));
        longer.push_str(&self.0);
        if !longer.is_empty() {
            longer.push('&');
        }
        longer.push_str(&name);
        longer.push('=');
        longer.push_str(&value);
        self.0 = longer;
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        struct Owner(Zeroizing<String>);
        impl AsRef<[u8]> for Owner {
            fn as_ref(&self) -> &[u8] {
                self.0.as_bytes()
            }
        }
        Bytes::from_owner(Owner(self.0))
    }
}
