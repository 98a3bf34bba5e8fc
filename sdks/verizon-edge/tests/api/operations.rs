//! Each operation with all parameters, and the types of its responses.

use emulations::VerizonEdge;
use evergrant_sdk::serde_json::{Value, from_slice, json};
use verizon_edge::models::{
    ComputeResources, ComputeResourcesGpu, DeviceId, DeviceIdKind, DeviceSearch, NetworkResources, ServiceProfile,
    ServiceProfileClientType, Session, UserEquipmentIdentityType,
};

use crate::common::{client, endpoint, login, profile};

fn sent_body(api: &VerizonEdge) -> Value {
    from_slice(&api.api_requests().pop().unwrap().body).unwrap()
}

#[tokio::test]
async fn regions_are_listed() {
    let api = VerizonEdge::start();
    let response = client(&api).discovery().list_regions().send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.status.as_str()), (200, "success"));
    let names: Vec<_> = response.regions.iter().map(|region| region.name.as_str()).collect();
    assert_eq!(names, [VerizonEdge::REGION, "US_EXAMPLE_2"]);
    let north = &response.regions[0];
    assert_eq!(north.region_id, "1");
    assert_eq!(
        [&north.country_code, &north.metro, &north.area].map(Option::as_deref),
        [Some("USA"), Some("Exampleton"), Some("North")]
    );
}

#[tokio::test]
async fn platforms_are_found_with_every_parameter() {
    let api = VerizonEdge::start();
    let client = client(&api);
    let created = client
        .service_profiles()
        .create_service_profile(&profile())
        .send()
        .await;
    let profile = created.unwrap().into_inner().service_profile_id;
    let call = client
        .discovery()
        .list_mec_platforms()
        .region(VerizonEdge::REGION)
        .service_profile_id(profile)
        .subscriber_density(10)
        .ue_identity_type(UserEquipmentIdentityType::IpAddress)
        .ue_identity("192.0.2.7 & more");
    let response = call.send().await.unwrap();
    let [first, second] = &response.mec_platforms[..] else {
        panic!("{response:?}")
    };
    assert_eq!(
        (first.zone.as_str(), second.zone.as_str()),
        ("example-zone-1", "example-zone-2")
    );
    assert_eq!(
        (first.region.as_str(), first.status.as_deref()),
        (VerizonEdge::REGION, Some("active"))
    );
    assert_eq!(first.properties.as_ref().unwrap()["type"], "example");
    let request = api.edge().requests().pop().unwrap();
    let value = |name: &str| request.query_value(name).unwrap();
    assert_eq!(
        [
            value("region"),
            value("serviceProfileId"),
            value("subscriberDensity"),
            value("UEIdentityType"),
            value("UEIdentity")
        ],
        [VerizonEdge::REGION, "sp-0001", "10", "IPAddress", "192.0.2.7 & more"]
    );
}

#[tokio::test]
async fn a_service_profile_is_created_listed_read_replaced_and_deleted() {
    let api = VerizonEdge::start();
    let client = client(&api);
    let profiles = client.service_profiles();
    let gpu = ComputeResourcesGpu::new();
    let new_profile = ServiceProfile::new(ServiceProfileClientType::IoT)
        .ecsp_filter("example-cloud")
        .client_schedule("time windows")
        .client_service_area(VerizonEdge::REGION)
        .network_resources(NetworkResources::new().min_bandwidth_kbits(1000).min_availability(99.5))
        .compute_resources(ComputeResources::new().gpu(gpu).min_storage_gb(40))
        .service_support(true)
        .max_latency_ms(20);
    let created = profiles.create_service_profile(&new_profile).send().await.unwrap();
    assert_eq!((created.status().as_u16(), created.status.as_str()), (201, "success"));
    assert_eq!(
        sent_body(&api),
        json!({
            "clientType": "IoT", "ecspFilter": "example-cloud", "clientSchedule": "time windows",
            "clientServiceArea": "US_EXAMPLE_1", "serviceSupport": true, "maxLatencyMs": 20,
            "networkResources": {"minBandwidthKbits": 1000, "minAvailability": 99.5},
            "computeResources": {"GPU": {}, "minStorageGB": 40},
        })
    );
    let id = &created.service_profile_id;
    let listed = profiles.list_service_profiles().send().await.unwrap();
    assert_eq!(&listed.data, std::slice::from_ref(id));
    let read = profiles.get_service_profile(id).send().await.unwrap();
    assert_eq!((read.status().as_u16(), &read.data), (200, &new_profile));

    let replaced = profiles.update_service_profile(id, &profile()).send().await.unwrap();
    assert_eq!((&replaced.service_profile_id, replaced.message.is_some()), (id, true));
    let read = profiles.get_service_profile(id).send().await.unwrap();
    assert_eq!(read.data, profile());

    let deleted = profiles.delete_service_profile(id).send().await.unwrap();
    assert_eq!(&deleted.service_profile_id, id);
    let listed = profiles.list_service_profiles().send().await.unwrap();
    assert!(listed.data.is_empty());
}

