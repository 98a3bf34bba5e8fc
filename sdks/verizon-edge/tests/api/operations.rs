//! Each operation, with every parameter, and the answers' types.

use emulations::VerizonEdge;
use evergrant_sdk::serde_json::{Value, from_slice, json};
use verizon_edge::models::{
    ComputeResources, ComputeResourcesGpu, DeviceId, DeviceIdKind, DeviceSearch, NetworkResources, ServiceProfile,
    ServiceProfileClientType, Session, UserEquipmentIdentityType,
};

use crate::common::{client, endpoint, login, profile};

fn sent(api: &VerizonEdge) -> Value {
    from_slice(&api.api_requests().pop().unwrap().body).unwrap()
}

#[tokio::test]
async fn regions_are_listed() {
    let api = VerizonEdge::start();
    let answer = client(&api).discovery().list_regions().send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.status.as_str()), (200, "success"));
    let names: Vec<_> = answer.regions.iter().map(|region| region.name.as_str()).collect();
    assert_eq!(names, [VerizonEdge::REGION, "US_EXAMPLE_2"]);
    let north = &answer.regions[0];
    assert_eq!(north.region_id, "1");
    assert_eq!(
        [&north.country_code, &north.metro, &north.area].map(Option::as_deref),
        [Some("USA"), Some("Exampleton"), Some("North")]
    );
}

#[tokio::test]
async fn platforms_are_found_by_every_parameter() {
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
    let answer = call.send().await.unwrap();
    let [first, second] = &answer.mec_platforms[..] else {
        panic!("{answer:?}")
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
async fn a_service_profile_is_created_listed_given_replaced_and_deleted() {
    let api = VerizonEdge::start();
    let client = client(&api);
    let profiles = client.service_profiles();
    let gpu = ComputeResourcesGpu::new();
    let wanted = ServiceProfile::new(ServiceProfileClientType::IoT)
        .ecsp_filter("example-cloud")
        .client_schedule("time windows")
        .client_service_area(VerizonEdge::REGION)
        .network_resources(NetworkResources::new().min_bandwidth_kbits(1000).min_availability(99.5))
        .compute_resources(ComputeResources::new().gpu(gpu).min_storage_gb(40))
        .service_support(true)
        .max_latency_ms(20);
    let created = profiles.create_service_profile(&wanted).send().await.unwrap();
    assert_eq!((created.status().as_u16(), created.status.as_str()), (201, "success"));
    assert_eq!(
        sent(&api),
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
    let given = profiles.get_service_profile(id).send().await.unwrap();
    assert_eq!((given.status().as_u16(), &given.data), (200, &wanted));

    let replaced = profiles.update_service_profile(id, &profile()).send().await.unwrap();
    assert_eq!((&replaced.service_profile_id, replaced.message.is_some()), (id, true));
    let given = profiles.get_service_profile(id).send().await.unwrap();
    assert_eq!(given.data, profile());

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
        sent(&api)[1]["serviceEndpoint"],
        json!({"FQDN": "app.example", "port": 443})
    );
    let listed = endpoints.list_service_endpoints().send().await.unwrap();
    assert_eq!(listed.data.len(), 2);
    for (listed, wanted) in listed.data.iter().zip(&two) {
        assert_eq!(listed.service_endpoints_id, registered.service_endpoints_id);
        assert_eq!(listed.service_endpoint, wanted.service_endpoint);
        assert_eq!(listed.service_description, wanted.service_description);
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
    let own = client.with_configuration(|builder| builder.vz_m2m_token("emulated-session-1"));
    let account = own
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
    assert_eq!(sent(&api)["largestDeviceIdSeen"], json!(i64::MAX));

    let others = client.devices().list_devices(&DeviceSearch::new().account_name("0"));
    assert!(others.send().await.unwrap().devices.is_empty());
    let all = client
        .devices()
        .list_devices(&DeviceSearch::new())
        .send()
        .await
        .unwrap();
    assert_eq!((all.devices.len(), sent(&api)), (1, json!({})));
}

#[tokio::test]
async fn values_and_members_that_the_description_does_not_have_are_no_failure() {
    let api = VerizonEdge::start();
    let client = client(&api);
    let answer = json!({"status": "success", "more": [1], "data": {"clientType": "Drone", "weight": 7}});
    api.edge()
        .next(evergrant_testing::Answer::new(200).json(&answer.to_string()));
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
