//! Operations of ThingSpace, grouped by their security requirements.

use std::collections::BTreeMap;
use std::sync::Mutex;

use evergrant_testing::{AuthServer, MockResponse, RouteRequest};
use serde_json::{Value, json};

use super::{State, Thingspace};
use crate::credentials::{has_header, valid_token};
use crate::m2m_sessions::HEADER;
use crate::routing_and_responses::{OperationResult, body, check_login, json, lock, m2m_error, text};

pub(super) type Operation = fn(&State, &RouteRequest<'_>) -> OperationResult;

const CATEGORIES: [&str; 3] = ["UsageAnomaly", "PromoAlerts", "DataThreshold"];
const COMPARATORS: [&str; 4] = ["gt", "ge", "lt", "le"];
const CLIENTS: [&str; 5] = [
    "Vehicle",
    "VulnerableRoadUser",
    "TrafficSignalController",
    "InfrastructureSensor",
    "Software",
];

/// Operations that require `thingspace_oauth`, and a session except for the login.
impl State {
    pub(super) fn log_in(&self, request: &RouteRequest<'_>) -> OperationResult {
        require_token(request, &self.oauth)?;
        check_login(request, Thingspace::USERNAME, Thingspace::PASSWORD)?;
        Ok(json(200, &json!({"sessionToken": self.sessions.open()})))
    }

    pub(super) fn log_out(&self, request: &RouteRequest<'_>) -> OperationResult {
        let session = self.require_token_and_session(request)?;
        self.sessions.close(&session);
        Ok(json(200, &json!({"sessionToken": session})))
    }

    pub(super) fn account(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_token_and_session(request)?;
        let name = request.value("aname");
        if name != Thingspace::ACCOUNT {
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

    pub(super) fn send_sms(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_token_and_session(request)?;
        let message = body(request).map_err(invalid)?;
        if text(&message, "accountName") != Some(Thingspace::ACCOUNT) {
            return Err(invalid("accountName is missing or not known"));
        }
        match text(&message, "smsMessage") {
            Some(text) if text.chars().count() <= 160 => {}
            _ => return Err(invalid("smsMessage is missing or too long")),
        }
        Ok(json(200, &json!({"requestId": "00000000-0000-0000-0000-000000000001"})))
    }

    pub(super) fn triggers(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_token_and_session(request)?;
        let triggers = lock(&self.triggers);
        let triggers: Vec<_> = triggers.values().collect();
        Ok(json(200, &json!({"triggers": triggers})))
    }

    pub(super) fn create_trigger(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_token_and_session(request)?;
        let mut trigger = body(request).map_err(invalid)?;
        let known = text(&trigger, "triggerCategory").is_some_and(|category| CATEGORIES.contains(&category));
        if text(&trigger, "triggerName").is_none() || !known {
            return Err(invalid("triggerName or triggerCategory is missing or not known"));
        }
        trigger["createdAt"] = "2024-01-02T03:04:05Z".into();
        Ok(json(201, &insert_trigger(&self.triggers, "tr", trigger)))
    }

    pub(super) fn register_client(&self, request: &RouteRequest<'_>) -> OperationResult {
        require_token(request, &self.oauth)?;
        if !has_header(request, "SessionToken", Thingspace::SESSION_TOKEN) {
            return Err(m2m_error(
                401,
                "UNAUTHORIZED.SessionToken",
                "the session token is not valid",
            ));
        }
        let client = body(request).map_err(invalid)?;
        let known = text(&client, "ClientType").is_some_and(|kind| CLIENTS.contains(&kind));
        if !known || text(&client, "ClientSubtype").is_none() || text(&client, "VendorID").is_none() {
            return Err(invalid("ClientType, ClientSubtype or VendorID is missing or not known"));
        }
        let registered = json!({
            "DeviceID": "00000000-0000-0000-0000-000000000002",
            "Certificate": {
                "cert.pem": "not a real certificate",
                "key.pem": "not a real key",
                "ca.pem": "not a real certificate",
            },
        });
        Ok(json(200, &registered))
    }

    /// Rejects requests without a token and a session. Returns the session.
    fn require_token_and_session(&self, request: &RouteRequest<'_>) -> Result<String, MockResponse> {
        require_token(request, &self.oauth)?;
        self.require_session(request)
    }
}

/// Operations that require `thingspace_oauth1` or a session.
impl State {
    pub(super) fn create_anomaly_trigger(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_token_or_session(request)?;
        let trigger = anomaly_trigger(request)?;
        Ok(json(201, &insert_trigger(&self.anomaly_triggers, "at", trigger)))
    }

    pub(super) fn update_anomaly_trigger(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_token_or_session(request)?;
        let trigger = anomaly_trigger(request)?;
        let id = text(&trigger, "triggerId").ok_or_else(|| invalid("triggerId is missing"))?;
        let mut triggers = lock(&self.anomaly_triggers);
        let stored = triggers.get_mut(id);
        let stored = stored.ok_or_else(|| m2m_error(404, "REQUEST_FAILED.Trigger.NotFound", "no such trigger"))?;
        *stored = trigger.clone();
        Ok(json(200, &trigger))
    }

    pub(super) fn rate_plan_triggers(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_token_or_session(request)?;
        let customer = request.value("ecpdId");
        if customer != Thingspace::ECPD_ID {
            return Err(m2m_error(404, "REQUEST_FAILED.Customer.NotFound", "no such customer"));
        }
        let triggers = lock(&self.anomaly_triggers);
        let is_visible = |trigger: &&Value| trigger["ecpdId"].as_str().is_none_or(|id| id == customer);
        let triggers: Vec<_> = triggers.values().filter(is_visible).collect();
        Ok(json(200, &json!({"ecpdId": customer, "triggers": triggers})))
    }

    fn require_token_or_session(&self, request: &RouteRequest<'_>) -> Result<(), MockResponse> {
        if require_token(request, &self.oauth1).is_ok() {
            return Ok(());
        }
        self.require_session(request).map(drop)
    }

    fn require_session(&self, request: &RouteRequest<'_>) -> Result<String, MockResponse> {
        match request.header(HEADER) {
            Some(session) if self.sessions.touch(session) => Ok(session.to_owned()),
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

fn require_token(request: &RouteRequest<'_>, auth: &AuthServer) -> Result<(), MockResponse> {
    match valid_token(request, auth) {
        Some(_) => Ok(()),
        None => Err(m2m_error(
            401,
            "UNAUTHORIZED.AccessToken",
            "the access token is not valid",
        )),
    }
}

fn anomaly_trigger(request: &RouteRequest<'_>) -> Result<Value, MockResponse> {
    let trigger = body(request).map_err(invalid)?;
    let has_comparator = text(&trigger, "comparator").is_some_and(|comparator| COMPARATORS.contains(&comparator));
    if text(&trigger, "name").is_some() && has_comparator && trigger["threshold"].is_number() {
        Ok(trigger)
    } else {
        Err(invalid("name, comparator or threshold is missing or not known"))
    }
}

/// Assigns an id to a trigger and stores it.
fn insert_trigger(triggers: &Mutex<BTreeMap<String, Value>>, prefix: &str, mut trigger: Value) -> Value {
    let mut triggers = lock(triggers);
    let id = format!("{prefix}-{:04}", triggers.len() + 1);
    trigger["triggerId"] = id.as_str().into();
    triggers.insert(id, trigger.clone());
    trigger
}

fn invalid(message: &str) -> MockResponse {
    m2m_error(400, "INPUT_INVALID", message)
}
