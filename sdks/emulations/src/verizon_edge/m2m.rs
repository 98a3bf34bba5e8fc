//! The M2M operations of ThingSpace.

use evergrant_testing::{Answer, RouteRequest};
use serde_json::json;

use super::{Kept, VerizonEdge};
use crate::answer::{Answered, body, is_log_in, json, m2m};
use crate::credentials::issued;
use crate::sessions::HEADER;

impl Kept {
    pub(super) fn log_in(&self, request: &RouteRequest<'_>) -> Answered {
        self.admit_token(request)?;
        is_log_in(request, VerizonEdge::USERNAME, VerizonEdge::PASSWORD)?;
        Ok(json(200, &json!({"sessionToken": self.sessions.begin()})))
    }

    pub(super) fn account(&self, request: &RouteRequest<'_>) -> Answered {
        self.admit_session(request)?;
        let name = request.value("aname");
        if name != VerizonEdge::ACCOUNT {
            return Err(m2m(404, "REQUEST_FAILED.Account.NotFound", "no such account"));
        }
        let account = json!({
            "accountName": name,
            "accountNumber": name,
            "organizationName": "Example Inc.",
            "isProvisioningAllowed": true,
            "carriers": ["Example Wireless"],
        });
        Ok(json(200, &account))
    }

    pub(super) fn devices(&self, request: &RouteRequest<'_>) -> Answered {
        self.admit_session(request)?;
        let search = body(request).map_err(|why| m2m(400, "INPUT_INVALID", why))?;
        let ours = search["accountName"]
            .as_str()
            .is_none_or(|name| name == VerizonEdge::ACCOUNT);
        let device = json!({
            "accountName": VerizonEdge::ACCOUNT,
            "connected": true,
            "createdAt": "2024-01-02T03:04:05Z",
            "deviceIds": [{"id": "990000000000001", "kind": "imei"}],
            "groupNames": ["trucks"],
            "lastConnectionDate": null,
        });
        let devices = if ours { vec![device] } else { Vec::new() };
        Ok(json(200, &json!({"devices": devices, "hasMoreData": false})))
    }

    fn admit_token(&self, request: &RouteRequest<'_>) -> Result<(), Answer> {
        match issued(request, &self.auth) {
            Some(_) => Ok(()),
            None => Err(m2m(401, "UNAUTHORIZED.AccessToken", "the access token is not valid")),
        }
    }

    fn admit_session(&self, request: &RouteRequest<'_>) -> Result<(), Answer> {
        self.admit_token(request)?;
        match request.header(HEADER) {
            Some(session) if self.sessions.touch(session) => Ok(()),
            Some(_) => Err(m2m(401, "REQUEST_FAILED.SessionToken.Expired", "the session has ended")),
            None => Err(m2m(
                401,
                "REQUEST_FAILED.SessionToken.Missing",
                "the session is missing",
            )),
        }
    }
}
