//! M2M operations of ThingSpace.

use evergrant_testing::{MockResponse, RouteRequest};
use serde_json::json;

use super::{State, VerizonEdge};
use crate::credentials::valid_token;
use crate::m2m_sessions::HEADER;
use crate::routing_and_responses::{OperationResult, body, check_login, json, m2m_error};

impl State {
    pub(super) fn log_in(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_token(request)?;
        check_login(request, VerizonEdge::USERNAME, VerizonEdge::PASSWORD)?;
        Ok(json(200, &json!({"sessionToken": self.sessions.open()})))
    }

    pub(super) fn account(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_session(request)?;
        let name = request.value("aname");
        if name != VerizonEdge::ACCOUNT {
            return Err(m2m_error(404, "REQUEST_FAILED.Account.NotFound", "no such account"));
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

    pub(super) fn devices(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_session(request)?;
        let search = body(request).map_err(|problem| m2m_error(400, "INPUT_INVALID", problem))?;
        let is_own_account = search["accountName"]
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
        let devices = if is_own_account { vec![device] } else { Vec::new() };
        Ok(json(200, &json!({"devices": devices, "hasMoreData": false})))
    }

    fn require_token(&self, request: &RouteRequest<'_>) -> Result<(), MockResponse> {
        match valid_token(request, &self.auth) {
            Some(_) => Ok(()),
            None => Err(m2m_error(
                401,
                "UNAUTHORIZED.AccessToken",
                "the access token is not valid",
            )),
        }
    }

    fn require_session(&self, request: &RouteRequest<'_>) -> Result<(), MockResponse> {
        self.require_token(request)?;
        match request.header(HEADER) {
            Some(session) if self.sessions.touch(session) => Ok(()),
            Some(_) => Err(m2m_error(
                401,
                "REQUEST_FAILED.SessionToken.Expired",
                "the session has ended",
            )),
            None => Err(m2m_error(
                401,
                "REQUEST_FAILED.SessionToken.Missing",
                "the session is missing",
            )),
        }
    }
}
