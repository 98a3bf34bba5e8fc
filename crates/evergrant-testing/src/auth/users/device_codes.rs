//! Device codes: bound to a client, short-lived, single-use, and polled no faster than their interval (RFC 8628).

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use super::super::registered_clients_and_tokens::{Authorization, Registry};

/// The device authorization grant of the server.
#[derive(Default)]
pub(in crate::auth) struct DeviceCodes {
    pub(super) is_enabled: bool,
    /// The interval in responses; `None` if they state none.
    pub(super) interval: Option<u64>,
    pub(super) lifetime: Option<Duration>,
    codes: HashMap<String, DeviceCode>,
}

struct DeviceCode {
    user_code: String,
    client_id: String,
    scopes: Vec<String>,
    expires_at: SystemTime,
    /// The minimum time between two requests.
    interval: Duration,
    last_poll: SystemTime,
    decision: Option<Decision>,
    /// Whether the next request gets `slow_down` in any case.
    is_slowed_down: bool,
    is_used: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    Approved,
    Denied,
}

/// The codes of a new device authorization request.
pub(in crate::auth) struct IssuedDeviceCode {
    pub(in crate::auth) device_code: String,
    pub(in crate::auth) user_code: String,
    pub(in crate::auth) expires_in: u64,
    pub(in crate::auth) interval: Option<u64>,
}

/// The interval that a client assumes if the response states none (RFC 8628 section 3.2).
const DEFAULT_INTERVAL: u64 = 5;

const LIFETIME: Duration = Duration::from_secs(600);

impl Registry {
    /// Returns whether the device authorization grant is enabled.
    pub(in crate::auth) fn device_authorization_enabled(&self) -> bool {
        self.users.devices.is_enabled
    }

    pub(in crate::auth) fn issue_device_code(
        &mut self,
        client_id: &str,
        scopes: Vec<String>,
        now: SystemTime,
    ) -> IssuedDeviceCode {
        let device_code = self.unique("device-code");
        let number = self.users.devices.codes.len();
        let user_code = format!("TEST-{number:04}");
        let devices = &mut self.users.devices;
        let lifetime = devices.lifetime.unwrap_or(LIFETIME);
        let code = DeviceCode {
            user_code: user_code.clone(),
            client_id: client_id.to_owned(),
            scopes,
            expires_at: now + lifetime,
            interval: Duration::from_secs(devices.interval.unwrap_or(DEFAULT_INTERVAL)),
            last_poll: now,
            decision: None,
            is_slowed_down: false,
            is_used: false,
        };
        devices.codes.insert(device_code.clone(), code);
        IssuedDeviceCode {
            device_code,
            user_code,
            expires_in: lifetime.as_secs(),
            interval: devices.interval,
        }
    }

    /// Redeems a device code, and returns the members of the token response, or the code and the reason of a rejection
    /// (RFC 8628 section 3.5).
    pub(in crate::auth) fn redeem_device_code(
        &mut self,
        code: &str,
        client_id: &str,
        now: SystemTime,
    ) -> Result<Map<String, Value>, (&'static str, &'static str)> {
        let code = self.users.devices.codes.get_mut(code);
        let code = code.ok_or(("invalid_grant", "the device code is unknown"))?;
        if code.client_id != client_id {
            return Err(("invalid_grant", "the device code was issued to another client"));
        }
        if code.is_used {
            return Err(("invalid_grant", "the device code was used before"));
        }
        if now >= code.expires_at {
            return Err(("expired_token", "the device code has expired"));
        }
        let since_last = now.duration_since(code.last_poll).unwrap_or_default();
        code.last_poll = now;
        if since_last < code.interval || std::mem::take(&mut code.is_slowed_down) {
            code.interval += Duration::from_secs(5);
            return Err(("slow_down", "the client polls faster than the interval"));
        }
        match code.decision {
            None => return Err(("authorization_pending", "the user has not entered the code")),
            Some(Decision::Denied) => return Err(("access_denied", "the user denied the request")),
            Some(Decision::Approved) => code.is_used = true,
        }
        let (client_id, scopes) = (code.client_id.clone(), code.scopes.clone());
        let user = self.users.first().unwrap_or("user").to_owned();
        let authorization = Authorization {
            client_id,
            scopes,
            grant_type: "urn:ietf:params:oauth:grant-type:device_code",
            consent: Some(self.users.consent(&user)),
            delegation: None,
        };
        Ok(self.grant_by_user(authorization, now))
    }

    /// Returns whether there is such a code.
    pub(super) fn decide_device(&mut self, user_code: &str, decision: Decision) -> bool {
        let mut codes = self.users.devices.codes.values_mut();
        let code = codes.find(|code| code.user_code == user_code);
        code.map(|code| code.decision = Some(decision)).is_some()
    }

    pub(super) fn slow_devices_down(&mut self) {
        let codes = self.users.devices.codes.values_mut();
        codes.for_each(|code| code.is_slowed_down = true);
    }
}