#[tokio::test]
async fn service_endpoints_are_registered_and_listed() {
    let api = VerizonEdge::start();
    let client = client(&api);
    let endpoints = client.service_endpoints();
    let two = [endpoint().service_description("in a few words"), endpoint()];
    let registered = endpoints.register_service_endpoints(&two).send().await.unwrap();
    assert_eq!(registered.status(), 201);
    assert_eq!(
        sent_body(&api)[1]["serviceEndpoint"],
        json!({"FQDN": "app.example", "port": 443})
    );
    let listed = endpoints.list_service_endpoints().send().await.unwrap();
    assert_eq!(listed.data.len(), 2);
    for (listed, expected) in listed.data.iter().zip(&two) {
        assert_eq!(listed.service_endpoints_id, registered.service_endpoints_id);
        assert_eq!(listed.service_endpoint, expected.service_endpoint);
        assert_eq!(listed.service_description, expected.service_description);
    }
}

#[tokio::test]
async fn a_session_is_started_and_used() {
    let api = VerizonEdge::start();
    let client = client(&api);
    let started = client.sessions().start_session(&login()).send().await.unwrap();
    assert_eq!(*started, Session::new("emulated-session-1"));
    let request = api.thingspace().requests().pop().unwrap();
    assert_eq!(request.path, "/api/m2m/v1/session/login");
    let with_session = client.with_configuration(|builder| builder.vz_m2m_token("emulated-session-1"));
    let account = with_session
        .unwrap()
        .accounts()
        .get_account(VerizonEdge::ACCOUNT)
        .send()
        .await
        .unwrap();
    assert_eq!(account.account_name, VerizonEdge::ACCOUNT);
    assert_eq!(account.account_number.as_deref(), Some(VerizonEdge::ACCOUNT));
    assert_eq!(account.organization_name, "Example Inc.");
    assert_eq!(account.is_provisioning_allowed, Some(true));
    assert_eq!(account.carriers.as_deref(), Some(&["Example Wireless".to_owned()][..]));
    let request = api.thingspace().requests().pop().unwrap();
    assert_eq!(request.header("vz-m2m-token"), Some("emulated-session-1"));
}

#[tokio::test]
async fn devices_are_listed() {
    let api = VerizonEdge::start();
    let client = client(&api);
    let search = DeviceSearch::new()
        .account_name(VerizonEdge::ACCOUNT)
        .group_name("trucks")
        .device_id(DeviceId::new("990000000000001", DeviceIdKind::Imei))
        .current_state("active")
        .max_number_of_devices(500)
        .largest_device_id_seen(i64::MAX);
    let list = client.devices().list_devices(&search).send().await.unwrap();
    assert!(!list.has_more_data);
    let [device] = &list.devices[..] else {
        panic!("{list:?}")
    };
    assert_eq!(device.device_ids, [DeviceId::new("990000000000001", "imei")]);
    assert_eq!((device.connected, &device.last_connection_date), (Some(true), &None));
    let created = device.created_at.as_ref().unwrap();
    assert_eq!(created.as_str(), "2024-01-02T03:04:05Z");
    assert!(created.to_system_time().is_some());
    assert_eq!(sent_body(&api)["largestDeviceIdSeen"], json!(i64::MAX));

    let others = client.devices().list_devices(&DeviceSearch::new().account_name("0"));
    assert!(others.send().await.unwrap().devices.is_empty());
    let all = client
        .devices()
        .list_devices(&DeviceSearch::new())
        .send()
        .await
        .unwrap();
    assert_eq!((all.devices.len(), sent_body(&api)), (1, json!({})));
}

#[tokio::test]
async fn unknown_values_and_members_are_not_an_error() {
    let api = VerizonEdge::start();
    let client = client(&api);
    let body = json!({"status": "success", "more": [1], "data": {"clientType": "Drone", "weight": 7}});
    api.edge()
        .next(evergrant_testing::MockResponse::new(200).json(&body.to_string()));
    let profile = client
        .service_profiles()
        .get_service_profile("sp-0001")
        .send()
        .await
        .unwrap();
    assert_eq!(profile.data, ServiceProfile::new("Drone"));
    let kind = &profile.data.client_type;
    assert_eq!(kind, &ServiceProfileClientType::Unknown("Drone".to_owned()));
}
