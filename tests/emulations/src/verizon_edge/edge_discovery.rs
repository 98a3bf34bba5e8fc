//! Operations of Edge Discovery.

use evergrant_testing::{MockResponse, RouteRequest};
use serde_json::{Value, json};

use super::{State, VerizonEdge};
use crate::credentials::valid_token;
use crate::m2m_sessions::HEADER;
use crate::routing_and_responses::{OperationResult, body, json, lock, text};

pub(super) type Operation = fn(&State, &RouteRequest<'_>) -> OperationResult;

const CLIENT_TYPES: [&str; 6] = ["V2X", "AR", "VR", "Video", "IoT", "Other"];

impl State {
    pub(super) fn regions(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_scope(request, "discovery:read")?;
        let region = |number: u32, area: &str| {
            json!({
                "regionId": number.to_string(),
                "name": format!("US_EXAMPLE_{number}"),
                "countryCode": "USA",
                "metro": "Exampleton",
                "area": area,
            })
        };
        let regions = [region(1, "North"), region(2, "South")];
        Ok(json(200, &json!({"status": "success", "regions": regions})))
    }

    pub(super) fn platforms(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_scope(request, "discovery:read")?;
        let names = [
            "region",
            "serviceProfileId",
            "subscriberDensity",
            "UEIdentityType",
            "UEIdentity",
        ];
        let [region, profile, density, kind, identity] = names.map(|name| request.query_value(name));
        if [&region, &profile, &density, &kind, &identity]
            .iter()
            .all(|value| value.is_none())
        {
            return Err(bad_request("at least one parameter is required"));
        }
        if kind.is_some() != identity.is_some() {
            return Err(bad_request("UEIdentityType and UEIdentity require each other"));
        }
        if density.is_some_and(|density| !density.parse().is_ok_and(|density: u8| (1..=100).contains(&density))) {
            return Err(bad_request("subscriberDensity is not a number from 1 to 100"));
        }
        if let Some(profile) = profile.filter(|profile| !lock(&self.profiles).records.contains_key(profile)) {
            return Err(not_found("service profile", &profile));
        }
        let region = region.unwrap_or_else(|| VerizonEdge::REGION.to_owned());
        let platform = |zone: u32| {
            json!({
                "ern": format!("ern:example:{region}:zone-{zone}"),
                "zone": format!("example-zone-{zone}"),
                "region": region,
                "status": "active",
                "properties": {"type": "example"},
            })
        };
        let platforms = if region.starts_with("US_EXAMPLE_") {
            vec![platform(1), platform(2)]
        } else {
            Vec::new()
        };
        Ok(json(200, &json!({"status": "success", "mecPlatforms": platforms})))
    }

    pub(super) fn profiles(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_scope(request, "serviceprofile:read")?;
        let profiles = lock(&self.profiles);
        let ids: Vec<_> = profiles.records.keys().collect();
        Ok(json(200, &json!({"status": "success", "data": ids})))
    }

    pub(super) fn create_profile(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_scope(request, "serviceprofile:write")?;
        let id = lock(&self.profiles).add("sp", profile(request)?);
        Ok(json(201, &json!({"status": "success", "serviceProfileId": id})))
    }

    pub(super) fn profile(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_scope(request, "serviceprofile:read")?;
        let id = request.value("serviceProfileId");
        let profiles = lock(&self.profiles);
        let profile = profiles
            .records
            .get(id)
            .ok_or_else(|| not_found("service profile", id))?;
        Ok(json(200, &json!({"status": "success", "data": profile})))
    }

    pub(super) fn update_profile(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_scope(request, "serviceprofile:write")?;
        let id = request.value("serviceProfileId");
        let profile = profile(request)?;
        let mut profiles = lock(&self.profiles);
        let stored = profiles
            .records
            .get_mut(id)
            .ok_or_else(|| not_found("service profile", id))?;
        *stored = profile;
        Ok(changed(id, "replaced"))
    }

    pub(super) fn delete_profile(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_scope(request, "serviceprofile:write")?;
        let id = request.value("serviceProfileId");
        let removed = lock(&self.profiles).records.remove(id);
        removed.ok_or_else(|| not_found("service profile", id))?;
        Ok(changed(id, "deleted"))
    }

    pub(super) fn endpoints(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_scope(request, "serviceregistry:read")?;
        let registered = lock(&self.endpoints);
        let mut data = Vec::new();
        for (id, endpoints) in &registered.records {
            for endpoint in endpoints.as_array().into_iter().flatten() {
                let mut endpoint = endpoint.clone();
                endpoint["serviceEndpointsId"] = id.as_str().into();
                data.push(endpoint);
            }
        }
        Ok(json(200, &json!({"status": "success", "data": data})))
    }

    pub(super) fn register_endpoints(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_scope(request, "serviceregistry:write")?;
        let endpoints = body(request).map_err(bad_request)?;
        let complete = |endpoint: &Value| {
            ["ern", "applicationServerProviderId", "applicationId"]
                .iter()
                .all(|member| text(endpoint, member).is_some())
                && endpoint["serviceEndpoint"].is_object()
        };
        match endpoints.as_array() {
            Some(list) if !list.is_empty() && list.iter().all(complete) => {}
            _ => return Err(bad_request("the body is not a list of service endpoints")),
        }
        let id = lock(&self.endpoints).add("se", endpoints);
        Ok(json(201, &json!({"status": "success", "serviceEndpointsId": id})))
    }

    /// Rejects requests without a session, or without a token that has this scope or a wider one.
    fn require_scope(&self, request: &RouteRequest<'_>, scope: &str) -> Result<(), MockResponse> {
        let unauthorized = |message| error(401, "UNAUTHORIZED", message, None);
        let token = valid_token(request, &self.auth).ok_or_else(|| unauthorized("the access token is not valid"))?;
        if !request
            .header(HEADER)
            .is_some_and(|session| self.sessions.touch(session))
        {
            return Err(unauthorized("the session is not known"));
        }
        let wider: &[&str] = match scope {
            "discovery:read" => &["ts.mec.fullaccess", "ts.mec.limitaccess"],
            _ => &["ts.mec.fullaccess"],
        };
        if token.has_scope(scope) || wider.iter().any(|wider| token.has_scope(wider)) {
            Ok(())
        } else {
            let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
            let rejection = error(403, "FORBIDDEN", "the scope is insufficient", Some(scope));
            Err(rejection.header("www-authenticate", &challenge))
        }
    }
}

/// Returns the service profile in the body of a request.
fn profile(request: &RouteRequest<'_>) -> Result<Value, MockResponse> {
    let profile = body(request).map_err(bad_request)?;
    match text(&profile, "clientType") {
        Some(kind) if CLIENT_TYPES.contains(&kind) => Ok(profile),
        _ => Err(bad_request("clientType is missing or not known")),
    }
}

fn changed(id: &str, what: &str) -> MockResponse {
    let message = format!("the service profile is {what}");
    json(
        200,
        &json!({"status": "success", "message": message, "serviceProfileId": id}),
    )
}

fn bad_request(message: &str) -> MockResponse {
    error(400, "BAD_REQUEST", message, None)
}

fn not_found(kind: &str, id: &str) -> MockResponse {
    error(404, "NOT_FOUND", &format!("no such {kind}"), Some(id))
}

fn error(status: u16, kind: &str, message: &str, data: Option<&str>) -> MockResponse {
    let mut body = json!({"status": kind, "message": message});
    if let Some(data) = data {
        body["data"] = data.into();
    }
    json(status, &body)
}
