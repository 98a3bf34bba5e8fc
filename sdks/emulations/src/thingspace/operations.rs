//! The operations of ThingSpace, by what they ask for.

use std::collections::BTreeMap;
use std::sync::Mutex;

use evergrant_testing::{Answer, AuthServer, RouteRequest};
use serde_json::{Value, json};

use super::{Kept, Thingspace};
use crate::answer::{Answered, body, is_log_in, json, lock, m2m, text};
use crate::credentials::{has_header, issued};
use crate::sessions::HEADER;

pub(super) type Operation = fn(&Kept, &RouteRequest<'_>) -> Answered;

const CATEGORIES: [&str; 3] = ["UsageAnomaly", "PromoAlerts", "DataThreshold"];
const COMPARATORS: [&str; 4] = ["gt", "ge", "lt", "le"];
const CLIENTS: [&str; 5] = [
    "Vehicle",
    "VulnerableRoadUser",
    "TrafficSignalController",
    "InfrastructureSensor",
    "Software",
];

/// `thingspace_oauth`, and a session where there is one to be had.
impl Kept {
    pub(super) fn log_in(&self, request: &RouteRequest<'_>) -> Answered {
        admit_token(request, &self.oauth)?;
        is_log_in(request, Thingspace::USERNAME, Thingspace::PASSWORD)?;
        Ok(json(200, &json!({"sessionToken": self.sessions.begin()})))
    }

    pub(super) fn log_out(&self, request: &RouteRequest<'_>) -> Answered {
        let session = self.admit_both(request)?;
        self.sessions.end(&session);
        Ok(json(200, &json!({"sessionToken": session})))
    }

    pub(super) fn account(&self, request: &RouteRequest<'_>) -> Answered {
        self.admit_both(request)?;
        let name = request.value("aname");
        if name != Thingspace::ACCOUNT {
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

    pub(super) fn send_sms(&self, request: &RouteRequest<'_>) -> Answered {
        self.admit_both(request)?;
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

    pub(super) fn triggers(&self, request: &RouteRequest<'_>) -> Answered {
        self.admit_both(request)?;
        let triggers = lock(&self.triggers);
        let triggers: Vec<_> = triggers.values().collect();
        Ok(json(200, &json!({"triggers": triggers})))
    }

    pub(super) fn create_trigger(&self, request: &RouteRequest<'_>) -> Answered {
        self.admit_both(request)?;
        let mut trigger = body(request).map_err(invalid)?;
        let known = text(&trigger, "triggerCategory").is_some_and(|category| CATEGORIES.contains(&category));
        if text(&trigger, "triggerName").is_none() || !known {
            return Err(invalid("triggerName or triggerCategory is missing or not known"));
        }
        trigger["createdAt"] = "2024-01-02T03:04:05Z".into();
        Ok(json(201, &keep(&self.triggers, "tr", trigger)))
    }

    pub(super) fn register_client(&self, request: &RouteRequest<'_>) -> Answered {
        admit_token(request, &self.oauth)?;
        if !has_header(request, "SessionToken", Thingspace::SESSION_TOKEN) {
            return Err(m2m(401, "UNAUTHORIZED.SessionToken", "the session token is not valid"));
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

    /// Lets in who has both, and gives the session.
    fn admit_both(&self, request: &RouteRequest<'_>) -> Result<String, Answer> {
        admit_token(request, &self.oauth)?;
        self.admit_session(request)
    }
}

/// `thingspace_oauth1`, or a session.
impl Kept {
    pub(super) fn create_anomaly_trigger(&self, request: &RouteRequest<'_>) -> Answered {
        self.admit_either(request)?;
        let trigger = anomaly_trigger(request)?;
        Ok(json(201, &keep(&self.anomaly_triggers, "at", trigger)))
    }

    pub(super) fn update_anomaly_trigger(&self, request: &RouteRequest<'_>) -> Answered {
        self.admit_either(request)?;
        let trigger = anomaly_trigger(request)?;
        let id = text(&trigger, "triggerId").ok_or_else(|| invalid("triggerId is missing"))?;
        let mut triggers = lock(&self.anomaly_triggers);
        let kept = triggers.get_mut(id);
        let kept = kept.ok_or_else(|| m2m(404, "REQUEST_FAILED.Trigger.NotFound", "no such trigger"))?;
        *kept = trigger.clone();
        Ok(json(200, &trigger))
    }

    pub(super) fn rate_plan_triggers(&self, request: &RouteRequest<'_>) -> Answered {
        self.admit_either(request)?;
        let customer = request.value("ecpdId");
        if customer != Thingspace::ECPD_ID {
            return Err(m2m(404, "REQUEST_FAILED.Customer.NotFound", "no such customer"));
        }
        let triggers = lock(&self.anomaly_triggers);
        let theirs = |trigger: &&Value| trigger["ecpdId"].as_str().is_none_or(|id| id == customer);
        let triggers: Vec<_> = triggers.values().filter(theirs).collect();
        Ok(json(200, &json!({"ecpdId": customer, "triggers": triggers})))
    }

    fn admit_either(&self, request: &RouteRequest<'_>) -> Result<(), Answer> {
        if admit_token(request, &self.oauth1).is_ok() {
            return Ok(());
        }
        self.admit_session(request).map(drop)
    }

    fn admit_session(&self, request: &RouteRequest<'_>) -> Result<String, Answer> {
        match request.header(HEADER) {
            Some(session) if self.sessions.touch(session) => Ok(session.to_owned()),
            Some(_) => Err(m2m(401, "REQUEST_FAILED.SessionToken.Expired", "the session has ended")),
            None => Err(m2m(
                401,
                "REQUEST_FAILED.SessionToken.Missing",
                "the session is missing",
            )),
        }
    }
}

fn admit_token(request: &RouteRequest<'_>, auth: &AuthServer) -> Result<(), Answer> {
    match issued(request, auth) {
        Some(_) => Ok(()),
        None => Err(m2m(401, "UNAUTHORIZED.AccessToken", "the access token is not valid")),
    }
}

fn anomaly_trigger(request: &RouteRequest<'_>) -> Result<Value, Answer> {
    let trigger = body(request).map_err(invalid)?;
    let compared = text(&trigger, "comparator").is_some_and(|comparator| COMPARATORS.contains(&comparator));
    if text(&trigger, "name").is_some() && compared && trigger["threshold"].is_number() {
        Ok(trigger)
    } else {
        Err(invalid("name, comparator or threshold is missing or not known"))
    }
}

/// Gives a trigger its id, and keeps it.
fn keep(triggers: &Mutex<BTreeMap<String, Value>>, prefix: &str, mut trigger: Value) -> Value {
    let mut triggers = lock(triggers);
    let id = format!("{prefix}-{:04}", triggers.len() + 1);
    trigger["triggerId"] = id.as_str().into();
    triggers.insert(id, trigger.clone());
    trigger
}

fn invalid(message: &str) -> Answer {
    m2m(400, "INPUT_INVALID", message)
}
