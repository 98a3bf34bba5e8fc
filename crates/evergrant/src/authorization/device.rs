//! The response to a device authorization request (RFC 8628 section 3.2): the code and the URL for the user.

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use url::Url;

use crate::Secret;
use crate::runtime::Timestamp;
use crate::token::JsonObject;

/// The sign-in of a user on another device, created by [`SignIn::begin_device`](crate::SignIn::begin_device). Show the
/// [user code](Self::user_code) and the [URL](Self::verification_uri) to the user. The `Debug` output shows no code.
#[derive(Clone)]
pub struct DeviceRequest {
    pub(crate) device_code: Secret,
    user_code: String,
    verification_uri: Url,
    verification_uri_complete: Option<Url>,
    pub(crate) interval: Duration,
    pub(crate) expires: Timestamp,
    expires_in: Duration,
    /// The client to which the codes were issued.
    pub(crate) client_id: String,
}

/// The polling interval if the server states none (RFC 8628 section 3.2).
const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);

/// The minimum polling interval.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// The lifetime of the codes if the server states none, in violation of RFC 8628 section 3.2.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(600);

/// The maximum lifetime of the codes, whatever the server states.
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// Maximum length of a device code, in bytes.
const MAX_DEVICE_CODE: usize = 8 * 1024;

/// The maximum length of a user code, in bytes.
const MAX_USER_CODE: usize = 100;

impl DeviceRequest {
    /// Reads the response. The error is the problem.
    pub(crate) fn read(object: &JsonObject, requested_at: Timestamp, client_id: &str) -> Result<Self, String> {
        let text = |name: &str| object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let device_code = text("device_code").ok_or("it has no `device_code`")?;
        if device_code.len() > MAX_DEVICE_CODE {
            return Err(format!("its `device_code` is longer than {MAX_DEVICE_CODE} bytes"));
        }
        let user_code = text("user_code").ok_or("it has no `user_code`")?;
        if user_code.len() > MAX_USER_CODE
            || user_code.contains(|letter: char| !letter.is_ascii_graphic() && letter != ' ')
        {
            return Err("its `user_code` cannot be shown to a user".to_owned());
        }
        // Google writes `verification_url`.
        let verification_uri = text("verification_uri").or_else(|| text("verification_url"));
        let verification_uri = verification_uri.ok_or("it has no `verification_uri`")?;
        let verification_uri = web_url(verification_uri).ok_or("its `verification_uri` is not a URL of a web page")?;
        let lifetime = seconds(object, "expires_in")
            .unwrap_or(DEFAULT_LIFETIME)
            .min(MAX_LIFETIME);
        Ok(Self {
            device_code: device_code.into(),
            user_code: user_code.to_owned(),
            verification_uri,
            verification_uri_complete: text("verification_uri_complete").and_then(web_url),
            interval: seconds(object, "interval")
                .unwrap_or(DEFAULT_INTERVAL)
                .max(MIN_INTERVAL),
            expires: requested_at.plus(lifetime),
            expires_in: lifetime,
            client_id: client_id.to_owned(),
        })
    }

    /// Returns the code that the user enters on the other device. It consists of printable ASCII characters.
    #[must_use]
    pub fn user_code(&self) -> &str {
        &self.user_code
    }

    /// Returns the URL that the user visits on the other device, where the user enters the code.
    #[must_use]
    pub fn verification_uri(&self) -> &Url {
        &self.verification_uri
    }

    /// Returns the URL that includes the user code, to be shown as a QR code or opened directly. The user should still
    /// compare the code (RFC 8628 section 3.3.1). Returns `None` if the server provides none.
    #[must_use]
    pub fn verification_uri_complete(&self) -> Option<&Url> {
        self.verification_uri_complete.as_ref()
    }

    /// Returns how long the codes are valid, counted from the request: at most 24 hours.
    #[must_use]
    pub fn expires_in(&self) -> Duration {
        self.expires_in
    }
}

/// A program may open this URL, so it must not start another one.
fn web_url(text: &str) -> Option<Url> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "https" | "http"))
}

/// Reads a number of seconds, which some servers send as text.
fn seconds(object: &JsonObject, name: &str) -> Option<Duration> {
    let value = object.get(name)?;
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Duration::try_from_secs_f64(seconds).ok()
}

impl fmt::Debug for DeviceRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceRequest")
            .field("verification_uri", &crate::redact::shown_url(&self.verification_uri))
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}
